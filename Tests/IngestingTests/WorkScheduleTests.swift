import TestSupport
import Testing

@testable import Ingesting

/// What threads do next, under random sources, threads and orders of events.
struct WorkScheduleTests {
  @Test(arguments: [1, 2, 3, 4, 5, 6, 7, 8] as [UInt64])
  func `each chunk is parsed once, whatever happens in which order`(seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    var stepCount = 0
    // Many short runs reach more corners than a long one: the ends are where it is easy to go wrong.
    while stepCount < 100_000 {
      var simulation = WorkSimulation(seed: generator.next())
      stepCount += simulation.run()
      #expect(simulation.complaint == nil, "\(simulation.name)")
      if simulation.complaint != nil { return }
    }
  }

  @Test func `sources are opened in order, but for those that wait for another`() {
    var schedule = WorkSchedule(predecessors: [nil, 0, nil, 1, nil], threadCount: 8)
    #expect(schedule.next() == .open(0))
    #expect(schedule.next() == .open(2))
    #expect(schedule.next() == .open(4))
    #expect(schedule.next() == .wait)
    schedule.didSkip(2)
    schedule.didSkip(0)
    #expect(schedule.next() == .open(1))
    schedule.didOpen(1)
    #expect(schedule.next() == .read(1))
    let isOver = schedule.didEnd(1)
    #expect(isOver)
    #expect(schedule.next() == .open(3))
  }

  @Test func `a source is over only when all of its chunks were parsed`() {
    var schedule = WorkSchedule(predecessors: [nil, 0], threadCount: 2)
    #expect(schedule.next() == .open(0))
    schedule.didOpen(0)
    for _ in 0..<2 {
      #expect(schedule.next() == .read(0))
      schedule.didRead(0)
    }
    #expect(schedule.next() == .read(0))
    let isOverAtItsEnd = schedule.didEnd(0)
    #expect(!isOverAtItsEnd)
    #expect(schedule.next() == .parse)
    #expect(schedule.next() == .parse)
    let isOverByFirst = schedule.didParse(0)
    #expect(!isOverByFirst)
    #expect(schedule.next() == .wait)
    let isOverBySecond = schedule.didParse(0)
    #expect(isOverBySecond)
    #expect(schedule.next() == .open(1))
  }

  @Test
  func `where one source is open at a time, the files of an archive come before other sources`() {
    var schedule = WorkSchedule(predecessors: [nil, nil], threadCount: 1, mostOpen: 1)
    #expect(schedule.next() == .open(0))
    schedule.didOpen(0)
    #expect(schedule.next() == .read(0))
    schedule.didBecomeArchive(0)
    for file in 2...3 {
      let index = schedule.add(after: nil)
      #expect(index == file)
      #expect(schedule.next() == .open(file))
      schedule.didOpen(file)
      #expect(schedule.next() == .read(file))
      if file == 3 { _ = schedule.didEndArchive(0) }
      let isOver = schedule.didEnd(file)
      #expect(isOver)
    }
    #expect(schedule.next() == .open(1))
    schedule.didSkip(1)
    #expect(schedule.next() == .stop)
  }

  @Test func `a hundred thousand sources are scheduled in linear time`() {
    let count = 100_000
    var schedule = WorkSchedule(predecessors: Array(repeating: nil, count: count), threadCount: 1)
    var opened = 0
    while case .open(let index) = schedule.next() {
      #expect(index == opened)
      opened += 1
      schedule.didSkip(index)
    }
    #expect(opened == count)
    #expect(schedule.next() == .stop)
  }
}

/// Sources, threads and a clock that goes from event to event, around a ``WorkSchedule``. What holds of
/// every run is checked at every step; the first thing that does not is the complaint.
private struct WorkSimulation {
  /// A chunk by the source it is of and its place there.
  private struct Chunk: Equatable {
    var source: Int
    var sequence: Int
  }

