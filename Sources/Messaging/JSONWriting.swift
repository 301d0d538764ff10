package import ByteScanning

/// Appends `text` (UTF-8) as a JSON string (RFC 8259, 7). Only what must be escaped is, as in the
/// middleware's own messages.
func appendJSONString(_ text: some Sequence<UInt8>, to json: inout OwnedBuffer<UInt8>) {
  json.append(UInt8(ascii: "\""))
  for byte in text { appendEscaping(byte, to: &json) }
  json.append(UInt8(ascii: "\""))
}

@inline(__always)
private func appendEscaping(_ byte: UInt8, to json: inout OwnedBuffer<UInt8>) {
  switch byte {
  case UInt8(ascii: "\""), UInt8(ascii: "\\"):
    json.append(UInt8(ascii: "\\"))
    json.append(byte)
  case 0x0A: json.append(literal: "\\n")
  case 0x0D: json.append(literal: "\\r")
  case 0x09: json.append(literal: "\\t")
  case 0..<0x20, 0x7F:
    json.append(literal: "\\u00")
    json.append(hexadecimalDigit(byte >> 4))
    json.append(hexadecimalDigit(byte & 15))
  default: json.append(byte)
  }
}

/// Appends `text` (UTF-8) as a JSON string.
func appendJSONString(_ text: some Sequence<UInt8>, to json: inout [UInt8]) {
  var string = OwnedBuffer<UInt8>(capacity: 256)
  appendJSONString(text, to: &string)
  json += string.copied()
}

/// Appends `text` as a JSON string. Not generic, for other modules: there it would run unspecialized.
package func appendJSONString(_ text: String, to json: inout OwnedBuffer<UInt8>) {
  appendJSONString(text.utf8Span.span, to: &json)
}

/// Appends `bytes` as a JSON string. What is not UTF-8, and NUL, which PostgreSQL's text cannot hold,
/// becomes U+FFFD.
func appendJSONText(_ bytes: borrowing Span<UInt8>, to json: inout OwnedBuffer<UInt8>) {
  let isSound =
    (try? UTF8Span(validating: bytes.extracting(0..<bytes.count))) != nil
    && bytes.firstOffset(of: 0, from: 0, to: bytes.count) == bytes.count
  if isSound {
    appendJSONString(bytes, to: &json)
  } else {
    let corrected = String(decoding: bytes.copied(), as: UTF8.self).replacing(
      "\0", with: "\u{FFFD}")
    appendJSONString(corrected.utf8, to: &json)
  }
}

/// Appends the bytes of `text` as a JSON string.
func appendJSONText(_ text: borrowing OwnedBuffer<UInt8>, to json: inout OwnedBuffer<UInt8>) {
  appendJSONText(text.span, to: &json)
}

/// Appends sound UTF-8 as a JSON string.
func appendJSONString(
  _ bytes: borrowing Span<UInt8>, to json: inout OwnedBuffer<UInt8>
) {
  json.reserve(bytes.count + 2)
  json.append(UInt8(ascii: "\""))
  if bytes.needNoEscape {
    json.append(bytes)
  } else {
    for offset in 0..<bytes.count { appendEscaping(bytes[offset], to: &json) }
  }
  json.append(UInt8(ascii: "\""))
}

extension Span where Element == UInt8 {
  /// Whether a JSON string holds the bytes as they are.
  fileprivate var needNoEscape: Bool {
    let space = SIMD16<UInt8>(repeating: 0x20)
    let delete = SIMD16<UInt8>(repeating: 0x7F)
    let quote = SIMD16<UInt8>(repeating: UInt8(ascii: "\""))
    let backslash = SIMD16<UInt8>(repeating: UInt8(ascii: "\\"))
    var offset = 0
    while let vector = vectorIfWhole(at: offset) {
      let special =
        (vector .< space) .| (vector .== delete) .| (vector .== quote) .| (vector .== backslash)
      if bits(of: special) != 0 { return false }
      offset &+= 16
    }
    while offset < count {
      switch self[offset] {
      case 0..<0x20, 0x7F, UInt8(ascii: "\""), UInt8(ascii: "\\"): return false
      default: offset &+= 1
      }
    }
    return true
  }
}

/// Appends `bytes` as a JSON string, each byte a character: so the middleware reads header fields
/// (Starlette decodes them as latin-1).
func appendJSONLatin1(_ bytes: borrowing OwnedBuffer<UInt8>, to json: inout OwnedBuffer<UInt8>) {
  json.append(UInt8(ascii: "\""))
  for offset in 0..<bytes.count {
    let byte = bytes[offset]
    switch byte {
    case 0: json.append(literal: "\u{FFFD}")
    case 0x80...:
      json.append(0xC0 | byte >> 6)
      json.append(0x80 | byte & 0x3F)
    default: appendEscaping(byte, to: &json)
    }
  }
  json.append(UInt8(ascii: "\""))
}

private func hexadecimalDigit(_ value: UInt8) -> UInt8 {
  value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
}
