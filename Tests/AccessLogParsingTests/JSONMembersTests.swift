import AccessLogParsing
import ByteScanning
import TestSupport
import Testing

struct JSONMembersTests {
  private func headers(_ line: String) -> [String] { headers(Array(line.utf8)) }

  private func headers(_ bytes: [UInt8]) -> [String] {
    var found = OwnedBuffer<JSONMembers.Header>(capacity: 8)
    JSONMembers.appendHeaders(of: bytes.span, line: 0..<bytes.count, to: &found)
    return (0..<found.count).map { index in
      let header = found[index]
      var value = OwnedBuffer<UInt8>(capacity: 64)
      Unescaping.append(header.value, of: bytes.span, to: &value)
      let name = String(decoding: bytes[header.name], as: UTF8.self)
      let text = String(decoding: value.copied(), as: UTF8.self)
      return "\(header.isOfResponse ? "<" : ">") \(name): \(text)"
    }
  }

  @Test(arguments: [
    (
      #"{"http_a":"1","status":200,"sent_http_b_c":"2","http_":"3","xhttp_a":"4"}"#,
      ["> a: 1", "< b_c: 2"]
    ),
    (
      #" { "http_a" : "x\"y\\" , "rt":,"http_n":12,"http_null":null } "#,
      [#"> a: x"y\"#, "> n: 12"]
    ),
    (
      #"{"request":{"headers":{"User-Agent":["a","b"],"X":"c","Y":[]},"uri":"/"},"#
        + #""resp_headers":{"Server":["s"]},"response":{"headers":{"Z":"z"}}}"#,
      ["> User-Agent: a", "> X: c", "< Server: s", "< Z: z"]
    ),
    (#"{"a":{"http_b":"1"},"b":[{"headers":{"c":"1"}}],"http_d":"2"}"#, ["> d: 2"]),
    (#"{"headers":{"a":{"b":"c"},"d":"e"}}"#, ["> d: e"]),
    ("{", []), ("", []), (#"{"http_a":"1"#, []), (#"{"http_a":"1","b"#, ["> a: 1"]),
  ])
  func `header fields are found by their names or their place`(
    _ line: String, _ expected: [String]
  ) {
    #expect(headers(line) == expected)
  }

  @Test func `the number of header fields is limited`() {
    let line = "{" + (0..<500).map { "\"http_h\($0)\":\"v\"" }.joined(separator: ",") + "}"
    #expect(headers(line).count == JSONMembers.headerLimit)
  }

  @Test(
    arguments: [
      ("a.b", #"{"x":1,"a":{"b":[1,{"c":"]"}]}}"#, #"[1,{"c":"]"}]"#),
      ("a.b", #"{"a.b":"v"}"#, #""v""#), ("a.b.c", #"{"a.b":{"c":{}}}"#, "{}"),
      ("a", #"{"b":{"a":1},"a": 2 }"#, "2"), ("a", #"{"b":1}"#, nil), ("a.b", #"{"a":"b"}"#, nil),
    ] as [(String, String, String?)])
  func `a value is found at a dotted path, with its brackets`(
    _ path: String, _ line: String, _ expected: String?
  ) {
    let bytes = Array(line.utf8)
    let range = JSONMembers.value(at: path, of: bytes.span, line: 0..<bytes.count)
    #expect(range.map { String(decoding: bytes[$0], as: UTF8.self) } == expected)
  }

  @Test func `lines that were damaged or nest deep end the search, and nothing else`() {
    let line = Array(
      #"{"http_a":"1\\","request":{"headers":{"A":["\u00e9"]}},"a":{"b":{"c":[{}]}}}"#.utf8)
    var generator = SeededGenerator(seed: 4)
    for _ in 0..<20_000 {
      var bytes = line
      let length = Int.random(in: 0...bytes.count, using: &generator)
      bytes.removeLast(bytes.count - length)
      for _ in 0..<Int.random(in: 0...3, using: &generator) where !bytes.isEmpty {
        bytes[Int.random(in: bytes.indices, using: &generator)] = UInt8.random(
          in: 0...255, using: &generator)
      }
      #expect(headers(bytes).count <= JSONMembers.headerLimit)
      _ = JSONMembers.value(at: "a.b.c", of: bytes.span, line: 0..<bytes.count)
    }
    let deep = Array(String(repeating: #"{"a":"#, count: 100_000).utf8)
    #expect(headers(deep).isEmpty)
    let path = String(repeating: "a.", count: 50_000) + "a"
    #expect(JSONMembers.value(at: path, of: deep.span, line: 0..<deep.count) == nil)
  }
}
