internal import ByteScanning

/// One segment of a path, and what it folds into: a placeholder, or none, and a literal part (all
/// of the segment, or the file extension behind the placeholder).
struct FoldedSegment {
  /// Literal parts up to this length are known by their words alone.
  static let wordLength = 16

  /// Where the segment ends: at the next slash, or with the path.
  let end: Int
  let kind: SegmentKind?
  let literal: Range<Int>
  /// The literal part's bytes as two little-endian words, zeros behind them, if there are no more
  /// than ``wordLength``.
  let words: (low: UInt64, high: UInt64)

  /// 0 for a literal.
  @inline(__always)
  var kindNumber: UInt8 { kind.map { $0.rawValue } ?? 0 }

  @inline(__always)
  var isShort: Bool { literal.count <= Self.wordLength }

  /// The segment of `path` that begins at `start`, behind a slash; the path ends at `pathEnd`.
  @inline(__always)
  init(of path: borrowing Span<UInt8>, from start: Int, to pathEnd: Int) {
    if start &+ 16 <= path.count {
      let vector = path.vector(at: start)
      let slash = firstHit(lanes(of: vector, holding: UInt8(ascii: "/")))
      let length = min(slash, pathEnd &- start)
      if length < 16 {
        self.init(of: path, from: start, length: length, vector)
        return
      }
    }
    self.init(longOf: path, from: start, to: pathEnd)
  }

  /// The segment at `start`, whose `length` (0 to 15) bytes `vector` begins with. What most segments
  /// are can be told without a loop.
  @inline(__always)
  private init(
    of path: borrowing Span<UInt8>, from start: Int, length: Int, _ vector: SIMD16<UInt8>
  ) {
    let end = start &+ length
    let (lowMask, highMask) = (lowBytes(length), lowBytes(max(length &- 8, 0)))
    let bytes = ByteScanning.words(of: vector)
    let (low, high) = (bytes.low & lowMask, bytes.high & highMask)
    let at = ByteScanning.words(of: lanes(of: vector, holding: UInt8(ascii: "@")))
    let isAddress = at.low & lowMask | at.high & highMask != 0
    let digits = (
      low: asciiBytes(of: low, from: UInt8(ascii: "0"), through: UInt8(ascii: "9")),
      high: asciiBytes(of: high, from: UInt8(ascii: "0"), through: UInt8(ascii: "9"))
    )
    if digits.low | digits.high == 0 {
      // All kinds need a digit or an `@`, but for a UUID of letters alone, which is longer.
      if !isAddress {
        self.init(end: end, kind: nil, literal: start..<end, words: (low, high))
        return
      }
    } else if digits.low == lowMask & repeated(0x80) && digits.high == highMask & repeated(0x80) {
      self.init(end: end, kind: .id, literal: end..<end, words: (0, 0))
      return
    } else if length < SegmentKind.dateLength && !isAddress {
      let dots = ByteScanning.words(of: lanes(of: vector, holding: UInt8(ascii: ".")))
      if dots.low & lowMask | dots.high & highMask == 0 {
        // Shorter than all kinds but an id and an address, and without a file extension.
        self.init(end: end, kind: nil, literal: start..<end, words: (low, high))
        return
      }
    }
    self.init(classifying: path, start..<end)
  }

  @inline(never)
  private init(longOf path: borrowing Span<UInt8>, from start: Int, to pathEnd: Int) {
    let (end, hasMarks) = path.segmentEnd(from: start, to: pathEnd)
    if !hasMarks && end - start < SegmentKind.uuidLength {
      self.init(end: end, kind: nil, literal: start..<end, words: path.words(in: start..<end))
    } else {
      self.init(classifying: path, start..<end)
    }
  }

  @inline(never)
  private init(classifying path: borrowing Span<UInt8>, _ segment: Range<Int>) {
    let (kind, literal) = Self.classify(path, segment)
    self.init(
      end: segment.upperBound, kind: kind, literal: literal, words: path.words(in: literal))
  }

  @inline(__always)
  private init(
    end: Int, kind: SegmentKind?, literal: Range<Int>, words: (low: UInt64, high: UInt64)
  ) {
    self.end = end
    self.kind = kind
    self.literal = literal
    self.words = words
  }

  private static func classify(
    _ path: borrowing Span<UInt8>, _ segment: Range<Int>
  ) -> (SegmentKind?, Range<Int>) {
    // A file extension belongs to none of the kinds, but a token would take it in.
    let whole = SegmentKind(path, segment)
    if let kind = whole, kind != .token { return (kind, segment.upperBound..<segment.upperBound) }
    if let dot = path.extensionDot(in: segment),
      let kind = SegmentKind(path, segment.lowerBound..<dot)
    {
      return (kind, dot..<segment.upperBound)
    }
    if whole == .token { return (.token, segment.upperBound..<segment.upperBound) }
    return (nil, segment)
  }
}

extension Span where Element == UInt8 {
  /// The first sixteen bytes in `range` as two little-endian words, zeros behind them.
  fileprivate func words(in range: Range<Int>) -> (low: UInt64, high: UInt64) {
    let low = word(at: range.lowerBound, count: Swift.min(range.count, 8))
    guard range.count > 8 else { return (low, 0) }
    return (low, word(at: range.lowerBound + 8, count: Swift.min(range.count - 8, 8)))
  }

  /// Where the segment that begins at `start` ends, and whether it has a digit or an `@`.
  @inline(__always)
  fileprivate func segmentEnd(from start: Int, to pathEnd: Int) -> (end: Int, hasMarks: Bool) {
    var offset = start
    var marks: UInt64 = 0
    while offset &+ 8 <= count {
      let word = word(at: offset)
      var slashes = zeroBytes(word ^ repeated(UInt8(ascii: "/")))
      let left = pathEnd &- offset
      if left < 8 { slashes |= 0x80 &<< UInt64(truncatingIfNeeded: left &* 8) }
      let found =
        asciiBytes(of: word, from: UInt8(ascii: "0"), through: UInt8(ascii: "9"))
        | zeroBytes(word ^ repeated(UInt8(ascii: "@")))
      if slashes != 0 {
        // Only what stands before the slash counts.
        let before = (slashes & (0 &- slashes)) &- 1
        return (offset &+ slashes.trailingZeroBitCount &>> 3, (marks | found & before) != 0)
      }
      marks |= found
      offset &+= 8
    }
    return slowSegmentEnd(from: offset, to: pathEnd, hasMarks: marks != 0)
  }

  /// As above, byte by byte, for where the span ends.
  private func slowSegmentEnd(
    from start: Int, to pathEnd: Int, hasMarks: Bool
  ) -> (end: Int, hasMarks: Bool) {
    var offset = start
    var hasMarks = hasMarks
    while offset < pathEnd, self[offset] != UInt8(ascii: "/") {
      let byte = self[offset]
      if byte &- UInt8(ascii: "0") < 10 || byte == UInt8(ascii: "@") { hasMarks = true }
      offset += 1
    }
    return (offset, hasMarks)
  }

  /// The dot before a file extension of one to five letters or digits.
  fileprivate func extensionDot(in range: Range<Int>) -> Int? {
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
