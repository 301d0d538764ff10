internal import CChecksum
internal import CZlib

/// What the end of a gzip member says about its content (RFC 1952, section 2.3.1).
struct GzipChecksum {
  /// CRC-32 of the bytes so far.
  private(set) var crc: UInt32 = 0
  /// The number of those bytes, modulo 2^32.
  private(set) var byteCount: UInt32 = 0

  private static let canFold = backtally_crc32_can_fold() != 0

  mutating func add(_ bytes: borrowing Span<UInt8>) {
    byteCount &+= UInt32(truncatingIfNeeded: bytes.count)
    unsafe bytes.withUnsafeBufferPointer { bytes in
      let even = bytes.count & ~15
      guard even >= 64, Self.canFold else {
        unsafe add(bytes)
        return
      }
      // libz inverts the register before and after: this is the register of 0.
      unsafe withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 16) { folded in
        // SAFETY: the processor can fold; `even` is 64 or more, a multiple of 16, and within the
        // bytes; `folded` has room for the 16 bytes that are written.
        unsafe backtally_crc32_fold(~crc, bytes.baseAddress, even, folded.baseAddress)
        crc = ~0
        unsafe add(UnsafeBufferPointer(folded))
      }
      unsafe add(UnsafeBufferPointer(rebasing: bytes[even...]))
    }
  }

  private mutating func add(_ bytes: UnsafeBufferPointer<UInt8>) {
    // `crc32_z` does not treat a null pointer as no bytes, but as a request for the initial value.
    guard let base = bytes.baseAddress, !bytes.isEmpty else { return }
    crc = unsafe UInt32(truncatingIfNeeded: crc32_z(UInt(crc), base, bytes.count))
  }
}
