internal import Attribution
package import Diagnostics

/// Decides which sources of a job count, and judges the books of all of them together, once: no part of the
/// input decides for itself.
package struct Admission {
  package struct Options: Sendable {
    /// The share of rejected lines above which nothing counts.
    package var maxRejectedPercent = 10.0
    /// With known routes: the share of requests that match none above which nothing counts.
    package var maxUnmatchedPercent = 90.0
    /// Whether sources that cannot be counted as a whole are left out, and not a reason to count nothing.
    package var skipsBadSources = false
    /// The templates of the known routes, and how many others may be found.
    package var knownTemplates: [String] = []
    package var inferredLimit = RouteRules.inferredLimit

    package init() {}
  }

  /// What the ledger knows of a source.
  package enum Standing: Sendable {
    case new
    /// All of it was imported before.
    case imported
    /// A beginning of it was imported before, or it is a beginning of what was.
    case begun
  }

  /// A source that does not count, and why.
  package struct Refusal: Equatable, Sendable {
    package var path: String
    package var reason: String
  }

  package struct Outcome {
    package var file: AdmittedFile
    package var refusals: [Refusal] = []
    /// Sources that were imported before, copies of others, and such without content.
    package var importedCount = 0
    package var copyCount = 0
    package var emptyCount = 0
    package var sourceCount = 0
    /// Lines of what was admitted, tallied ones, and the others by reason.
    package var linesRead = 0
    package var linesTallied = 0
    package var leftOut: [String: Int] = [:]
    /// Whether a reading had no more room for templates in doubt.
    package var isOutOfDoubts = false
  }

  private let options: Options
  private var sources: [SourceRow] = []
  /// What the rows of each go by.
  private var paths: Set<SourceID> = []
  private var templates: [(SourceID, [TemplateRow.Template])] = []
  private var names: [(SourceID, [NameRow.Consumer])] = []

  package init(_ options: Options) { self.options = options }

  /// Reads the rows of a stream of tallies, or of several; rows of tallies among them are passed over.
  ///
  /// - Parameter job: that of the first stream; nil before it was read.
  package mutating func read(
    _ input: inout RowInput, header: inout TallyHeader?
  ) throws(Diagnostic) {
    var stream = StreamCheck()
    while try input.advance() {
      try stream.note(input)
      if input.startsWith("{\"b\":") || input.startsWith("{\"end\":") { continue }
      let row = input.copied
      if let row = SourceRow(row: row), row.id != nil, let id = row.rowsID {
        guard paths.insert(id).inserted else {
          throw input.malformed("\(row.path) was tallied twice")
        }
        sources.append(row)
      } else if let row = TemplateRow(row: row), let id = SourceID(row.templates) {
        templates.append((id, row.t))
      } else if let row = NameRow(row: row), let id = SourceID(row.names) {
        names.append((id, row.c))
      } else if let row = TallyHeader(row: row) {
        guard row.tally == TallyHeader.version, (1...86_400).contains(row.bucket) else {
          throw input.malformed("the rows are of another version")
        }
        guard (header ?? row).job == row.job else {
          throw input.malformed("the rows are of another job than those before")
        }
        header = row
      } else {
        throw input.malformed("the row is damaged")
      }
    }
    try stream.finish(input)
  }

  /// Gives sources the stamps of the objects that they were read from, by their paths.
  package mutating func note(_ stamps: [String: SourceRow.Stamp]) {
    for index in sources.indices {
      if let stamp = stamps[sources[index].path] { sources[index].stamp = stamp }
    }
  }

  /// - Parameters:
  ///   - head: what the job is.
  ///   - standing: what the ledger knows of a source.
  /// - Throws: why nothing counts.
  package func decide(
    _ head: AdmissionHead, standing: (SourceRow) -> Standing
  ) throws(Diagnostic) -> Outcome {
    var outcome = Outcome(file: AdmittedFile(head))
    outcome.sourceCount = sources.count
    let candidates = candidates(&outcome, standing)
    let alike = AlikeSources(candidates)
    for row in candidates {
      if let other = alike.other(than: row) {
        outcome.refusals.append(
          Refusal(
            path: row.path, reason: "begins like \(other) and differs behind that"))
      } else {
        outcome.file.sources.append(row)
      }
    }
    outcome.refusals.sort { ($0.path, $0.reason) < ($1.path, $1.reason) }
    if !outcome.refusals.isEmpty && !options.skipsBadSources {
      throw .badSources(outcome.refusals)
    }
    outcome.file.sources.sort { $0.source < $1.source }
    try judge(&outcome)
    try settle(&outcome)
    outcome.file.consumers = consumers(of: outcome.file.sources)
    outcome.file.head.admission = outcome.file.digest
    outcome.file.head.sources = outcome.file.sources.count
    outcome.file.head.requests = outcome.file.requestCount
    outcome.file.head.left_out = outcome.refusals.count
    return outcome
  }

  /// The sources that may count, each once: of copies, the one with the smallest path.
  private func candidates(
    _ outcome: inout Outcome, _ standing: (SourceRow) -> Standing
  ) -> [SourceRow] {
    var candidates: [SourceID: SourceRow] = [:]
    for row in sources.sorted(by: { $0.path < $1.path }) {
      guard let id = row.id else { continue }
      if let reason = problem(of: row) {
        outcome.refusals.append(Refusal(path: row.path, reason: reason))
      } else if row.position == 0 {
        outcome.emptyCount += 1
      } else if candidates[id] != nil {
        outcome.copyCount += 1
      } else {
        switch standing(row) {
        case .new: candidates[id] = row
        case .imported: outcome.importedCount += 1
        case .begun:
          outcome.refusals.append(
            Refusal(
              path: row.path,
              reason: "has grown since a part of it was imported; import it with `backtally import`"
            ))
        }
      }
    }
    return candidates.values.sorted { $0.path < $1.path }
  }

  /// Why a source cannot be counted, if it cannot.
  private func problem(of row: SourceRow) -> String? {
    if !row.complete { return row.problem ?? "was not read to its end" }
    let leftOut = row.left_out.values.reduce(0, +)
    guard row.lines == row.tallied + leftOut else { return "its books do not balance" }
    if row.rejected > 0, row.rejected * 10 >= row.lines * 9, row.tallied * 1000 < row.lines {
      return "nearly all of its lines were rejected"
    }
    return nil
  }

  // MARK: The books

  private func judge(_ outcome: inout Outcome) throws(Diagnostic) {
    var rejected = 0
    for row in outcome.file.sources {
      outcome.linesRead += row.lines
      outcome.linesTallied += row.tallied
      rejected += row.rejected
      outcome.leftOut.merge(row.left_out, uniquingKeysWith: +)
      for overflow in Set(row.overflow).sorted() {
        if overflow == "doubts" {
          outcome.isOutOfDoubts = true
        } else {
          throw .tooMany(overflow)
        }
      }
    }
    let share = Double(rejected) / Double(max(outcome.linesRead, 1)) * 100
    if share > options.maxRejectedPercent {
      throw .jobRejected(percent: share, limit: options.maxRejectedPercent)
    }
    let unmatched = outcome.leftOut["unmatched-route"] ?? 0
    let looked = outcome.linesTallied + unmatched
    let unmatchedShare = Double(unmatched) / Double(max(looked, 1)) * 100
    if looked >= 100, unmatchedShare > options.maxUnmatchedPercent {
      throw .jobUnmatched(percent: unmatchedShare, limit: options.maxUnmatchedPercent)
    }
  }

  /// Decides what becomes of provisional templates, and which endpoints there are.
  private func settle(_ outcome: inout Outcome) throws(Diagnostic) {
    let admitted = Set(outcome.file.sources.compactMap(\.rowsID))
    let all = templates.filter { admitted.contains($0.0) }.flatMap(\.1)
    let methods = Set(all.map(\.method))
    if methods.count > RunNames.methodLimit { throw .tooMany("methods") }
    let names = NameTable(
      limit: Set(options.knownTemplates).count + options.inferredLimit + 1,
      provisionalLimit: Int(Int32.max) / 2)
    _ = names.id(for: RouteRules.overflowTemplate)
    for name in options.knownTemplates { _ = names.id(for: name) }
    for name in Set(all.filter(\.isLasting).map(\.path)).sorted() { _ = names.id(for: name) }
    var ids: [String: NameTable.ID] = [:]
    var provisional = ProvisionalTemplates()
    for template in all where !template.isLasting {
      let bytes = Array(template.path.utf8)
      guard
        let id = names.provisionalID(
          for: bytes.span, in: 0..<bytes.count, template.kind == .form ? .form : .existence)
      else { throw .tooMany("templates") }
      ids[template.path] = id
      provisional.note(id, status: template.answered > 0 ? 200 : 404)
    }
    let settled = provisional.settled(in: names)
    if names.refusalCount > 0 { throw .tooMany("templates") }
    let becomes = ids.mapValues { names.text(settled[$0] ?? 0) }
    outcome.file.renamed = becomes.sorted { $0.key < $1.key }.map {
      RenamedRow(template: $0.key, becomes: $0.value)
    }
    let routes = all.filter { $0.answered > 0 || $0.kind == .given }.map {
      KnownRoute(
        method: $0.method, template: $0.isLasting ? $0.path : becomes[$0.path] ?? $0.path)
    }
    outcome.file.routes = Set(routes)
      .sorted { ($0.template, $0.method) < ($1.template, $1.method) }
      .map { RouteRow(method: $0.method, route: $0.template) }
  }

  /// Names and groups of consumers: those of the source whose last request came last.
  private func consumers(of sources: [SourceRow]) -> [ConsumerRow] {
    let times = Dictionary(
      sources.compactMap { row in row.rowsID.map { ($0, row.last_request ?? .min) } },
      uniquingKeysWith: max)
    var rows: [String: ConsumerRow] = [:]
    var nameTimes: [String: Int64] = [:]
    var groupTimes: [String: Int64] = [:]
    for (id, consumers) in names {
      guard let time = times[id] else { continue }
      for consumer in consumers {
        let key = consumer.identifier
        var row = rows[key] ?? ConsumerRow(consumer: key, name: nil, group: nil)
        if let name = consumer.name,
          (time, name) > (nameTimes[key] ?? .min, row.name ?? "")
        {
          (row.name, nameTimes[key]) = (name, time)
        }
        if let group = consumer.group,
          (time, group) > (groupTimes[key] ?? .min, row.group ?? "")
        {
          (row.group, groupTimes[key]) = (group, time)
        }
        rows[key] = row
      }
    }
    return rows.values.sorted { $0.consumer < $1.consumer }
  }
}

