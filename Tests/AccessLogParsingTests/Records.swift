import AccessLogParsing
import ByteScanning
import Foundation

/// A parser with the one line that it reads, for tests that look at single lines.
struct LineReading {
  let record: AccessRecord
  let bytes: [UInt8]
  private let range: Range<Int>

  /// Reads `line`, which stands between other bytes as it does in a chunk.
  init(_ line: [UInt8], by parser: inout LineParser) throws(LineRejection) {
    let bytes = Array("before\n".utf8) + line + Array("\nbehind it stands more".utf8)
    let range = 7..<7 + line.count
    var record = AccessRecord()
    try parser.parse(bytes.span, line: range, into: &record)
    (self.record, self.bytes, self.range) = (record, bytes, range)
  }

  /// The field's bytes with its escapes resolved, or nil if it is absent.
  func bytes(of slice: FieldSlice) -> [UInt8]? {
    if slice.isAbsent { return nil }
    var text = OwnedBuffer<UInt8>(capacity: 16)
    Unescaping.append(slice, of: bytes.span, to: &text)
    return text.span.copied()
  }

  /// The field's text; what is no visible UTF-8 is written as `<E9>`.
  func text(of slice: FieldSlice) -> String? {
    guard let bytes = bytes(of: slice) else { return nil }
    var text = ""
    var rest = bytes[...]
    while let first = rest.first {
      let length = first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4
      if first >= 0x20, first != 0x7F,
        let character = String(validating: rest.prefix(length), as: UTF8.self)
      {
        text += character
        rest = rest.dropFirst(length)
      } else {
        text += String(format: "<%02X>", Int(first))
        rest = rest.dropFirst()
      }
    }
    return text
  }

  /// Whether every slice lies within the line.
  var slicesAreInside: Bool {
    let slices =
      [record.method, record.target, record.route]
      + (0..<AccessRecord.capturedLimit).map { record.captured[$0] }
    return slices.allSatisfy { slice in
      slice.isAbsent
        || slice.offset >= range.lowerBound && slice.end >= slice.offset
          && slice.end <= range.upperBound
    }
  }
}

/// `2026-11-23T09:10:13.5Z`, made by the C library and not by what is tested.
func utcText(_ nanoseconds: Int64) -> String {
  var (second, fraction) = nanoseconds.quotientAndRemainder(dividingBy: 1_000_000_000)
  if fraction < 0 { (second, fraction) = (second - 1, fraction + 1_000_000_000) }
  let moment = CivilTime(second)
  var text = "\(moment.date)T\(moment.time)"
  if fraction > 0 { text += "." + trimmingZeros(String(format: "%09d", Int(fraction))) }
  return text + "Z"
}

/// Nanoseconds as seconds, exactly: `0.032`.
func secondsText(_ nanoseconds: Int64) -> String {
  let (second, fraction) = nanoseconds.quotientAndRemainder(dividingBy: 1_000_000_000)
  if fraction == 0 { return "\(second)" }
  return "\(second)." + trimmingZeros(String(format: "%09d", Int(fraction)))
}

private func trimmingZeros(_ digits: String) -> String {
  String(digits.reversed().drop { $0 == "0" }.reversed())
}
