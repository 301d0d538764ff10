import Addressing
import Foundation
import GRDB
import Testing

@testable import Outbox

struct BodyFilesTests {
  let state: TemporaryState

  init() throws {
    state = try TemporaryState()
  }

  @Test func `a file goes with the last of its messages, and not before`() throws {
    let outbox = try state.open()
    let ids = try outbox.enqueue((0..<3).map { .sample($0) })
    try outbox.enqueue([.sample(3)])
    #expect(try state.bodyFiles() == ["1", "2"])
    try outbox.acknowledge([ids[0], ids[2]], at: 1)
    try outbox.setAside(ids[1], reason: "no", at: 1)
    #expect(try state.bodyFiles() == ["1", "2"])
    try outbox.settle([Settlement(ids[1], .dropped, at: 2)])
    #expect(try state.bodyFiles() == ["2"])
    #expect(try state.countFromOutside("body_file") == 1)
    #expect(try outbox.nextBatch(after: 0, count: 9, bytes: 99).map(\.message) == [.sample(3)])
  }

  @Test func `a file that would grow too large is followed by another`() throws {
    let outbox = try state.open()
    let size = BodyFiles.sizeLimit / 2 - 1
    let messages: [NewMessage] = [
      .sample(1, size: size), .sample(2, size: size), .sample(3), .sample(4, size: size),
    ]
    let ids = try outbox.enqueue(messages)
    #expect(try state.bodyFiles() == ["1", "2"])
    #expect(try outbox.integrityProblems() == [])
    #expect(try outbox.nextBatch(after: 0, count: 9, bytes: .max).map(\.message) == messages)
    try outbox.acknowledge([ids[0], ids[1]], at: 1)
    #expect(try state.bodyFiles() == ["2"])
  }

  @Test func `a body over the limit has a file to itself`() throws {
    let outbox = try state.open()
    let messages: [NewMessage] = [
      .sample(1, size: BodyFiles.sizeLimit + 1), .sample(2), .sample(3),
    ]
    try outbox.enqueue(messages)
    #expect(try state.bodyFiles() == ["1", "2"])
    #expect(try outbox.nextBatch(after: 0, count: 9, bytes: .max).map(\.message) == messages)
  }

  @Test func `settlements made during a checkpoint remove files with its commit`() throws {
    let outbox = try state.open()
    let ids = try outbox.enqueue([.sample(1)])
    let checkpoint = try outbox.beginCheckpoint()
    try checkpoint.enqueue(.sample(2))
    try outbox.acknowledge(ids, at: 1)
    #expect(try state.bodyFiles() == ["1", "2"])
    try checkpoint.commit()
    #expect(try state.bodyFiles() == ["2"])
  }

  @Test func `a checkpoint that is rolled back leaves no file, and its number is not used again`()
    throws
  {
    let outbox = try state.open()
    let checkpoint = try outbox.beginCheckpoint()
    try checkpoint.enqueue(.sample(1))
    #expect(try state.bodyFiles() == ["1"])
    checkpoint.rollback()
    #expect(try state.bodyFiles() == [])
    try outbox.enqueue([.sample(2)])
    #expect(try state.bodyFiles() == ["2"])
  }

  @Test func `files that no commit knows of are removed when the database is opened`() throws {
    let first = try state.open()
    try first.enqueue([.sample(1)])
    try first.close()
    try writeFile(state.directory + "/bodies/7", [1, 2, 3])
    try writeFile(state.directory + "/bodies/note", [1])
    // Only looking removes nothing.
    _ = try OutboxDatabase.openForReading(in: state.directory)
    #expect(try state.bodyFiles() == ["1", "7", "note"])

    let second = try state.open()
    #expect(try state.bodyFiles() == ["1", "note"])
    try second.enqueue([.sample(2)])
    #expect(try state.bodyFiles() == ["1", "8", "note"])
    #expect(try second.waitingIDs().count == 2)
  }

  @Test func `what an older version has queued is delivered from the database`() throws {
    _ = try StateLock.acquire(in: state.directory)
    let older = try DatabaseQueue(path: state.databasePath)
    try outboxMigrator().migrate(older, upTo: "2 names of consumers")
    let message = NewMessage.sample(1)
    try older.write { database in
      try database.execute(
        sql: "INSERT INTO app (client_id, env) VALUES (?, ?)",
        arguments: [message.app.clientID, message.app.environment])
      try database.execute(
        sql: """
          INSERT INTO message (app_id, uuid, kind, path, enqueued_at) VALUES (1, ?, 'sync', ?, 1)
          """, arguments: [message.uuid, message.envelope.path])
      try database.execute(
        sql: "INSERT INTO body (message_id, bytes) VALUES (1, ?)",
        arguments: [Data(message.body)])
    }
    try older.close()

    let outbox = try state.open()
    try outbox.enqueue([.sample(2)])
    #expect(
      try outbox.nextBatch(after: 0, count: 9, bytes: 99).map(\.message) == [message, .sample(2)])
    try outbox.setAside(1, reason: "no", at: 1)
    #expect(try outbox.listMessages(.setAside, limit: 9).map(\.bodySize) == [20])
    try outbox.retrySetAside()
    try outbox.acknowledge([1], at: 1)
    #expect(try state.countFromOutside("body") == 0)
    #expect(try outbox.integrityProblems() == [])
  }
}
