#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

extension Span where Element == UInt8 {
  /// The line that begins at `start`: its bytes without the terminator (LF or CRLF), and where the
  /// next line begins.
  @inlinable @inline(__always)
  package func line(from start: Int) -> (range: Range<Int>, next: Int) {
    let newline = firstNewline(from: start)
    var end = newline
    if end > start && self[end - 1] == UInt8(ascii: "\r") { end -= 1 }
    return (start..<end, Swift.min(newline + 1, count))
  }

  /// The offset of the first line feed at or after `start`, or `count` if there is none.
  ///
  /// libc's `memchr` uses the widest vectors of the machine it runs on.
  ///
  /// - Precondition: `0 <= start && start <= count`.
  @usableFromInline
  package func firstNewline(from start: Int) -> Int {
    precondition(start >= 0 && start <= count)
    return unsafe withUnsafeBytes { bytes in
      // SAFETY: the precondition keeps the `count - start` bytes starting at `start` inside the
      // span.
      guard let base = bytes.baseAddress, start < count,
        let hit = unsafe memchr(base + start, 0x0A, count - start)
      else { return count }
      return unsafe hit - UnsafeMutableRawPointer(mutating: base)
    }
  }
}
