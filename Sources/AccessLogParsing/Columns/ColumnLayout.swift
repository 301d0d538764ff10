internal import ByteScanning

/// The columns of an extended log file (W3C, "Extended Log File Format", WD-logfile-960323), as its
/// `#Fields:` line names them: IIS, CloudFront and others.
package struct ColumnLayout: Equatable, Sendable {
  /// How many columns a file may have; IIS has about thirty.
  static let columnLimit = 128

  /// Empty until a `#Fields:` line has been seen.
  package var columns: [String] = []
  /// The unit of `time-taken`, if the user gave it, or the lines have shown it.
  package var durationUnit: DurationUnit?
  /// IIS and CloudFront write a line when its request has ended.
  package var timestampMoment = TimestampMoment.end

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
    if isCloudFront { return "CloudFront" }
    if isIIS { return "IIS" }
    return isW3CLogger && timestampMoment == .start ? "ASP.NET Core" : "W3C extended"
  }

  /// Columns that only IIS has.
  var isIIS: Bool { columns.contains("sc-win32-status") || columns.contains("sc-substatus") }

  /// A column that only CloudFront has.
  var isCloudFront: Bool { columns.contains("x-edge-location") }

  /// Whether these are columns that ASP.NET Core's W3CLogger writes, in its order, in which the client's
  /// address is before the method; IIS has it behind. Others may write the same.
  ///
  /// Source: dotnet/aspnetcore, src/Middleware/HttpLogging/src/W3CLoggingMiddleware.cs.
  var isW3CLogger: Bool {
    var rest = Self.columnsOfW3CLogger[...]
    for column in columns {
      if let place = rest.firstIndex(of: column) {
        rest = rest[(place + 1)...]
      } else if !column.hasPrefix("cs(") {
        return false
      }
    }
    return columns.contains("cs-method") && columns.contains("time-taken")
  }

  private static let columnsOfW3CLogger = [
    "date", "time", "c-ip", "cs-username", "s-computername", "s-ip", "s-port", "cs-method",
    "cs-uri-stem", "cs-uri-query", "sc-status", "time-taken", "cs-version", "cs-host",
    "cs(User-Agent)", "cs(Cookie)", "cs(Referer)",
  ]

  /// What the duration is called: in the specification, and by IIS Advanced Logging.
  static let durationColumns = ["time-taken", "TimeTakenMS"]

  /// The column with the duration.
  var durationColumn: String? { Self.durationColumns.first { columns.contains($0) } }

  /// nil if nothing but the values may tell. The specification has seconds, with an optional fraction;
  /// CloudFront keeps to it, IIS uses milliseconds (IIS documentation, "W3C extended log file format"),
  /// and others do as they like.
  var unitOfTimeTaken: DurationUnit? {
    if let durationUnit { return durationUnit }
    if isCloudFront { return .seconds }
    if durationColumn == "TimeTakenMS" { return .milliseconds }
    return isIIS ? .milliseconds : nil
  }

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
