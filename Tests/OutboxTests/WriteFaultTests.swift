import Foundation
import GRDBSQLite
import Testing

@testable import Outbox

/// Fails the first, second, … n-th write until an import goes through undisturbed.
@Suite(.serialized) struct WriteFaultTests {
  /// An import of numbered lines: each checkpoint takes ten, one message a line, and moves the
  /// source behind them. The hub takes what it is sent, each uuid once.
  struct Import {
    static let lineCount = 20
    let directory: String
    var hub: Set<String> = []

    mutating func run() throws {
      let outbox = try OutboxDatabase.open(
        holding: StateLock.acquire(in: directory), willWriteBody: FaultyDisk.willWrite)
      while true {
        var source = try outbox.allSources().first ?? .sample(position: 0)
        guard source.position.lines < Self.lineCount else { break }
        let checkpoint = try outbox.beginCheckpoint()
        for line in source.position.lines..<source.position.lines + 10 {
          try checkpoint.enqueue(.sample(line, size: 2_000))
        }
        try deliver(4, from: outbox)
        source.position.lines += 10
        try checkpoint.record(source)
        try checkpoint.commit()
      }
      try deliver(.max, from: outbox)
      try outbox.close()
    }

    private mutating func deliver(_ count: Int, from outbox: OutboxDatabase) throws {
      let batch = try outbox.nextBatch(after: 0, count: count, bytes: .max)
      hub.formUnion(batch.map(\.message.uuid))
      try outbox.acknowledge(batch.map(\.id), at: 1)
    }
  }

  @Test(arguments: [(FaultyDisk.ioErrorWrite, false), (SQLITE_FULL, true)])
  func `a fault at any write loses nothing and repeats nothing`(code: CInt, lasts: Bool) throws {
    for number in 0... {
      let state = try TemporaryState()
      var run = Import(directory: state.directory + "/" + FaultyDisk.marker)
      var failure: (any Error)?
      let fault = FaultyDisk.Fault(remaining: number, isLasting: lasts, code: code)
      let hasStruck = FaultyDisk.with(fault) {
        do { try run.run() } catch { failure = error }
      }
      // A fault may go unreported only where it did no harm (SQLite tidying up behind itself).
      #expect(failure != nil || run.hub.count == Import.lineCount, "fault \(number)")

      try expectConsistency(in: run.directory, after: number)
      try run.run()
      try expectConsistency(in: run.directory, after: number)
      #expect(run.hub.count == Import.lineCount, "fault \(number)")
      if !hasStruck {
        #expect(failure == nil && number > 20)
        return
      }
    }
  }

  private func expectConsistency(in directory: String, after number: Int) throws {
    let outbox = try OutboxDatabase.open(holding: StateLock.acquire(in: directory))
    let position = try outbox.allSources().first?.position.lines ?? 0
    let waiting = try outbox.waitingIDs().count
    let delivered = try outbox.deliveredCounts().map(\.count).reduce(0, +)
    #expect(position == waiting + delivered, "fault \(number)")
    #expect(try outbox.integrityProblems() == [], "fault \(number)")
  }
}
