internal import ByteScanning
internal import CZlib

/// Inflates a gzip stream (RFC 1952) of any number of members by the system's libz.
@safe
final class Inflater {
  enum Progress {
    /// All input was used, or the output is full.
    case ongoing
    /// A member ended; what is left of the input, if anything, is the next member or padding.
    case memberEnded
  }

  struct Corruption: Error {
    /// libz's own words, such as "invalid distance too far back".
    var reason: String
    /// How many bytes of the input libz had taken when it saw that something is wrong.
    var consumed: Int
  }

  /// On the heap, because libz keeps a pointer back to it.
  private let stream: UnsafeMutablePointer<z_stream>

  init() {
    unsafe stream = .allocate(capacity: 1)
    unsafe stream.initialize(to: z_stream())
    // 15 bits of window, the most there is; plus 16: a gzip wrapper and nothing else.
    let status = unsafe inflateInit2_(
      stream, 15 + 16, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
    precondition(status == Z_OK, "libz has no memory for its window, or another version's header")
  }

  deinit {
    unsafe inflateEnd(stream)
    unsafe stream.deallocate()
  }

  /// Inflates `input` behind the bytes of `output` until one of them is exhausted, `limit` bytes
  /// were produced or a member ends.
  ///
  /// - Precondition: `output` has room for `limit` more bytes.
  func inflate(
    _ input: borrowing Span<UInt8>, into output: inout OwnedBuffer<UInt8>, atMost limit: Int
  ) throws(Corruption) -> (consumed: Int, progress: Progress) {
    var status = Z_OK
    unsafe input.withUnsafeBufferPointer { source in
      unsafe output.appendUninitialized { room in
        precondition(room.count >= limit)
        // SAFETY: libz only reads through next_in, although its type lacks the const; both buffers
        // outlive the call, and avail_in and avail_out are no larger than they are.
        unsafe stream.pointee.next_in = UnsafeMutablePointer(mutating: source.baseAddress)
        unsafe stream.pointee.avail_in = UInt32(source.count)
        unsafe stream.pointee.next_out = room.baseAddress
        unsafe stream.pointee.avail_out = UInt32(limit)
        status = unsafe CZlib.inflate(stream, Z_NO_FLUSH)
        return unsafe limit - Int(stream.pointee.avail_out)
      }
    }
    let consumed = unsafe input.count - Int(stream.pointee.avail_in)
    switch status {
    // Z_BUF_ERROR says only that there was nothing to do.
    case Z_OK, Z_BUF_ERROR: return (consumed, .ongoing)
    case Z_STREAM_END:
      unsafe inflateReset(stream)
      return (consumed, .memberEnded)
    default:
      let message = unsafe stream.pointee.msg.map { unsafe String(cString: $0) }
      throw Corruption(reason: message ?? "libz gave up with \(status)", consumed: consumed)
    }
  }
}
