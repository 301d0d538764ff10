/// One request as logged. Text stays where it is, in the chunk that the line came from; the record
/// holds offsets into it, so that parsing a line into a record that has been used before allocates
/// nothing.
@usableFromInline
package struct AccessRecord: Sendable {
  /// The value of a number that is absent.
  @inlinable package static var absent: Int64 { -1 }
  /// How many fields can be captured: those that rules use, and those for request logs and errors.
  package static let capturedLimit = 48

  /// When the request began, in nanoseconds since 1970. If the log's timestamp is the end, it is
  /// moved back by the duration, if the line has one.
  package var start: Int64 = 0
  /// 100...999.
  package var status: UInt16 = 0
  /// As logged, not yet upper case. Absent only in formats that log no method, where it is GET. No method
  /// has escapes: if it is marked as escaped, it is the verb of an API, and ``APIVerb`` has its method.
  package var method = FieldSlice.absent
  /// The request target (RFC 9112, 3.2) as the client sent it.
  package var target = FieldSlice.absent
  /// The route template, if the log contains it.
  @usableFromInline package var route = FieldSlice.absent
  /// Bytes of the request's body, or `absent`.
  @usableFromInline package var requestSize = AccessRecord.absent
  /// Bytes of the response's body, or `absent`.
  package var responseSize = AccessRecord.absent
  /// Nanoseconds, or `absent`.
  @usableFromInline package var duration = AccessRecord.absent
  /// Whether a captured `-` means that there is no value. It does in the common log family; JSON
  /// has better ways to say so, and a client may well call itself `-`.
  package var dashMeansAbsent = false
  /// The fields that the parser was told to capture, in that order.
  ///
  /// An array, although an `InlineArray` would do: reading one element of that copies all of it.
  package var captured = [FieldSlice](repeating: .absent, count: AccessRecord.capturedLimit)

  package init() {}

  /// Makes absent the parts that a parser leaves alone if a line does not have them, so that the
  /// record can be reused for the next line. All other parts are overwritten by every line.
  @inlinable @inline(__always)
  package mutating func reset() {
    duration = AccessRecord.absent
    requestSize = AccessRecord.absent
    route = .absent
  }
}

/// Where a field's text is in its chunk.
@usableFromInline
package struct FieldSlice: Equatable, Sendable {
  @inlinable package static var absent: FieldSlice {
    FieldSlice(offset: -1, end: -1, isEscaped: false)
  }

  /// Offset of the first byte in the chunk; -1 if the line does not have the field.
  @usableFromInline package var offset: Int32
  /// The offset after the last byte.
  @usableFromInline package var end: Int32
  /// Whether the text contains escapes that `Unescaping` has to resolve.
  @usableFromInline package var isEscaped: Bool

  @inlinable
  package init(offset: Int32, end: Int32, isEscaped: Bool) {
    self.offset = offset
    self.end = end
    self.isEscaped = isEscaped
  }

  /// - Precondition: chunks are smaller than 2 GiB.
  @inlinable
  package init(_ range: Range<Int>, isEscaped: Bool = false) {
    self.init(
      offset: Int32(truncatingIfNeeded: range.lowerBound),
      end: Int32(truncatingIfNeeded: range.upperBound), isEscaped: isEscaped)
  }

  @inlinable package var isAbsent: Bool { offset < 0 }
  @inlinable package var range: Range<Int> { isAbsent ? 0..<0 : Int(offset)..<Int(end) }
  @inlinable package var count: Int { isAbsent ? 0 : Int(end) - Int(offset) }
}

extension Span where Element == UInt8 {
  /// Whether `slice` has a value: absent, empty and `-` do not count as one.
  @inlinable
  package func hasValue(_ slice: FieldSlice) -> Bool {
    switch slice.count {
    case 0: false
    case 1: self[Int(slice.offset)] != UInt8(ascii: "-")
    default: true
    }
  }
}
