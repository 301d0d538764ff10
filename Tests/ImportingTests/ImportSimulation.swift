import Addressing
import Ingesting
import Outbox
import TestSupport

@testable import Importing

/// Imports of a `LogWorld` by what `SourceMatching` decides, all in one thread: files change between
/// any two steps of a run, and runs are killed between any two of their checkpoints.
struct ImportSimulation {
  /// What the run has of a source while it reads it.
  private struct Reader {
    let name: String
    let file: LogWorld.File
    let prefix: [UInt8]
    let stamp: LedgerSource.FileStamp?
    let truncations: Int
    /// Where the content ended when it was looked at, if that is all that is read: a reader that has
    /// seen the end of a file does not look for more.
    let end: Int?
    var known: LedgerSource?
    var position = 0
    var lines = 0
    var tail: [UInt8] = []
    var isAtEnd = false
    var requestCount = 0
    /// What of the content is read, and what that came to.
    var stretches = [SourceStretch()]
    var counts = [StretchCounts()]
    /// What was read last says with all before it.
    var digest: UInt64?
  }

  private enum State {
    case unopened
    case opening(SourceMatching.Step, Reader?)
    case reading(Reader)
    case over(Reader?)

    var isOver: Bool { if case .over = self { true } else { false } }
    var isUnopened: Bool { if case .unopened = self { true } else { false } }
  }

  private struct Run {
    var names: [String]
    /// What it counts.
    var window: Range<Int64>
    var rules: Rules
    /// What comes through standard input, if that is what is imported.
    var pipe: LogWorld.File?
    var sequence: [Int?]
    var matching: SourceMatching
    var states: [State]
    /// Lines that were parsed, and count with the next checkpoint.
    var pending: [(tag: Int, digest: UInt64)] = []
    var ruledOut: [UInt64] = []
  }

  /// What a run's routes and filters leave out.
  private enum Rules: String, CaseIterable {
    case nothing = ""
    case some
    /// Such as a list of routes that lacks a prefix.
    case everything

    func leavesOut(_ tag: Int) -> Bool {
      switch self {
      case .nothing: false
      case .some: tag.isMultiple(of: 5)
      case .everything: true
      }
    }
  }

  /// How often things have happened, so that a test can tell that they did.
  struct Events: Equatable {
    var resumed = 0
    var unchanged = 0
    var kills = 0
    var shrunk = 0
    var rotated = 0
    var parted = 0
    var checkpoints = 0
    var quietChecks = 0
    var readAgain = 0
    var passedOver = 0
    var countedBefore = 0
    var leftOutForGood = 0
  }

  /// Small, as the logs are. A check is longer than any two lines have in common.
  static let limits = SourceMatching.Limits(fingerprintLength: 48, sequenceLength: 16)
  private static let checkLength = 24
  private static let threadCount = 2
  private static let app = App(clientID: "c", environment: "e")

  private var world: LogWorld
  private var generator: SeededGenerator
  private var run: Run?
  /// The ledger, as it is on disk.
  private var ledger: [Int64: LedgerSource] = [:]
  private var lastID: Int64 = 0
  /// What the content up to each row's position says.
  private var rowDigests: [Int64: UInt64] = [:]
  /// How often each line was counted for good, by its tag.
  private var counts: [Int: Int] = [:]
  /// What was counted, by what it and all before it say.
  private var countedDigests: Set<UInt64> = []
  /// What rules have left out, likewise.
  private var ruledOutDigests: Set<UInt64> = []
  /// Sources of the latest run of which other rules have left lines out.
  private var warned: Set<String> = []
  /// Why the latest run has not read a file, by name.
  private var refusals: [String: SourceMatching.Refusal] = [:]
  private(set) var events = Events()
  /// What is wrong; the simulation stops at the first.
  private(set) var failure: String?
  private(set) var stepCount = 0

  init(seed: UInt64) {
    world = LogWorld(seed: seed)
    generator = SeededGenerator(seed: seed &+ 1_000)
  }

  var lineCount: Int { world.lastTag }

  mutating func simulate(steps: Int) {
    while stepCount < steps, failure == nil {
      stepCount += 1
      if stepCount % 1_000 == 0 { checkQuietly() }
      if Int.random(in: 0..<10, using: &generator) < 3 { world.act() } else { stepRun() }
    }
  }

