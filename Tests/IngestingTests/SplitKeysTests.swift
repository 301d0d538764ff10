import Attribution
import Configuring
import Diagnostics
import Foundation
import Tallying
import TestSupport
import Testing

@testable import Ingesting

/// The same traffic in one file and in many makes the same tallies: a key is not split because its
/// lines are in several files.
struct SplitKeysTests {
  /// Requests of two hours, in the order in which they began.
  private static let lines: [String] = {
    var generator = SeededGenerator(seed: 12)
    return (0..<16_000).map { number in
      let second = number * 7200 / 16_000
      let user = Int.random(in: 0..<300, using: &generator)
      let name = ["a", "b", "c", "d", "e"].randomElement(using: &generator) ?? "a"
      let stamp = String(
        format: "23/Nov/2026:%02d:%02d:%02d", 9 + second / 3600, second / 60 % 60, second % 60)
      return
        #"192.0.2.7 - user-\#(user) [\#(stamp) +0000] "GET /\#(name) HTTP/1.1" 200 5 "-" "app""#
    }
  }()

  /// How many tallies a sink takes, and of how many different keys they are.
  private static func tallies(_ files: [[String]], jobs: Int) throws -> (taken: Int, keys: Int) {
    let folder = try TemporaryFolder()
    var settings = Settings()
    settings.consumers = [ConsumerRule(field: "remote_user")]
    for (index, lines) in files.enumerated() {
      let name = String(format: "%02d.log", index)
      settings.inputs.append(try folder.write(lines.map { $0 + "\n" }.joined(), to: name))
    }
    let sink = KeyCounter()
    let preparation = try IngestionPreparation(
      Ingestion.Options(settings: settings, jobs: jobs), reportingTo: QuietWatcher())
    try Ingestion(preparation, into: sink).run()
    #expect(sink.requestCount == Int64(lines.count))
    return (sink.takenCount, sink.keys.count)
  }

  @Test(arguments: [1, 2])
  func `files of several hours or servers split no key`(jobs: Int) throws {
    let one = try Self.tallies([Self.lines], jobs: jobs)
    #expect(one.keys > 8000, "there is more than one flush")
    var hours: [[String]] = []
    for start in stride(from: 0, to: Self.lines.count, by: 250) {
      hours.append(Array(Self.lines[start..<start + 250]))
    }
    var servers = [[String]](repeating: [], count: 64)
    for (number, line) in Self.lines.enumerated() { servers[number * 31 % 64].append(line) }
    for files in [hours, hours.reversed(), servers] {
      let many = try Self.tallies(files, jobs: jobs)
      #expect(many.keys == one.keys)
      // With several threads, one may begin a source while another hands over what it has counted.
      let allowed = jobs == 1 ? 0 : many.keys / 1_000
      #expect(many.taken - many.keys <= allowed, "\(many.taken - many.keys) keys were split")
    }
  }
}

/// Counts tallies and their keys.
private final class KeyCounter: TallySink {
  private(set) var takenCount = 0
  private(set) var requestCount: Int64 = 0
  private(set) var keys: Set<[Int64]> = []

  let measures: TallyMeasures = []
  func makeObserver() throws -> (any RecordObserver)? { nil }

  func take(_ table: borrowing TallyTable, before end: Int64) throws(Diagnostic) {
    let tallies = table.all
    for index in tallies.indices where tallies[index].key.bucket < end {
      let key = tallies[index].key
      takenCount += 1
      requestCount += tallies[index].requestCount
      keys.insert([
        key.bucket, Int64(key.consumer), Int64(key.method), Int64(key.route), Int64(key.status),
      ])
    }
  }

  func checkpoint(_ facts: CheckpointFacts) throws(Diagnostic) {}
}

private final class QuietWatcher: RunWatcher {
  func report(_ diagnostic: Diagnostic) {}
  func show(_ progress: ReadingProgress) {}
  func endProgress() {}
}
