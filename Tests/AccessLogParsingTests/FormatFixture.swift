import AccessLogParsing
import Foundation
import Testing
import TestSupport

/// A line of a file in `fixtures/formats`, and what it says or why it is refused.
struct LineCase: CustomTestStringConvertible, Sendable {
  var fixture: FormatFixture
  var line: String
  var expected: String

  var testDescription: String { "\(fixture.name): \(line)" }
}

/// A file in `fixtures/formats`: `@ format` and `@ capture`, then lines with their expectations.
struct FormatFixture: Sendable {
  private static let root = Repository.fixture("formats")

  let name: String
  private(set) var format: LogFormat
  private(set) var captured: [String] = []
  private(set) var clock: LocalClock?

  /// Every file but the table of timestamps.
  static let names: [String] = {
    let files = try? FileManager.default.contentsOfDirectory(atPath: root.path)
    return (files ?? []).filter { $0.hasSuffix(".txt") && $0 != "stamps.txt" }.sorted()
  }()

  /// The file of the format that is called `name` in the catalogue.
  init?(ofFormat name: String) throws {
    guard let item = try Self.cases(of: "\(name).txt").first else { return nil }
    self = item.fixture
  }

  private init(name: String, format: LogFormat) { (self.name, self.format) = (name, format) }

  func parser() throws(LineParser.SetupError) -> LineParser {
    try LineParser(format: format, capturing: captured, clock: clock)
  }

  /// A line of a fixture that is `stamped`, without the time that was put there.
  static func withoutStamp(_ line: String) -> String {
    let isObject = line.hasPrefix(#"{"wrapper_time":"#)
    let rest = line.drop { $0 != (isObject ? "," : " ") }.dropFirst()
    return isObject ? "{\(rest)" : String(rest)
  }

  static func lines(of name: String) throws -> [Substring] {
    try String(contentsOf: root.appending(path: name), encoding: .utf8)
      .split(separator: "\n")
      .filter { !$0.hasPrefix("#") }
  }

  static func allCases() throws -> [LineCase] { try names.flatMap { try cases(of: $0) } }

  static func cases(of name: String) throws -> [LineCase] {
    var fixture = FormatFixture(name: name, format: .json(.nginx, .end))
    var cases: [LineCase] = []
    for line in try lines(of: name) {
      if line.hasPrefix("@ ") {
        try fixture.take(String(line.dropFirst(2)))
      } else if line.hasPrefix("= ") || line.hasPrefix("! ") {
        cases[cases.count - 1].expected = String(line)
      } else {
        // A line of the format may begin as a remark does.
        let text = line.hasPrefix("\\#") ? line.dropFirst() : line
        cases.append(LineCase(fixture: fixture, line: String(text), expected: ""))
      }
    }
    return cases
  }

  private mutating func take(_ text: String) throws {
    let words = text.split(separator: " ").map { String($0) }
    let rest = String(text.dropFirst(words[0].count + 1))
    switch words[0] {
    case "capture": captured = Array(words.dropFirst())
    case "format" where rest.hasPrefix("nginx:"):
      format = try NginxFormatString.format(of: String(rest.dropFirst(6)))
    case "format" where rest.hasPrefix("apache:"):
      format = try ApacheFormatString.format(of: String(rest.dropFirst(7)))
    case "format": format = try rest == "nested" ? Self.nested : #require(LogFormat(name: rest))
    case "zone": clock = LocalClock(offset: try #require(Int64(rest)))
    case "unit":
      let unit = try #require(DurationUnit(rawValue: rest))
      format = try #require(format.deciding(unit: unit))
    case "columns": format = .columns(ColumnLayout(columns: Array(words.dropFirst())))
    case "stamped":
      var wrapping = LineWrapping(.timestamp)
      if case .text = format {
        wrapping.timestampPlacement = .text
      } else {
        wrapping.timestampPlacement = .pair
      }
      format = .wrapped(wrapping, format)
    default: Issue.record("\(name): @ \(text)")
    }
  }

  /// Writes what every line of the file says into it anew, to be read before it is committed.
  static func record(_ name: String) throws {
    let url = root.appending(path: name)
    var fixture = FormatFixture(name: name, format: .json(.nginx, .end))
    var result: [String] = []
    for line in try String(contentsOf: url, encoding: .utf8)
      .split(separator: "\n", omittingEmptySubsequences: false).map({ String($0) })
    {
      if line.hasPrefix("= ") || line.hasPrefix("! ") { continue }
      result.append(line)
      if line.hasPrefix("@ ") {
        try fixture.take(String(line.dropFirst(2)))
      } else if !line.isEmpty, !line.hasPrefix("#") {
        var parser = try fixture.parser()
        result.append(
          fixture.reading(of: line.hasPrefix("\\#") ? String(line.dropFirst()) : line, by: &parser))
      }
    }
    try Data(result.joined(separator: "\n").utf8).write(to: url)
  }

  /// Keys in objects in objects, as Caddy writes them.
  static let nested: LogFormat = {
    var mapping = FieldMapping()
    mapping.time = ["ts"]
    mapping.method = ["request.method"]
    mapping.target = ["request.uri"]
    mapping.status = ["status"]
    mapping.requestSize = ["bytes_read"]
    mapping.responseSize = ["size"]
    mapping.duration = ["duration"]
    return .json(mapping, .end)
  }()

  /// What `line` says, in the fixture's own words.
  func reading(of line: String, by parser: inout LineParser) -> String {
    do throws(LineRejection) {
      let reading = try LineReading(Array(line.utf8), by: &parser)
      guard reading.slicesAreInside else { return "a slice lies outside of the line" }
      return "= " + parts(of: reading).joined(separator: " | ")
    } catch {
      return "! \(error.reason.name) \(error.byteOffset)"
    }
  }

  private func parts(of reading: LineReading) -> [String] {
    let record = reading.record
    var parts = [utcText(record.start)]
    let method = reading.text(of: record.method) ?? "absent"
    parts.append(record.method.isEscaped ? "\(method): \(APIVerb.method(of: method))" : method)
    parts.append(reading.text(of: record.target) ?? "absent")
    parts.append("\(record.status)")
    if let route = reading.text(of: record.route) { parts.append("route \(route)") }
    if record.requestSize != AccessRecord.absent { parts.append("received \(record.requestSize)") }
    if record.responseSize != AccessRecord.absent { parts.append("sent \(record.responseSize)") }
    if record.duration != AccessRecord.absent {
      parts.append("took \(secondsText(record.duration)) s")
    }
    for (index, name) in captured.enumerated() {
      let text = reading.text(of: record.captured[index])
      parts.append("\(name) \(text.map { $0.isEmpty ? "\"\"" : $0 } ?? "absent")")
    }
    return parts
  }
}