  /// Nothing changes any more: what is there now has to be counted by the next runs, or they say why
  /// not.
  private mutating func checkQuietly() {
    events.quietChecks += 1
    // What a narrow run counts is not missing, and what it has left out is counted by a wider one.
    for window in [randomWindow(), .always] {
      // Twice, since the first may have begun before; then as often as a source is left to the next.
      for _ in 0..<6 {
        finishRun()
        beginRun(mayBePipe: false, window: window, rules: .nothing)
        finishRun()
        if !refusals.values.contains(.rotated) { break }
      }
      checkThatAllIsCounted(in: window)
    }
    if refusals.values.contains(.rotated) { fail("a source is left to the next run for ever") }
    if lastID > world.logCount { fail("the ledger has \(lastID) rows for \(world.logCount) logs") }
    forgetOldLogs()
  }

  private mutating func checkThatAllIsCounted(in window: Range<Int64>) {
    for (name, file) in world.listing where refusals[name] == nil {
      for index in file.tags.indices
      where window.contains(Self.time(file.tags[index]))
        && counts[file.tags[index]] == nil && !countedDigests.contains(file.digests[index])
      {
        if ruledOutDigests.contains(file.digests[index]) && warned.contains(name) {
          events.leftOutForGood += 1
          continue
        }
        return fail("line \(index) of \(name) was never counted, and nothing was said")
      }
    }
  }

  /// Of what is gone nothing has to be known, and less of it is in the way of what is there.
  private mutating func forgetOldLogs() {
    let digests = Set(world.contents.flatMap(\.digests))
    ledger = ledger.filter { id, _ in rowDigests[id].map(digests.contains) ?? false }
  }

  private mutating func finishRun() {
    while run != nil, failure == nil { advance() }
  }

  private mutating func fail(_ text: String) {
    failure = failure ?? text
    run = nil
  }

  // MARK: A run

  /// When a line's request began: lines are not quite in the order of time.
  private static func time(_ tag: Int) -> Int64 { Int64(tag + (tag &* 7919) % 9) }

  /// Mostly everything; else up to a moment, from one on, or between two.
  private mutating func randomWindow() -> Range<Int64> {
    let last = Int64(world.lastTag)
    let moment = last - Int64.random(in: 0..<60, using: &generator)
    switch Int.random(in: 0..<10, using: &generator) {
    case 0..<2: return .min..<moment
    case 2: return moment..<(.max)
    case 3: return (moment - Int64.random(in: 1..<60, using: &generator))..<moment
    default: return .always
    }
  }

  private mutating func randomRules() -> Rules {
    let isOrdinary = Int.random(in: 0..<10, using: &generator) > 0
    return isOrdinary ? .nothing : Rules.allCases.randomElement(using: &generator) ?? .nothing
  }

  private mutating func stepRun() {
    guard run != nil else { return beginRun() }
    switch Int.random(in: 0..<200, using: &generator) {
    case 0..<8: checkpoint()
    case 8..<10:
      events.kills += 1
      run = nil
    case 10:
      // It is told to stop: what was read counts.
      checkpoint()
      run = nil
    default: advance()
    }
  }

  private mutating func beginRun(
    mayBePipe: Bool = true, window: Range<Int64>? = nil, rules: Rules? = nil
  ) {
    let listing = world.listing
    refusals = [:]
    warned = []
    let window = if let window { window } else { randomWindow() }
    let rules = if let rules { rules } else { randomRules() }
    let matching = SourceMatching(
      app: Self.app, sources: SourceIndex(ledger.values.sorted { $0.id ?? 0 < $1.id ?? 0 }),
      scope: CountingScope(window: window, rules: rules.rawValue), limits: Self.limits)
    // A long log, which may be longer than others that begin alike, or any.
    let piped =
      Bool.random(using: &generator)
      ? listing.max { $0.file.bytes.count < $1.file.bytes.count }
      : listing.randomElement(using: &generator)
    if mayBePipe, Int.random(in: 0..<10, using: &generator) == 0, let file = piped?.file,
      file.bytes.count == file.wholeCount
    {
      run = Run(
        names: ["-"], window: window, rules: rules, pipe: world.piped(file), sequence: [nil],
        matching: matching,
        states: [.unopened])
      return
    }
    // In the order of a glob, or as somebody has typed it.
    let files = Bool.random(using: &generator) ? listing : listing.shuffled(using: &generator)
    run = Run(
      names: files.map(\.name), window: window, rules: rules, pipe: nil,
      sequence: SourceMatching.sequence(
        of: files.map { Array($0.file.bytes.prefix(Self.limits.sequenceLength)) }),
      matching: matching, states: Array(repeating: .unopened, count: files.count))
  }

