internal import AccessLogParsing
internal import ByteScanning

/// Whether a consumer is the value of a parameter in a query, which clients may encode in several ways:
/// `a+b`, `a%20b` and `%61%20b` are one. It is decoded as `parse_qsl` does, from which the middleware's
/// application has it.
enum QueryEncoding {
  /// The field is such a value, as nginx logs it (`arg_api_key`).
  case value
  /// The field is a query, which a pattern takes a value from.
  case query
  /// The field is a target or an address, with a query behind a question mark.
  case target
  case none

  init(ofField field: String) {
    let name = field.lowercased()
    let last = name.split(separator: ".").last.map { String($0) } ?? name
    if last.hasPrefix("arg_") {
      self = .value
    } else if last.contains("query") || last == "args" {
      self = .query
    } else if last.contains("uri") || last.contains("url")
      || ["request", "target", "path", "referer", "http_referer", "referrer"].contains(last)
    {
      self = .target
    } else {
      self = .none
    }
  }

  /// Whether what a pattern has found at `offset` of a field is in a query, and still encoded.
  func isOfQuery(_ field: borrowing Span<UInt8>, before offset: Int) -> Bool {
    switch self {
    case .query: true
    case .target: field.firstOffset(of: UInt8(ascii: "?"), from: 0, to: offset) < offset
    case .value, .none: false
    }
  }
}

extension Span where Element == UInt8 {
  /// Whether there is anything for ``queryValue(_:)`` to decode.
  var holdsEncoding: Bool {
    for offset in indices
    where self[offset] == UInt8(ascii: "%") || self[offset] == UInt8(ascii: "+") { return true }
    return false
  }
}

/// The text that `+` and percent-encoding stand for; an invalid encoding stays as it is.
func queryValue(_ text: borrowing Span<UInt8>) -> [UInt8] {
  var value: [UInt8] = []
  var offset = 0
  while offset < text.count {
    let (byte, next) = text.decodedByte(at: offset, before: text.count)
    value.append(text[offset] == UInt8(ascii: "+") ? UInt8(ascii: " ") : byte)
    offset = next
  }
  return value
}
