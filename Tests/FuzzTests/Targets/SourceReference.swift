import CZlib

@testable import LogReading

/// What a source holds, by libz's own means: all of a member in one call.
struct SourceReference {
  private(set) var content: [UInt8] = []
  private(set) var error: ReadingError?

  init(of source: [UInt8]) {
    if source.starts(with: [0x1F, 0x8B]) { inflate(source) } else { content = source }
    if content.starts(with: [0xEF, 0xBB, 0xBF]) { content.removeFirst(3) }
  }

  private mutating func inflate(_ source: [UInt8]) {
    var offset = 0
    while true {
      while offset > 0, offset < source.count, source[offset] == 0 { offset += 1 }
      if offset == source.count { return }
      if source[offset] != 0x1F {
        error = .trailingBytes(fileOffset: offset)
        return
      }
      guard let count = inflateMember(source, from: offset) else { return }
      offset += count
    }
  }

  /// How many bytes the member has that begins at `start`; nil after an error.
  private mutating func inflateMember(_ source: [UInt8], from start: Int) -> Int? {
    var stream = unsafe z_stream()
    let status = unsafe inflateInit2_(
      &stream, 15 + 16, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
    precondition(status == Z_OK)
    defer { unsafe inflateEnd(&stream) }
    var rest = Array(source[start...])
    let count = UInt32(rest.count)
    var output = [UInt8](repeating: 0, count: 1 << 14)
    return unsafe rest.withUnsafeMutableBufferPointer { input in
      unsafe stream.next_in = input.baseAddress
      unsafe stream.avail_in = count
      while true {
        let (status, written) = unsafe Self.step(&stream, into: &output)
        content += output[..<written]
        switch status {
        case Z_STREAM_END: return unsafe Int(count - stream.avail_in)
        case Z_OK where unsafe stream.avail_in > 0 || written == output.count: continue
        case Z_OK, Z_BUF_ERROR: error = .truncatedGzip(fileOffset: source.count)
        default:
          let reason = unsafe stream.msg.map { unsafe String(cString: $0) } ?? ""
          error = unsafe .corruptGzip(
            reason: reason, fileOffset: start + Int(count - stream.avail_in))
        }
        return nil
      }
    }
  }

  private static func step(
    _ stream: inout z_stream, into output: inout [UInt8]
  ) -> (status: Int32, written: Int) {
    unsafe output.withUnsafeMutableBufferPointer { room in
      unsafe stream.next_out = room.baseAddress
      unsafe stream.avail_out = UInt32(room.count)
      let status = unsafe CZlib.inflate(&stream, Z_NO_FLUSH)
      return (status, unsafe room.count - Int(stream.avail_out))
    }
  }
}
