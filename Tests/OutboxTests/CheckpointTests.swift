import Addressing
import Foundation
import GRDB
import Testing

@testable import Outbox

struct CheckpointTests {
  let state: TemporaryState

  init() throws {
    state = try TemporaryState()
  }

  @Test func `messages and positions appear together, and not before the commit`() throws {
    let outbox = try state.open()
    let checkpoint = try outbox.beginCheckpoint()
    for number in 0..<100 { try checkpoint.enqueue(.sample(number)) }
    try checkpoint.record(.sample())
    try checkpoint.set("digest", forKey: "startup", of: .shop)

    for table in ["message", "body_file", "source", "key_value", "app"] {
      #expect(try state.countFromOutside(table) == 0)
    }
    #expect(try outbox.waitingIDs().isEmpty)
    #expect(try outbox.allSources().isEmpty)

    try checkpoint.commit()
    #expect(try state.countFromOutside("message") == 100)
    #expect(try state.countFromOutside("source") == 1)
    #expect(try outbox.waitingIDs().count == 100)
    #expect(try outbox.allSources().first?.position.bytes == 100)
    #expect(try outbox.value(forKey: "startup", of: .shop) == "digest")
  }

  @Test func `a rollback leaves nothing`() throws {
    let outbox = try state.open()
    let checkpoint = try outbox.beginCheckpoint()
    try checkpoint.enqueue(.sample(1))
    try checkpoint.record(.sample())
    checkpoint.rollback()

    #expect(try outbox.waitingIDs().isEmpty)
    #expect(try outbox.allSources().isEmpty)
    // The app's row went with it; the next checkpoint makes it anew.
    try outbox.enqueue([.sample(1)])
    #expect(try outbox.waitingIDs().count == 1)
  }

  @Test func `a checkpoint that is dropped is rolled back, and the next can begin`() throws {
    let outbox = try state.open()
    do {
      let dropped = try outbox.beginCheckpoint()
      try dropped.enqueue(.sample(1))
    }
    try outbox.enqueue([.sample(2)])
    #expect(
      try outbox.nextBatch(after: 0, count: 9, bytes: 999).map(\.message.uuid) == [
        "message-prod-2"
      ])
  }

  @Test func `a process that ends inside a checkpoint leaves the last commit`() throws {
    do {
      let outbox = try state.open()
      try outbox.enqueue([.sample(1)])
      let checkpoint = try outbox.beginCheckpoint()
      try checkpoint.enqueue(.sample(2))
      // Neither commit nor rollback nor close: the files are what a killed process leaves.
      try copyFiles(to: "/killed")
      checkpoint.rollback()
    }
    let killed = try OutboxDatabase.open(
      holding: StateLock.acquire(in: state.directory + "/killed"))
    #expect(try killed.integrityProblems().isEmpty)
    #expect(try killed.waitingIDs().count == 1)
    // What was written of the second message's body is gone.
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: state.directory + "/killed/bodies")
        == ["1"])
  }

  private func copyFiles(to name: String) throws {
    let target = state.directory + name
    _ = try StateLock.acquire(in: target)
    for suffix in ["", "-wal"] {
      let bytes = try #require(readFile(state.databasePath + suffix))
      try writeFile(target + "/backtally.sqlite" + suffix, bytes)
    }
    try FileManager.default.copyItem(
      atPath: state.directory + "/bodies", toPath: target + "/bodies")
  }

  @Test func `settlements made while a checkpoint is open are written with it`() throws {
    let outbox = try state.open()
    let ids = try outbox.enqueue((0..<4).map { .sample($0) })
    let checkpoint = try outbox.beginCheckpoint()
    try checkpoint.enqueue(.sample(4))

    try outbox.acknowledge([ids[0]], at: 50)
    try outbox.setAside(ids[1], reason: "no such field", at: 51)
    try outbox.recordAttempt(ids[2], error: "the hub answered 503", at: 52)
    // Still in memory, and yet not handed out again.
    #expect(try state.countFromOutside("message") == 4)
    #expect(try outbox.waitingIDs() == [ids[2], ids[3]])

    try checkpoint.commit()
    #expect(try state.countFromOutside("message") == 4)
    #expect(try outbox.queueCounts() == [QueueCounts(app: .shop, waiting: 3, setAside: 1)])
    #expect(try outbox.listMessages(.setAside, limit: 9).map(\.error) == ["no such field"])
    #expect(try outbox.listMessages(.waiting, limit: 1).first?.failedAttempts == 1)
  }

  @Test func `settlements survive a rollback`() throws {
    let outbox = try state.open()
    let ids = try outbox.enqueue((0..<2).map { .sample($0) })
    let checkpoint = try outbox.beginCheckpoint()
    try checkpoint.enqueue(.sample(2))
    try outbox.acknowledge([ids[0]], at: 50)
    checkpoint.rollback()

    #expect(try state.countFromOutside("message") == 1)
    #expect(try outbox.waitingIDs() == [ids[1]])
  }

  @Test func `more settlements than the limit go into the open checkpoint`() throws {
    let outbox = try state.open()
    let count = OutboxDatabase.settlementLimit + 1
    let ids = try outbox.enqueue((0..<count).map { .sample($0, size: 0) })
    let checkpoint = try outbox.beginCheckpoint()
    try checkpoint.enqueue(.sample(count))
    try outbox.acknowledge(ids, at: 50)
    #expect(try state.countFromOutside("message") == count)
    try checkpoint.commit()
    #expect(try state.countFromOutside("message") == 1)
    #expect(try outbox.deliveredCounts().map(\.count) == [count])
  }

  @Test func `an acknowledgement waits for nobody while a large checkpoint is filled`() async throws
  {
    let outbox = try state.open()
    let ids = try outbox.enqueue((0..<2_000).map { .sample($0) })
    async let acknowledging: Void = {
      for id in ids {
        try outbox.acknowledge([id], at: 1)
        _ = try outbox.nextBatch(after: id, count: 4, bytes: 1_000)
      }
    }()
    for round in 0..<20 {
      let checkpoint = try outbox.beginCheckpoint()
      for number in 0..<200 {
        try checkpoint.enqueue(.sample(10_000 + round * 200 + number))
      }
      if round % 5 == 4 { checkpoint.rollback() } else { try checkpoint.commit() }
    }
    try await acknowledging
    #expect(try outbox.waitingIDs().count == 16 * 200)
    #expect(try outbox.deliveredCounts().map(\.count) == [2_000])
    #expect(try outbox.integrityProblems().isEmpty)
  }

  @Test func `a message uuid cannot be queued twice`() throws {
    let outbox = try state.open()
    try outbox.enqueue([.sample(1)])
    let checkpoint = try outbox.beginCheckpoint()
    #expect(throws: OutboxError.self) { try checkpoint.enqueue(.sample(1)) }
    checkpoint.rollback()
  }
}
