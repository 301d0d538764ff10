internal import ByteScanning

/// One segment of a path, and what it folds into: optionally a placeholder, and a literal part (the
/// whole segment, or the file extension after the placeholder). Few segments have literal text before
/// the placeholder, too (``SegmentForm``).
struct FoldedSegment {
  /// Literal parts up to this length are identified by their words alone.
  static let wordLength = 16

  /// Where the segment ends: at the next slash, or with the path.
  let end: Int
  /// Where the literal part begins; it extends to the segment's end.
  let literalStart: Int
  /// The literal text before the placeholder; mostly none.
  let prefix: Range<Int>
  /// Whether the words, with the kind and the length, identify the segment.
  let isShort: Bool
  /// The raw value of the kind, 0 for a literal.
  let kindNumber: UInt8
  /// The literal part's bytes as two little-endian words, padded with zeros; only its beginning, if
  /// it is longer than ``wordLength``.
  let words: (low: UInt64, high: UInt64)

  var kind: SegmentKind? { SegmentKind(rawValue: kindNumber) }

  @inline(__always)
  var literalCount: Int { end &- literalStart }

  var literal: Range<Int> { literalStart..<end }

  /// The segment that takes up all of `range`.
  init(_ path: borrowing Span<UInt8>, _ range: Range<Int>) {
    guard let form = Self.form(of: path, range) else {
      self.init(path, 0, range.lowerBound, end: range.upperBound)
      return
    }
    let prefix = range.lowerBound..<form.placeholder.lowerBound
    self.init(
      path, form.kind.rawValue, form.placeholder.upperBound, end: range.upperBound,
      after: prefix.isEmpty ? 0..<0 : prefix)
  }

  @inline(__always)
  fileprivate init(
    _ path: borrowing Span<UInt8>, _ kindNumber: UInt8, _ literalStart: Int, end: Int,
    after prefix: Range<Int> = 0..<0
  ) {
    self.end = end
    self.kindNumber = kindNumber
    self.literalStart = literalStart
    self.prefix = prefix
    isShort = end &- literalStart <= Self.wordLength && prefix.isEmpty
    words = path.words(at: literalStart, count: end &- literalStart)
  }

  /// A segment without a literal part.
  @inline(__always)
  fileprivate init(_ kind: SegmentKind, end: Int) {
    self.end = end
    kindNumber = kind.rawValue
    literalStart = end
    prefix = 0..<0
    isShort = true
    words = (0, 0)
  }

  @inline(never)
  fileprivate init(classifying path: borrowing Span<UInt8>, _ segment: Range<Int>) {
    self.init(path, segment)
  }

  /// What identifies something in the segment; nil if nothing does.
  private static func form(
    of path: borrowing Span<UInt8>, _ segment: Range<Int>
  ) -> SegmentForm? {
    // A file extension fits none of the kinds, except that a token would absorb it, and a custom method.
    let whole = SegmentKind(path, segment)
    if let whole, whole != .token { return SegmentForm(whole, segment) }
    if let dot = path.extensionDot(in: segment),
      let kind = SegmentKind(path, segment.lowerBound..<dot),
      kind != .id || path.hasLetter(dot + 1..<segment.upperBound)
    {
      return SegmentForm(kind, segment.lowerBound..<dot)
    }
    if whole == .token, path.methodColon(in: segment) == nil { return SegmentForm(.token, segment) }
    return SegmentForm(certain: path, segment) ?? whole.map { SegmentForm($0, segment) }
  }
}

/// The segments of a path, one after another. Most are classified using bit masks in which each bit
/// stands for a byte.
struct PathSegments {
  /// Where the path ends.
  private let end: Int
  /// Where the 64 bytes begin that the bit masks describe.
  private var base: Int
  /// Slashes, and the path's end.
  private var ends: UInt64 = 0
  private var digits: UInt64 = 0
  /// Whatever is no letter, digit or dash: without it, no segment is an email address, has a file extension, or is
  /// a list.
  private var marks: UInt64 = 0

  /// The segments of the path in `range`, which begins with a slash.
  @inline(__always)
  init(_ path: borrowing Span<UInt8>, in range: Range<Int>) {
    end = range.upperBound
    base = range.lowerBound &+ 1
    look(at: path)
  }

  @inline(__always)
  private mutating func look(at path: borrowing Span<UInt8>) {
    let rest = end &- base
    ends = path.bits64(at: base, needing: rest) { lanes(of: $0, holding: UInt8(ascii: "/")) }
    if rest < 64 { ends |= 1 &<< UInt64(truncatingIfNeeded: rest) }
    digits = path.bits64(at: base, needing: rest) {
      lanes(of: $0, from: UInt8(ascii: "0"), through: UInt8(ascii: "9"))
    }
    let plain = path.bits64(at: base, needing: rest) {
      let capital = SIMD16<UInt8>(repeating: 0x20)
      return lanes(of: $0 | capital, from: UInt8(ascii: "a"), through: UInt8(ascii: "z"))
        .| lanes(of: $0, holding: UInt8(ascii: "-"))
    }
    marks = ~(plain | digits)
  }

