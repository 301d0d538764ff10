import AccessLogParsing
import Testing

struct FormatDetectionTests {
  private static let candidates = ["combined", "vhost_combined", "json"]
    .compactMap { LogFormat(name: $0) }

  private static func detection(_ lines: [String]) -> FormatDetection {
    let bytes = Array(lines.map { $0 + "\n" }.joined().utf8)
    return FormatDetection(bytes.span, candidates: .init(candidates))
  }

  private static let start = #"127.0.0.1 - - [23/Nov/2026:09:10:13 +0000]"#
  private static let common = #"\#(start) "GET / HTTP/1.1" 200 5"#
  private static let combined = #"\#(common) "-" "curl""#
  private static let json =
    #"{"msec":1,"status":200,"request":"GET / HTTP/1.1"}"#

  struct Sample: CustomTestStringConvertible, Sendable {
    var testDescription: String
    var lines: [String]
    var expected: String?

    init(_ description: String, _ lines: [String], _ expected: String?) {
      (testDescription, self.lines, self.expected) = (description, lines, expected)
    }
  }

  static let samples = [
    Sample("combined", [combined, combined], "combined"),
    Sample("combined with a request time", [combined + " 0.032"], "combined"),
    Sample("combined with a quoted field", [combined + #" 0.032 "acme""#], "combined"),
    Sample("common", [common, common], "common"),
    Sample("common with a request time", [common + " 0.032", common + " 1.500"], "common"),
    Sample("common with a quoted field", [common + #" "acme""#], "common"),
    Sample("vhost_combined", ["a.test:80 \(combined)"], "vhost_combined"),
    Sample("vhost_combined without ports", ["a.test \(combined)"], "vhost_combined"),
    Sample(
      "vhost_combined with users", ["a.test \(combined.replacing("- -", with: "- frank"))"],
      "vhost_combined"),
    Sample(
      "one line without a virtual host among many",
      [combined] + Array(repeating: "a.test:80 \(combined)", count: 50), "vhost_combined"),
    Sample(
      "combined with users of two words",
      Array(repeating: combined.replacing("- -", with: "- frank smith"), count: 5), "combined"),
    Sample("IPv6 addresses", [combined.replacing("127.0.0.1", with: "2001:db8::1")], "combined"),
    Sample("JSON", [json, json], "json"),
    Sample("JSON behind a few other lines", ["starting", "", json, json, "{"], "json"),
    Sample("combined with garbage", ["x", "y", "z", combined, "{}"], "combined"),
    Sample(
      "combined among empty lines", [combined, "", "", "", "", combined], "combined"),
    Sample(
      "connections without a request",
      Array(repeating: #"\#(start) "-" 408 0 "-" "-""#, count: 3), "combined"),
    Sample("nothing", [], nil),
    Sample("empty lines", ["", "", ""], nil),
    Sample("prose", ["Lorem ipsum dolor", "sit amet"], nil),
    Sample("JSON that is no access log", [#"{"level":"info","msg":"started"}"#], nil),
    Sample(
      "JSON with other keys",
      [#"{"ts":1795425013.5,"request":{"method":"GET","uri":"/"},"duration":0.1,"status":200}"#],
      nil),
    Sample("JSON of connections", [#"{"msec":1,"status":400,"request":""}"#], "json"),
    Sample("NUL bytes", [String(repeating: "\0", count: 300)], nil),
  ]

  @Test(arguments: Self.samples)
  func `the format is that which reads the most lines`(_ sample: Sample) {
    #expect(Self.detection(sample.lines).format?.name == sample.expected)
  }

  @Test func `the format found reads the duration, too`() throws {
    for line in [Self.common + " 0.032", Self.combined + " 0.032"] {
      let format = try #require(Self.detection([line]).format)
      var parser = try LineParser(format: format, capturing: ["remote_user"])
      let reading = try LineReading(Array(line.utf8), by: &parser)
      #expect(reading.record.duration == 32_000_000)
      #expect(reading.text(of: reading.record.captured[0]) == "-")
    }
  }

  @Test func `it says how many lines were read of how many`() {
    let detection = Self.detection([Self.combined, "garbage", "", Self.combined])
    #expect(detection.readCount == 2 && detection.lineCount == 3)
    let nothing = Self.detection(["garbage"])
    #expect(nothing.readCount == 0 && nothing.lineCount == 1)
  }

  @Test func `a sample of the first lines is enough`() {
    let lines =
      Array(repeating: Self.json, count: 500) + Array(repeating: Self.combined, count: 900)
    let detection = Self.detection(lines)
    #expect(detection.format?.name == "json")
    #expect(detection.lineCount == FormatDetection.sampleLimit)
  }

  @Test(arguments: LogFormat.names)
  func `a format by its name has that name`(_ name: String) {
    #expect(LogFormat(name: name)?.name == name)
  }

  @Test func `there is no format of another name`() {
    #expect(LogFormat(name: "auto") == nil && LogFormat(name: "Combined") == nil)
  }
}
