internal import ByteScanning

/// Appends `text` (UTF-8) as a JSON string (RFC 8259, 7). Only what must be escaped is, as in the
/// middleware's own messages.
func appendJSONString(_ text: some Sequence<UInt8>, to json: inout OwnedBuffer<UInt8>) {
  json.append(UInt8(ascii: "\""))
  for byte in text {
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
  json.append(UInt8(ascii: "\""))
}

/// Appends `text` (UTF-8) as a JSON string.
func appendJSONString(_ text: some Sequence<UInt8>, to json: inout [UInt8]) {
  var string = OwnedBuffer<UInt8>(capacity: 256)
  appendJSONString(text, to: &string)
  json += string.copied()
}

private func hexadecimalDigit(_ value: UInt8) -> UInt8 {
  value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
}