  private struct Source {
    /// How many chunks it gives.
    var length: Int
    var canFail: Bool
    var isOpened = false
    var isOver = false
    var isBeingRead = false
    var given = 0
    /// The chunks that were parsed, in the order in which that ended.
    var parsed: [Int] = []
  }

  private let seed: UInt64
  private let threadCount: Int
  private let predecessors: [Int?]
  private var generator: SeededGenerator
  private var schedule: WorkSchedule
  private var sources: [Source]
  /// What each thread is doing; nil where it has nothing to do.
  private var threads: [WorkSchedule.Step?]
  private var parsing: [Chunk?]
  private var ready: [Chunk] = []
  private var hasStopped: [Bool]
  private var isFlushing = false
  private var isFlushAsked = false
  private var isStopping = false
  private var hasFailed = false
  private(set) var complaint: String?

  var name: String {
    "seed \(seed), \(threadCount) threads, predecessors \(predecessors): \(complaint ?? "")"
  }

  init(seed: UInt64) {
    self.seed = seed
    var generator = SeededGenerator(seed: seed)
    threadCount = Int.random(in: 1...5, using: &generator)
    let count = Int.random(in: 0...6, using: &generator)
    var predecessors: [Int?] = []
    for index in 0..<count {
      let waits = index > 0 && Int.random(in: 0..<3, using: &generator) == 0
      predecessors.append(waits ? Int.random(in: 0..<index, using: &generator) : nil)
    }
    self.predecessors = predecessors
    sources = (0..<count).map { _ in
      Source(
        length: Int.random(in: 0...9, using: &generator),
        canFail: Int.random(in: 0..<4, using: &generator) == 0)
    }
    schedule = WorkSchedule(predecessors: predecessors, threadCount: threadCount)
    threads = Array(repeating: nil, count: threadCount)
    parsing = Array(repeating: nil, count: threadCount)
    hasStopped = Array(repeating: false, count: threadCount)
    self.generator = generator
  }

  /// - Returns: how many steps it took.
  mutating func run() -> Int {
    var count = 0
    while complaint == nil, hasStopped.contains(false) {
      count += 1
      if count > 10_000 { complaint = "does not end" }
      // A free thread asks, one at work comes to an end, or something happens from outside.
      let thread = Int.random(in: 0..<threadCount, using: &generator)
      switch Int.random(in: 0..<40, using: &generator) {
      case 0: requestFlush()
      case 1 where Int.random(in: 0..<20, using: &generator) == 0: stop()
      case 2 where Int.random(in: 0..<200, using: &generator) == 0: fail()
      default:
        if let step = threads[thread] { end(step, thread) } else { ask(thread) }
      }
      checkThatSomethingGoesOn()
    }
    if complaint == nil { checkEnd() }
    return count
  }

  private mutating func complain(_ text: String) {
    if complaint == nil { complaint = text }
  }

  // MARK: Events

  private mutating func requestFlush() {
    schedule.requestFlush()
    // Nothing happens if one is going on already.
    if !isFlushing { isFlushAsked = true }
  }

  private mutating func stop() {
    schedule.stopReading()
    isStopping = true
  }

  private mutating func fail() {
    schedule.fail()
    hasFailed = true
  }

