import TestSupport
import Testing

@testable import HubServing

/// The fast way through a message, held against the long way: where it reads one at all, both read the same.
struct SyncScanningTests {
  /// An item in terms of what was read.
  private struct Item: Hashable {
    var consumer: [UInt8]
    var method: [UInt8]
    var path: [UInt8]
    var numbers: [Int64]
    var bins: [[Int64]]
  }

  private func items(_ batch: TrafficBatch) -> [Item] {
    batch.items.map { item in
      Item(
        consumer: Array(batch.text[item.consumer]), method: Array(batch.text[item.method]),
        path: Array(batch.text[item.path]),
        numbers: [item.status, item.requestCount, item.requestSizeSum, item.responseSizeSum],
        bins: batch.bins[item.bins].map { [$0.histogram.number, $0.bin, $0.count] }.sorted {
          $0.lexicographicallyPrecedes($1)
        })
    }
  }

  private func items(_ requests: [RequestItem]) -> [Item] {
    var batch = TrafficBatch()
    for request in requests { batch.add(request, bucket: 0) }
    return items(batch)
  }

  private func slowly(_ text: String) -> SyncMessage? {
    guard let json = try? JSONReading.value(of: Array(text.utf8)) else { return nil }
    return try? SyncMessage(json)
  }

  /// - Returns: whether it went the fast way.
  private func compare(_ text: String) -> Bool {
    let slow = slowly(text)
    let message = try? SyncMessage.message(of: Array(text.utf8))
    #expect((slow == nil) == (message == nil), "\(text)")
    guard let message, let batch = message.batch, let slow else { return false }
    #expect(items(batch) == items(slow.requests), "\(text)")
    #expect(message.requests.isEmpty)
    var rest = message
    rest.batch = nil
    rest.requests = slow.requests
    #expect(rest == slow)
    return true
  }

  // MARK: Messages

  private static let consumers = [
    "null", #""acme""#, #""a b""#, #""é""#, #""\u00e9""#, #"" x""#, #""""#,
    "\"\(String(repeating: "k", count: 128))\"",
    "\"\(String(repeating: "k", count: 129))\"", #""a\"b""#, #""a\u0000b""#, "7",
  ]
  private static let paths = [
    #""/""#, #""/users/{id}""#, #""/é""#, #""/a\/b""#, #""users""#, #""""#,
  ]
  private static let methods = [
    #""GET""#, #""POST""#, #""M-SEARCH""#, #""get""#, #""OPTIONS""#, #""""#,
  ]

  private func item(_ generator: inout SeededGenerator, isOdd: Bool) -> String {
    func pick(_ list: [String], sound: Int) -> String {
      let isOdd = isOdd && Int.random(in: 0..<8, using: &generator) == 0
      return list[Int.random(in: 0..<(isOdd ? list.count : sound), using: &generator)]
    }
    let count = Int.random(in: 1...4, using: &generator)
    let size = Int.random(in: 0...3_000, using: &generator)
    var members = [
      #""consumer":\#(pick(Self.consumers, sound: 3))"#,
      #""method":\#(pick(Self.methods, sound: 2))"#, #""path":\#(pick(Self.paths, sound: 2))"#,
      #""status_code":\#(pick(["200", "404", "503", "99", "1000", "2e2", "200.0"], sound: 3))"#,
      #""request_count":\#(count)"#,
      #""request_size_sum":\#(pick(["0", "0", "1", "-1", "00"], sound: 2))"#,
      #""response_size_sum":\#(size)"#,
      #""response_times":\#(pick(["{}", "{\"10\":1}", "{\"10\":1, \"2000\":1}", "{\"5\":1}", "{\"10\":9}", "{\"10\":1,\"10\":1}"], sound: 2))"#,
      #""request_sizes":{}"#, #""response_sizes":{"\#(size / 1_000)":1}"#,
    ]
    if isOdd, Int.random(in: 0..<6, using: &generator) == 0 {
      members[Int.random(in: 0..<members.count, using: &generator)] = #""other":1"#
    }
    members.shuffle(using: &generator)
    return "{" + members.joined(separator: Bool.random(using: &generator) ? "," : " ,\n ") + "}"
  }

  private func message(_ items: [String], _ generator: inout SeededGenerator) -> String {
    var members = [
      #""instance_uuid":"1b06791e-06dc-43ad-93fc-2573010b1f06""#,
      #""message_uuid":"76645078-936f-4997-87aa-f431299cdfa0""#, #""timestamp":1795425377.5"#,
      #""validation_errors":[]"#,
      #""server_errors":[{"consumer":"a","method":"GET","path":"/e","type":"E","msg":"b\"]}{[","traceback":"","error_count":1}]"#,
      #""consumers":[{"identifier":"acme","name":"A","group":null}]"#, #""resources":null"#,
      #""requests":[\#(items.joined(separator: ", "))]"#,
    ]
    members.shuffle(using: &generator)
    return "{" + members.joined(separator: ",") + "}"
  }

  @Test func `sound messages are read fast, and as the long way reads them`() {
    var generator = SeededGenerator(seed: 1)
    var fast = 0
    for _ in 0..<300 {
      let items = (0..<Int.random(in: 1...4, using: &generator)).map { _ in
        item(&generator, isOdd: false)
      }
      if compare(message(items, &generator)) { fast += 1 }
    }
    // Not those with two items of the same key, which are none.
    #expect(fast > 200, "\(fast)")
  }

  @Test func `odd messages are refused or read alike`() {
    var generator = SeededGenerator(seed: 2)
    var fast = 0
    for _ in 0..<2_000 {
      let items = (0..<Int.random(in: 0...3, using: &generator)).map { _ in
        item(&generator, isOdd: true)
      }
      if compare(message(items, &generator)) { fast += 1 }
    }
    #expect(fast > 50, "\(fast)")
  }

  @Test func `so are messages with a byte changed`() {
    var generator = SeededGenerator(seed: 3)
    var fast = 0
    for _ in 0..<4_000 {
      var bytes = Array(message([item(&generator, isOdd: false)], &generator).utf8)
      let place = Int.random(in: 0..<bytes.count, using: &generator)
      switch Int.random(in: 0..<3, using: &generator) {
      case 0: bytes[place] = UInt8.random(in: 0x20..<0x7F, using: &generator)
      case 1: bytes.remove(at: place)
      default: bytes.insert(bytes[place], at: place)
      }
      if compare(String(decoding: bytes, as: UTF8.self)) { fast += 1 }
    }
    #expect(fast > 300, "\(fast)")
  }

  @Test func `what is cut off anywhere is refused`() {
    var generator = SeededGenerator(seed: 4)
    let bytes = Array(message([item(&generator, isOdd: false)], &generator).utf8)
    for count in 0..<bytes.count {
      let text = String(decoding: bytes[..<count], as: UTF8.self)
      #expect(!compare(text))
    }
  }

  @Test func `requests that come twice are refused`() {
    var generator = SeededGenerator(seed: 5)
    let text = message([item(&generator, isOdd: false)], &generator)
    #expect(slowly(text) != nil)
    let twice = text.dropLast() + #","requests":[]}"#
    #expect(!compare(String(twice)))
  }
}
