import AccessLogParsing
import ByteScanning
import Foundation
import Testing
import TestSupport

/// Each format of the catalogue has a file of lines, is found by them, and stands in the documentation.
struct CatalogueTests {
  /// The file of a format that is called otherwise than it.
  private static let fileNames = ["json": "json-nginx"]

  static func fixture(of entry: CatalogueEntry) throws -> (FormatFixture, [LineCase]) {
    let name = fileNames[entry.name] ?? entry.name
    let fixture = try #require(try FormatFixture(ofFormat: name), "\(name).txt has no lines")
    return (fixture, try FormatFixture.cases(of: "\(name).txt"))
  }

  /// Lines of the format that are read, without what the fixture has put before them.
  private static func lines(of entry: CatalogueEntry) throws -> [String] {
    let (fixture, cases) = try fixture(of: entry)
    var lines = cases.filter { $0.expected.hasPrefix("= ") }.map(\.line)
    if case .wrapped = fixture.format {
      lines = lines.map { FormatFixture.withoutStamp($0) }
    }
    if case .columns(let layout) = fixture.format {
      lines.insert("#Fields: \(layout.columns.joined(separator: " "))", at: 0)
    }
    return lines
  }

  private static func detection(_ lines: [String]) -> FormatDetection {
    let bytes = Array(lines.map { $0 + "\n" }.joined().utf8)
    return FormatDetection(bytes.span)
  }

  @Test func `names are unique, and each format has a source for its facts`() {
    let entries = FormatCatalogue.entries
    #expect(Set(entries.map(\.name)).count == entries.count)
    #expect(entries.allSatisfy { $0.source.hasPrefix("https://") && !$0.producer.isEmpty })
    #expect(entries.count > 35)
  }

  @Test(arguments: FormatCatalogue.entries.map(\.name))
  func `a format has lines that are read, and is found by them`(_ name: String) throws {
    let entry = try #require(FormatCatalogue.entries.first { $0.name == name })
    let lines = try Self.lines(of: entry)
    #expect(!lines.isEmpty)
    let detection = Self.detection(lines)
    if case .columns? = detection.format {
      #expect(name == "w3c")
    } else if entry.isDetected {
      #expect(detection.format?.unwrapped.name == name)
    } else {
      #expect(detection.format?.name != name)
    }
    #expect(detection.scores.first?.readCount == detection.readCount)
  }

  @Test(arguments: ["uvicorn", "haproxy", "combined", "caddy"])
  func `a format is found in any wrapping`(_ name: String) throws {
    let entry = try #require(FormatCatalogue.entries.first { $0.name == name })
    for line in try Self.lines(of: entry).prefix(3) {
      let escaped = line.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
      let wrapped = [
        "docker": #"{"log":"\#(escaped)\n","stream":"stdout","time":"2026-11-23T09:10:13.5Z"}"#,
        "cri": "2026-11-23T09:10:13.5Z stdout F \(line)",
        "syslog": "<134>1 2026-11-23T09:10:13.5Z host app 17 - - \(line)",
        "compose": "web-1  | 2026-11-23T09:10:13.5Z \(line)",
        "timestamp": "2026-11-23T09:10:13.5Z \(line)",
        "json": #"{"@timestamp":"2026-11-23T09:10:13.5Z","message":"\#(escaped)"}"#,
      ]
      for (envelope, text) in wrapped {
        let detection = Self.detection([text, text])
        guard case .wrapped(let wrapping, let format)? = detection.format else {
          Issue.record("\(envelope): \(detection.format?.name ?? "nothing"), not in a wrapping")
          continue
        }
        #expect(wrapping.envelope.rawValue == envelope)
        #expect(format.name == name)
        var parser = try LineParser(
          format: #require(detection.format), capturing: [], clock: LocalClock(offset: 0))
        var unwrapper = LineUnwrapper(wrapping)
        let bytes = Array(text.utf8)
        unwrapper.unwrap(bytes.span)
        var record = AccessRecord()
        try parser.parse(
          unwrapper.text.span, line: 0..<unwrapper.text.count - 1, into: &record)
        #expect(record.start > 0)
      }
    }
  }

  @Test func `colours do not hide a format`() {
    let line =
      "\u{1B}[32mINFO\u{1B}[0m:     127.0.0.1:5000 - \"\u{1B}[1mGET /x HTTP/1.1\u{1B}[0m\" "
      + "\u{1B}[32m200 OK\u{1B}[0m"
    #expect(Self.detection([line]).format?.name == "uvicorn in colours")
    let compose = Self.detection(["web-1  | 2026-11-23T09:10:13.5Z \(line)"])
    #expect(compose.format?.name == "uvicorn in docker compose with colours")
  }

  @Test func `lines of an application among those of its requests are expected`() throws {
    let entry = try #require(FormatCatalogue.entries.first { $0.name == "combined" })
    let line = try Self.lines(of: entry)[0]
    let mixed = Array(repeating: [line, "[error] one", "[error] two"], count: 20).flatMap { $0 }
    #expect(Self.detection(mixed).isMixed)
    #expect(!Self.detection(Array(repeating: line, count: 7) + ["damaged"]).isMixed)
    #expect(!Self.detection([line] + Array(repeating: "[error]", count: 30)).isMixed)
    // What a container prints is not all about requests.
    let timestamp = "2026-11-23T09:10:13.5Z stdout F "
    #expect(
      Self.detection(Array(repeating: timestamp + line, count: 20) + [timestamp + "starting"])
        .isMixed)
  }

