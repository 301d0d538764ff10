/// Where a field stands in its line, and whether it holds escapes.
package struct SlowSlice: Equatable {
  package var start: Int
  package var end: Int
  package var isEscaped: Bool

  package init(_ range: Range<Int>, isEscaped: Bool = false) {
    (start, end, self.isEscaped) = (range.lowerBound, range.upperBound, isEscaped)
  }

  package var range: Range<Int> { start..<end }
}

/// Why a line is refused, and at which byte of it.
package struct SlowRejection: Error, Equatable {
  package enum Reason: String {
    case unrecognized, unterminatedString, noRequest, invalidJSON, nestedTooDeep
  }

  package var reason: Reason
  package var offset: Int

  init(_ reason: Reason, at offset: Int) { (self.reason, self.offset) = (reason, offset) }
}
