/// Writes many small pieces into space that was reserved for all of them at once.
///
/// A buffer being appended to keeps its count in memory, and has to reload it after every byte it
/// writes; a writer is a local value that stays in registers.
@safe
@usableFromInline
package struct ByteWriter: ~Copyable {
  /// How many bytes after the reserved space may be overwritten.
  @usableFromInline static let slack = 16

  /// Where the next byte goes.
  @usableFromInline var next: UnsafeMutableRawPointer
  /// How many bytes may still be written.
  @usableFromInline var room: Int

  @inlinable @inline(__always)
  init(_ next: UnsafeMutableRawPointer, room: Int) {
    unsafe self.next = next
    self.room = room
  }

  /// - Precondition: there is room for `count` more bytes.
  @inlinable @inline(__always)
  mutating func advance(by count: Int) {
    precondition(UInt(bitPattern: count) <= UInt(bitPattern: room))
    unsafe next += count
    room &-= count
  }

  /// Writes the UTF-8 bytes of `text`.
  ///
  /// - Precondition: there is room for them.
  @inlinable @inline(__always)
  package mutating func put(literal text: StaticString) {
    let start = unsafe next
    advance(by: text.utf8CodeUnitCount)
    // SAFETY: a StaticString's UTF-8 buffer has utf8CodeUnitCount bytes and lives forever; there
    // was room for that many.
    unsafe start.copyMemory(from: text.utf8Start, byteCount: text.utf8CodeUnitCount)
  }

  /// Writes the bytes of `source` in `range`.
  ///
  /// - Precondition: there is room for them, and `range` lies inside `source`.
  @inlinable @inline(__always)
  package mutating func put(_ source: borrowing Span<UInt8>, in range: Range<Int>) {
    let start = unsafe next
    advance(by: range.count)
    var copied = 0
    if range.upperBound &+ 16 <= source.count {
      while copied < range.count {
        // SAFETY: `copied` is below the count, for which there was room, and the slack after it
        // takes the rest of a vector.
        unsafe start.storeBytes(
          of: source.vector(at: range.lowerBound &+ copied), toByteOffset: copied,
          as: SIMD16<UInt8>.self)
        copied &+= 16
      }
    } else {
      // SAFETY: there was room for as many bytes as `range` has.
      for offset in range {
        unsafe start.storeBytes(of: source[offset], toByteOffset: copied, as: UInt8.self)
        copied &+= 1
      }
    }
  }

  /// Writes `number` in decimal digits.
  ///
  /// - Precondition: `number` is not negative, and there is room for 20 bytes.
  @inlinable @inline(__always)
  package mutating func putDecimal(_ number: Int64) {
    precondition(number >= 0 && room >= 20)
    if number < 10 {
      // SAFETY: there is room, by the precondition.
      unsafe next.storeBytes(
        of: UInt8(ascii: "0") &+ UInt8(truncatingIfNeeded: number), as: UInt8.self)
      advance(by: 1)
    } else if number < 100_000_000 {
      let (text, count) = eightDigits(of: UInt64(truncatingIfNeeded: number))
      // SAFETY: as above; a word is shorter than the 20 bytes.
      unsafe next.storeBytes(of: text.littleEndian, as: UInt64.self)
      advance(by: count)
    } else {
      putLongDecimal(number)
    }
  }

  /// Writes one byte.
  ///
  /// - Precondition: there is room for it.
  @inlinable @inline(__always)
  package mutating func put(byte: UInt8) {
    let start = unsafe next
    advance(by: 1)
    // SAFETY: there was room for a byte.
    unsafe start.storeBytes(of: byte, as: UInt8.self)
  }

  /// Writes eight bytes, the lowest first.
  ///
  /// - Precondition: there is room for them.
  @inlinable @inline(__always)
  package mutating func put(littleEndian word: UInt64) {
    let start = unsafe next
    advance(by: 8)
    // SAFETY: there was room for eight bytes.
    unsafe start.storeBytes(of: word.littleEndian, as: UInt64.self)
  }

  @usableFromInline
  mutating func putLongDecimal(_ number: Int64) {
    var digits = OwnedBuffer<UInt8>(capacity: 20)
    digits.appendLongDecimal(number)
    put(digits.span, in: 0..<digits.count)
  }
}

extension OwnedBuffer<UInt8> {
  /// Appends what `body` writes, at most `limit` bytes.
  @inlinable @inline(__always)
  package mutating func write(atMost limit: Int, _ body: (inout ByteWriter) -> Void) {
    reserve(limit &+ ByteWriter.slack)
    // SAFETY: there is room for `limit` bytes and the slack after those in use, and the writer does
    // not outlive the call.
    var writer = unsafe ByteWriter(UnsafeMutableRawPointer(base + used), room: limit)
    body(&writer)
    used &+= limit &- writer.room
  }
}
