internal import CBzip2
internal import CLzma
internal import CZstd

/// Streams for tests, by the libraries that are in use everywhere.
package enum Compressed {
  package static func zstd(_ bytes: [UInt8]) -> [UInt8] {
    var result = [UInt8](repeating: 0, count: ZSTD_compressBound(bytes.count))
    let capacity = result.count
    let count = unsafe result.withUnsafeMutableBytes { room in
      unsafe bytes.withUnsafeBytes { source in
        // SAFETY: the sizes are those of the buffers.
        unsafe ZSTD_compress(room.baseAddress, capacity, source.baseAddress, source.count, 1)
      }
    }
    precondition(ZSTD_isError(count) == 0)
    return Array(result[..<count])
  }

  package static func xz(_ bytes: [UInt8]) -> [UInt8] {
    var result = [UInt8](repeating: 0, count: lzma_stream_buffer_bound(bytes.count))
    let capacity = result.count
    var count = 0
    let status = unsafe result.withUnsafeMutableBufferPointer { room in
      unsafe bytes.withUnsafeBufferPointer { source in
        // SAFETY: the sizes are those of the buffers.
        unsafe lzma_easy_buffer_encode(
          1, LZMA_CHECK_CRC64, nil, source.baseAddress, source.count, room.baseAddress, &count,
          capacity)
      }
    }
    precondition(status == LZMA_OK)
    return Array(result[..<count])
  }

  package static func bzip2(_ bytes: [UInt8]) -> [UInt8] {
    // "1% larger than the uncompressed data, plus 600 extra bytes" (the manual of libbz2).
    var result = [UInt8](repeating: 0, count: bytes.count + bytes.count / 100 + 601)
    var source = bytes
    var count = UInt32(result.count)
    let length = UInt32(bytes.count)
    let status = unsafe result.withUnsafeMutableBytes { room in
      unsafe source.withUnsafeMutableBytes { source in
        // SAFETY: the sizes are those of the buffers.
        unsafe BZ2_bzBuffToBuffCompress(
          room.baseAddress?.assumingMemoryBound(to: CChar.self), &count,
          source.baseAddress?.assumingMemoryBound(to: CChar.self), length, 1, 0, 0)
      }
    }
    precondition(status == BZ_OK)
    return Array(result[..<Int(count)])
  }
}
