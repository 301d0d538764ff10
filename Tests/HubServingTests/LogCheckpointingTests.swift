import Foundation
import GRDB
import TestSupport
import Testing

@testable import HubServing

/// The write-ahead log is copied beside the writer, and begun anew.
struct LogCheckpointingTests {
  private static let limits = LogCheckpointing.Limits(
    longPages: 100, shortPages: 20, longestPages: 400)

  /// Writes `count` rows, each of a page and more, in a transaction of its own.
  ///
  /// - Returns: the most pages that the log has had. Its file keeps its size when it is begun anew.
  private func pages(
    afterWriting count: Int, with limits: LogCheckpointing.Limits?,
    blocking: (DatabaseQueue) -> Void = { _ in }
  ) throws -> Int {
    let folder = try TemporaryFolder()
    let path = folder.path(of: "log.sqlite")
    var configuration = Configuration()
    configuration.journalMode = .wal
    configuration.prepareDatabase { try $0.execute(sql: "PRAGMA wal_autocheckpoint = 0") }
    let writer = try DatabaseQueue(path: path, configuration: configuration)
    try writer.write { try $0.execute(sql: "CREATE TABLE t (number INTEGER, content BLOB)") }
    let copier = try DatabaseQueue(path: path, configuration: configuration)
    let checkpointing = limits.map { LogCheckpointing(copier, limits: $0) }
    blocking(copier)
    for number in 0..<count {
      try writer.writeWithoutTransaction { db in
        try db.execute(
          sql: "INSERT INTO t VALUES (?, zeroblob(5000))", arguments: [number])
        checkpointing?.didWrite(db)
      }
    }
    let stored = try writer.read { db in
      try Int.fetchOne(db, sql: "SELECT sum(number) FROM t WHERE length(content) = 5000")
    }
    #expect(stored == count * (count - 1) / 2)
    let size = try FileManager.default.attributesOfItem(atPath: path + "-wal")[.size] as? Int ?? 0
    // A header of 32 bytes, and one of 24 before each page.
    return (size - 32) / (4_096 + 24)
  }

  @Test func `the log stays short, however much is written`() throws {
    let unbounded = try pages(afterWriting: 1_500, with: nil)
    #expect(unbounded > 3_000)
    let bounded = try pages(afterWriting: 1_500, with: Self.limits)
    #expect(bounded >= Self.limits.longPages)
    #expect(bounded <= Self.limits.longestPages + 10, "\(bounded) pages")
  }

  @Test func `a writer waits for a copy that takes too long`() throws {
    let began = ContinuousClock.now
    let most = try pages(afterWriting: 1_500, with: Self.limits) { copier in
      copier.asyncWriteWithoutTransaction { _ in Thread.sleep(forTimeInterval: 0.5) }
    }
    #expect(most >= Self.limits.longestPages)
    #expect(most <= Self.limits.longestPages + 10, "\(most) pages")
    #expect(began.duration(to: .now) >= .milliseconds(500))
  }

  @Test func `the hub's own limits are in order`() {
    let limits = LogCheckpointing.Limits()
    #expect(limits.shortPages < limits.longPages && limits.longPages < limits.longestPages)
  }
}
