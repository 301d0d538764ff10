internal import AccessLogParsing
internal import Attribution
internal import ByteScanning
internal import Ingesting
internal import LogReading
internal import Reporting

/// Hands the lines of a source to inspectors, one for each format. Sources of the same format
/// share one.
struct InspectionStage {
  /// How many formats, and sets of columns, are looked at; lines of further ones are passed over.
  static let formatLimit = 32

  let planner: SourcePlanner
  let rules: AttributionRules
  private(set) var inspectors: [FormatInspector] = []
  /// Whether lines of the current source were passed over.
  private(set) var leavesOut = false

  private var path = ""
  private var current: FormatInspector?
  private var currentPlan: Int?
  private var linesBefore = 0
  /// Where the lines of the current format began.
  private var begun = 0
  /// How many lines of a second format the source held before.
  private var alternateLines = 0

  init(planner: SourcePlanner, rules: AttributionRules) {
    (self.planner, self.rules) = (planner, rules)
  }

  /// Whether no line of the current source has been seen.
  var isEmpty: Bool { linesBefore == 0 }

  /// Begins with the source at `path`.
  mutating func begin(_ path: String) {
    self.path = path
    (current, currentPlan, linesBefore, begun) = (nil, nil, 0, 0)
    leavesOut = false
  }

  /// Looks at the first `limit` lines of `chunk`.
  ///
  /// - Returns: at how many it looked.
  mutating func add(_ chunk: Chunk, _ plan: SourcePlan?, limit: Int) throws -> Int {
    // The first chunk decides the format, until a later one shows another.
    if linesBefore == 0 || plan?.number != currentPlan {
      endPart(SourceSample.Extent(isComplete: true))
      begun = linesBefore
      currentPlan = plan?.number
      current = try inspector(for: plan, chunk)
      if current == nil { leavesOut = true }
      current?.begin(source)
      beginAlternate()
    }
    let count =
      try current?.add(chunk, linesBefore: linesBefore, limit: limit)
      ?? lineCount(of: chunk.bytes)
    linesBefore += count
    return count
  }

  private func lineCount(of content: borrowing OwnedBuffer<UInt8>) -> Int {
    let bytes = content.span
    var start = 0
    var count = 0
    while start < bytes.count {
      start = bytes.line(from: start).next
      count += 1
    }
    return max(count, 1)
  }

  /// Ends the current source, which was read so far.
  mutating func end(_ extent: SourceSample.Extent) { endPart(extent) }

  private func endPart(_ extent: SourceSample.Extent) {
    guard let current else { return }
    var extent = extent
    extent.lineCount = linesBefore - begun
    if let alternate = current.alternate {
      var other = extent
      other.lineCount = alternate.counts.linesRead - alternateLines
      extent.lineCount -= other.lineCount
      alternate.end(other)
    }
    current.end(extent)
  }

  private mutating func beginAlternate() {
    guard let alternate = current?.alternate else { return }
    var source = SourceFindings(path: path)
    source.isAmongOthers = true
    source.isFromLaterLine = begun > 0
    if let decision, decision.alternate == alternate.format {
      let total = decision.evidence?.lineCount ?? 0
      source.scores = [
        .init(
          formatName: alternate.format?.name ?? "", read: Share(decision.alternateCount, of: total))
      ]
    }
    alternateLines = alternate.counts.linesRead
    alternate.begin(source)
  }

  private mutating func inspector(for plan: SourcePlan?, _ chunk: Chunk) throws -> FormatInspector?
  {
    let guess = plan == nil ? guessedFormat(chunk.bytes) : nil
    let format = plan?.format ?? guess
    let known = inspectors.first {
      $0.format == format && $0.isMixed == (plan?.isMixed == true)
        && $0.alternate?.format == plan?.alternate
    }
    if let known { return known }
    guard inspectors.count < Self.formatLimit else { return nil }
    let inspector = try FormatInspector(plan: plan, guess: guess, rules: rules)
    inspectors.append(inspector)
    if let alternate = inspector.alternate { inspectors.append(alternate) }
    return inspector
  }

  /// A guess at lines of JSON that no format reads; nil if the user named a format.
  private func guessedFormat(_ bytes: borrowing OwnedBuffer<UInt8>) -> LogFormat? {
    planner.fixed == nil ? MappingGuess.format(of: bytes.span) : nil
  }

  /// The decision about the current source. Sources are read one after another.
  private var decision: SourcePlanner.Decision? {
    let newest = planner.decisions.newest
    return newest?.path == path ? newest : nil
  }

  private var source: SourceFindings {
    var findings = SourceFindings(path: path)
    findings.isFromLaterLine = begun > 0
    findings.scores = (decision?.scores ?? []).map {
      .init(formatName: $0.name, read: Share($0.readCount, of: $0.lineCount))
    }
    if let unit = decision?.unit {
      let words = unit.unit.map { "taken to be in \($0.rawValue)" } ?? "of an unknown unit"
      let hint = unit.unit == nil ? "; say --duration-unit" : ""
      findings.unitNote = "\(unit.field), \(words): \(unit.evidence)\(hint)"
    }
    return findings
  }
}
