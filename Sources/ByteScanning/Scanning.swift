public import CLanes

// Finding bytes sixteen at a time. The files of this module contain every unsafe access on the hot
// path; the parsers above them are written in terms of these functions and checked subscripts.

extension Span where Element == UInt8 {
  /// The eight bytes at `offset` as a little-endian word: the first byte is the lowest.
  ///
  /// - Precondition: `0 <= offset && offset + 8 <= count`.
  @inlinable @inline(__always)
  package func word(at offset: Int) -> UInt64 {
    precondition(count >= 8 && UInt(bitPattern: offset) <= UInt(bitPattern: count &- 8))
    // SAFETY: the precondition keeps all eight bytes inside the span; any bit pattern is a UInt64.
    return UInt64(
      littleEndian: unsafe bytes.unsafeLoadUnaligned(
        fromUncheckedByteOffset: offset, as: UInt64.self))
  }

  /// The 40 bytes at `offset` as five little-endian words; nil if the span ends before that.
  ///
  /// - Precondition: `offset` is not negative.
  @inlinable @inline(__always)
  package func fiveWords(at offset: Int) -> (UInt64, UInt64, UInt64, UInt64, UInt64)? {
    guard count >= 40 && UInt(bitPattern: offset) <= UInt(bitPattern: count &- 40) else {
      return nil
    }
    // SAFETY: all forty bytes are inside the span; any bit pattern is a UInt64.
    return unsafe (
      UInt64(
        littleEndian: bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: offset, as: UInt64.self)),
      UInt64(
        littleEndian: bytes.unsafeLoadUnaligned(
          fromUncheckedByteOffset: offset &+ 8, as: UInt64.self)),
      UInt64(
        littleEndian: bytes.unsafeLoadUnaligned(
          fromUncheckedByteOffset: offset &+ 16, as: UInt64.self)),
      UInt64(
        littleEndian: bytes.unsafeLoadUnaligned(
          fromUncheckedByteOffset: offset &+ 24, as: UInt64.self)),
      UInt64(
        littleEndian: bytes.unsafeLoadUnaligned(
          fromUncheckedByteOffset: offset &+ 32, as: UInt64.self))
    )
  }

  /// The `count` bytes at `offset` as a little-endian word, with zeros above them.
  ///
  /// - Precondition: `count` is 0 to 8, and the bytes are inside the span.
  @inlinable @inline(__always)
  package func word(at offset: Int, count length: Int) -> UInt64 {
    if offset &+ 8 <= count { return word(at: offset) & lowBytes(length) }
    return shortWord(at: offset, count: length)
  }

  /// As above, byte by byte, for the end of the span.
  @usableFromInline
  func shortWord(at offset: Int, count length: Int) -> UInt64 {
    var word: UInt64 = 0
    for index in 0..<length { word |= UInt64(self[offset + index]) << UInt64(8 * index) }
    return word
  }

  /// The sixteen bytes at `offset`.
  ///
  /// - Precondition: `0 <= offset && offset + 16 <= count`.
  @inlinable @inline(__always)
  package func vector(at offset: Int) -> SIMD16<UInt8> {
    precondition(count >= 16 && UInt(bitPattern: offset) <= UInt(bitPattern: count &- 16))
    // SAFETY: the precondition keeps all sixteen bytes inside the span; any pattern is a vector.
    return unsafe bytes.unsafeLoadUnaligned(
      fromUncheckedByteOffset: offset, as: SIMD16<UInt8>.self)
  }

  /// The sixteen bytes at `offset`; nil if the span ends before that.
  ///
  /// - Precondition: `offset` is not negative.
  @inlinable @inline(__always)
  package func vectorIfWhole(at offset: Int) -> SIMD16<UInt8>? {
    guard count >= 16 && UInt(bitPattern: offset) <= UInt(bitPattern: count &- 16) else {
      return nil
    }
    // SAFETY: all sixteen bytes are inside the span; any pattern is a vector.
    return unsafe bytes.unsafeLoadUnaligned(
      fromUncheckedByteOffset: offset, as: SIMD16<UInt8>.self)
  }

  /// The offset of the first `byte` in `start..<end`, or `end` if there is none.
  ///
  /// - Precondition: `0 <= start && end <= count`.
  @inlinable @inline(__always)
  package func firstOffset(of byte: UInt8, from start: Int, to end: Int) -> Int {
    // A scalar operand (`vector .== byte`) would be many times slower.
    let pattern = SIMD16<UInt8>(repeating: byte)
    return firstOffset(from: start, to: end) { $0 .== pattern }
  }

  /// The offset of the first `first` or `second` in `start..<end`, or `end` if there is none.
  ///
  /// - Precondition: `0 <= start && end <= count`.
  @inlinable @inline(__always)
  package func firstOffset(
    of first: UInt8, or second: UInt8, from start: Int, to end: Int
  ) -> Int {
    let firstPattern = SIMD16<UInt8>(repeating: first)
    let secondPattern = SIMD16<UInt8>(repeating: second)
    return firstOffset(from: start, to: end) { ($0 .== firstPattern) .| ($0 .== secondPattern) }
  }

  /// The offset of the first `byte` in `start..<end`, unless an `other` comes before it; nil if one does,
  /// and if there is no `byte`.
  ///
  /// - Precondition: `0 <= start && end <= count`.
  @inlinable @inline(__always)
  package func firstOffset(
    of byte: UInt8, before other: UInt8, from start: Int, to end: Int
  ) -> Int? {
    let pattern = SIMD16<UInt8>(repeating: byte)
    let otherPattern = SIMD16<UInt8>(repeating: other)
    var offset = start
    while count >= 32 && UInt(bitPattern: offset) <= UInt(bitPattern: count &- 32) {
      // SAFETY: `0 <= offset`, and `offset + 32 <= count`; any pattern is a vector.
      let vectors = unsafe (
        bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: offset, as: SIMD16<UInt8>.self),
        bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: offset &+ 16, as: SIMD16<UInt8>.self)
      )
      let found =
        bits(of: (vectors.0 .== pattern) .| (vectors.0 .== otherPattern))
        | bits(of: (vectors.1 .== pattern) .| (vectors.1 .== otherPattern)) &<< 16
      if found != 0 {
        let hit = offset &+ found.trailingZeroBitCount
        // SAFETY: it is one of the 32 bytes.
        let isByte = unsafe bytes.unsafeLoad(fromUncheckedByteOffset: hit, as: UInt8.self) == byte
        return isByte && hit < end ? hit : nil
      }
      offset &+= 32
      if offset >= end { return nil }
    }
    return firstOffsetAtEnd(of: byte, before: other, from: offset, to: end)
  }

  /// As above, for the last 31 bytes of the span or fewer.
  @inlinable @inline(never)
  func firstOffsetAtEnd(
    of byte: UInt8, before other: UInt8, from start: Int, to end: Int
  ) -> Int? {
    let hit = firstOffset(of: byte, or: other, from: start, to: end)
    return hit < end && self[hit] == byte ? hit : nil
  }

  /// The offset of the first `first`, `second` or `third` in `start..<end`, or `end` if there is
  /// none.
  ///
  /// - Precondition: `0 <= start && end <= count`.
  @inlinable @inline(__always)
  package func firstOffset(
    of first: UInt8, or second: UInt8, or third: UInt8, from start: Int, to end: Int
  ) -> Int {
    let firstPattern = SIMD16<UInt8>(repeating: first)
    let secondPattern = SIMD16<UInt8>(repeating: second)
    let thirdPattern = SIMD16<UInt8>(repeating: third)
    return firstOffset(from: start, to: end) {
      ($0 .== firstPattern) .| ($0 .== secondPattern) .| ($0 .== thirdPattern)
    }
  }

  /// The offset of the first of four bytes in `start..<end`, or `end` if there is none.
  ///
  /// - Precondition: `0 <= start && end <= count`.
  @inlinable @inline(__always)
  package func firstOffset(
    of first: UInt8, or second: UInt8, or third: UInt8, or fourth: UInt8, from start: Int,
    to end: Int
  ) -> Int {
    let firstPattern = SIMD16<UInt8>(repeating: first)
    let secondPattern = SIMD16<UInt8>(repeating: second)
    let thirdPattern = SIMD16<UInt8>(repeating: third)
    let fourthPattern = SIMD16<UInt8>(repeating: fourth)
    return firstOffset(from: start, to: end) {
      ($0 .== firstPattern) .| ($0 .== secondPattern) .| ($0 .== thirdPattern)
        .| ($0 .== fourthPattern)
    }
  }

  /// The first offset in `start..<end` whose lane is set by `hits`, or `end` if there is none.
  @inlinable @inline(__always)
  func firstOffset(
    from start: Int, to end: Int, _ hits: (SIMD16<UInt8>) -> SIMDMask<SIMD16<Int8>>
  ) -> Int {
    var offset = start
    // The bytes at `end` and after are examined too; a hit among them does not count. One comparison
    // checks both ends: a negative offset, taken as unsigned, is beyond any count.
    while offset < end && count >= 32 && UInt(bitPattern: offset) <= UInt(bitPattern: count &- 32) {
      // SAFETY: `0 <= offset`, and `offset + 32 <= count`; any pattern is a vector.
      let vectors = unsafe (
        bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: offset, as: SIMD16<UInt8>.self),
        bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: offset &+ 16, as: SIMD16<UInt8>.self)
      )
      let found = bits(of: hits(vectors.0)) | bits(of: hits(vectors.1)) &<< 16
      if found != 0 { return Swift.min(offset &+ found.trailingZeroBitCount, end) }
      offset &+= 32
    }
    while offset < end && count >= 16 && UInt(bitPattern: offset) <= UInt(bitPattern: count &- 16) {
      // SAFETY: `0 <= offset`, and `offset + 16 <= count`; any pattern is a vector.
      let vector = unsafe bytes.unsafeLoadUnaligned(
        fromUncheckedByteOffset: offset, as: SIMD16<UInt8>.self)
      let found = bits(of: hits(vector))
      if found != 0 { return Swift.min(offset &+ found.trailingZeroBitCount, end) }
      offset &+= 16
    }
    return offset < end ? firstOffsetAtEnd(from: offset, to: end, hits) : end
  }

  /// As above, for the last fifteen bytes of the span or fewer.
  @inlinable @inline(never)
  func firstOffsetAtEnd(
    from start: Int, to end: Int, _ hits: (SIMD16<UInt8>) -> SIMDMask<SIMD16<Int8>>
  ) -> Int {
    // The padding zeros may be hits, too.
    Swift.min(start &+ bits(of: hits(lastVector(at: start))).trailingZeroBitCount, end)
  }

  /// The bytes from `offset` on, at most fifteen, padded with zeros.
  @usableFromInline
  func lastVector(at offset: Int) -> SIMD16<UInt8> {
    var vector = SIMD16<UInt8>(repeating: 0)
    for index in offset..<Swift.min(offset + 16, count) { vector[index - offset] = self[index] }
    return vector
  }

  /// Which of the 64 bytes from `offset` on are set by `hits`, as bits, the first lowest. Beyond
  /// the end of the span, zeros are examined instead.
  ///
  /// - Parameter needed: how many bits are asked for; those behind may be 0.
  /// - Precondition: `0 <= offset && offset <= count`.
  @inlinable @inline(__always)
  package func bits64(
    at offset: Int, needing needed: Int = 64, _ hits: (SIMD16<UInt8>) -> SIMDMask<SIMD16<Int8>>
  ) -> UInt64 {
    precondition(offset >= 0)
    guard offset &+ 64 <= count else { return bits64AtEnd(from: offset, hits) }
    if needed <= 32 {
      // SAFETY: all 32 bytes are inside the span, and any pattern is a vector.
      let vectors = unsafe (
        bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: offset, as: SIMD16<UInt8>.self),
        bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: offset &+ 16, as: SIMD16<UInt8>.self)
      )
      return UInt64(bits(of: hits(vectors.0)) | bits(of: hits(vectors.1)) &<< 16)
    }
    // SAFETY: all 64 bytes are inside the span, and any pattern is a vector.
    let vectors = unsafe (
      bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: offset, as: SIMD16<UInt8>.self),
      bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: offset &+ 16, as: SIMD16<UInt8>.self),
      bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: offset &+ 32, as: SIMD16<UInt8>.self),
      bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: offset &+ 48, as: SIMD16<UInt8>.self)
    )
    let low = bits(of: hits(vectors.0)) | bits(of: hits(vectors.1)) &<< 16
    let high = bits(of: hits(vectors.2)) | bits(of: hits(vectors.3)) &<< 16
    return UInt64(low) | UInt64(high) &<< 32
  }

  /// As above, for the last 63 bytes of the span or fewer.
  @inlinable @inline(never)
  func bits64AtEnd(
    from start: Int, _ hits: (SIMD16<UInt8>) -> SIMDMask<SIMD16<Int8>>
  ) -> UInt64 {
    var found: UInt64 = 0
    for place in 0..<4 {
      let offset = start &+ place &* 16
      let vector =
        offset &+ 16 <= count ? vector(at: offset) : lastVector(at: Swift.min(offset, count))
      found |= UInt64(bits(of: hits(vector))) &<< UInt64(place &* 16)
    }
    return found
  }

  /// The offset of the last `byte` in `start..<end`, or nil if there is none.
  @inlinable
  package func lastOffset(of byte: UInt8, from start: Int, to end: Int) -> Int? {
    var offset = end
    while offset > start {
      offset &-= 1
      if self[offset] == byte { return offset }
    }
    return nil
  }

  /// Whether the bytes at `offset`, all before `end`, are those of `text`.
  @inlinable @inline(__always)
  package func holds(_ text: StaticString, at offset: Int, before end: Int) -> Bool {
    let length = text.utf8CodeUnitCount
    guard offset >= 0, end <= count, end &- offset >= length else { return false }
    if length >= 8 {
      for index in stride(from: 0, to: length &- 8, by: 8) {
        if !holdsPart(of: text, from: index, at: offset, as: UInt64.self) { return false }
      }
      return holdsPart(of: text, from: length &- 8, at: offset, as: UInt64.self)
    }
    if length >= 4 {
      return holdsPart(of: text, from: 0, at: offset, as: UInt32.self)
        && holdsPart(of: text, from: length &- 4, at: offset, as: UInt32.self)
    }
    for index in 0..<length {
      if !holdsPart(of: text, from: index, at: offset, as: UInt8.self) { return false }
    }
    return true
  }

  /// Whether of `text`, if it is at `offset`, the bytes from `index` are there, as many as a word has.
  @inlinable @inline(__always)
  package func holdsPart<Word: FixedWidthInteger & BitwiseCopyable>(
    of text: StaticString, from index: Int, at offset: Int, as type: Word.Type
  ) -> Bool {
    // SAFETY: a StaticString's UTF-8 buffer has utf8CodeUnitCount bytes and lives forever; the caller has
    // seen to it that as many are in the span. Any bit pattern is a number.
    unsafe bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: offset &+ index, as: type)
      == UnsafeRawPointer(text.utf8Start).loadUnaligned(fromByteOffset: index, as: type)
  }

  /// Whether `range` of this span and `otherRange` of `other` contain the same bytes.
  @inlinable @inline(__always)
  package func equals(
    _ range: Range<Int>, _ other: borrowing Span<UInt8>, _ otherRange: Range<Int>
  ) -> Bool {
    guard range.count == otherRange.count else { return false }
    var left = range.lowerBound
    var right = otherRange.lowerBound
    guard range.count >= 8 else {
      return word(at: left, count: range.count) == other.word(at: right, count: range.count)
    }
    while left &+ 8 < range.upperBound {
      if word(at: left) != other.word(at: right) { return false }
      left &+= 8
      right &+= 8
    }
    // The last eight bytes, of which some may have been compared before.
    return word(at: range.upperBound &- 8) == other.word(at: otherRange.upperBound &- 8)
  }

  /// A 64-bit hash of the bytes in `range`: multiply and fold, eight bytes at a time.
  ///
  /// Not for secrets. Tables that use it also compare the bytes, so a collision costs only time.
  @inlinable @inline(__always)
  package func hash(of range: Range<Int>, seed: UInt64 = 0x9E37_79B9_7F4A_7C15) -> UInt64 {
    var hash = seed ^ UInt64(truncatingIfNeeded: range.count)
    var offset = range.lowerBound
    guard range.count >= 8 else {
      return mixed(hash ^ (range.isEmpty ? 0 : word(at: offset, count: range.count)))
    }
    while offset &+ 8 < range.upperBound {
      hash = mixed(hash ^ word(at: offset))
      offset &+= 8
    }
    // The last eight bytes, of which some may have been taken before. Mixed only once, chosen ones would
    // not be spread.
    return mixed(mixed(hash ^ word(at: range.upperBound &- 8)))
  }

  /// A copy of the bytes, where an array or a string is needed.
  package func copied() -> [UInt8] {
    unsafe withUnsafeBufferPointer { unsafe Array($0) }
  }
}

