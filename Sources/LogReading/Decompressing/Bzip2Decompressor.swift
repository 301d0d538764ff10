internal import ByteScanning
internal import CBzip2

/// Decompresses bzip2 by the system's libbz2.
@safe
final class Bzip2Decompressor: Decompressor {
  /// On the heap, because libbz2 keeps a pointer back to it.
  private let stream: UnsafeMutablePointer<bz_stream>

  init() {
    unsafe stream = .allocate(capacity: 1)
    begin()
  }

  /// Blocks of 900 kB (the manual of libbz2).
  var memory: Int { 3_700_000 }

  deinit {
    unsafe BZ2_bzDecompressEnd(stream)
    unsafe stream.deallocate()
  }

  private func begin() {
    unsafe stream.initialize(to: bz_stream())
    let status = unsafe BZ2_bzDecompressInit(stream, 0, 0)
    precondition(status == BZ_OK, "libbz2 has no memory")
  }

  func decompress(
    _ input: borrowing Span<UInt8>, into output: inout OwnedBuffer<UInt8>, atMost limit: Int
  ) throws(Corruption) -> (consumed: Int, progress: DecompressionProgress) {
    var status = BZ_OK
    var consumed = 0
    let before = output.count
    unsafe output.appendUninitialized { room in
      precondition(room.count >= limit)
      return unsafe input.withUnsafeBufferPointer { source in
        // SAFETY: libbz2 only reads through next_in, although its type lacks the const; sizes are no
        // larger than the buffers, which outlive the call.
        unsafe stream.pointee.next_in = UnsafeMutableRawPointer(mutating: source.baseAddress)?
          .assumingMemoryBound(to: CChar.self)
        unsafe stream.pointee.avail_in = UInt32(source.count)
        unsafe stream.pointee.next_out = UnsafeMutableRawPointer(room.baseAddress)?
          .assumingMemoryBound(to: CChar.self)
        unsafe stream.pointee.avail_out = UInt32(limit)
        status = unsafe BZ2_bzDecompress(stream)
        consumed = unsafe source.count - Int(stream.pointee.avail_in)
        return unsafe limit - Int(stream.pointee.avail_out)
      }
    }
    switch status {
    case BZ_OK:
      if consumed == 0, output.count == before, input.count > 0 {
        throw Corruption(reason: "no progress", consumed: 0)
      }
      return (consumed, .ongoing)
    case BZ_STREAM_END:
      unsafe BZ2_bzDecompressEnd(stream)
      begin()
      return (consumed, .memberEnded)
    default: throw Corruption(reason: Self.words(status), consumed: consumed)
    }
  }

  private static func words(_ status: Int32) -> String {
    switch status {
    case BZ_DATA_ERROR: "incorrect data check"
    case BZ_DATA_ERROR_MAGIC: "no bzip2 stream"
    case BZ_MEM_ERROR: "out of memory"
    default: "libbz2 gave up with \(status)"
    }
  }
}