/// Holds whole streams of tallies against their last rows: one that is cut off would lack sources, and
/// nobody would know. Rows of books alone, as an engine hands them on that has done so itself, have none.
private struct StreamCheck {
  /// Rows since the header of the stream that is open; nil if none is.
  private var rowCount: Int?
  private var crc: UInt32 = 0
  /// Whether there are rows that only whole streams have.
  private var areWhole = false

  mutating func note(_ input: borrowing RowInput) throws(Diagnostic) {
    if input.startsWith("{\"tally\":") {
      try finish(input)
      (rowCount, crc) = (0, 0)
    } else if input.startsWith("{\"end\":") {
      areWhole = true
      guard let rowCount, EndRow(row: input.copied) == EndRow(rows: rowCount, crc32: crc) else {
        throw input.malformed("the rows before are damaged, or some are missing")
      }
      self.rowCount = nil
      return
    } else if input.startsWith("{\"b\":") {
      areWhole = true
    }
    if let rowCount { self.rowCount = rowCount + 1 }
    crc = input.crc32(after: crc)
  }

  /// The stream that is open has ended.
  func finish(_ input: borrowing RowInput) throws(Diagnostic) {
    if areWhole && rowCount != nil { throw input.malformed("the rows before are cut off") }
  }
}

extension TemplateRow.Template {
  /// Whether it stays what it is.
  fileprivate var isLasting: Bool { kind != .form && kind != .existence }
}