/// The index of the first lane that is set, or 32 if none is.
@inlinable @inline(__always)
package func firstHit(_ mask: SIMDMask<SIMD16<Int8>>) -> Int { bits(of: mask).trailingZeroBitCount }

/// The lanes of `mask` as bits, the first lane lowest.
@inlinable @inline(__always)
package func bits(of mask: SIMDMask<SIMD16<Int8>>) -> UInt32 {
  // SAFETY: both are sixteen bytes, and any bit pattern is a SIMD16<UInt8>.
  backtally_lane_bits(unsafe unsafeBitCast(mask, to: SIMD16<UInt8>.self))
}

/// The lanes of `mask` as two little-endian words: the first lane is the lowest byte of `low`, and
/// a set lane is a byte of ones.
@inlinable @inline(__always)
package func words(of mask: SIMDMask<SIMD16<Int8>>) -> (low: UInt64, high: UInt64) {
  // SAFETY: both are sixteen bytes, and any bit pattern is a SIMD2<UInt64>.
  let words = unsafe unsafeBitCast(mask, to: SIMD2<UInt64>.self)
  return (UInt64(littleEndian: words[0]), UInt64(littleEndian: words[1]))
}

/// The lanes of `vector` that hold `byte`.
///
/// The operands have explicit types: where the compiler has to infer them, it picks the generic
/// operators, which go lane by lane.
@inlinable @inline(__always)
package func lanes(
  of vector: SIMD16<UInt8>, holding byte: UInt8
) -> SIMDMask<SIMD16<Int8>> {
  let pattern = SIMD16<UInt8>(repeating: byte)
  return vector .== pattern
}

