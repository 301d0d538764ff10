import Addressing
import Foundation
import Outbox
import TestSupport
import Testing

@testable import Importing

/// What a run makes of files that it may have seen before.
struct SourceMatchingTests {
  /// A hundred thousand things that happen to logs and runs. `SOURCE_SEED` runs one seed of your own.
  @Test(arguments: Self.seeds)
  func `every line counts once, whatever happens to files and runs`(seed: UInt64) {
    var simulation = ImportSimulation(seed: seed)
    simulation.simulate(steps: 100_000)
    #expect(
      simulation.failure == nil,
      "SOURCE_SEED=\(seed) fails at step \(simulation.stepCount): \(simulation.failure ?? "")")
    // None of it is a matter of course.
    let events = simulation.events
    #expect(simulation.lineCount > 20_000)
    #expect(events.resumed > 100 && events.unchanged > 100 && events.checkpoints > 100)
    #expect(events.kills > 100 && events.shrunk > 10 && events.rotated > 10)
    #expect(events.quietChecks > 50)
    #expect(events.readAgain > 100 && events.countedBefore > 100)
    #expect(events.passedOver > 0 && events.leftOutForGood > 0)
  }

  static let seeds: [UInt64] =
    ProcessInfo.processInfo.environment["SOURCE_SEED"].flatMap(UInt64.init).map { [$0] }
    ?? [1, 2, 3, 4]

  @Test func `which sources begin alike is found as by comparing each with every other`() {
    var generator = SeededGenerator(seed: 3)
    for _ in 0..<300 {
      var prefixes: [[UInt8]] = []
      for _ in 0..<Int.random(in: 0...12, using: &generator) {
        let length = Int.random(in: 0...4, using: &generator)
        prefixes.append((0..<length).map { _ in UInt8.random(in: 0...1, using: &generator) })
      }
      let expected = prefixes.indices.map { index -> Int? in
        prefixes[..<index].lastIndex { (other: [UInt8]) -> Bool in
          let length = min(other.count, prefixes[index].count)
          return length > 0 && other[..<length] == prefixes[index][..<length]
        }
      }
      #expect(SourceMatching.sequence(of: prefixes) == expected, "\(prefixes)")
    }
  }

  /// What the version before has recorded lacks what sources are found by.
  @Test func `a source is found with its beginning recorded and without`() throws {
    for keepsBeginning in [true, false] {
      var known = try Self.record(Self.long, 12, id: 1)
      if !keepsBeginning { known.beginning = nil }
      var matching = Self.matching(known)
      #expect(follow(&matching, 0, Self.long) == .read(known: known))
      #expect(follow(&matching, 1, Self.third) == .read(known: nil))
    }
  }

  // MARK: - Step by step

  private static let app = App(clientID: "c", environment: "e")
  /// Two logs that begin alike, and a third.
  private static let long = Array("#header\none\ntwo\nthree\n".utf8)
  private static let alike = Array("#header\nother\nlines\nthat follow\n".utf8)
  private static let third = Array("nothing like it\n".utf8)

  private static func stamp(_ inode: Int64, size: Int = 1) -> LedgerSource.FileStamp {
    LedgerSource.FileStamp(size: size, modifiedAt: 1, inode: inode, device: 1)
  }

  /// As far as `count` bytes of `content`, known by its first eight.
  private static func record(
    _ content: [UInt8], _ count: Int, id: Int64? = nil, known: LedgerSource? = nil
  ) throws -> LedgerSource {
    let matching = SourceMatching(
      app: app, sources: SourceIndex(), limits: .init(fingerprintLength: 8, sequenceLength: 8))
    let reach = SourceMatching.Reach(
      prefix: Array(content.prefix(8)), known: known, position: count, lines: count,
      tail: Array(content[..<count].suffix(8)), path: "access.log", requestCount: 0)
    var source = try #require(matching.record(reach, at: 1))
    source.id = source.id ?? id
    return source
  }

  private static func matching(_ sources: LedgerSource...) -> SourceMatching {
    SourceMatching(
      app: app, sources: SourceIndex(sources),
      limits: .init(fingerprintLength: 8, sequenceLength: 8))
  }

  /// Takes the steps that lead to reading `content`, or to nothing.
  private func follow(
    _ matching: inout SourceMatching, _ index: Int, _ content: [UInt8], inode: Int64 = 1,
    isPipe: Bool = false
  ) -> SourceMatching.Step {
    let stamp = isPipe ? nil : Self.stamp(inode)
    var step = matching.open(stamp: stamp)
    while true {
      switch step {
      case .begin: step = matching.began(index, with: Array(content.prefix(8)), stamp: stamp)
      case .pass(let position, let count):
        let last = content.count < position ? nil : Array(content[(position - count)..<position])
        step = matching.passed(index, last: last, isPipe: isPipe)
      default: return step
      }
    }
  }

  @Test func `a log is read on where the last import has ended, whatever it is called`() throws {
    let known = try Self.record(Self.long, 12, id: 1)
    var matching = Self.matching(known)
    #expect(follow(&matching, 0, Self.long) == .read(known: known))
    #expect(follow(&matching, 1, Self.third) == .read(known: nil))
  }

  /// The same health check is the first line on two servers.
  @Test func `a log that goes on is another if the file of the known one still stands`() throws {
    let known = try Self.record(Self.long, 8, id: 1)
    for stands in [true, false] {
      var matching = Self.matching(known)
      #expect(
        matching.began(0, with: Array(Self.alike.prefix(8)), stamp: Self.stamp(2))
          == .pass(to: 8, returningLast: 8))
      #expect(matching.candidate(for: 0) == known)
      let step = matching.passed(0, last: Array(Self.long.prefix(8)), standsElsewhere: stands)
      #expect(step == (stands ? .begin : .read(known: known)))
      guard stands else { continue }
      #expect(
        matching.began(0, with: Array(Self.alike.prefix(8)), stamp: Self.stamp(2))
          == .read(known: nil))
    }
  }

  /// Both went on from where the one had ended, and only one of them was recorded.
  @Test func `two logs that part ways behind what is known are not both the known one`() throws {
    // More is known of how they begin than what they have in common.
    let known = try Self.record(Array(Self.long.prefix(4)), 4, id: 1)
    let first = Array("#heaDER\n".utf8)
    let second = Array("#heaVY\nx".utf8)
    let common = Array("#hea".utf8)
    #expect(known.position.bytes == common.count)
    var matching = Self.matching(known)
    for (index, content) in [first, second].enumerated() {
      let stamp = Self.stamp(Int64(index + 5))
      #expect(
        matching.began(index, with: content, stamp: stamp) == .pass(to: 4, returningLast: 4))
      let step = matching.passed(index, last: common)
      #expect(step == (index == 0 ? .read(known: known) : .begin))
    }
    #expect(matching.began(1, with: second, stamp: Self.stamp(6)) == .read(known: nil))
  }

  /// What lies behind the position may still change: a half line, say.
  @Test func `a source is known by no more than what was imported of it`() throws {
    let known = try Self.record(Self.long, 4, id: 1)
    var matching = Self.matching(known)
    let other = Array(Self.long.prefix(4)) + Array("ding\n".utf8)
    #expect(follow(&matching, 0, other) == .read(known: known))
  }

  @Test func `of two records of the same content the further one counts`() throws {
    let further = try Self.record(Self.long, 16, id: 1)
    for sources in try [[Self.record(Self.long, 12, id: 2), further], [further]] {
      var matching = SourceMatching(
        app: Self.app, sources: SourceIndex(sources),
        limits: .init(fingerprintLength: 8, sequenceLength: 8))
      #expect(follow(&matching, 0, Self.long) == .read(known: further))
    }
  }

  @Test func `a pipe cannot be had again, so it is refused where a file is read`() throws {
    let known = try Self.record(Self.long, 16, id: 1)
    var file = Self.matching(known)
    #expect(follow(&file, 0, Self.alike) == .read(known: nil))
    var pipe = Self.matching(known)
    #expect(follow(&pipe, 0, Self.alike, isPipe: true) == .refuse(.parted))
    #expect(
      follow(&pipe, 0, Array(Self.alike.prefix(12)), isPipe: true) == .refuse(.shrunk))
    #expect(follow(&pipe, 0, Self.long, isPipe: true) == .read(known: known))
  }

  /// It used to keep its claim, so that the whole log beside it was left to the next run for ever.
  @Test func `a log that has shrunk is not in the way of the one that has not`() throws {
    let known = try Self.record(Self.long, 16, id: 1)
    var matching = Self.matching(known)
    #expect(follow(&matching, 0, Array(Self.long.prefix(12))) == .refuse(.shrunk))
    #expect(follow(&matching, 1, Self.long) == .read(known: known))
  }

  @Test func `what is being read already is left to the next run, until it is over`() throws {
    var matching = Self.matching()
    #expect(follow(&matching, 0, Self.long) == .read(known: nil))
    #expect(follow(&matching, 1, Self.long) == .refuse(.rotated))
    try matching.didFinish(0, Self.record(Self.long, 12))
    guard case .read(let known?) = follow(&matching, 1, Self.long) else {
      Issue.record("it is known by now")
      return
    }
    #expect(known.position.bytes == 12)
  }

  /// It was read from its beginning, because what it was held against was another file.
  @Test func `a file that takes another's place between two looks is looked at anew`() throws {
    let known = try Self.record(Self.long, 12, id: 1)
    var matching = Self.matching(known)
    #expect(matching.began(0, with: Array(Self.alike.prefix(8)), stamp: Self.stamp(1)) != .begin)
    #expect(matching.passed(0, last: Array(Self.alike[4..<12])) == .begin)
    // Rotated just now.
    #expect(
      matching.began(0, with: Array(Self.long.prefix(8)), stamp: Self.stamp(2))
        == .pass(to: 12, returningLast: 8))
    #expect(matching.passed(0, last: Array(Self.long[4..<12])) == .read(known: known))
  }

  /// The less far one used to win if it stood behind, and what lay between was counted again.
  @Test func `of two names of the same content a checkpoint writes the one that is further`() throws
  {
    var matching = Self.matching()
    let first = try Self.record(Self.long, 12)
    matching.didFinish(1, first)
    guard case .read(let known?) = follow(&matching, 0, Self.long) else {
      Issue.record("it is known by now")
      return
    }
    let second = try Self.record(Self.long, 16, known: known)
    for records in [[(0, second), (1, first)], [(1, first), (0, second)]] {
      let rows = matching.rows(records.map { (index: $0.0, source: $0.1) })
      #expect(rows.map(\.source.position.bytes) == [16])
      #expect(rows.map(\.source.id) == [nil])
    }
    matching.didWrite(matching.rows([(0, second), (1, first)])[0], as: 7)
    #expect(matching.rows([(0, second), (1, first)]).map(\.source.id) == [7])
  }
}