/// Sources of a job that begin alike and are not the same: of a log and a shorter copy of it, lines would
/// count twice.
private struct AlikeSources {
  private struct Beginning: Hashable {
    var length: UInt64
    var sum: UInt64
  }

  /// Paths by whole beginnings.
  private var paths: [Beginning: [String]] = [:]

  init(_ sources: [SourceRow]) {
    for row in sources {
      if let whole = Self.whole(row) { paths[whole, default: []].append(row.path) }
    }
    for row in sources {
      for beginning in Self.all(row) {
        for path in paths[beginning] ?? [] where path != row.path {
          if continuations[path] == nil { continuations[path] = row.path }
        }
      }
    }
  }

  /// The path of a source that `row` continues, that begins as it does, or that continues it.
  func other(than row: SourceRow) -> String? {
    for beginning in Self.all(row) {
      if let other = paths[beginning]?.first(where: { $0 != row.path }) { return other }
    }
    return continuations[row.path]
  }

  /// By the paths of sources that others continue.
  private var continuations: [String: String] = [:]

  private static func all(_ row: SourceRow) -> [Beginning] {
    row.beginnings.compactMap { $0.count == 2 ? Beginning(length: $0[0], sum: $0[1]) : nil }
  }

  /// That of as much as a fingerprint is of, or of all there is.
  private static func whole(_ row: SourceRow) -> Beginning? { all(row).last }
}

