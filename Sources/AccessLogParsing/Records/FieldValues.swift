internal import ByteScanning

// From a field's text to the value in the record. These rules apply to every format.

extension Span where Element == UInt8 {
  /// A status (RFC 9110, 15): three digits; JSON logs also write it as `200.0`.
  @inline(__always)
  func status(in range: Range<Int>) -> UInt16? {
    if range.count == 3, let value = integer(in: range), value >= 100 {
      return UInt16(truncatingIfNeeded: value)
    }
    guard let value = decimal(in: range)?.scaled(byPowerOfTen: 0), (100...999).contains(value)
    else { return nil }
    return UInt16(value)
  }

  /// Why `range` is not a status. Servers log 0, -1 or `-` if the connection ended before there
  /// was a response.
  func statusRejection(in range: Range<Int>) -> LineRejection.Reason {
    if holds("-", at: range.lowerBound, before: range.upperBound), range.count == 1 {
      return .noResponse
    }
    guard let value = decimal(in: range)?.scaled(byPowerOfTen: 0) else { return .invalidStatus }
    return value == 0 || value == -1 ? .noResponse : .invalidStatus
  }

  /// The largest plausible size, 4 TB: the last that fits a histogram bin. Anything larger was made
  /// up by a client, whose Content-Length is logged as received.
  static var sizeLimit: Int64 { Int64(UInt32.max) * 1000 + 999 }

  /// A number of bytes. A negative number means that the server does not know it: absent. So is a
  /// number over the limit.
  @inline(__always)
  func size(in range: Range<Int>) throws(ValueError) -> Int64 {
    if let value = integer(in: range), value <= Self.sizeLimit { return value }
    guard let number = decimal(in: range) else { throw ValueError() }
    guard let value = number.scaled(byPowerOfTen: 0), (0...Self.sizeLimit).contains(value) else {
      return AccessRecord.absent
    }
    return value
  }

  /// A duration in `unit`, as nanoseconds. A negative one (a clock that was set back, a timer that
  /// never started) is absent. The limit is a year: there are no longer requests, and bin numbers
  /// stay small.
  @inline(__always)
  func duration(in range: Range<Int>, unit: DurationUnit) throws(ValueError) -> Int64 {
    let power =
      switch unit {
      case .nanoseconds: 0
      case .microseconds: 3
      case .milliseconds: 6
      case .seconds: 9
      }
    if power == 9, let value = milliseconds(in: range) { return value * 1_000_000 }
    guard let number = decimal(in: range) else {
      return try durationWithUnits(in: range, unit: unit)
    }
    guard let value = number.rounded(byPowerOfTen: power), value <= Self.durationLimit else {
      throw ValueError()
    }
    return value < 0 ? AccessRecord.absent : value
  }

  /// A year, in nanoseconds.
  static var durationLimit: Int64 { 366 * 86_400 * 1_000_000_000 }
}

extension Span where Element == UInt8 {
  /// Seconds with three decimals, `0.032`, as nginx writes most durations; nil for anything else,
  /// and for more than a day.
  @inline(__always)
  func milliseconds(in range: Range<Int>) -> Int64? {
    guard range.count >= 5 && range.count <= 8 else { return nil }
    // The point goes, and the digits before it move next to those after it.
    let word = word(at: range.lowerBound, count: range.count)
    let point = UInt64(truncatingIfNeeded: (range.count &- 4) &* 8)
    guard word &>> point & 0xFF == UInt64(UInt8(ascii: ".")) else { return nil }
    let whole = word & (1 &<< point &- 1)
    let digits = whole | word &>> 8 & ~(1 &<< point &- 1)
    return number(ofDigits: digits, count: range.count &- 1)
  }
}

extension Span where Element == UInt8 {
  /// A duration that includes its units: `0.123s`, `18ms`, `1.2µs`, and as Go writes them `1m2.3s`
  /// (pkg.go.dev/time, Duration.String). HAProxy puts a `+` before the time of a request that was
  /// still in progress when it was logged.
  private func durationWithUnits(
    in range: Range<Int>, unit: DurationUnit
  ) throws(ValueError) -> Int64 {
    var offset = range.lowerBound
    if range.count > 1, self[offset] == UInt8(ascii: "+"), self[offset + 1] != self[offset] {
      return try duration(in: offset + 1..<range.upperBound, unit: unit)
    }
    let isNegative = offset < range.upperBound && self[offset] == UInt8(ascii: "-")
    if isNegative { offset += 1 }
    var sum: Int64 = 0
    var isEmpty = true
    while offset < range.upperBound {
      let start = offset
      while offset < range.upperBound, isNumeric(self[offset]) { offset += 1 }
      guard offset > start, let number = decimal(in: start..<offset),
        let value = scaled(number, byUnitAt: &offset, before: range.upperBound),
        value <= Self.durationLimit
      else { throw ValueError() }
      sum += value
      isEmpty = false
      if sum > Self.durationLimit { throw ValueError() }
    }
    if isEmpty { throw ValueError() }
    return isNegative ? AccessRecord.absent : sum
  }

  private func isNumeric(_ byte: UInt8) -> Bool {
    byte &- UInt8(ascii: "0") <= 9 || byte == UInt8(ascii: ".")
  }

