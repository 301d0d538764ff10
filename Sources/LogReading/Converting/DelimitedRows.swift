internal import ByteScanning

/// Makes a line with a JSON object of each row of a file of delimited values (RFC 4180) whose first row
/// names the columns: exports of CloudWatch Insights, Datadog, BigQuery and the like. So its columns
/// are fields as the keys of a JSON log are.
struct DelimitedRows: ~Copyable {
  /// How many columns are known; further ones are left out.
  static let columnLimit = 512

  /// The columns' names, as JSON strings with their colon.
  private var columns: [[UInt8]] = []
  private var delimiter = UInt8(ascii: ",")
  private var isHeaderRead = false
  private var header = OwnedBuffer<UInt8>(capacity: 256)
  private var place = Place.cellStart
  private var column = 0
  /// Whether the current row has a member already.
  private var hasMember = false
  private var isCellOpen = false

  private enum Place {
    case cellStart
    case plain
    case quoted
    /// After a quote in a quoted value, which ends it or is the first of two.
    case quote
  }

  mutating func convert(_ bytes: borrowing Span<UInt8>, into output: inout OwnedBuffer<UInt8>) {
    var start = 0
    if !isHeaderRead {
      let end = bytes.firstOffset(of: UInt8(ascii: "\n"), from: 0, to: bytes.count)
      header.append(bytes.extracting(0..<end))
      guard end < bytes.count else { return }
      readHeader()
      start = end + 1
    }
    for index in start..<bytes.count { take(bytes[index], into: &output) }
  }

  /// Ends the last row.
  ///
  /// - Parameter isCut: whether it may be half a row only, so that it is none.
  mutating func finish(isCut: Bool, into output: inout OwnedBuffer<UInt8>) {
    guard !isCut, hasMember || isCellOpen || column > 0 else { return }
    endRow(into: &output)
  }

  private mutating func readHeader() {
    isHeaderRead = true
    let names = Self.cells(of: header.span, 0..<header.count)
    delimiter = names?.delimiter ?? delimiter
    columns = (names?.cells ?? []).prefix(Self.columnLimit).map { name in
      var text = OwnedBuffer<UInt8>(capacity: 64)
      text.append(UInt8(ascii: "\""))
      for byte in name { Self.append(byte, to: &text) }
      text.append(UInt8(ascii: "\""))
      text.append(UInt8(ascii: ":"))
      return text.span.copied()
    }
    header = OwnedBuffer<UInt8>(capacity: 16)
  }

  private mutating func take(_ byte: UInt8, into output: inout OwnedBuffer<UInt8>) {
    switch place {
    case .quoted:
      if byte == UInt8(ascii: "\"") { place = .quote } else { add(byte, into: &output) }
      return
    case .quote where byte == UInt8(ascii: "\""):
      place = .quoted
      add(byte, into: &output)
      return
    case .cellStart where byte == UInt8(ascii: "\""):
      place = .quoted
      return
    case .cellStart, .plain, .quote: break
    }
    switch byte {
    case delimiter:
      endCell(into: &output)
      column += 1
    case UInt8(ascii: "\n"): endRow(into: &output)
    case UInt8(ascii: "\r"): break
    default:
      place = .plain
      add(byte, into: &output)
    }
  }

  private mutating func add(_ byte: UInt8, into output: inout OwnedBuffer<UInt8>) {
    guard column < columns.count else { return }
    if !isCellOpen {
      output.append(hasMember ? UInt8(ascii: ",") : UInt8(ascii: "{"))
      let name = columns[column]
      output.append(name.span)
      output.append(UInt8(ascii: "\""))
      (isCellOpen, hasMember) = (true, true)
    }
    Self.append(byte, to: &output)
  }

  private mutating func endCell(into output: inout OwnedBuffer<UInt8>) {
    if isCellOpen { output.append(UInt8(ascii: "\"")) }
    isCellOpen = false
    place = .cellStart
  }

  private mutating func endRow(into output: inout OwnedBuffer<UInt8>) {
    endCell(into: &output)
    if hasMember { output.append(UInt8(ascii: "}")) }
    output.append(UInt8(ascii: "\n"))
    (column, hasMember) = (0, false)
  }