  /// The segment that begins at `start`, after a slash.
  ///
  /// - Precondition: `start` is the path's second byte, or one after the end of the segment before.
  @inline(__always)
  mutating func next(_ path: borrowing Span<UInt8>, from start: Int) -> FoldedSegment {
    var place = UInt64(truncatingIfNeeded: start &- base)
    var ends = ends &>> place
    if place >= 64 || ends == 0 {
      base = start
      place = 0
      look(at: path)
      ends = self.ends
      if ends == 0 { return Self.long(path, from: start, to: end) }
    }
    // At most 63.
    let length = ends.trailingZeroBitCount
    let all = (1 &<< UInt64(truncatingIfNeeded: length)) &- 1
    let digits = digits &>> place & all
    let hasMarks = marks &>> place & all != 0
    let segmentEnd = start &+ length
    if digits == all && length > 0 { return FoldedSegment(.id, end: segmentEnd) }
    // Without a mark, all kinds require a digit, except a UUID of letters only; those that are not
    // all digits are at least as long as a date, or a prefix before several digits.
    let shortest = digits == 0 ? SegmentKind.uuidLength : SegmentKind.dateLength
    if !hasMarks {
      if length < shortest && digits.nonzeroBitCount < SegmentForm.certainDigits {
        return FoldedSegment(path, 0, start, end: segmentEnd)
      }
      if let kind = Self.hexadecimalKind(path, at: start, length, digits: digits) {
        return FoldedSegment(kind, end: segmentEnd)
      }
    }
    return FoldedSegment(classifying: path, start..<segmentEnd)
  }

  /// Whether the segment at `start`, of `length` bytes (1 to 63) and not all digits, is of one of
  /// the two most frequent other kinds: a UUID or a hash.
  ///
  /// - Parameter digits: the mask of its digits.
  @inline(never)
  private static func hexadecimalKind(
    _ path: borrowing Span<UInt8>, at start: Int, _ length: Int, digits: UInt64
  ) -> SegmentKind? {
    let all = lowBits(length)
    let letters = path.bits64(at: start) { lanesOfHexadecimalLetters($0) } & all
    let rest = (digits | letters) ^ all
    if rest == 0 && digits != 0 && length >= SegmentKind.hashLength { return .hash }
    return rest == SegmentKind.uuidDashes && length == SegmentKind.uuidLength
      && path.bits64(at: start, { lanes(of: $0, holding: UInt8(ascii: "-")) }) & all == rest
      ? .uuid : nil
  }

  /// A segment of 64 bytes or more.
  @inline(never)
  private static func long(
    _ path: borrowing Span<UInt8>, from start: Int, to end: Int
  ) -> FoldedSegment {
    let slash = path.firstOffset(of: UInt8(ascii: "/"), from: start, to: end)
    return FoldedSegment(path, start..<slash)
  }
}

extension Span where Element == UInt8 {
  /// The `length` bytes at `offset`, at most the first sixteen of them, as two little-endian words,
  /// padded with zeros.
  @inline(__always)
  fileprivate func words(at offset: Int, count length: Int) -> (low: UInt64, high: UInt64) {
    guard let vector = vectorIfWhole(at: offset) else {
      return wordsAtEnd(at: offset, count: length)
    }
    return ByteScanning.words(of: firstLanes(of: vector, count: length))
  }

  @inline(never)
  private func wordsAtEnd(at offset: Int, count length: Int) -> (low: UInt64, high: UInt64) {
    let low = word(at: offset, count: Swift.min(length, 8))
    guard length > 8 else { return (low, 0) }
    return (low, word(at: offset + 8, count: Swift.min(length - 8, 8)))
  }

  /// The offset of the dot before a file extension of one to five letters or digits.
  func extensionDot(in range: Range<Int>) -> Int? {
    let start = Swift.max(range.lowerBound, range.upperBound - 6)
    guard let dot = lastOffset(of: UInt8(ascii: "."), from: start, to: range.upperBound),
      dot > range.lowerBound, dot + 1 < range.upperBound
    else { return nil }
    for offset in dot + 1..<range.upperBound {
      let isDigit = self[offset] &- UInt8(ascii: "0") < 10
      let isLetter = (self[offset] | 0x20) &- UInt8(ascii: "a") < 26
      if !isDigit && !isLetter { return nil }
    }
    return dot
  }
}
