import Addressing
import Foundation
import GRDB
import Testing

@testable import Outbox

/// One damaged body must not stop the queue.
struct BodyDamageTests {
  /// What may happen to the file that holds the bodies of three messages, 20 bytes each; the one in the
  /// middle is hit.
  enum Accident: String, CaseIterable {
    case flippedBit, cutOff, removed, swapped, link, folder

    /// What is then found, by message. A body that is cut off takes those behind it along.
    var damage: [BodyDamage?] {
      switch self {
      case .flippedBit: [nil, .changed, nil]
      case .cutOff: [nil, .missing, .missing]
      case .removed: [.missing, .missing, .missing]
      case .swapped: [nil, .changed, .changed]
      case .link: Array(repeating: .unreadable(code: ELOOP), count: 3)
      case .folder: Array(repeating: .unreadable(code: EISDIR), count: 3)
      }
    }

    func happen(to path: String) throws {
      var bytes = try #require(readFile(path))
      try FileManager.default.removeItem(atPath: path)
      switch self {
      case .flippedBit: bytes[25] ^= 0x10
      case .cutOff: bytes.removeSubrange(30...)
      case .swapped: bytes = Array(bytes[..<20] + bytes[40...] + bytes[20..<40])
      case .removed: return
      case .link:
        try writeFile(path + "-elsewhere", bytes)
        return try FileManager.default.createSymbolicLink(
          atPath: path, withDestinationPath: path + "-elsewhere")
      case .folder:
        return try FileManager.default.createDirectory(
          atPath: path, withIntermediateDirectories: false)
      }
      try writeFile(path, bytes)
    }
  }

  let state: TemporaryState

  init() throws {
    state = try TemporaryState()
  }

  @Test(arguments: Accident.allCases)
  func `a damaged body is found, and the others are handed out`(_ accident: Accident) throws {
    let messages: [NewMessage] = [.sample(1), .sample(2), .sample(3), .sample(4)]
    let first = try state.open()
    try first.enqueue(messages.prefix(3))
    try first.enqueue(messages.suffix(1))
    try first.close()
    try accident.happen(to: state.directory + "/bodies/1")

    let outbox = try state.open()
    let batch = try outbox.nextBatch(after: 0, count: 9, bytes: .max)
    #expect(batch.map(\.damage) == accident.damage + [nil])
    for (queued, message) in zip(batch, messages) {
      #expect(queued.message.body == (queued.damage == nil ? message.body : []))
      #expect(queued.message.envelope == message.envelope)
    }
    let problems = batch.compactMap { queued in
      queued.damage.map { "message \(queued.id): \($0.reason)" }
    }
    #expect(try outbox.integrityProblems() == problems)
  }

  @Test func `what is damaged is set aside without an attempt, and looked at again on demand`()
    throws
  {
    let outbox = try state.open()
    try outbox.enqueue([.sample(1), .sample(2)])
    let path = state.directory + "/bodies/1"
    let sound = try #require(readFile(path))
    try Accident.flippedBit.happen(to: path)
    try outbox.settle([Settlement(2, .damaged(.changed), at: 7)])
    #expect(try outbox.waitingIDs() == [1])
    let listed = try #require(try outbox.listMessages(.setAside, limit: 9).first)
    #expect(listed.id == 2 && listed.failedAttempts == 0)
    #expect(listed.error == BodyDamage.changed.reason)

    try outbox.retrySetAside()
    #expect(try outbox.nextBatch(after: 1, count: 9, bytes: 99).map(\.damage) == [.changed])
    try writeFile(path, sound)
    #expect(try outbox.nextBatch(after: 1, count: 9, bytes: 99).map(\.message) == [.sample(2)])
    #expect(
      try outbox.discardMessages(
        .numbers([2]), of: .shop, forgetting: [], counting: { _, _ in TrafficSums() }) == 1)
    #expect(try outbox.waitingIDs() == [1])
  }

  /// Each is a row that nobody wrote.
  @Test(arguments: [
    ("UPDATE message SET body_file = NULL", BodyDamage.missing),
    ("UPDATE message SET body_offset = NULL", .missing),
    ("UPDATE message SET body_offset = -1", .missing),
    ("UPDATE message SET body_length = NULL", .missing),
    ("UPDATE message SET body_length = 1 << 62", .missing),
    ("UPDATE message SET body_length = 9223372036854775807, body_offset = 1", .missing),
    ("UPDATE message SET body_check = body_check + 1", .changed),
    ("UPDATE message SET headers = 'no header'", .headers),
  ])
  func `a row that leads to no body is damage, too`(_ sql: String, _ damage: BodyDamage) throws {
    let outbox = try state.open()
    try outbox.enqueue([.sample(1), .sample(2)])
    try state.lookFromOutside { try $0.execute(sql: sql + " WHERE id = 1") }
    let batch = try [0, 1].compactMap { id in
      try outbox.nextBatch(after: id, count: 1, bytes: .max).first
    }
    #expect(batch.map(\.damage) == [damage, nil])
    #expect(try outbox.listMessages(.waiting, limit: 9).count == 2)
  }

  @Test func `bodies of an earlier version are given check values, those that are there`() throws {
    let first = try state.open()
    try first.enqueue([.sample(1), .sample(2)])
    try first.enqueue([.sample(3)])
    try first.close()
    try state.lookFromOutside { database in
      try database.execute(sql: "ALTER TABLE message DROP COLUMN body_check")
      try database.execute(
        sql: "DELETE FROM grdb_migrations WHERE identifier = '7 check values of bodies'")
    }
    try FileManager.default.removeItem(atPath: state.directory + "/bodies/2")

    let outbox = try state.open()
    let checks = try state.lookFromOutside { database in
      try Int64?.fetchAll(database, sql: "SELECT body_check FROM message ORDER BY id")
    }
    #expect(checks == [1, 2].map { Int64(checkValue(of: NewMessage.sample($0).body)) } + [nil])
    let batch = try outbox.nextBatch(after: 0, count: 9, bytes: .max)
    #expect(batch.map(\.damage) == [nil, nil, .missing])
  }

  @Test func `the check value is that of gzip`() {
    // The usual example.
    #expect(checkValue(of: Array("123456789".utf8)) == 0xCBF4_3926)
    #expect(checkValue(of: []) == 0)
  }
}
