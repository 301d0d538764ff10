import AccessLogParsing
import TestSupport
import Testing

/// The parser guesses that the keys of a line are those of the last one. The guess must never be
/// taken for the truth.
struct KeyPredictionTests {
  /// Keys of 1 to 40 bytes that share beginnings and ends: those that a comparison of some of their
  /// bytes would confuse.
  private static let keys: [String] = {
    let alphabet = Array("request_header_of_the_upstream_connection")
    var keys: [String] = []
    for length in 1...40 {
      let key = String(alphabet.prefix(length))
      keys.append(key)
      for place in Set([0, length / 2, max(0, length - 8), length - 1]) {
        var other = Array(key)
        other[place] = "X"
        keys.append(String(other))
      }
    }
    return keys.filter { $0 != "request" }
  }()

  private struct Member {
    var key: String
    var value: String
    var isNested: Bool
  }

  private static let base =
    #""ts":1795425013,"status":200,"request":"GET / HTTP/1.1""#

  @Test(arguments: 0..<8 as Range<UInt64>)
  func `fields are found whatever keys stood in the last line`(_ seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    let wanted = Array(Set(Self.keys.shuffled(using: &generator).prefix(8))).sorted()
    let fields = wanted + wanted.map { "outer.\($0)" }
    var parser = try LineParser(format: .json(.nginx, .start), capturing: fields)
    var members: [Member] = []
    for _ in 0..<400 {
      Self.change(&members, wanted: wanted, &generator)
      let line = Self.line(members, &generator)
      let reading = try LineReading(Array(line.utf8), by: &parser)
      #expect(reading.record.status == 200)
      for (index, field) in fields.enumerated() {
        let isNested = index >= wanted.count
        let key = isNested ? String(field.dropFirst(6)) : field
        let expected = members.last { $0.key == key && $0.isNested == isNested }?.value
        #expect(reading.text(of: reading.record.captured[index]) == expected, "\(field) in \(line)")
      }
    }
  }

  /// Found by the fuzzer: the text before the last line's value ended with a carriage return, and
  /// behind this line stands one, too.
  @Test func `a line is refused within itself whatever stands behind it`() throws {
    var parser = try LineParser(format: .json(.nginx, .start), capturing: [])
    let lines = ["{\"status\":\r5}", "{\"status\":\r", String(repeating: " ", count: 64)]
    let bytes = Array(lines.joined(separator: "\n").utf8)
    var record = AccessRecord()
    try? parser.parse(bytes.span, line: 0..<13, into: &record)
    for (line, offset) in [(14..<24, 10), (14..<23, 9)] {
      #expect(throws: LineRejection(.invalidJSON, at: offset)) {
        try parser.parse(bytes.span, line: line, into: &record)
      }
    }
  }

  /// Mostly keeps the members and their order, as logs do; at times swaps, drops and adds some.
  private static func change(
    _ members: inout [Member], wanted: [String], _ generator: inout SeededGenerator
  ) {
    for index in members.indices {
      members[index].value = "\(UInt16.random(in: 0...999, using: &generator))"
    }
    if Int.random(in: 0..<3, using: &generator) > 0, !members.isEmpty { return }
    for _ in 0..<4 {
      let pool = Bool.random(using: &generator) ? wanted : keys
      let key = pool.randomElement(using: &generator) ?? "a"
      let place = Int.random(in: 0...members.count, using: &generator)
      let isNested = Bool.random(using: &generator)
      members.insert(Member(key: key, value: "new", isNested: isNested), at: place)
    }
    if members.count > 2, Bool.random(using: &generator) { members.swapAt(0, members.count - 1) }
    while members.count > 20 { members.removeFirst() }
  }

  /// The members that are nested stand together in one object, before, among or behind the others.
  private static func line(_ members: [Member], _ generator: inout SeededGenerator) -> String {
    func text(_ member: Member) -> String {
      "\"\(member.key)\":" + (member.value == "new" ? "\"new\"" : member.value)
    }
    let plain = members.filter { !$0.isNested }.map(text)
    let nested = #""outer":{"# + members.filter(\.isNested).map(text).joined(separator: ",") + "}"
    let parts = [[base], plain, [nested]].shuffled(using: &generator).flatMap { $0 }
    return "{" + parts.joined(separator: ",") + "}"
  }

  @Test func `keys with escapes and quotes are not mistaken`() throws {
    var parser = try LineParser(format: .json(.nginx, .start), capturing: ["ab", "a"])
    let lines = [
      (#"{\#(Self.base),"ab":1}"#, "1", nil as String?),
      (#"{\#(Self.base),"a\"":2,"x":3}"#, nil, nil),
      (#"{\#(Self.base),"a":4,"xx":5}"#, nil, "4"), (#"{\#(Self.base),"a\\":6,"x":7}"#, nil, nil),
      (#"{\#(Self.base),"ab":8}"#, "8", nil), (#"{\#(Self.base),"ab" :9}"#, "9", nil),
      (#"{\#(Self.base),"a" : 10}"#, nil, "10"),
    ]
    for _ in 0..<2 {
      for (line, first, second) in lines {
        let reading = try LineReading(Array(line.utf8), by: &parser)
        #expect(reading.text(of: reading.record.captured[0]) == first, "\(line)")
        #expect(reading.text(of: reading.record.captured[1]) == second, "\(line)")
      }
    }
  }

  @Test func `more keys than are predicted are found all the same`() throws {
    var parser = try LineParser(format: .json(.nginx, .start), capturing: ["last"])
    let fillers = (0..<300).map { "\"filler\($0)\":\($0)" }.joined(separator: ",")
    for value in ["a", "b", "c"] {
      let line = #"{\#(fillers),\#(Self.base),"last":"\#(value)"}"#
      let reading = try LineReading(Array(line.utf8), by: &parser)
      #expect(reading.text(of: reading.record.captured[0]) == value)
    }
  }
}
