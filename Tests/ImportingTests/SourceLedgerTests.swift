import Addressing
import Foundation
import LogReading
import Outbox
import TestSupport
import Testing

@testable import Importing
@testable import Ingesting

struct SourceLedgerTests {
  private static let app = App(clientID: "c", environment: "e")

  private let folder: TemporaryFolder
  private let outbox: OutboxDatabase

  init() throws {
    folder = try TemporaryFolder()
    outbox = try OutboxDatabase.open(holding: StateLock.acquire(in: folder.path(of: "state")))
  }

  private func record(_ sources: [SourceProgress], by ledger: SourceLedger) throws {
    let checkpoint = try outbox.beginCheckpoint()
    try ledger.record(sources, in: checkpoint)
    try checkpoint.commit()
  }

  /// A source of so many lines of ten bytes that was parsed up to one of them.
  private func progress(_ source: OpenSource, upTo line: Int, of count: Int) -> SourceProgress {
    var progress = SourceProgress()
    progress.path = source.reader.path
    progress.begin(source, at: nil)
    progress.position = line * 10
    progress.lineCount = line
    progress.tail = Array(repeating: UInt8(ascii: "x"), count: 9) + [UInt8(ascii: "\n")]
    (progress.isOver, progress.isAtEnd) = (line == count, line == count)
    return progress
  }

  @Test func `a source that ends while a checkpoint is written is recorded by the next`() throws {
    let path = try folder.write(String(repeating: "xxxxxxxxx\n", count: 50), to: "a.log")
    let ledger = SourceLedger(
      app: Self.app, sources: SourceIndex(), scope: CountingScope(), paths: [path], inputName: nil,
      isComplete: false)
    guard case .read(let source) = try ledger.open(path, index: 0) else {
      Issue.record("not read")
      return
    }
    // What the checkpoint takes is from before the end.
    let taken = progress(source, upTo: 20, of: 50)
    let end = progress(source, upTo: 50, of: 50)
    ledger.didFinish(end, index: 0)
    try record([taken], by: ledger)
    #expect(try outbox.sources(of: Self.app).map(\.position.lines) == [20])
    try record([end], by: ledger)
    #expect(try outbox.sources(of: Self.app).map(\.position.lines) == [50])
    #expect(try outbox.sources(of: Self.app).map(\.file?.size) == [500])
  }

  @Test func `an unchanged file is known without being opened, and follows its name`() throws {
    let path = try folder.write(String(repeating: "xxxxxxxxx\n", count: 50), to: "a.log")
    func ledger(_ path: String) throws -> SourceLedger {
      SourceLedger(
        app: Self.app, sources: try SourceIndex(recordedIn: outbox, of: Self.app),
        scope: CountingScope(), paths: [path], inputName: nil, isComplete: false)
    }
    let first = try ledger(path)
    guard case .read(let source) = try first.open(path, index: 0) else {
      Issue.record("not read")
      return
    }
    let end = progress(source, upTo: 50, of: 50)
    first.didFinish(end, index: 0)
    try record([end], by: first)
    let moved = folder.path(of: "b.log")
    try FileManager.default.moveItem(atPath: path, toPath: moved)
    for _ in 0..<2 {
      let next = try ledger(moved)
      guard case .unchanged = try next.open(moved, index: 0) else {
        Issue.record("it is not known")
        return
      }
      try record([], by: next)
      #expect(try outbox.sources(of: Self.app).map(\.lastPath) == [moved])
    }
  }
}
