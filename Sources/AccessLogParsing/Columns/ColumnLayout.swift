internal import ByteScanning

/// The columns of an extended log file (W3C, "Extended Log File Format", WD-logfile-960323), as its
/// `#Fields:` line names them: IIS, CloudFront and others.
package struct ColumnLayout: Equatable, Sendable {
  /// How many columns a file may have; IIS has about thirty.
  static let columnLimit = 128

  /// Empty until a `#Fields:` line has been seen.
  package var columns: [String] = []
  /// The unit of `time-taken`, if the user gave it.
  package var durationUnit: DurationUnit?

  /// How many bytes a column's name may have; the rest is truncated.
  static let nameLimit = 128

  package init(columns: [String] = []) { self.columns = columns }

  /// The columns named by the line in `line`, or nil if it is not a `#Fields:` line.
  package init?(_ bytes: borrowing Span<UInt8>, line: Range<Int>) {
    guard bytes.holds("#Fields:", at: line.lowerBound, before: line.upperBound) else { return nil }
    var name: [UInt8] = []
    for offset in line.lowerBound + 8..<line.upperBound {
      let byte = bytes[offset]
      if byte > UInt8(ascii: " ") {
        if name.count < Self.nameLimit { name.append(byte) }
      } else if !name.isEmpty {
        columns.append(String(decoding: name, as: UTF8.self))
        name = []
      }
    }
    if !name.isEmpty { columns.append(String(decoding: name, as: UTF8.self)) }
    if columns.count > Self.columnLimit { columns.removeLast(columns.count - Self.columnLimit) }
  }

  /// Which software writes these columns, for people.
  package var producer: String {
    if columns.contains("x-edge-location") { return "CloudFront" }
    return isIIS ? "IIS" : "W3C extended"
  }

  /// Columns that only IIS has.
  var isIIS: Bool { columns.contains("sc-win32-status") || columns.contains("sc-substatus") }

  /// The specification uses seconds, with an optional fraction; IIS uses milliseconds (IIS
  /// documentation, "W3C extended log file format").
  var unitOfTimeTaken: DurationUnit { durationUnit ?? (isIIS ? .milliseconds : .seconds) }

  func index(of names: [String]) -> Int? {
    for name in names {
      if let index = columns.firstIndex(of: name) { return index }
    }
    return nil
  }

  /// The column that a rule calls `name`.
  func index(ofField name: String) -> Int? {
    let usual = Self.usualNames.first { $0.name == name }?.columns ?? []
    return index(of: [name] + usual + ["cs(\(name))"])
  }

  /// Names that rules may use no matter what the file calls the column.
  static let usualNames: [(name: String, columns: [String])] = [
    ("remote_user", ["cs-username"]), ("remote_addr", ["c-ip"]), ("remote_address", ["c-ip"]),
    ("user_agent", ["cs(User-Agent)"]), ("http_user_agent", ["cs(User-Agent)"]),
    ("http_referer", ["cs(Referer)"]), ("host", ["cs-host", "cs(Host)", "x-host-header"]),
    ("scheme", ["cs-protocol"]), ("target", ["cs-uri-stem", "cs-uri"]),
  ]
}
