internal import AccessLogParsing
internal import Attribution
internal import Configuring
internal import Diagnostics
internal import Foundation
internal import LogReading
internal import Messaging
internal import Reporting
internal import Synchronization
internal import Tallying

// What an import has to say about itself, while it runs and at its end.

extension LogImport {
  /// How many sources that are read on are named one by one.
  private static let resumedLimit = 5

  var filterNames: [String] { rules.filters.map(\.name) }

  var hasUnreadableSource: Bool { crew.sourceProgress.contains { $0.failure?.severity == .error } }

  /// Whether the run was stopped before a file's end. That a pipe was not waited for is no failure.
  var hasUnfinishedFile: Bool { !unfinishedFiles.isEmpty }

  private var unfinishedFiles: [Int] { crew.unfinishedIndexes.filter { inputs.paths[$0] != "-" } }

  /// Fails if too large a share of the lines was rejected.
  func judge() throws(Diagnostic) {
    isJudged.store(true, ordering: .relaxed)
    let limit = options.maxRejectedPercent
    guard books.linesRead > 0 else { return }
    let share = Double(books.rejectedCount) / Double(books.linesRead) * 100
    guard share > limit else { return }
    throw Diagnostic(
      .error, code: "too-many-rejected",
      "\(decimal(share, places: 1)) % of the lines were rejected, more than "
        + "\(decimal(limit, places: 1)) %; nothing of this was sent",
      hint: "name the format with --format, or raise --max-rejected",
      exitStatus: .inputUnreadable)
  }

  /// The total size of all inputs, or nil if one is a pipe.
  func knownTotal() -> Int? {
    var total = 0
    for path in inputs.paths {
      var status = stat()
      guard path != "-", unsafe stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG
      else { return nil }
      total += Int(status.st_size)
    }
    return total
  }

  /// The routes that were found in the log, for the startup message.
  func foundRoutes() -> [KnownRoute] {
    let templates = names.routes.names(from: 1)
    let methods = names.methods.names(from: 1)
    var routes: [KnownRoute] = []
    for (index, mask) in writer.methodsOfRoutes.enumerated() where mask != 0 && index > 0 {
      for (number, method) in methods.enumerated() where mask & (2 << UInt64(number)) != 0 {
        routes.append(
          KnownRoute(
            method: String(decoding: method, as: UTF8.self),
            template: String(decoding: templates[index - 1], as: UTF8.self)))
      }
    }
    return routes.sorted { ($0.template, $0.method) < ($1.template, $1.method) }
  }

  /// What is worth telling when the reading is over: formats, failures, rejections, limits.
  func notes() -> [Diagnostic] {
    formatNotes() + unitNotes() + resumeNotes() + stopNotes()
      + crew.sourceProgress.compactMap(\.failure)
      + rejectionNotes() + limitNotes()
  }

  private func formatNotes() -> [Diagnostic] {
    let decisions = planner.decisions
    var notes = decisions.found.map { decision in
      let evidence = decision.evidence.map { "\($0.readCount) of its first \($0.lineCount) lines" }
      let second = decision.alternate.map {
        let lacking = Array(Set($0.lacking(rules.capturedFields))).sorted()
        let words =
          lacking.isEmpty
          ? "" : ", which has no \(lacking.joined(separator: ", ")) and counts without"
        return "; \(decision.alternateCount) of the others as \($0.displayName)\(words)"
      }
      let start = decision.isChange ? "from some line on read as" : "read as"
      return Diagnostic(
        .note, code: "format",
        "\(start) \(decision.format.displayName), which fits \(evidence ?? "")\(second ?? "")",
        at: Place(source: decision.path))
    }
    if decisions.otherCount > 0 {
      let names = decisions.otherNames.sorted().joined(separator: ", ")
      let more = decisions.otherNames.count == DecisionLog.nameLimit ? " and others" : ""
      notes.append(
        Diagnostic(
          .note, code: "format",
          "\(decisions.otherCount) more files read as \(names)\(more)"))
    }
    return notes
  }

