internal import ByteScanning

/// Turns UTF-16 into UTF-8, in pieces of any length. Half a pair of surrogates becomes U+FFFD.
struct UTF16Decoder {
  private let isBigEndian: Bool
  /// The first byte of a unit whose second has not come yet.
  private var half: UInt8?
  /// The first unit of a pair.
  private var high: UInt32?

  init(isBigEndian: Bool) { self.isBigEndian = isBigEndian }

  mutating func decode(_ bytes: borrowing Span<UInt8>, into text: inout OwnedBuffer<UInt8>) {
    for index in bytes.indices {
      guard let first = half else {
        half = bytes[index]
        continue
      }
      half = nil
      let second = bytes[index]
      let unit =
        isBigEndian
        ? UInt32(first) << 8 | UInt32(second) : UInt32(second) << 8 | UInt32(first)
      take(unit, into: &text)
    }
  }

  private mutating func take(_ unit: UInt32, into text: inout OwnedBuffer<UInt8>) {
    if let high {
      self.high = nil
      if unit & 0xFC00 == 0xDC00 {
        return append(0x1_0000 + (high & 0x3FF) << 10 + unit & 0x3FF, to: &text)
      }
      append(0xFFFD, to: &text)
    }
    switch unit & 0xFC00 {
    case 0xD800: high = unit
    case 0xDC00: append(0xFFFD, to: &text)
    default: append(unit, to: &text)
    }
  }

  private func append(_ scalar: UInt32, to text: inout OwnedBuffer<UInt8>) {
    guard let scalar = Unicode.Scalar(scalar), let encoded = UTF8.encode(scalar) else { return }
    for byte in encoded { text.append(byte) }
  }
}
