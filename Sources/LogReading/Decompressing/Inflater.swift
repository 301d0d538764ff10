internal import ByteScanning
internal import CZlib

/// Inflates a gzip stream (RFC 1952) of any number of members, using the system's libz.
///
/// libz reads the headers and inflates; the content is checked here, because that takes libz many
/// times as long (``GzipChecksum``).
@safe
final class Inflater: Decompressor {
  /// The part of a member that comes next.
  private enum Part {
    case header
    case content
    /// The check value and the length, of which this many bytes have been read.
    case trailer(read: Int)
  }

  /// 15 bits of window, the maximum; plus 16: a gzip wrapper and nothing else.
  private static let wrapped: Int32 = 15 + 16
  private static let raw: Int32 = -15

  /// On the heap, because libz keeps a pointer back to it.
  private let stream: UnsafeMutablePointer<z_stream>
  private var part = Part.header
  private var checksum = GzipChecksum()
  /// The trailer's bytes so far, the first lowest.
  private var trailer: UInt64 = 0

  init() {
    unsafe stream = .allocate(capacity: 1)
    unsafe stream.initialize(to: z_stream())
    // libz does not accept a null pointer for output, not even for an empty one.
    unsafe stream.pointee.next_out =
      UnsafeMutableRawPointer(stream).assumingMemoryBound(to: UInt8.self)
    let status = unsafe inflateInit2_(
      stream, Self.wrapped, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
    precondition(status == Z_OK, "libz has no memory for its window, or another version's header")
  }

  /// The window, and some tables.
  var memory: Int { 64 << 10 }

  deinit {
    unsafe inflateEnd(stream)
    unsafe stream.deallocate()
  }

  /// Inflates `input` and appends to `output` until one of them is exhausted, `limit` bytes have
  /// been produced, or a member ends.
  ///
  /// - Precondition: `output` has room for `limit` more bytes.
  func decompress(
    _ input: borrowing Span<UInt8>, into output: inout OwnedBuffer<UInt8>, atMost limit: Int
  ) throws(Corruption) -> (consumed: Int, progress: DecompressionProgress) {
    var consumed = 0
    if case .header = part {
      consumed = try readHeader(input)
    }
    if case .content = part {
      consumed += try readContent(input, from: consumed, into: &output, atMost: limit)
    }
    guard case .trailer(var read) = part else { return (consumed, .ongoing) }
    while read < 8, consumed < input.count {
      trailer |= UInt64(input[consumed]) << (8 * read)
      consumed += 1
      read += 1
      if read == 4, UInt32(truncatingIfNeeded: trailer) != checksum.crc {
        throw Corruption(reason: "incorrect data check", consumed: consumed)
      }
    }
    part = .trailer(read: read)
    guard read == 8 else { return (consumed, .ongoing) }
    if UInt32(trailer >> 32) != checksum.byteCount {
      throw Corruption(reason: "incorrect length check", consumed: consumed)
    }
    unsafe inflateReset2(stream, Self.wrapped)
    part = .header
    return (consumed, .memberEnded)
  }

  /// Continues reading a member's header; returns the number of bytes consumed.
  private func readHeader(_ input: borrowing Span<UInt8>) throws(Corruption) -> Int {
    unsafe stream.pointee.avail_out = 0
    // Z_BLOCK stops after the header, as well as after each block.
    let status = step(input, from: 0, Z_BLOCK)
    let consumed = unsafe input.count - Int(stream.pointee.avail_in)
    if status != Z_OK && status != Z_BUF_ERROR { throw corruption(status, consumed) }
    if unsafe stream.pointee.data_type & 128 != 0 {
      unsafe inflateReset2(stream, Self.raw)
      part = .content
      checksum = GzipChecksum()
    }
    return consumed
  }

  /// Continues inflating a member's content from `start` in the input; returns the number of bytes
  /// consumed.
  private func readContent(
    _ input: borrowing Span<UInt8>, from start: Int, into output: inout OwnedBuffer<UInt8>,
    atMost limit: Int
  ) throws(Corruption) -> Int {
    var status = Z_OK
    let before = output.count
    unsafe output.appendUninitialized { room in
      precondition(room.count >= limit)
      // SAFETY: avail_out is no larger than the room, which outlives the call.
      unsafe stream.pointee.next_out = room.baseAddress
      unsafe stream.pointee.avail_out = UInt32(limit)
      status = step(input, from: start, Z_NO_FLUSH)
      return unsafe limit - Int(stream.pointee.avail_out)
    }
    checksum.add(output.span.extracting(before..<output.count))
    let consumed = unsafe input.count - Int(stream.pointee.avail_in) - start
    switch status {
    // Z_BUF_ERROR only says that there was nothing to do.
    case Z_OK, Z_BUF_ERROR: break
    case Z_STREAM_END:
      trailer = 0
      part = .trailer(read: 0)
    default: throw corruption(status, start + consumed)
    }
    return consumed
  }

  private func step(_ input: borrowing Span<UInt8>, from start: Int, _ flush: Int32) -> Int32 {
    let rest = input.extracting(start..<input.count)
    return unsafe rest.withUnsafeBufferPointer { source in
      // SAFETY: libz only reads through next_in, although its type lacks the const; the buffer
      // outlives the call, and avail_in is no larger than it is.
      unsafe stream.pointee.next_in = UnsafeMutablePointer(mutating: source.baseAddress)
      unsafe stream.pointee.avail_in = UInt32(source.count)
      return unsafe CZlib.inflate(stream, flush)
    }
  }

  private func corruption(_ status: Int32, _ consumed: Int) -> Corruption {
    let message = unsafe stream.pointee.msg.map { unsafe String(cString: $0) }
    return Corruption(reason: message ?? "libz gave up with \(status)", consumed: consumed)
  }
}
