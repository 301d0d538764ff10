import AccessLogParsing
import Foundation
import Testing

/// A line of a file in `fixtures/formats`, and what it says or why it is refused.
struct LineCase: CustomTestStringConvertible, Sendable {
  var fixture: FormatFixture
  var line: String
  var expected: String

  var testDescription: String { "\(fixture.name): \(line)" }
}

/// A file in `fixtures/formats`: `@ format` and `@ capture`, then lines with their expectations.
struct FormatFixture: Sendable {
  private static let root = URL(filePath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .appending(path: "fixtures/formats")

  let name: String
  private(set) var format: LogFormat
  private(set) var captured: [String] = []

  static let names = [
    "combined.txt", "common.txt", "vhost_combined.txt", "timed.txt", "json-nginx.txt",
    "json-nested.txt",
  ]

  static func lines(of name: String) throws -> [Substring] {
    try String(contentsOf: root.appending(path: name), encoding: .utf8)
      .split(separator: "\n")
      .filter { !$0.hasPrefix("#") }
  }

  static func allCases() throws -> [LineCase] {
    try names.flatMap { name in
      var fixture = FormatFixture(name: name, format: .json(.nginx, .end))
      var cases: [LineCase] = []
      for line in try lines(of: name) {
        if line.hasPrefix("@ ") {
          fixture.take(line.dropFirst(2).split(separator: " ").map { String($0) })
        } else if line.hasPrefix("= ") || line.hasPrefix("! ") {
          cases[cases.count - 1].expected = String(line)
        } else {
          cases.append(LineCase(fixture: fixture, line: String(line), expected: ""))
        }
      }
      return cases
    }
  }

  private mutating func take(_ words: [String]) {
    if words[0] == "capture" { captured = Array(words.dropFirst()) }
    guard words[0] == "format" else { return }
    format = words[1] == "nested" ? Self.nested : LogFormat(name: words[1]) ?? format
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
    parts.append(reading.text(of: record.method) ?? "absent")
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
