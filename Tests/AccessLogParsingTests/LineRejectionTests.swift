import AccessLogParsing
import Testing

struct LineRejectionTests {
  @Test func `the fixtures show every reason but those that are for whoever reads`() throws {
    let shown = try FormatFixture.allCases().filter { $0.expected.hasPrefix("! ") }
      .map { $0.expected.split(separator: " ")[1] }
    let missing = LineRejection.Reason.allCases.filter { !shown.contains($0.name[...]) }
    #expect(missing == [.lineTooLong, .nestedTooDeep])
  }

  @Test func `every reason has a name and an explanation of its own`() {
    let reasons = LineRejection.Reason.allCases
    #expect(Set(reasons.map(\.name)).count == reasons.count)
    #expect(Set(reasons.map(\.explanation)).count == reasons.count)
    #expect(reasons.allSatisfy { $0.name.allSatisfy { $0.isLowercase || $0 == "-" } })
    #expect(
      reasons.filter { !$0.speaksAgainstFormat } == [.noRequest, .noResponse, .otherLine, .comment])
  }

  @Test func `brackets are followed to a limit, and their number costs no memory`() throws {
    var parser = try LineParser(format: .json(.nginx, .end), capturing: [])
    func line(_ depth: Int, _ open: String, _ close: String) -> [UInt8] {
      let nested = String(repeating: open, count: depth) + String(repeating: close, count: depth)
      return Array(
        #"{"x":\#(nested),"ts":1,"status":200,"request":"GET / HTTP/1.1"}"#.utf8)
    }
    for (open, close) in [("[", "]"), (#"{"a":"#, "}"), ("[{\"a\":", "}]")] {
      let brackets = open.filter { "[{".contains($0) }.count
      _ = try LineReading(line(512 / brackets, open, close), by: &parser)
      let expected = 5 + (512 / brackets) * open.utf8.count
      #expect(throws: LineRejection(.nestedTooDeep, at: expected)) {
        _ = try LineReading(line(300_000 / brackets, open, close), by: &parser)
      }
    }
  }

  @Test func `objects that are looked into have a limit, too`() throws {
    var mapping = FieldMapping.nginx
    mapping.route = [Array(repeating: "a", count: 15).joined(separator: ".")]
    mapping.userAgent = [Array(repeating: "a", count: 40).joined(separator: ".")]
    var parser = try LineParser(format: .json(mapping, .end), capturing: [])
    for depth in [1, 14, 15, 16, 39, 40, 500] {
      let nested =
        String(repeating: #"{"a":"#, count: depth) + "1" + String(repeating: "}", count: depth)
      let line =
        #"{"ts":1,"status":200,"method":"GET","uri":"/","b":2,\#(nested.dropFirst())"#
      let reading = try LineReading(Array(line.utf8), by: &parser)
      #expect(reading.text(of: reading.record.route) == (depth == 15 ? "1" : nil))
    }
  }
}