extension Diagnostic {
  /// How many sources are named.
  private static let namedLimit = 20

  fileprivate static func badSources(_ refusals: [Admission.Refusal]) -> Diagnostic {
    let named = refusals.prefix(namedLimit).map { "\($0.path): \($0.reason)" }
    let more = refusals.count > namedLimit ? "; and \(refusals.count - namedLimit) more" : ""
    return Diagnostic(
      .error, code: "bad-sources",
      "\(counted(refusals.count, "source")) cannot be counted, so nothing is: "
        + named.joined(separator: "; ") + more,
      hint: "leave them out of the job, or add --bad-sources skip", exitStatus: .inputUnreadable)
  }

  fileprivate static func tooMany(_ what: String) -> Diagnostic {
    switch what {
    case "templates":
      Diagnostic(
        .error, code: "too-many-templates",
        "the job has more than \(grouped(RouteRules.inferredLimit)) templates, and which of them would "
          + "be counted together depends on how it is split; nothing is counted",
        hint: "find the routes with `backtally routes`, and name them with --routes",
        exitStatus: .inputUnreadable)
    case "methods":
      Diagnostic(
        .error, code: "too-many-methods",
        "the job has more than \(RunNames.methodLimit) methods; nothing is counted",
        hint: "leave out with a filter what is no request", exitStatus: .inputUnreadable)
    default:
      Diagnostic(
        .error, code: "too-many-consumers",
        "a task has more than \(grouped(RunNames.consumerLimit)) consumers; nothing is counted",
        hint: "choose a field that identifies the caller", exitStatus: .inputUnreadable)
    }
  }

  fileprivate static func jobRejected(percent: Double, limit: Double) -> Diagnostic {
    Diagnostic(
      .error, code: "too-many-rejected",
      "\(shown(percent)) % of the job's lines were rejected, more than \(shown(limit)) %; nothing is "
        + "counted",
      hint: "look at one of the files with `backtally inspect`, or raise --max-rejected",
      exitStatus: .inputUnreadable)
  }

  fileprivate static func jobUnmatched(percent: Double, limit: Double) -> Diagnostic {
    Diagnostic(
      .error, code: "too-many-unmatched",
      "\(shown(percent)) % of the job's requests match no known route, more than \(shown(limit)) %; "
        + "nothing is counted",
      hint: "see that the routes are those of this log, or raise --max-unmatched",
      exitStatus: .inputUnreadable)
  }

  private static func shown(_ percent: Double) -> String {
    let tenths = Int((percent * 10).rounded())
    return tenths % 10 == 0 ? "\(tenths / 10)" : "\(tenths / 10).\(tenths % 10)"
  }
}
