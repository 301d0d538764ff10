package import ByteScanning
internal import CZlib

/// Compresses to a gzip stream (RFC 1952) by the system's libz, one stream after another.
@safe
package final class GzipStream {
  /// How much room is made at a time for what libz has to give.
  private static let step = 1 << 15

  /// On the heap, because libz keeps a pointer back to it.
  private let stream: UnsafeMutablePointer<z_stream>

  package init() {
    unsafe stream = .allocate(capacity: 1)
    unsafe stream.initialize(to: z_stream())
    // 15 bits of window plus 16 for a gzip wrapper; 8 is libz's own choice of memory.
    let status = unsafe deflateInit2_(
      stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION,
      Int32(MemoryLayout<z_stream>.size))
    precondition(status == Z_OK, "libz has no memory for its window, or another version's header")
  }

  deinit {
    unsafe deflateEnd(stream)
    unsafe stream.deallocate()
  }

  /// Appends what `input` compresses to; some of it comes with later input or the end.
  package func compress(_ input: borrowing Span<UInt8>, into output: inout OwnedBuffer<UInt8>) {
    _ = run(input, Z_NO_FLUSH, into: &output)
  }

  /// Appends the end of the stream and begins another.
  package func finish(into output: inout OwnedBuffer<UInt8>) {
    let nothing = OwnedBuffer<UInt8>(capacity: 1)
    let status = run(nothing.span, Z_FINISH, into: &output)
    precondition(status == Z_STREAM_END)
    unsafe deflateReset(stream)
  }

  private func run(
    _ input: borrowing Span<UInt8>, _ flush: Int32, into output: inout OwnedBuffer<UInt8>
  ) -> Int32 {
    unsafe input.withUnsafeBufferPointer { source in
      // SAFETY: libz only reads through next_in, although its type lacks the const; the input
      // outlives the call, and avail_in is its size.
      unsafe stream.pointee.next_in = UnsafeMutablePointer(mutating: source.baseAddress)
      unsafe stream.pointee.avail_in = UInt32(source.count)
      while true {
        var status = Z_OK
        output.reserve(Self.step)
        unsafe output.appendUninitialized { room in
          // SAFETY: next_out and avail_out describe the room, which outlives the call.
          unsafe stream.pointee.next_out = room.baseAddress
          unsafe stream.pointee.avail_out = UInt32(room.count)
          status = unsafe deflate(stream, flush)
          return unsafe room.count - Int(stream.pointee.avail_out)
        }
        // Room that is left says that libz has no more to give for now.
        let isDone = unsafe stream.pointee.avail_out > 0
        if status == Z_STREAM_END || isDone { return status }
      }
    }
  }
}
