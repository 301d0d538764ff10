internal import ByteScanning
internal import CZstd

/// Decompresses zstd (RFC 8878) by the system's libzstd.
@safe
final class ZstdDecompressor: Decompressor {
  /// The largest window that a frame may ask for, as a power of two: what the `zstd` program accepts
  /// without being told to.
  static let windowLimit: Int32 = 27

  private let stream: OpaquePointer

  init() {
    guard let stream = unsafe ZSTD_createDStream() else {
      preconditionFailure("libzstd has no memory")
    }
    unsafe self.stream = stream
    unsafe ZSTD_DCtx_setParameter(stream, ZSTD_d_windowLogMax, Self.windowLimit)
  }

  var memory: Int { unsafe ZSTD_sizeof_DStream(stream) }

  deinit { unsafe ZSTD_freeDStream(stream) }

  func decompress(
    _ input: borrowing Span<UInt8>, into output: inout OwnedBuffer<UInt8>, atMost limit: Int
  ) throws(Corruption) -> (consumed: Int, progress: DecompressionProgress) {
    var consumed = 0
    var result = 0
    let before = output.count
    unsafe output.appendUninitialized { room in
      precondition(room.count >= limit)
      return unsafe input.withUnsafeBufferPointer { source in
        // SAFETY: sizes are no larger than the buffers, which outlive the call.
        var from = unsafe ZSTD_inBuffer(src: source.baseAddress, size: source.count, pos: 0)
        var to = unsafe ZSTD_outBuffer(dst: room.baseAddress, size: limit, pos: 0)
        result = unsafe ZSTD_decompressStream(stream, &to, &from)
        consumed = unsafe from.pos
        return unsafe to.pos
      }
    }
    if ZSTD_isError(result) != 0 {
      throw Corruption(
        reason: unsafe String(cString: ZSTD_getErrorName(result)), consumed: consumed)
    }
    if result == 0 { return (consumed, .memberEnded) }
    if consumed == 0, output.count == before, input.count > 0 {
      throw Corruption(reason: "no progress", consumed: 0)
    }
    return (consumed, .ongoing)
  }
}
