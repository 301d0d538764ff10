import AccessLogParsing
import Testing

struct JSONKeyListingTests {
  struct Case: CustomTestStringConvertible, Sendable {
    var testDescription: String { lines.joined(separator: " ") }
    var lines: [String]
    var paths: [String]
    var examples: [String]

    init(_ lines: String..., paths: [String], examples: [String]) {
      (self.lines, self.paths, self.examples) = (lines, paths, examples)
    }
  }

  static let cases = [
    Case(
      #"{"a":1,"b":"two","c":null,"d":true}"#, paths: ["a", "b", "c", "d"],
      examples: ["1", "two", "", "true"]),
    Case(
      #" { "a" : { "b" : 1 , "c" : { "d" : "x" } } } "#, paths: ["a.b", "a.c.d"],
      examples: ["1", "x"]),
    Case(#"{"a.b":1,"a":{"b":2}}"#, paths: ["a.b"], examples: ["1"]),
    Case(#"{"a":[{"b":1},"]"],"c":2}"#, paths: ["a", "c"], examples: [#"[{"b":1},"]"]"#, "2"]),
    Case(#"{"a":"x\",\"y\":1","b":2}"#, paths: ["a", "b"], examples: [#"x\",\"y\":1"#, "2"]),
    Case(#"{"a":"","b":"-"}"#, #"{"a":"x","b":"y"}"#, paths: ["a", "b"], examples: ["x", "y"]),
    // As nginx writes an empty number.
    Case(#"{"a":,"b":2}"#, paths: ["a", "b"], examples: ["", "2"]),
    Case(#"{"a":1,"b""#, paths: ["a"], examples: ["1"]),
    Case(#"{"a":1,"b"#, paths: ["a"], examples: ["1"]),
    Case(#"{"a":"no end"#, paths: ["a"], examples: ["no en"]),
    Case("", "{", "no object", "[1]", paths: [], examples: []),
  ]

  @Test(arguments: cases)
  func `keys are listed by path, each with a value`(_ item: Case) {
    var keys = JSONKeyListing()
    for line in item.lines {
      let bytes = Array(line.utf8)
      keys.add(bytes.span, line: 0..<bytes.count)
    }
    #expect(keys.paths == item.paths)
    #expect(keys.examples == item.examples)
  }

  @Test func `there is an end to keys that a client makes up`() {
    var keys = JSONKeyListing()
    let nested = String(repeating: #"{"a":"#, count: 100_000)
    for line in (0..<1000).map({ #"{"k\#($0)":1}"# }) + [nested] {
      let bytes = Array(line.utf8)
      keys.add(bytes.span, line: 0..<bytes.count)
    }
    #expect(keys.paths.count == JSONKeyListing.pathLimit)
  }
}