  /// A step of one of the sources, or the end.
  private mutating func advance() {
    guard let run else { return }
    let underWay = run.states.count { !$0.isOver && !$0.isUnopened }
    let ready = run.states.indices.filter { index in
      if run.states[index].isOver { return false }
      guard run.states[index].isUnopened else { return true }
      return underWay < Self.threadCount
        && run.sequence[index].map { run.states[$0].isOver } ?? true
    }
    guard let index = ready.randomElement(using: &generator) else {
      checkpoint()
      self.run = nil
      return
    }
    switch run.states[index] {
    case .unopened:
      let stamp = run.pipe == nil ? world.file(named: run.names[index]).map(Self.stamp) : nil
      self.run?.states[index] = .opening(run.matching.open(stamp: stamp), nil)
    case .opening(let step, let reader): take(step, of: index, reader)
    case .reading(let reader): read(index, reader)
    case .over: break
    }
  }

  private static func stamp(_ file: LogWorld.File) -> LedgerSource.FileStamp {
    LedgerSource.FileStamp(
      size: file.bytes.count, modifiedAt: Int64(file.modified), inode: Int64(file.inode),
      device: 1)
  }

  /// As `SourceLedger` does it.
  private mutating func take(_ step: SourceMatching.Step, of index: Int, _ reader: Reader?) {
    guard var run else { return }
    defer { self.run = run }
    let name = run.names[index]
    switch step {
    case .begin:
      guard let file = run.pipe ?? world.file(named: name) else {
        run.matching.giveUp(index)
        run.states[index] = .over(nil)
        return
      }
      let reader = Reader(
        name: name, file: file, prefix: Array(file.bytes.prefix(Self.limits.fingerprintLength)),
        stamp: run.pipe == nil ? Self.stamp(file) : nil, truncations: file.truncations,
        end: file.bytes.count < Self.limits.fingerprintLength ? file.wholeCount : nil)
      run.states[index] = .opening(
        run.matching.began(index, with: reader.prefix, stamp: reader.stamp), reader)
    case .pass(let position, let count):
      guard var reader, reader.position == 0 else { preconditionFailure("not at the beginning") }
      let bytes = reader.file.bytes
      let last = bytes.count < position ? nil : Array(bytes[(position - count)..<position])
      reader.position = position
      run.states[index] = .opening(
        run.matching.passed(index, last: last, isPipe: run.pipe != nil), reader)
    case .read(let known):
      guard var reader, reader.position == known?.position.bytes ?? 0 else {
        preconditionFailure("not at the place to read from")
      }
      if known != nil { events.resumed += 1 }
      begin(&reader, with: known, in: run)
      run.states[index] = .reading(reader)
    case .readAgain(let known, let start):
      // What happens to a file between the two looks at it happens within microseconds: it may be
      // renamed, but it is not emptied.
      guard let before = reader, let file = world.file(named: name),
        run.matching.reopened(
          index, with: Array(file.bytes.prefix(Self.limits.fingerprintLength)),
          stamp: Self.stamp(file)), file.truncations == before.truncations
      else {
        run.matching.giveUp(index)
        refusals[name] = .rotated
        events.rotated += 1
        run.states[index] = .over(nil)
        return
      }
      events.readAgain += 1
      var reader = before
      reader.position = start
      begin(&reader, with: known, in: run)
      run.states[index] = .reading(reader)
    case .unchanged(let known):
      if run.matching.parts(of: known).leftOutByOthers > 0 { warned.insert(name) }
      events.unchanged += 1
      run.states[index] = .over(nil)
    case .refuse(let refusal):
      refusals[name] = refusal
      switch refusal {
      case .shrunk: events.shrunk += 1
      case .rotated: events.rotated += 1
      case .parted: events.parted += 1
      case .passedOver: events.passedOver += 1
      case .tooManyParts: break
      }
      run.states[index] = .over(nil)
    }
  }

  /// As `SourceLedger` begins with a source.
  private mutating func begin(_ reader: inout Reader, with known: LedgerSource?, in run: Run) {
    let parts = run.matching.parts(of: known)
    if parts.leftOutByOthers > 0 { warned.insert(reader.name) }
    reader.known = known
    reader.lines = parts.start.lines
    reader.stretches = parts.stretches
    reader.counts = Array(repeating: StretchCounts(), count: reader.stretches.count)
    reader.digest = reader.file.ends.firstIndex(of: known?.position.bytes ?? 0)
      .map { reader.file.digests[$0] }
  }

