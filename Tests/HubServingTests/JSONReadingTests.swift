import Testing

@testable import HubServing

struct JSONReadingTests {
  @Test(arguments: [
    ("null", JSONValue.null),
    (" \t\r\ntrue ", .bool(true)),
    ("false", .bool(false)),
    ("0", .integer(0)),
    ("-0", .integer(0)),
    ("9223372036854775807", .integer(.max)),
    ("-9223372036854775808", .integer(.min)),
    ("9223372036854775808", .number(9_223_372_036_854_775_808)),
    ("1.0", .number(1)),
    ("1e2", .number(100)),
    ("-1.5E-3", .number(-0.0015)),
    ("\"\"", .string("")),
    (#""a\"\\\/\b\f\n\r\tz""#, .string("a\"\\/\u{8}\u{c}\n\r\tz")),
    (#""\u00e9\u20AC\ud83d\ude00""#, .string("é€😀")),
    ("\"é€😀\"", .string("é€😀")),
    (#""\u0000""#, .string("\0")),
    ("[]", .array([])),
    ("[1, [2]]", .array([.integer(1), .array([.integer(2)])])),
    ("{}", .object(JSONObject())),
    (
      #"{"a" : 1, "b":{}}"#,
      .object(
        JSONObject(members: [
          JSONObject.Member(key: "a", value: .integer(1)),
          JSONObject.Member(key: "b", value: .object(JSONObject())),
        ]))
    ),
  ])
  func `a text has this value`(text: String, value: JSONValue) throws {
    #expect(try JSONReading.value(of: Array(text.utf8)) == value)
  }

  @Test(arguments: [
    ("", JSONSyntaxError.Reason.endOfText, 0),
    ("[1,]", .unexpectedByte, 3),
    ("[1 2]", .unexpectedByte, 3),
    ("{\"a\":1,}", .unexpectedByte, 7),
    ("{a:1}", .unexpectedByte, 1),
    ("{\"a\" 1}", .unexpectedByte, 5),
    ("nul", .unexpectedByte, 0),
    ("NaN", .unexpectedByte, 0),
    ("01", .invalidNumber, 0),
    ("-", .invalidNumber, 1),
    ("1.", .invalidNumber, 2),
    (".5", .unexpectedByte, 0),
    ("1e", .invalidNumber, 2),
    ("+1", .unexpectedByte, 0),
    ("1e999", .numberOutOfRange, 0),
    ("1 1", .trailingBytes, 2),
    ("\"a", .endOfText, 2),
    ("\"\n\"", .invalidString, 1),
    (#""\x""#, .unexpectedByte, 2),
    (#""\u12g4""#, .unexpectedByte, 5),
    (#""\ud800""#, .invalidString, 3),
    (#""\ud800\u0041""#, .invalidString, 3),
    (#""\udc00""#, .invalidString, 3),
    (#"{"a":1,"\u0061":2}"#, .duplicateKey, 7),
    ("\u{FEFF}1", .unexpectedByte, 0),
  ])
  func `a text is refused, at the byte where it goes wrong`(
    text: String, reason: JSONSyntaxError.Reason, byteOffset: Int
  ) {
    #expect(throws: JSONSyntaxError(reason: reason, byteOffset: byteOffset)) {
      try JSONReading.value(of: Array(text.utf8))
    }
  }

  @Test(arguments: [[0x22, 0xFF, 0x22], [0x22, 0xC3, 0x22], [0x22, 0xED, 0xA0, 0x80, 0x22]])
  func `a string that is not UTF-8 is refused`(_ bytes: [UInt8]) {
    #expect(throws: JSONSyntaxError(reason: .invalidString, byteOffset: 1)) {
      try JSONReading.value(of: bytes)
    }
  }

  @Test func `nesting has a limit`() throws {
    let deepest = JSONReading.maximumDepth
    func nested(_ depth: Int) -> [UInt8] {
      Array((String(repeating: "[", count: depth) + String(repeating: "]", count: depth)).utf8)
    }
    _ = try JSONReading.value(of: nested(deepest))
    #expect(throws: JSONSyntaxError(reason: .tooDeep, byteOffset: deepest)) {
      try JSONReading.value(of: nested(deepest + 1))
    }
  }

  @Test func `a key that occurs twice is found in a large object too`() {
    let members = (0..<1000).map { "\"key \($0)\":0" } + ["\"key 500\":0"]
    let text = "{\(members.joined(separator: ","))}"
    #expect(throws: JSONSyntaxError.self) { try JSONReading.value(of: Array(text.utf8)) }
    #expect(throws: Never.self) {
      try JSONReading.value(of: Array(text.replacing("\"key 500\":0}", with: "\"x\":0}").utf8))
    }
  }

  @Test func `every prefix of a message is refused`() {
    let bytes = Array(Messages.sync.utf8)
    for count in 0..<bytes.count {
      #expect(throws: JSONSyntaxError.self) { try JSONReading.value(of: Array(bytes[..<count])) }
    }
  }

  @Test(arguments: ["", "a\"b\\c", "\u{0}\u{1F}\u{7F}\n", "é€😀", "{}[]"])
  func `what is written is read back`(_ text: String) throws {
    var json = JSONWriting()
    json.string(text)
    #expect(try JSONReading.value(of: Array(json.text.utf8)) == .string(text))
  }
}
