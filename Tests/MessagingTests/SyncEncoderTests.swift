import Addressing
import Attribution
import Foundation
import Messaging
import Tallying
import TestSupport
import Testing

struct SyncEncoderTests {
  @Test func `a message is this, byte for byte`() throws {
    var harness = SyncHarness()
    harness.add(NamedRequest(path: "/b", second: 119, duration: 290))
    harness.add(
      NamedRequest(
        consumer: "acme", method: "POST", path: "/users/{id:int}", status: 201, second: 60,
        duration: 32, requestSize: 80, responseSize: 2_500))
    harness.add(
      NamedRequest(
        consumer: "acme", method: "POST", path: "/users/{id:int}", status: 201, second: 61,
        duration: 5, requestSize: 1_920, responseSize: 2_499))
    let messages = harness.messages()
    let message = try #require(messages.first)
    let expected = """
      {"instance_uuid":"\(SyncHarness.app.instanceUUID)","message_uuid":"\(message.uuid)",\
      "timestamp":119.999,"requests":[\
      {"consumer":null,"method":"GET","path":"/b","status_code":200,"request_count":1,\
      "request_size_sum":0,"response_size_sum":0,\
      "response_times":{"290":1},"request_sizes":{},"response_sizes":{}},\
      {"consumer":"acme","method":"POST","path":"/users/{id:int}","status_code":201,\
      "request_count":2,"request_size_sum":2000,"response_size_sum":4999,\
      "response_times":{"0":1,"30":1},"request_sizes":{"0":1,"1":1},"response_sizes":{"2":2}}],\
      "validation_errors":[],"server_errors":[],"consumers":[],"resources":null}
      """
    #expect(String(decoding: message.body, as: UTF8.self) == expected)
    #expect(messages.count == 1 && message.kind == .sync && message.requestCount == 3)
  }

  private static let hostile = [
    "", "\"", "\\", "a\"b\\c", "\u{1}\u{1F}\u{7F}", "\n\r\t\u{8}\u{C}", "</script>", "é",
    "\u{2028}\u{2029}",
    "😀", "\u{FFFD}", "\u{10FFFF}", "\u{202E}txt", "x\u{301}", "null", " ", "\u{FEFF}", "{\"a\":1}",
  ]

  @Test func `whatever names hold, the JSON is valid and says it`() throws {
    var generator = SeededGenerator(seed: 25)
    var harness = SyncHarness()
    var requests: [NamedRequest] = []
    for _ in 0..<3_000 {
      var request = NamedRequest()
      request.consumer = Self.hostile.randomElement(using: &generator)
      if Bool.random(using: &generator) { request.consumer = nil }
      request.method = ["GET", "PUT", "_OTHER"].randomElement(using: &generator) ?? "GET"
      request.path = "/" + (Self.hostile.randomElement(using: &generator) ?? "")
      request.status = Int.random(in: 100...103, using: &generator)
      request.second = Int64.random(in: 0..<180, using: &generator)
      request.duration = [nil, 0, 7, 290, 31_622_400_000].randomElement(using: &generator) ?? nil
      request.requestSize =
        [nil, 0, 999, 1_000, 4_294_967_295_999].randomElement(using: &generator) ?? nil
      request.responseSize = Int64.random(in: 0...20_000, using: &generator)
      requests.append(request)
      harness.add(request)
    }
    let expected = expectedItems(requests)
    let messages = harness.messages()
    #expect(messages.count == 3)
    for message in messages {
      _ = try JSONSerialization.jsonObject(with: Data(message.body))
      let body = try SyncBody(message)
      let bucket = Int64(body.timestamp) / 60
      #expect(body.requests.count == expected[bucket]?.count)
      #expect(Set(body.requests) == expected[bucket])
      #expect(message.requestCount == body.requests.reduce(0) { $0 + Int64($1.request_count) })
    }
  }