  /// What was made of durations whose format leaves their unit open.
  private func unitNotes() -> [Diagnostic] {
    planner.decisions.units.compactMap { decision in
      guard let found = decision.unit else { return nil }
      let place = Place(source: decision.path)
      guard let unit = found.unit else {
        return Diagnostic(
          .note, code: "unit-unknown",
          "\(found.field) may be the duration, but nothing says in which unit, so it is not counted: "
            + found.evidence,
          hint: "name the unit with --duration-unit", at: place)
      }
      return Diagnostic(
        .note, code: "unit",
        "\(found.field) is the duration in \(unit.rawValue): \(found.evidence)",
        at: place)
    }
  }

  /// What the ledger knew of the sources already.
  private func resumeNotes() -> [Diagnostic] {
    let progress = crew.sourceProgress
    var notes: [Diagnostic] = []
    let unchanged = progress.indices.filter { progress[$0].isUnchanged }
    if let first = unchanged.first {
      let others = unchanged.count == 1 ? "" : ", and so are \(grouped(unchanged.count - 1)) more"
      notes.append(
        Diagnostic(
          .note, code: "unchanged", "is unchanged since it was imported, and was not read" + others,
          at: Place(source: inputs.paths[first])))
    }
    let resumed = progress.indices.filter { progress[$0].startPosition > 0 }
    for index in resumed.prefix(Self.resumedLimit) {
      notes.append(
        Diagnostic(
          .note, code: "resumed",
          "was imported up to line \(grouped(progress[index].startLines)) before, "
            + "and is read on from there",
          at: Place(source: inputs.paths[index])))
    }
    if resumed.count > Self.resumedLimit {
      notes.append(
        Diagnostic(
          .note, code: "resumed",
          "\(grouped(resumed.count - Self.resumedLimit)) more files are read on from where "
            + "they were imported up to"))
    }
    return notes
  }

  private func stopNotes() -> [Diagnostic] {
    let unfinished = unfinishedFiles
    guard let first = unfinished.first else { return [] }
    let others = unfinished.count == 1 ? "" : ", nor were \(grouped(unfinished.count - 1)) more"
    return [
      Diagnostic(
        .warning, code: "stopped", "was not read to its end because the run was stopped" + others,
        hint: options.usesLedger ? "run again to go on from there" : nil,
        at: Place(source: inputs.paths[first]))
    ]
  }

  /// One warning for each reason, with the first place where it was met.
  private func rejectionNotes() -> [Diagnostic] {
    let progress = crew.sourceProgress
    return LineRejection.Reason.allCases.compactMap { reason in
      let count = books.count(of: reason)
      guard count > 0 else { return nil }
      let first = books.examples.filter { $0.rejection.reason == reason }
        .min {
          ($0.sourceIndex, $0.sequence, $0.lineInChunk) < (
            $1.sourceIndex, $1.sequence, $1.lineInChunk
          )
        }
      let place = first.map { example in
        Place(
          source: inputs.paths[example.sourceIndex],
          lineNumber: progress[example.sourceIndex].lineNumber(
            example.lineInChunk, inChunk: example.sequence),
          byteOffset: example.rejection.byteOffset)
      }
      let severity: Diagnostic.Severity = reason.speaksAgainstFormat ? .warning : .note
      let more = count == 1 ? "" : "; so in \(grouped(count)) lines"
      return Diagnostic(
        severity, code: reason.name, reason.explanation + more, hint: hint(for: reason), at: place)
    }
  }

  private func hint(for reason: LineRejection.Reason) -> String? {
    switch reason {
    case .timeWithoutZone: "name the zone with --timezone, such as Europe/Paris or +01:00"
    case .missingTime where planner.decisions.lacksTime:
      "give the log as something collected it that knows the time: with docker logs -t, say"
    default: nil
    }
  }

