internal import ByteScanning
internal import CLzma

/// Decompresses xz by the system's liblzma.
@safe
final class XZDecompressor: Decompressor {
  /// How much memory a stream may ask for, in bytes: twice what `xz -9` needs.
  static let memoryLimit: UInt64 = 128 << 20

  /// On the heap, because liblzma keeps state that refers to it.
  private let stream: UnsafeMutablePointer<lzma_stream>

  init() {
    unsafe stream = .allocate(capacity: 1)
    unsafe stream.initialize(to: lzma_stream())
    begin()
  }

  /// At first nothing: the memory comes with a stream's header.
  var memory: Int { unsafe Int(clamping: lzma_memusage(stream)) }

  deinit {
    unsafe lzma_end(stream)
    unsafe stream.deallocate()
  }

  private func begin() {
    let status = unsafe lzma_stream_decoder(stream, Self.memoryLimit, 0)
    precondition(status == LZMA_OK, "liblzma has no memory")
  }

  func decompress(
    _ input: borrowing Span<UInt8>, into output: inout OwnedBuffer<UInt8>, atMost limit: Int
  ) throws(Corruption) -> (consumed: Int, progress: DecompressionProgress) {
    var status = LZMA_OK
    var consumed = 0
    unsafe output.appendUninitialized { room in
      precondition(room.count >= limit)
      return unsafe input.withUnsafeBufferPointer { source in
        // SAFETY: sizes are no larger than the buffers, which outlive the call.
        unsafe stream.pointee.next_in = source.baseAddress
        unsafe stream.pointee.avail_in = source.count
        unsafe stream.pointee.next_out = room.baseAddress
        unsafe stream.pointee.avail_out = limit
        status = unsafe lzma_code(stream, LZMA_RUN)
        consumed = unsafe source.count - stream.pointee.avail_in
        return unsafe limit - stream.pointee.avail_out
      }
    }
    switch status {
    // LZMA_BUF_ERROR only says, twice in a row, that there was nothing to do.
    case LZMA_OK, LZMA_BUF_ERROR: return (consumed, .ongoing)
    case LZMA_STREAM_END:
      begin()
      return (consumed, .memberEnded)
    default: throw Corruption(reason: Self.words(status), consumed: consumed)
    }
  }

  private static func words(_ status: lzma_ret) -> String {
    switch status {
    case LZMA_MEMLIMIT_ERROR: "it needs more than \(memoryLimit >> 20) MiB of memory"
    case LZMA_DATA_ERROR: "corrupt data"
    case LZMA_FORMAT_ERROR: "file format not recognized"
    case LZMA_OPTIONS_ERROR: "unsupported options"
    case LZMA_MEM_ERROR: "out of memory"
    default: "liblzma gave up with \(status.rawValue)"
    }
  }
}