  /// `number` in nanoseconds, according to the unit whose letters begin at `offset`; moves past
  /// them.
  private func scaled(_ number: Decimal, byUnitAt offset: inout Int, before end: Int) -> Int64? {
    if offset < end, self[offset] == UInt8(ascii: " ") { offset += 1 }
    let start = offset
    // µs, by a writer of JSON that keeps to ASCII.
    if start < end, self[start] == UInt8(ascii: "\\") {
      for micro in ["\\u00b5s" as StaticString, "\\u00B5s", "\\u03bcs", "\\u03BCs"]
      where holds(micro, at: start, before: end) {
        offset += micro.utf8CodeUnitCount
        return number.rounded(byPowerOfTen: 3)
      }
    }
    while offset < end, !isNumeric(self[offset]) { offset += 1 }
    let length = offset - start
    guard length > 0, length <= 3 else { return nil }
    switch word(at: start, count: length) {
    case 0x73: return number.rounded(byPowerOfTen: 9)  // s
    case 0x736D: return number.rounded(byPowerOfTen: 6)  // ms
    case 0x7375, 0x73B5C2, 0x73BCCE: return number.rounded(byPowerOfTen: 3)  // us, µs, μs
    case 0x736E: return number.rounded(byPowerOfTen: 0)  // ns
    case 0x6D: return multiplied(number, by: 60)  // m
    case 0x68: return multiplied(number, by: 3600)  // h
    default: return nil
    }
  }

  private func multiplied(_ number: Decimal, by seconds: Int64) -> Int64? {
    guard let value = number.scaled(byPowerOfTen: 9) else { return nil }
    let (product, overflow) = value.multipliedReportingOverflow(by: seconds)
    return overflow ? nil : product
  }
}

/// The text is not a number, or not a possible one.
struct ValueError: Error {}

extension AccessRecord {
  /// Splits a request line, `GET /path HTTP/1.1` (RFC 9112, 3), into method and target. The target
  /// may contain spaces, as broken clients send them; the version may be missing (HTTP/0.9).
  ///
  /// - Returns: false if `range` is not a request line: empty, `-`, or the bytes of another
  ///   protocol, such as a TLS handshake on a plain port.
  @inline(__always)
  mutating func setRequest(
    _ bytes: borrowing Span<UInt8>, in range: Range<Int>, isEscaped: Bool
  ) -> Bool {
    let methodEnd = range.lowerBound &+ bytes.methodLength(in: range)
    guard methodEnd > range.lowerBound else { return false }
    let targetStart = methodEnd + 1
    var targetEnd = range.upperBound
    // " HTTP/1.1" is nine bytes, " HTTP/2" seven.
    if bytes.holdsVersion(at: targetEnd - 9, from: targetStart) {
      targetEnd -= 9
    } else if bytes.holdsVersion(at: targetEnd - 7, from: targetStart) {
      targetEnd -= 7
    }
    if isEscaped { targetEnd = bytes.endWithoutEscapedVersion(from: targetStart, to: targetEnd) }
    guard targetEnd > targetStart else { return false }
    method = FieldSlice(range.lowerBound..<methodEnd)
    target = FieldSlice(targetStart..<targetEnd, isEscaped: isEscaped)
    return true
  }
}

extension Span where Element == UInt8 {
  /// The length of the method at the beginning of a request line, before a space; 0 if there is
  /// none.
  @inline(__always)
  fileprivate func methodLength(in range: Range<Int>) -> Int {
    let start = range.lowerBound
    if start &+ 8 <= count {
      // Up to seven capitals and a space.
      let word = word(at: start)
      let spaces = zeroBytes(word ^ repeated(UInt8(ascii: " ")))
      let length = spaces.trailingZeroBitCount &>> 3
      let letters = asciiBytes(of: word, from: UInt8(ascii: "A"), through: UInt8(ascii: "Z"))
      let isPlain = length > 0 && length < 8 && ~letters & repeated(0x80) & lowBytes(length) == 0
      if isPlain && length < range.count { return length }
    }
    return unusualMethodLength(in: range)
  }

  @inline(never)
  private func unusualMethodLength(in range: Range<Int>) -> Int {
    let end = firstOffset(of: UInt8(ascii: " "), from: range.lowerBound, to: range.upperBound)
    return end < range.upperBound && isMethod(in: range.lowerBound..<end)
      ? end - range.lowerBound : 0
  }

  /// Whether ` HTTP/` is at `offset`, and `offset` is not before `start`.
  @inline(__always)
  fileprivate func holdsVersion(at offset: Int, from start: Int) -> Bool {
    // The bytes of " HTTP/" as a little-endian word.
    offset >= start && word(at: offset, count: 6) == 0x2F_50_54_54_48_20
  }

  /// Where the target in `start..<end` ends if it is followed by ` HTTP\/1.1`: some JSON writers
  /// escape the slash.
  @inline(never)
  fileprivate func endWithoutEscapedVersion(from start: Int, to end: Int) -> Int {
    for length in [10, 8] where end - length >= start {
      if holds(" HTTP\\/", at: end - length, before: end) { return end - length }
    }
    return end
  }

  /// Whether `range` is a method as clients send them: 1 to 32 letters, `-` or `_`. (RFC 9110
  /// allows more, which no server makes use of.)
  @inline(__always)
  func isMethod(in range: Range<Int>) -> Bool {
    guard !range.isEmpty, range.count <= 32 else { return false }
    if range.count <= 8 {
      let word = word(at: range.lowerBound, count: range.count)
      let capitals = asciiBytes(of: word, from: UInt8(ascii: "A"), through: UInt8(ascii: "Z"))
      if capitals == lowBytes(range.count) & repeated(0x80) { return true }
    }
    return isUnusualMethod(in: range)
  }

  private func isUnusualMethod(in range: Range<Int>) -> Bool {
    for offset in range {
      let byte = self[offset]
      let isLetter = (byte | 0x20) &- UInt8(ascii: "a") < 26
      guard isLetter || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_") else {
        return false
      }
    }
    return self[range.lowerBound] != UInt8(ascii: "-")
  }
}