  private mutating func ask(_ thread: Int) {
    if hasStopped[thread] { return }
    let step = schedule.next()
    switch step {
    case .wait: return
    case .stop:
      let isAnyAtWork = threads.contains { $0 != nil }
      if isAnyAtWork && !hasFailed { complain("a thread stops that others may have work for") }
      hasStopped[thread] = true
      return
    case .open(let index):
      if sources[index].isOpened { complain("\(index) is opened twice") }
      if let predecessor = predecessors[index] {
        if !sources[predecessor].isOver {
          complain("\(index) is opened before \(predecessor) is over")
        }
      }
      if isStopping { complain("\(index) is opened after the stop") }
      sources[index].isOpened = true
    case .read(let index):
      if sources[index].isBeingRead { complain("\(index) is read by two threads") }
      if isStopping { complain("\(index) is read after the stop") }
      sources[index].isBeingRead = true
      let readers = threads.count { if case .read? = $0 { true } else { false } }
      if ready.count + readers > 2 * threadCount + 1 { complain("\(ready.count) chunks wait") }
    case .parse:
      if isFlushing { complain("a chunk is parsed while tallies are taken") }
      if ready.isEmpty { complain("there is nothing to parse") }
      if ready.isEmpty { return }
      parsing[thread] = ready.removeFirst()
    case .handOver:
      if isFlushing { complain("two threads take the tallies") }
      if !isFlushAsked { complain("tallies are taken although nobody asked") }
      if (parsing.contains { $0 != nil }) { complain("tallies are taken while a chunk is parsed") }
      isFlushing = true
      isFlushAsked = false
      checkThatParsedIsAPrefix()
    }
    threads[thread] = step
  }

  private mutating func end(_ step: WorkSchedule.Step, _ thread: Int) {
    threads[thread] = nil
    switch step {
    case .open(let index):
      if sources[index].length == 0 && sources[index].canFail {
        sources[index].isOver = true
        schedule.didSkip(index)
      } else {
        schedule.didOpen(index)
      }
    case .read(let index): endReading(index)
    case .parse:
      guard let chunk = parsing[thread] else { return }
      parsing[thread] = nil
      sources[chunk.source].parsed.append(chunk.sequence)
      noteEnd(of: chunk.source, schedule.didParse(chunk.source))
    case .handOver:
      schedule.endFlush()
      isFlushing = false
    case .wait, .stop: break
    }
  }

  private mutating func endReading(_ index: Int) {
    sources[index].isBeingRead = false
    let source = sources[index]
    let isBroken = source.canFail && Int.random(in: 0..<5, using: &generator) == 0
    if source.given == source.length || isBroken {
      // What it would still have had is lost with it.
      sources[index].length = source.given
      noteEnd(of: index, schedule.didEnd(index))
    } else if Int.random(in: 0..<5, using: &generator) == 0 {
      schedule.didWait(index)
    } else {
      ready.append(Chunk(source: index, sequence: source.given))
      sources[index].given += 1
      schedule.didRead(index)
      if schedule.readyCount != ready.count {
        complain("it counts \(schedule.readyCount) that wait")
      }
    }
  }

  private mutating func noteEnd(of index: Int, _ isOver: Bool) {
    let source = sources[index]
    let shouldBeOver = schedule.isEnded(index) && source.parsed.count == source.given
    if isOver != shouldBeOver { complain("\(index) is over: \(isOver), with \(source)") }
    if isOver { sources[index].isOver = true }
  }

  // MARK: What has to hold

  /// A flush takes exactly the first so many chunks of each source: that is what a position says.
  private mutating func checkThatParsedIsAPrefix() {
    for (index, source) in sources.enumerated() {
      if source.parsed.sorted() != Array(0..<source.parsed.count) {
        complain("of \(index) the chunks \(source.parsed) were parsed")
      }
    }
  }

  /// If no thread is at work, at least one finds something to do.
  private mutating func checkThatSomethingGoesOn() {
    guard complaint == nil, threads.allSatisfy({ $0 == nil }), hasStopped.contains(false) else {
      return
    }
    var ahead = schedule
    if ahead.next() == .wait { complain("all threads wait for one another") }
  }

  private mutating func checkEnd() {
    if hasFailed { return }
    if !ready.isEmpty { complain("\(ready.count) chunks were not parsed") }
    if isFlushAsked && !isFlushing { complain("the tallies that were asked for were not taken") }
    checkThatParsedIsAPrefix()
    for (index, source) in sources.enumerated() {
      if source.parsed.count != source.given { complain("of \(index) chunks were lost") }
      if !isStopping {
        if !source.isOver { complain("\(index) is not over") }
        if source.given != source.length { complain("\(index) was not read to its end") }
      }
    }
  }
}