  /// A chunk, or the end. A half line is left alone.
  private mutating func read(_ index: Int, _ reader: Reader) {
    guard var run else { return }
    defer { self.run = run }
    var reader = reader
    let file = reader.file
    guard reader.truncations == file.truncations,
      reader.position < min(file.wholeCount, reader.end ?? .max)
    else {
      reader.isAtEnd = true
      run.matching.didFinish(
        index, run.matching.record(reach(reader, run.names[index]), at: Int64(stepCount)))
      run.states[index] = .over(reader)
      return
    }
    let first = file.ends.partitioningIndex { $0 > reader.position }
    var last = min(first + Int.random(in: 0..<8, using: &generator), file.lineCount - 1)
    // Logs differ within their first chunk.
    while file.ends[last] < world.headerCounts[file.inode] ?? 0 { last += 1 }
    let stretch = reader.stretches.firstIndex { reader.position < $0.end } ?? 0
    let end = min(reader.end ?? .max, reader.stretches[stretch].end)
    while file.ends[last] > end { last -= 1 }
    var requestCount = 0
    for line in first...last {
      let time = Self.time(file.tags[line])
      if reader.stretches[stretch].countedBefore.contains(where: { $0.contains(time) }) {
        events.countedBefore += 1
      } else if !run.window.contains(time) {
        reader.counts[stretch].outsideWindow += 1
      } else if run.rules.leavesOut(file.tags[line]) {
        reader.counts[stretch].leftOutByRules += 1
        run.ruledOut.append(file.digests[line])
      } else {
        requestCount += 1
        run.pending.append((file.tags[line], file.digests[line]))
      }
    }
    reader.counts[stretch].requests += requestCount
    let chunk = file.bytes[reader.position..<file.ends[last]]
    if file.ends[last] >= reader.known?.position.bytes ?? 0 { reader.digest = file.digests[last] }
    reader.tail = Array(chunk.suffix(Self.checkLength))
    reader.position = file.ends[last]
    reader.lines += last - first + 1
    reader.requestCount += requestCount
    run.states[index] = .reading(reader)
  }

  private func reach(_ reader: Reader, _ name: String) -> SourceMatching.Reach {
    let isWhole =
      reader.stamp.map { reader.file.isCompressed || reader.position >= $0.size } ?? false
    return SourceMatching.Reach(
      prefix: reader.prefix, known: reader.known, position: reader.position, lines: reader.lines,
      tail: reader.tail, stampAtEnd: reader.isAtEnd && isWhole ? reader.stamp : nil, path: name,
      requestCount: reader.requestCount, stretchCounts: reader.counts)
  }

  // MARK: What counts for good

  /// Lines and positions in one transaction.
  private mutating func checkpoint() {
    guard var run else { return }
    events.checkpoints += 1
    var digests: [String: UInt64] = [:]
    let records = run.states.indices.compactMap { index -> (index: Int, source: LedgerSource)? in
      let reader: Reader
      switch run.states[index] {
      case .reading(let current), .over(let current?): reader = current
      default: return nil
      }
      digests[run.names[index]] = reader.digest
      return run.matching.record(reach(reader, run.names[index]), at: Int64(stepCount))
        .map { (index, $0) }
    }
    for row in run.matching.rows(records) {
      var source = row.source
      if source.id == nil { lastID += 1 }
      let id = source.id ?? lastID
      source.id = id
      ledger[id] = source
      if let digest = digests[source.lastPath] { rowDigests[id] = digest }
      run.matching.didWrite(row, as: id)
    }
    let pending = run.pending
    ruledOutDigests.formUnion(run.ruledOut)
    (run.pending, run.ruledOut) = ([], [])
    self.run = run
    for (tag, digest) in pending {
      counts[tag, default: 0] += 1
      countedDigests.insert(digest)
      if counts[tag] != 1 { return fail("line \(tag) was counted twice") }
    }
  }
}

extension [Int] {
  /// The first index whose element fulfils `belongs`, of elements that are sorted by that.
  fileprivate func partitioningIndex(_ belongs: (Int) -> Bool) -> Int {
    var (low, high) = (0, count)
    while low < high {
      let middle = (low + high) / 2
      if belongs(self[middle]) { high = middle } else { low = middle + 1 }
    }
    return low
  }
}
