internal import ByteScanning

/// One segment of a path, and what it folds into: a placeholder, or none, and a literal part (all
/// of the segment, or the file extension behind the placeholder).
struct FoldedSegment {
  /// Where the segment ends: at the next slash, or with the path.
  let end: Int
  let kind: SegmentKind?
  let literal: Range<Int>

  /// 0 for a literal.
  @inline(__always)
  var kindNumber: UInt8 { kind.map { $0.rawValue } ?? 0 }

  /// The segment of `path` that begins at `start`, behind a slash; the path ends at `pathEnd`.
  @inline(__always)
  init(of path: borrowing Span<UInt8>, from start: Int, to pathEnd: Int) {
    let (end, hasMarks) = path.segmentEnd(from: start, to: pathEnd)
    self.end = end
    // All kinds need a digit or an `@`, but for a UUID of letters alone.
    if !hasMarks && end &- start < SegmentKind.uuidLength {
      kind = nil
      literal = start..<end
    } else {
      (kind, literal) = Self.classify(path, start..<end)
    }
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