  private func limitNotes() -> [Diagnostic] {
    var notes: [Diagnostic] = []
    if rules.routes.infers && names.routes.refusalCount > 0 {
      notes.append(
        Diagnostic(
          .warning, code: "too-many-routes",
          "the paths fold into more than \(grouped(RouteRules.inferredLimit)) templates; "
            + "the others are counted as \(RouteRules.overflowTemplate)",
          hint: "give the application's routes with --routes or --openapi"))
    }
    if names.consumers.refusalCount > 0 {
      notes.append(
        Diagnostic(
          .warning, code: "too-many-consumers",
          "there are more than \(grouped(RunNames.consumerLimit)) consumers; "
            + "requests of the others are counted without one",
          hint: "see whether the consumer field holds a request or session id"))
    }
    return notes + detailNotes()
  }

  /// The closing words. `seconds` is how long the whole run took.
  func summary(_ seconds: Double, _ delivery: DeliveryResult?) -> ImportSummary {
    var summary = ImportSummary()
    let progress = crew.sourceProgress
    summary.linesRead = books.linesRead
    summary.linesTallied = books.linesTallied
    summary.leftOut = books.leftOut(filterNames: filterNames)
    for reason in LineRejection.Reason.allCases {
      summary.explanations[reason.name] = reason.explanation
    }
    summary.bytesRead = progress.reduce(0) { $0 + $1.bytesRead }
    summary.bytesUncompressed = progress.reduce(0) { $0 + $1.position - $1.startPosition }
    summary.sourceCount = inputs.paths.count
    summary.requestCount = writer.requestCount
    summary.consumerCount = names.consumers.count
    summary.routeCount = writer.routeCount
    summary.bucketCount = writer.bucketCount
    summary.bucketSeconds = options.settings.bucketSeconds
    summary.consumersPerDay = writer.consumerDays?.most
    if options.settings.requestLogs != nil {
      var logs = ImportSummary.RequestLogs()
      let outcome = writer.requestLogs
      logs.items = outcome.counts.items
      logs.files = options.destination == .hub ? outcome.fileCount : 0
      logs.excluded = outcome.counts.excluded
      logs.notSampled = outcome.counts.notSampled
      logs.overLimit = outcome.counts.overLimit
      logs.tooLong = outcome.counts.tooLong
      summary.requestLogs = logs
    }
    summary.messages.queued = writer.messageCount
    if let delivery { summary.messages = delivery.messages(queued: writer.messageCount) }
    if books.linesTallied > 0 {
      summary.firstRequest = books.firstRequest
      summary.lastRequest = books.lastRequest
    }
    summary.seconds = seconds
    summary.destination =
      switch options.destination {
      case .hub: .hub
      case .payloads: .payloads
      case .nowhere: .nowhere
      }
    return summary
  }
}

extension Diagnostic {
  /// What a thread threw, for the user.
  static func forUser(_ error: any Error) -> Diagnostic {
    switch error {
    case let diagnostic as Diagnostic: diagnostic
    case let error as PatternError:
      Diagnostic(
        .error, code: "invalid-pattern", "'\(error.pattern)' is no regular expression",
        hint: "see the patterns of consumers and filters in the configuration",
        exitStatus: .wrongUsage)
    case LineParser.SetupError.unknownField(let name, let known):
      Diagnostic(
        .error, code: "unknown-field", "the format has no field '\(name)'",
        hint: "it has " + known.joined(separator: ", "), exitStatus: .wrongUsage)
    case LineParser.SetupError.tooManyKeys(let limit):
      Diagnostic(
        .error, code: "too-many-keys", "the configuration names more than \(limit) keys",
        hint: "name fewer alternatives", exitStatus: .wrongUsage)
    case LineParser.SetupError.tooManyCapturedFields(let limit):
      Diagnostic(
        .error, code: "too-many-fields", "consumers and filters use more than \(limit) fields",
        hint: "use fewer", exitStatus: .wrongUsage)
    default:
      Diagnostic(.error, code: "fault", "unexpected fault: \(error)")
    }
  }
}