  @Test func `a log of two programs has two formats`() throws {
    let entries = FormatCatalogue.entries
    let json = try Self.lines(of: #require(entries.first { $0.name == "envoy-json" }))[0]
    let text = try Self.lines(of: #require(entries.first { $0.name == "envoy" }))[0]
    let timestamp = "2026-11-23T09:10:13.5Z stdout F "
    for prefix in ["", timestamp] {
      let detection = Self.detection([json, text, json, json, text, "started"].map { prefix + $0 })
      #expect(detection.format?.unwrapped.name == "envoy-json")
      #expect(detection.alternate?.name == "envoy")
      #expect(detection.alternateCount == 2)
    }
    #expect(Self.detection([json, json, "started"]).alternate == nil)
  }

  @Test func `the best is followed by its rivals`() throws {
    let entry = try #require(FormatCatalogue.entries.first { $0.name == "ingress-nginx" })
    let detection = Self.detection(try Self.lines(of: entry))
    #expect(detection.scores.map(\.name).prefix(2) == ["ingress-nginx", "combined"])
    #expect(detection.scores[0].readCount == detection.scores[1].readCount)
  }

  // MARK: Examples

  private static func examples() throws -> String {
    let rows = try FormatCatalogue.entries.map { entry in
      let line = try #require(try lines(of: entry).first { !$0.hasPrefix("#Fields:") })
      let text = line.replacing("\t", with: "\\##t")
      return "    \"\(entry.name)\":\n      ##\"\(text)\"##,"
    }
    return """
      // Made by CatalogueTests with RECORD_FIXTURES: of each format the first line of its fixture that is read.

      // swift-format-ignore-file
      extension FormatCatalogue {
        static let examples: [String: String] = [
      \(rows.joined(separator: "\n"))
        ]
      }

      """
  }

  /// With `RECORD_FIXTURES` in the environment the file is written anew.
  @Test func `the example of each format is the first line of its fixture`() throws {
    let url = Repository.root.appending(
      path: "Sources/AccessLogParsing/Catalogue/ExampleLines.swift")
    let text = try Self.examples()
    if Golden.isRecording {
      try Data(text.utf8).write(to: url)
    } else {
      #expect(try String(contentsOf: url, encoding: .utf8) == text)
    }
  }

  // MARK: The page

  /// What the lines of a fixture say, by the words of their expectations.
  private static func yields(_ cases: [LineCase]) -> String {
    let words = [
      ("route", "route"), ("received", "request size"), ("sent", "response size"),
      ("took", "duration"),
    ]
    let parts = cases.filter { $0.expected.hasPrefix("= ") }
      .flatMap { $0.expected.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) } }
    return words.filter { word, _ in parts.contains { $0.hasPrefix("\(word) ") } }
      .map(\.1).joined(separator: ", ")
  }

  private static func clock(_ format: LogFormat, _ fixture: FormatFixture) -> String {
    if !format.hasTime { return "that of a wrapping" }
    let moment: TimestampMoment =
      switch format {
      case .common(let layout): layout.timestampMoment
      case .json(_, let moment), .pairs(_, let moment): moment
      case .text(let layout): layout.timestampMoment
      case .columns: .end
      case .wrapped: .start
      }
    let zone = fixture.clock == nil ? "" : ", needs `--timezone`"
    return moment.rawValue + zone
  }

  private static func unit(_ format: LogFormat) -> String {
    func name(_ mapping: FieldMapping) -> String {
      if mapping == .logfmt { return "by evidence" }
      if !mapping.undecidedDuration.isEmpty { return "open" }
      let whole = mapping.wholeNumberUnits.map(\.rawValue).joined(separator: " or ")
      let unit = mapping.durationUnit.rawValue + (whole.isEmpty ? "" : "; whole numbers: \(whole)")
      return mapping.duration.isEmpty ? "" : unit
    }
    switch format {
    case .common: return "by evidence"
    case .json(let mapping, _), .pairs(let mapping, _): return name(mapping)
    case .columns: return "CloudFront: s; IIS, ASP.NET Core: ms; others: by evidence"
    case .wrapped: return ""
    case .text(let layout):
      for field in layout.fields {
        if case .duration(let unit) = field.role { return unit.rawValue }
        if field.role == .undecidedDuration { return "open" }
      }
      return ""
    }
  }

  private static func table() throws -> String {
    var rows = [
      "| format | of | detected | fields beside time, method, path and status | clock | unit | sizes |",
      "|---|---|---|---|---|---|---|",
    ]
    for entry in FormatCatalogue.entries {
      let (fixture, cases) = try fixture(of: entry)
      let yields = yields(cases)
      let sizes =
        entry.sizes == .bodies && !yields.contains("size") ? CatalogueEntry.Sizes.none : entry.sizes
      rows.append(
        "| `\(entry.name)` | [\(entry.producer)](\(entry.source)) | \(entry.isDetected ? "yes" : "no") "
          + "| \(yields) | \(clock(entry.format, fixture)) | \(unit(entry.format)) "
          + "| \(sizes.rawValue) |")
    }
    return rows.joined(separator: "\n") + "\n"
  }

  /// With `RECORD_FIXTURES` in the environment the table is written anew.
  @Test func `the table of formats is what the fixtures say`() throws {
    let url = Repository.root.appending(path: "docs/FORMATS.md")
    let page = try String(contentsOf: url, encoding: .utf8)
    let start = try #require(page.range(of: "| format | of |")).lowerBound
    let end = page[start...].range(of: "\n\n")?.lowerBound ?? page.endIndex
    let table = try Self.table()
    let isSame = page[start..<end] + "\n" == table || page[start..<end] == table
    if Golden.isRecording {
      try Data(page.replacingCharacters(in: start..<end, with: table.dropLast()).utf8).write(
        to: url)
    } else {
      #expect(isSame, "docs/FORMATS.md differs from\n\(table)")
    }
  }
}
