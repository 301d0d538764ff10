import Foundation
import GRDB
import TestSupport
import Testing

@testable import HubServing

/// Bodies of messages as the database has them.
struct BodyPackingTests {
  @Test(arguments: ["", "{}", Messages.sync, String(repeating: "é😀\u{0}\n", count: 100_000)])
  func `a body comes back as it was`(text: String) {
    let packed = BodyPacking().packed(text)
    #expect(BodyPacking.unpacked(packed).map { Array($0.utf8) } == Array(text.utf8))
  }

  @Test func `one packing serves many threads`() async {
    let packing = BodyPacking()
    await withDiscardingTaskGroup { group in
      for number in 0..<200 {
        group.addTask {
          let text = String(repeating: "\(number),", count: number * 37)
          #expect(BodyPacking.unpacked(packing.packed(text)) == text)
        }
      }
    }
  }

  @Test func `damaged bytes are no body, and do not end the process`() {
    let packed = BodyPacking().packed(Messages.sync)
    var generator = SeededGenerator(seed: 5)
    for _ in 0..<500 {
      var damaged = packed
      damaged[Int.random(in: 0..<packed.count, using: &generator)] ^=
        1 << UInt8.random(in: 0..<8, using: &generator)
      // A bit of the header, of the file's time or system, changes nothing.
      #expect([nil, Messages.sync].contains(BodyPacking.unpacked(damaged)))
      #expect(BodyPacking.unpacked(Array(packed.prefix(damaged.count / 2))) == nil)
    }
  }

  @Test func `an item is stored in a tenth of its bytes, and shown as it was sent`() async throws {
    let store = try HubStore(path: nil)
    let origin = try #require(Origin(clientID: Messages.clientID, env: "prod"))
    let items = (0..<200).map { number in
      #"{"consumer":"c\#(number)","method":"GET","path":"/items/{id}","status_code":200,"#
        + #""request_count":3,"request_size_sum":0,"response_size_sum":10,"#
        + #""response_times":{"10":3},"request_sizes":{},"response_sizes":{"0":3}},"#
    }
    let head = Messages.sync(uuid: 1).replacing(
      "[", with: "[" + items.joined(), maxReplacements: 1)
    let message = try SyncMessage.message(of: Array(head.utf8))
    #expect(try await store.keep(.sync(message, body: head), from: origin) == .stored)
    let size = try await store.database.read { db in
      try Int.fetchOne(db, sql: "SELECT length(body) + length(packed) FROM message")
    }
    #expect(try #require(size) * 10 < head.utf8.count)
    let page = try await store.page(of: origin, at: .sync, after: 0, limit: 10)
    #expect(page.lines == head.replacing("\n", with: " ") + "\n")
    #expect(try await store.keep(.sync(message, body: head), from: origin) == .duplicate)
    let other = head.replacing(#""status_code":200"#, with: #""status_code":201"#)
    #expect(
      try await store.keep(.sync(message, body: other), from: origin) == .conflictingDuplicate)
  }

  @Test func `bodies that only look alike are told apart`() async throws {
    let store = try HubStore(path: nil)
    let origin = try #require(Origin(clientID: Messages.clientID, env: "prod"))
    // To Swift these texts are equal.
    let bodies = ["\u{E9}", "e\u{301}"].map { Messages.sync(uuid: 1, consumer: $0) }
    #expect(bodies[0] == bodies[1])
    for (body, receipt) in zip(bodies, [HubStore.Receipt.stored, .conflictingDuplicate]) {
      let message = try SyncMessage.message(of: Array(body.utf8))
      #expect(try await store.keep(.sync(message, body: body), from: origin) == receipt)
    }
  }

  @Test func `a body of an earlier version is known again`() async throws {
    let store = try HubStore(path: nil)
    let origin = try #require(Origin(clientID: Messages.clientID, env: "prod"))
    let message = try SyncMessage.message(of: Array(Messages.sync.utf8))
    #expect(try await store.keep(.sync(message, body: Messages.sync), from: origin) == .stored)
    try await store.database.write { db in
      try db.execute(
        sql: "UPDATE message SET body = ?, packed = NULL", arguments: [Messages.sync])
    }
    #expect(try await store.keep(.sync(message, body: Messages.sync), from: origin) == .duplicate)
    let page = try await store.page(of: origin, at: .sync, after: 0, limit: 10)
    #expect(page.lines == Messages.sync.replacing("\n", with: " ") + "\n")
    try await store.database.write { db in
      try db.execute(sql: "UPDATE message SET body = '', packed = x'1F8B'")
    }
    #expect(
      try await store.keep(.sync(message, body: Messages.sync), from: origin)
        == .conflictingDuplicate)
  }
}
