import AccessLogParsing
import Testing

struct FormatPartsTests {
  /// Whatever is said of a format has to be true of its parser.
  @Test(arguments: FormatCatalogue.entries.map(\.name))
  func `every field that a format is said to have can be captured`(name: String) throws {
    let format = try #require(LogFormat(name: name))
    let fields = format.fieldNames
    // The columns of an extended log file are named in the file.
    #expect(!fields.isEmpty || name == "w3c")
    #expect(Set(fields).count == fields.count)
    for start in stride(from: 0, to: fields.count, by: AccessRecord.capturedLimit) {
      let batch = Array(fields[start...].prefix(AccessRecord.capturedLimit))
      #expect(throws: Never.self) { try LineParser(format: format, capturing: batch) }
    }
    for part in format.parts {
      #expect(part.fields.allSatisfy { fields.contains($0) }, "\(part)")
    }
    #expect(format.parts.map(\.name) == FormatPart.Name.allCases)
    #expect(format.catalogueEntry?.name == name)
  }

  @Test func `a format that has durations has a unit for them`() throws {
    for entry in FormatCatalogue.entries {
      let hasDuration = entry.format.parts.contains { $0.name == .duration && !$0.fields.isEmpty }
      #expect(hasDuration == (entry.format.durationUnit != nil), "\(entry.name)")
    }
  }

  @Test func `scores tell of every format that reads a line, the best first`() {
    let candidates = ["combined", "vhost_combined", "json"].compactMap { LogFormat(name: $0) }
    let line = #"127.0.0.1 - - [23/Nov/2026:09:10:13 +0000] "GET / HTTP/1.1" 200 5 "-" "c""# + "\n"
    let json = #"{"msec":1,"status":200,"request":"GET / HTTP/1.1"}"# + "\n"
    let bytes = Array((line + json + json).utf8)
    let detection = FormatDetection(bytes.span, candidates: .init(candidates))
    #expect(detection.scores.map(\.name) == ["json", "combined"])
    #expect(detection.scores.map(\.readCount) == [2, 1])
    #expect(detection.scores.allSatisfy { $0.lineCount == 3 })
  }
}