  @Test func `items are sorted by consumer, method, path and status as bytes`() throws {
    var generator = SeededGenerator(seed: 26)
    let words = ["a", "B", "b", "é", "\u{FFFD}", "😀", "ab", ""]
    var harness = SyncHarness()
    var keys: [(String?, String, String, Int)] = []
    for consumer in [nil] + words.map(Optional.some) {
      for path in words { keys.append((consumer, "GET", "/\(path)", 200)) }
      keys.append((consumer, "DELETE", "/a", 404))
      keys.append((consumer, "DELETE", "/a", 200))
    }
    for (consumer, method, path, status) in keys.shuffled(using: &generator) {
      harness.add(NamedRequest(consumer: consumer, method: method, path: path, status: status))
    }
    let body = try SyncBody(#require(harness.messages().first))
    func order(_ key: (String?, String, String, Int)) -> [[UInt8]] {
      [
        [UInt8](key.0 == nil ? [] : [1]), Array((key.0 ?? "").utf8), Array(key.1.utf8),
        Array(key.2.utf8),
        Array("\(key.3)".utf8),
      ]
    }
    let expected = keys.sorted { left, right in
      for (first, second) in zip(order(left), order(right)) where first != second {
        return first.lexicographicallyPrecedes(second)
      }
      return false
    }
    let found = body.requests.map { ($0.consumer, $0.method, $0.path, $0.status_code) }
    #expect(found.map(order) == expected.map(order))
  }

  /// Then an item's place in the order does not fit into a word.
  @Test func `items are sorted when there are many names and far buckets, too`() throws {
    var generator = SeededGenerator(seed: 34)
    var harness = SyncHarness(seconds: 1)
    let paths = (0..<600).map { "/\($0)" }
    let consumers = (0..<1_200).map { "c\($0)" }
    for path in paths { _ = harness.names.routes.id(for: path) }
    for consumer in consumers { _ = harness.names.consumers.id(for: consumer) }
    var expected: [Int64: [[String]]] = [:]
    for second in [0, 1, 1_795_425_013, 9_214_646_399] as [Int64] {
      for _ in 0..<150 {
        let consumer = consumers.randomElement(using: &generator) ?? ""
        let path = paths.randomElement(using: &generator) ?? ""
        harness.add(NamedRequest(consumer: consumer, path: path, second: second))
        expected[second, default: []].append([consumer, path])
      }
    }
    let bodies = try harness.messages().map { try SyncBody($0) }
    #expect(bodies.map { Int64($0.timestamp) } == expected.keys.sorted())
    for body in bodies {
      let keys = body.requests.map { [$0.consumer ?? "", $0.path] }
      let all = expected[Int64(body.timestamp)] ?? []
      #expect(keys == Set(all).sorted { $0.lexicographicallyPrecedes($1) })
    }
  }

  @Test func `a message is closed before it is larger than a megabyte, and nothing is lost`() throws
  {
    var harness = SyncHarness()
    var requests: [NamedRequest] = []
    for number in 0..<9_000 {
      let name = String(repeating: "\u{1}", count: number % 128)
      requests.append(
        NamedRequest(
          consumer: "\(number)" + name, path: "/x", second: Int64(number % 2) * 60, duration: 5,
          responseSize: 100))
    }
    for request in requests { harness.add(request) }
    let messages = harness.messages()
    #expect(messages.count > 4)
    let expected = expectedItems(requests)
    var found: [Int64: [SyncItem]] = [:]
    for message in messages {
      #expect(message.body.count <= SyncLimits.body)
      let body = try SyncBody(message)
      #expect(body.message_uuid == message.uuid)
      found[Int64(body.timestamp) / 60, default: []] += body.requests
    }
    #expect(found.mapValues(\.count) == expected.mapValues(\.count))
    #expect(found.mapValues { Set($0) } == expected)
    #expect(Set(messages.map(\.uuid)).count == messages.count)
    // No more messages than the bytes need: all but a bucket's last are nearly full.
    #expect(messages.filter { $0.body.count < 990_000 }.count <= 2)
  }

  @Test func `an item over a megabyte goes alone and whole`() throws {
    var harness = SyncHarness()
    for number in 0..<90_000 as Range<Int64> {
      harness.add(NamedRequest(path: "/big", responseSize: number * 1_000_000))
    }
    harness.add(NamedRequest(path: "/a"))
    harness.add(NamedRequest(path: "/z"))
    let bodies = try harness.messages().map { try SyncBody($0) }
    #expect(bodies.map { $0.requests.map(\.path) } == [["/a"], ["/big"], ["/z"]])
    #expect(bodies[1].requests.first?.response_sizes.count == 90_000)
  }

  @Test(arguments: [1, 60, 3_600, 86_400])
  func `the time stamp is the last millisecond of the bucket`(_ seconds: Int) throws {
    var harness = SyncHarness(seconds: seconds)
    for second in [0, 1_795_425_013, 9_214_646_399] as [Int64] {
      harness.add(NamedRequest(second: second))
    }
    let bodies = try harness.messages().map { try SyncBody($0) }
    #expect(bodies.count == 3)
    for (body, second) in zip(bodies, [0, 1_795_425_013, 9_214_646_399] as [Int64]) {
      let start = second / Int64(seconds) * Int64(seconds)
      #expect(body.timestamp == Double(start + Int64(seconds) - 1) + 0.999)
    }
  }

  @Test func `a flush gives the buckets before a given one`() throws {
    var harness = SyncHarness()
    for second in [0, 59, 60, 120, 240] as [Int64] { harness.add(NamedRequest(second: second)) }
    let counts = harness.messages(before: 2).map(\.requestCount)
    #expect(counts == [2, 1])
    #expect(harness.messages(before: 0).isEmpty)
  }

  @Test func `an encoder learns names that come later`() throws {
    var harness = SyncHarness()
    var encoder = harness.encoder()
    for name in ["m", "a", "z", "k"] {
      harness.add(NamedRequest(consumer: name, path: "/\(name)"))
      var messages: [HubMessage] = []
      encoder.encode(harness.table) { messages.append($0) }
      let consumers = try SyncBody(#require(messages.first)).requests.compactMap(\.consumer)
      #expect(consumers == consumers.sorted() && consumers.contains(name))
    }
  }

  @Test func `an empty table makes no message, and a failure stops the encoder`() throws {
    struct Full: Error {}
    let empty = SyncHarness()
    #expect(empty.messages().isEmpty)
    var harness = SyncHarness()
    for second in [0, 60, 120] as [Int64] { harness.add(NamedRequest(second: second)) }
    var encoder = harness.encoder()
    var count = 0
    #expect(throws: Full.self) {
      try encoder.encode(harness.table) { _ throws(Full) in
        count += 1
        throw Full()
      }
    }
    #expect(count == 1)
  }
}