  /// Appends a byte of a JSON string.
  private static func append(_ byte: UInt8, to output: inout OwnedBuffer<UInt8>) {
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"):
      output.append(UInt8(ascii: "\\"))
      output.append(byte)
    case UInt8(ascii: "\n"):
      output.append(UInt8(ascii: "\\"))
      output.append(UInt8(ascii: "n"))
    case 0..<0x20:
      output.append(literal: "\\u00")
      for digit in [byte >> 4, byte & 15] {
        output.append(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10)
      }
    default: output.append(byte)
    }
  }

  // MARK: Whether there are rows

  /// Names of which at least one is in the header of a log.
  private static let knownNames: Set<String> = [
    "message", "@message", "msg", "log", "line", "textpayload", "@timestamp", "timestamp", "time",
    "date", "datetime", "status", "statuscode", "status_code", "method", "path", "url", "uri",
    "request", "content", "body", "_raw", "_time", "log_s", "logentry", "logmessage", "rawdata",
    "timegenerated", "timegenerated [utc]", "time_micros", "cs_method", "sc_status", "cs-method",
    "sc-status",
    "httprequest.requestmethod", "request_method", "http_method", "edgeresponsestatus",
  ]

  /// Whether `bytes` begin with a row of names and one of values; nil if more has to be seen.
  static func areFound(in bytes: borrowing Span<UInt8>, isWhole: Bool) -> Bool? {
    guard bytes.count > 0, mayBeginRow(bytes[0]) else { return false }
    let end = bytes.firstOffset(of: UInt8(ascii: "\n"), from: 0, to: bytes.count)
    guard let header = cells(of: bytes, 0..<end), areNames(header.cells) else { return false }
    // The second row may go over several lines.
    var row = end + 1
    var isQuoted = false
    var offset = row
    while true {
      guard offset < bytes.count else {
        if !isWhole { return nil }
        break
      }
      if bytes[offset] == UInt8(ascii: "\"") { isQuoted.toggle() }
      if bytes[offset] == UInt8(ascii: "\n"), !isQuoted {
        if offset > row, bytes[row] != UInt8(ascii: "\r") { break }
        row = offset + 1
      }
      offset += 1
    }
    guard offset > row, let values = cells(of: bytes, row..<offset, by: header.delimiter) else {
      return false
    }
    if header.cells.count == 1 { return bytes[row] == UInt8(ascii: "\"") }
    return values.cells.count == header.cells.count
  }

  /// Whether a row of names may begin with `byte`: with a name, or with its quote.
  private static func mayBeginRow(_ byte: UInt8) -> Bool {
    mayBeginName(byte) || byte == UInt8(ascii: "\"")
  }

  private static func mayBeginName(_ byte: UInt8) -> Bool {
    (byte | 0x20) &- UInt8(ascii: "a") < 26 || byte >= 0x80
      || byte == UInt8(ascii: "@") || byte == UInt8(ascii: "_") || byte == UInt8(ascii: "$")
  }

  private static func areNames(_ cells: [[UInt8]]) -> Bool {
    guard Set(cells).count == cells.count else { return false }
    let areNames = cells.allSatisfy { cell in
      guard let first = cell.first, cell.count <= 100 else { return false }
      return mayBeginName(first) && cell.allSatisfy { $0 >= 0x20 && $0 != UInt8(ascii: "=") }
    }
    guard areNames else { return false }
    return cells.contains { cell in
      let name = String(decoding: cell, as: UTF8.self).lowercased()
      return knownNames.contains(name)
        || name.split(separator: ".").last.map { knownNames.contains(String($0)) } ?? false
    }
  }

  /// The values of a row, without their quotes; the delimiter is the one that there are most of, unless
  /// it is known. Nil if quotes are not where they belong.
  private static func cells(
    of bytes: borrowing Span<UInt8>, _ range: Range<Int>, by known: UInt8? = nil
  ) -> (cells: [[UInt8]], delimiter: UInt8)? {
    var end = range.upperBound
    if end > range.lowerBound, bytes[end - 1] == UInt8(ascii: "\r") { end -= 1 }
    guard end > range.lowerBound else { return nil }
    let delimiter = known ?? delimiter(of: bytes, range.lowerBound..<end)
    var cells: [[UInt8]] = []
    var cell: [UInt8] = []
    var isQuoted = false
    var offset = range.lowerBound
    while offset < end {
      let byte = bytes[offset]
      if isQuoted {
        if byte != UInt8(ascii: "\"") {
          cell.append(byte)
        } else if offset + 1 < end, bytes[offset + 1] == byte {
          cell.append(byte)
          offset += 1
        } else {
          isQuoted = false
        }
      } else if byte == UInt8(ascii: "\"") {
        guard cell.isEmpty else { return nil }
        isQuoted = true
      } else if byte == delimiter {
        cells.append(cell)
        cell = []
      } else {
        cell.append(byte)
      }
      offset += 1
    }
    return (cells + [cell], delimiter)
  }

  /// What most may be delimited by of a row.
  private static func delimiter(of bytes: borrowing Span<UInt8>, _ range: Range<Int>) -> UInt8 {
    var (commas, semicolons, tabs) = (0, 0, 0)
    for offset in range {
      switch bytes[offset] {
      case UInt8(ascii: ","): commas += 1
      case UInt8(ascii: ";"): semicolons += 1
      case UInt8(ascii: "\t"): tabs += 1
      default: break
      }
    }
    if tabs > max(commas, semicolons) { return UInt8(ascii: "\t") }
    return semicolons > commas ? UInt8(ascii: ";") : UInt8(ascii: ",")
  }
}