/// The lanes of `vector` in `first...last`, both ASCII.
@inlinable @inline(__always)
package func lanes(
  of vector: SIMD16<UInt8>, from first: UInt8, through last: UInt8
) -> SIMDMask<SIMD16<Int8>> {
  let lowest = SIMD16<UInt8>(repeating: first)
  let span = SIMD16<UInt8>(repeating: last &- first)
  let distance = vector &- lowest
  return distance .<= span
}

/// A word whose `count` (0 to 64) lowest bits are ones.
@inlinable @inline(__always)
package func lowBits(_ count: Int) -> UInt64 {
  count >= 64 ? .max : (1 &<< UInt64(truncatingIfNeeded: count)) &- 1
}

/// The first `count` (0 to 16) lanes of `vector`, with zeros after them.
@inlinable @inline(__always)
package func firstLanes(of vector: SIMD16<UInt8>, count: Int) -> SIMD16<UInt8> {
  backtally_first_lanes(vector, UInt32(truncatingIfNeeded: count))
}

/// The bytes of `vector` as two little-endian words.
@inlinable @inline(__always)
package func words(of vector: SIMD16<UInt8>) -> (low: UInt64, high: UInt64) {
  // SAFETY: both are sixteen bytes, and any bit pattern is a SIMD2<UInt64>.
  let words = unsafe unsafeBitCast(vector, to: SIMD2<UInt64>.self)
  return (UInt64(littleEndian: words[0]), UInt64(littleEndian: words[1]))
}

