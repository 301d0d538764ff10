internal import AccessLogParsing
internal import Attribution
internal import Configuring
package import Diagnostics

/// The notes at the end of a reading: formats, units, where sources were resumed or
/// left, rejections, limits. Made of an ``IngestionOutcome`` and of nothing else.
package struct IngestionNotes {
  /// How many sources that are read on are named one by one.
  private static let resumedLimit = 5

  private let outcome: IngestionOutcome
  /// Whether a later run goes on where this one was stopped.
  private let isResumable: Bool

  package init(_ outcome: IngestionOutcome, isResumable: Bool) {
    self.outcome = outcome
    self.isResumable = isResumable
  }

  /// All notes, in the order in which they are shown.
  package var all: [Diagnostic] {
    formatNotes + unitNotes + notTakenNotes + clockNotes + consumerNotes + unmatchedNotes
      + resumeNotes
      + unfinishedNotes + stopNotes
      + failureNotes + rejectionNotes + rejectsNotes + limitNotes
  }

  /// What became of each source, for those who want to know.
  package var sources: [Diagnostic] {
    outcome.sources.map { source in
      let lines = counted(source.lineCount, "line")
      return Diagnostic(
        .note, code: "source-read",
        source.isArchive
          ? "is an archive, whose files are sources"
          : source.isUnchanged
            ? "is as it was when it was read to its end"
            : "\(lines)\(source.startLines > 0 ? " after the first \(grouped(source.startLines))" : ""), "
              + counted(source.requestCount, "request"),
        at: Place(source: source.path))
    }
  }

  /// How many sources with the same problem are named one by one.
  static let failureLimit = 20

  /// Why sources were not read, or not to their end.
  private var failureNotes: [Diagnostic] {
    var counts: [String: Int] = [:]
    var notes: [Diagnostic] = []
    for failure in outcome.sources.lazy.compactMap(\.failure) {
      counts[failure.code, default: 0] += 1
      if counts[failure.code] ?? 0 <= Self.failureLimit {
        notes.append(failure)
      } else if counts[failure.code] == Self.failureLimit + 1 {
        var rest = failure
        (rest.place, rest.hint) = (nil, nil)
        notes.append(rest)
      }
    }
    return notes.map { note in
      guard note.place == nil, let count = counts[note.code], count > Self.failureLimit else {
        return note
      }
      var note = note
      note.message =
        counted(count - Self.failureLimit, "more file") + " with the same problem (\(note.code))"
      return note
    }
  }

  var formatNotes: [Diagnostic] {
    let decisions = outcome.decisions
    var notes = decisions.found.map { decision in
      let evidence = decision.evidence.map { fit($0.readCount, of: $0.lineCount) } ?? ""
      let second = decision.alternate.map {
        let lacking = Array(Set($0.lacking(outcome.rules.capturedFields))).sorted()
        let words =
          lacking.isEmpty
          ? "" : ", which has no \(lacking.joined(separator: ", ")); those lines count without it"
        return "; \(decision.alternateCount) of the others as \($0.displayName)\(words)"
      }
      let start = decision.isChange ? "later lines read as" : "read as"
      return Diagnostic(
        .note, code: "format",
        "\(start) \(decision.format.displayName), which fits \(evidence)\(second ?? "")",
        at: Place(source: decision.path))
    }
    if decisions.otherCount > 0 {
      let names = decisions.otherNames.sorted().joined(separator: ", ")
      let more = decisions.otherNames.count == DecisionLog.nameLimit ? " and others" : ""
      notes.append(
        Diagnostic(
          .note, code: "format",
          counted(decisions.otherCount, "more file") + " read as \(names)\(more)"))
    }
    return notes + obstacleNotes
  }

  /// Why sources cannot be read that no format reads.
  private var obstacleNotes: [Diagnostic] {
    outcome.decisions.obstacles.map { path, obstacle in
      let (problem, hint) = obstacle.explanation
      return Diagnostic(
        .warning, code: "unreadable-lines", problem, hint: hint, at: Place(source: path))
    }
  }

  /// `its only line`, `1 of its first 8 lines`.
  private func fit(_ count: Int, of lineCount: Int) -> String {
    lineCount == 1 ? "its only line" : "\(grouped(count)) of its first \(grouped(lineCount)) lines"
  }

  /// How durations were read whose format leaves their unit open.
  var unitNotes: [Diagnostic] {
    outcome.decisions.units.compactMap { decision in
      guard let found = decision.unit else { return nil }
      let place = Place(source: decision.path)
      guard let unit = found.unit else {
        return Diagnostic(
          .note, code: "unit-unknown",
          "\(found.field) may be the duration, but its unit is unknown, so it is not counted: "
            + found.evidence,
          hint: "give the unit with --duration-unit", at: place)
      }
      return Diagnostic(
        .note, code: "unit",
        "\(found.field) is the duration in \(unit.rawValue): \(found.evidence)",
        at: place)
    }
  }

  /// Fields that look like durations or sizes, and are not counted, unless a note says so already.
  var notTakenNotes: [Diagnostic] {
    let open = Set(
      outcome.decisions.units.compactMap { $0.unit }.filter { $0.unit == nil }.map(\.field))
    let names = outcome.notTaken.filter { !open.contains($0) }
    guard !names.isEmpty else { return [] }
    return [
      Diagnostic(
        .note, code: "not-taken",
        "not counted, although by name and values it may be a duration or a size: "
          + names.joined(separator: ", "),
        hint: "name it under format.fields in the configuration, with the unit if it is a duration")
    ]
  }

  /// Requests at times that only a wrong clock has.
  var clockNotes: [Diagnostic] {
    let counts = outcome.counts
    let parts = [
      counts.early > 0 ? "\(counted(counts.early, "request")) before the year 2000" : nil,
      counts.late > 0 ? "\(counted(counts.late, "request")) more than a day in the future" : nil,
    ].compactMap { $0 }
    guard !parts.isEmpty else { return [] }
    return [
      Diagnostic(
        .warning, code: "far-clock",
        "\(parts.joined(separator: " and ")): the clock of a machine that logged them was wrong; they "
          + "count at the times that the log has",
        hint: "leave them out with --since and --until")
    ]
  }

  /// A rule that never finds a value is probably misspelt. One after which no other found anything, and
  /// before which every request had a consumer, was never asked.
  var consumerNotes: [Diagnostic] {
    let counts = outcome.counts
    let rules = outcome.rules.consumers.prefix(UInt64.bitWidth)
    let hasFound = rules.indices.map { counts.foundConsumerRules >> UInt64($0) & 1 == 1 }
    guard counts.linesTallied > 0 else { return [] }
    let lastAsked =
      counts.withoutConsumer > 0 ? rules.endIndex : hasFound.lastIndex(of: true) ?? rules.endIndex
    let vain = rules.indices.filter { $0 < lastAsked && !hasFound[$0] }.map { rules[$0] }
    guard !vain.isEmpty else { return [] }
    if vain.count == rules.count {
      let names = vain.map { "'\($0.field)'" }.joined(separator: ", ")
      return [
        vainNote(
          "no request has a consumer: \(names) has no value in any line", vain.map(\.field))
      ]
    }
    return vain.map { rule in
      let reason =
        rule.pattern == nil
        ? "it has no value in any line" : "no line has a value that matches its pattern"
      return vainNote("the rule for '\(rule.field)' found no consumer: \(reason)", [rule.field])
    }
  }

  private func vainNote(_ message: String, _ fields: [String]) -> Diagnostic {
    let known = outcome.decisions.fields.sorted()
    let nearest = fields.compactMap { field in
      known.contains(field) ? nil : nearestName(to: field, among: known)
    }.first
    return Diagnostic(
      .warning, code: "no-consumer", message,
      hint: nearest.map { "did you mean '\($0)'?" }
        ?? "`backtally inspect` shows which fields have values")
  }

  var unmatchedNotes: [Diagnostic] {
    let paths = outcome.unmatchedPaths
    guard !paths.isEmpty else { return [] }
    let count = outcome.counts.unmatchedRoutes
    let names = paths.map { "\(grouped($0.requestCount)) \($0.path)" }
    return [
      Diagnostic(
        .note, code: "unmatched",
        counted(count, "request") + " to no known route: " + names.joined(separator: ", ")
          + (outcome.counts.unmatchedPaths.count > paths.count ? " and others" : ""),
        hint: "`backtally routes --openapi FILE --unmatched keep` drafts routes of all paths")
    ]
  }

  /// Sources that earlier runs have read, wholly or in part.
  var resumeNotes: [Diagnostic] {
    let progress = outcome.sources
    var notes: [Diagnostic] = []
    let unchanged = progress.indices.filter { progress[$0].isUnchanged }
    if let first = unchanged.first {
      let others = unchanged.count == 1 ? "" : ", as are \(grouped(unchanged.count - 1)) more"
      notes.append(
        Diagnostic(
          .note, code: "unchanged", "unchanged since it was imported, so it was not read" + others,
          at: Place(source: outcome.paths[first])))
    }
    let resumed = progress.indices.filter { progress[$0].startPosition > 0 }
    for index in resumed.prefix(Self.resumedLimit) {
      notes.append(
        Diagnostic(
          .note, code: "resumed",
          "resumed after line \(grouped(progress[index].startLines)), where the last import ended",
          at: Place(source: outcome.paths[index])))
    }
    if resumed.count > Self.resumedLimit {
      notes.append(
        Diagnostic(
          .note, code: "resumed",
          counted(resumed.count - Self.resumedLimit, "more file")
            + " resumed where the last import ended"))
    }
    return notes
  }

  /// Last lines without an end, which were left to the next run.
  var unfinishedNotes: [Diagnostic] {
    let left = outcome.sources.indices.filter { outcome.sources[$0].hasLeftLine }
    guard let first = left.first else { return [] }
    let message =
      left.count == 1
      ? "its last line has no newline yet, and is left for the next run"
      : "its last line has no newline yet, and is left for the next run; so are those of "
        + counted(left.count - 1, "more file") + " (\(grouped(left.count)) lines)"
    return [
      Diagnostic(
        .note, code: "unfinished-line", message,
        hint: "if nothing more is written to it, import it with --complete",
        at: Place(source: outcome.paths[first]))
    ]
  }

  var stopNotes: [Diagnostic] {
    let unfinished = outcome.unfinishedFiles
    guard let first = unfinished.first else { return [] }
    let others =
      switch unfinished.count {
      case 1: ""
      case 2: ", nor was 1 other"
      default: ", nor were \(grouped(unfinished.count - 1)) others"
      }
    return [
      Diagnostic(
        .warning, code: "stopped", "not read to its end because the run was stopped" + others,
        hint: isResumable ? "run again to continue from there" : nil,
        at: Place(source: outcome.paths[first]))
    ]
  }

  /// One warning for each reason, with the first place where it applied.
  var rejectionNotes: [Diagnostic] {
    let progress = outcome.sources
    return LineRejection.Reason.allCases.compactMap { reason in
      let count = outcome.counts.count(of: reason)
      guard count > 0 else { return nil }
      let first = outcome.counts.examples.filter { $0.rejection.reason == reason }
        .min {
          ($0.sourceIndex, $0.sequence, $0.lineInChunk) < (
            $1.sourceIndex, $1.sequence, $1.lineInChunk
          )
        }
      let place = first.map { example in
        Place(
          source: outcome.paths[example.sourceIndex],
          lineNumber: progress[example.sourceIndex].lineNumber(
            example.lineInChunk, inChunk: example.sequence),
          byteOffset: example.rejection.byteOffset)
      }
      let severity: Diagnostic.Severity = reason.speaksAgainstFormat ? .warning : .note
      let more = count == 1 ? "" : " (\(grouped(count)) lines like this)"
      return Diagnostic(
        severity, code: reason.name, reason.explanation + more, hint: hint(for: reason), at: place)
    }
  }

  private func hint(for reason: LineRejection.Reason) -> String? {
    switch reason {
    case .timeWithoutZone: "give the time zone with --timezone, such as Europe/Paris or +01:00"
    case .missingTime where outcome.decisions.lacksTime:
      "use a copy of the log in which a collector recorded the time, such as docker logs -t"
    default: nil
    }
  }

  /// Fewer requests than this say nothing about the routes, unless not one of them matches.
  private static let leastUnmatched = 20

  /// A warning if the known routes seem to be of another application, or to lack a prefix.
  private var unmatchedNote: Diagnostic? {
    let (count, tallied) = (outcome.counts.unmatchedRoutes, outcome.counts.linesTallied)
    guard count > 0, tallied == 0 || count > tallied && count >= Self.leastUnmatched else {
      return nil
    }
    return Diagnostic(
      .warning, code: "few-routes-match",
      "\(grouped(count)) of \(counted(count + tallied, "request")) match no known route, and are not "
        + "counted",
      hint: "compare the routes with those that `backtally routes` finds in the log")
  }

  /// The file is for people; what it lacks was counted all the same.
  var rejectsNotes: [Diagnostic] {
    guard var note = outcome.rejectsFailure else { return [] }
    note.severity = .warning
    note.message += ", so it lacks some rejected lines"
    return [note]
  }

  var limitNotes: [Diagnostic] {
    var notes: [Diagnostic] = []
    if let note = unmatchedNote { notes.append(note) }
    if outcome.rules.routes.infers && outcome.names.routes.refusalCount > 0 {
      notes.append(
        Diagnostic(
          .warning, code: "too-many-routes",
          "the paths fold into more than \(grouped(RouteRules.inferredLimit)) templates; "
            + "the rest are counted as \(RouteRules.overflowTemplate)",
          hint: "give the application's routes with --routes or --openapi"))
    }
    if outcome.names.consumers.refusalCount > 0 {
      notes.append(
        Diagnostic(
          .warning, code: "too-many-consumers",
          "there are more than \(grouped(RunNames.consumerLimit)) consumers; "
            + "requests of the rest are counted without a consumer",
          hint: "check whether the consumer field holds a request or session ID"))
    }
    if let days = outcome.coverage.consumerDays, days.isOverLimit {
      notes.append(
        Diagnostic(
          .warning, code: "too-many-consumer-days",
          "too many consumers on too many days to count them by day: there were at least "
            + "\(grouped(days.most)) on one day"))
    }
    return notes
  }
}
