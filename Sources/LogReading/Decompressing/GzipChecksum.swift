internal import CChecksum

/// What the end of a gzip member says about its content (RFC 1952, section 2.3.1).
struct GzipChecksum {
  /// CRC-32 of the bytes so far.
  private(set) var crc: UInt32 = 0
  /// The number of those bytes, modulo 2^32.
  private(set) var byteCount: UInt32 = 0

  mutating func add(_ bytes: borrowing Span<UInt8>) {
    byteCount &+= UInt32(truncatingIfNeeded: bytes.count)
    unsafe bytes.withUnsafeBufferPointer { bytes in
      // SAFETY: ISA-L reads as many bytes as the span has; of none it reads nothing.
      crc = unsafe crc32_gzip_refl(crc, bytes.baseAddress, UInt64(bytes.count))
    }
  }
}