/// A word consisting of `byte` eight times.
@inlinable @inline(__always)
package func repeated(_ byte: UInt8) -> UInt64 { UInt64(byte) &* 0x0101_0101_0101_0101 }

/// A word whose `count` (0 to 8) lowest bytes are all ones.
@inlinable @inline(__always)
package func lowBytes(_ count: Int) -> UInt64 {
  count >= 8 ? .max : (1 &<< UInt64(truncatingIfNeeded: count &* 8)) &- 1
}

/// A word whose lowest set bit is in the lowest zero byte of `word`; zero if there is none. (A
/// borrow may set bits above the lowest; only the lowest is to be used.)
@inlinable @inline(__always)
package func zeroBytes(_ word: UInt64) -> UInt64 {
  (word &- 0x0101_0101_0101_0101) & ~word & 0x8080_8080_8080_8080
}

/// The highest bit of each byte of `word` that lies in `first...last`, both ASCII.
@inlinable @inline(__always)
package func asciiBytes(of word: UInt64, from first: UInt8, through last: UInt8) -> UInt64 {
  let high: UInt64 = 0x8080_8080_8080_8080
  // With the highest bit set beforehand, no byte borrows from its neighbour.
  let atLeastFirst = (word | high) &- repeated(first)
  let beyondLast = (word | high) &- repeated(last &+ 1)
  return atLeastFirst & ~beyondLast & ~word & high
}

/// One round of a multiply-and-fold hash (after wyhash's mum step).
@inlinable @inline(__always)
package func mixed(_ value: UInt64) -> UInt64 {
  let product = value.multipliedFullWidth(by: 0xFF51_AFD7_ED55_8CCD)
  return product.high ^ product.low
}

/// A hash of 32 bits made from the product of two factors with a seed on each.
///
/// The product alone spreads regular keys (routes that are counted up, statuses) well under most seeds,
/// but under one in a hundred so badly that a search takes a hundred steps. Another multiplication by
/// a number that no seed has a part in takes care of those.
@inlinable @inline(__always)
package func spread(_ product: (high: UInt64, low: UInt64)) -> UInt64 {
  ((product.high ^ product.low) &* 0x9E37_79B9_7F4A_7C15) &>> 32
}
