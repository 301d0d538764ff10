internal import ByteScanning

/// The form of a timestamp, written as for `strftime`.
package struct TimestampPattern: Equatable, Sendable {
  enum Part: Equatable, Sendable {
    case literal(UInt8)
    case year, yearOfCentury, month, monthName, day, paddedDay
    case hour, hourOfTwelve, minute, second, beforeNoon
    /// Digits of a fraction; 0 means as many as there are.
    case fraction(Int)
    case zone, zoneName
    /// Without zeros in front, as after `%-`: one or two digits, and two or four of the year.
    case shortMonth, shortDay, shortHour, shortYear
    case epoch(DurationUnit)
    /// A redundant name, such as the day of the week.
    case name
  }

  /// What is wrong with a pattern, and at which byte.
  package struct PatternError: Error, Equatable, Sendable {
    package var offset: Int
    package var conversion: String
  }

  private(set) var parts: [Part] = []
  /// Whether a timestamp without a zone is in UTC, according to the format's own definition.
  var isUTC = false

  /// How many bytes a timestamp has, or nil if that varies.
  private(set) var fixedLength: Int?

  init(parts: [Part], isUTC: Bool = false) {
    self.parts = parts
    self.isUTC = isUTC
    fixedLength = Self.length(of: parts)
  }

  /// A pattern in `strftime`'s conversions, with `%L` for the digits of a fraction, and after `%-` those
  /// of a date and an hour without zeros in front (as in GNU's).
  package init(_ text: String, isUTC: Bool = false) throws(PatternError) {
    var parts: [Part] = []
    let bytes = Array(text.utf8)
    var offset = 0
    while offset < bytes.count {
      if bytes[offset] != UInt8(ascii: "%") {
        parts.append(.literal(bytes[offset]))
        offset += 1
        continue
      }
      let letter = offset + 1 < bytes.count ? bytes[offset + 1] : 0
      if letter == UInt8(ascii: "-"), offset + 2 < bytes.count,
        let part = Self.shortConversion(bytes[offset + 2])
      {
        parts.append(part)
        offset += 3
        continue
      }
      guard let added = Self.conversion(letter) else {
        let conversion = String(
          decoding: bytes[offset..<min(offset + 2, bytes.count)], as: UTF8.self)
        throw PatternError(offset: offset, conversion: conversion)
      }
      parts += added
      offset += 2
    }
    self.init(parts: parts, isUTC: isUTC)
  }

  private static func shortConversion(_ letter: UInt8) -> Part? {
    switch letter {
    case UInt8(ascii: "Y"), UInt8(ascii: "y"): .shortYear
    case UInt8(ascii: "m"): .shortMonth
    case UInt8(ascii: "d"): .shortDay
    case UInt8(ascii: "H"): .shortHour
    default: nil
    }
  }

  private static func conversion(_ letter: UInt8) -> [Part]? {
    let colon = Part.literal(UInt8(ascii: ":"))
    let slash = Part.literal(UInt8(ascii: "/"))
    let dash = Part.literal(UInt8(ascii: "-"))
    switch letter {
    case UInt8(ascii: "Y"): return [.year]
    case UInt8(ascii: "y"): return [.yearOfCentury]
    case UInt8(ascii: "m"): return [.month]
    case UInt8(ascii: "b"), UInt8(ascii: "h"): return [.monthName]
    case UInt8(ascii: "d"): return [.day]
    case UInt8(ascii: "e"): return [.paddedDay]
    case UInt8(ascii: "H"): return [.hour]
    case UInt8(ascii: "I"): return [.hourOfTwelve]
    case UInt8(ascii: "p"): return [.beforeNoon]
    case UInt8(ascii: "M"): return [.minute]
    case UInt8(ascii: "S"): return [.second]
    case UInt8(ascii: "T"): return [.hour, colon, .minute, colon, .second]
    case UInt8(ascii: "R"): return [.hour, colon, .minute]
    case UInt8(ascii: "F"): return [.year, dash, .month, dash, .day]
    case UInt8(ascii: "D"): return [.month, slash, .day, slash, .yearOfCentury]
    case UInt8(ascii: "L"): return [.fraction(0)]
    case UInt8(ascii: "z"): return [.zone]
    case UInt8(ascii: "Z"): return [.zoneName]
    case UInt8(ascii: "s"): return [.epoch(.seconds)]
    case UInt8(ascii: "a"), UInt8(ascii: "A"): return [.name]
    case UInt8(ascii: "%"): return [.literal(letter)]
    default: return nil
    }
  }

  private static func length(of parts: [Part]) -> Int? {
    var length = 0
    for part in parts {
      switch part {
      case .literal: length += 1
      case .year: length += 4
      case .monthName: length += 3
      case .fraction(let digits) where digits > 0: length += digits
      case .fraction, .epoch, .name, .zoneName: return nil
      case .shortMonth, .shortDay, .shortHour, .shortYear: return nil
      case .zone: length += 5
      case .yearOfCentury, .month, .day, .paddedDay, .hour, .hourOfTwelve, .minute, .second,
        .beforeNoon:
        length += 2
      }
    }
    return length
  }

  /// Whether a timestamp of this form determines a time: a date and an hour, or a number since
  /// 1970.
  package var isComplete: Bool {
    let hasEpoch = parts.contains { if case .epoch = $0 { true } else { false } }
    let hasYear = parts.contains { [.year, .yearOfCentury, .shortYear].contains($0) }
    let hasMonth = parts.contains { [.month, .monthName, .shortMonth].contains($0) }
    let hasDay = parts.contains { [.day, .paddedDay, .shortDay].contains($0) }
    let hasHour =
      parts.contains(.hour) || parts.contains(.shortHour)
      || parts.contains(.hourOfTwelve) && parts.contains(.beforeNoon)
    return hasEpoch || hasYear && hasMonth && hasDay && hasHour
  }

  /// The values of a timestamp's parts.
  private struct Reading {
    var year = 1970
    var month = 1
    var day = 1
    var hour = 0
    var minute = 0
    var second = 0
    var isAfternoon = false
    var isOfTwelve = false
    var fraction: Int64 = 0
    var zone: Int64?
    var epoch: Int64?
  }

  /// Reads a timestamp at `offset` and moves past it.
  func read(
    _ bytes: borrowing Span<UInt8>, at offset: inout Int, before end: Int, _ clock: LocalClock?
  ) throws(TimestampError) -> Int64 {
    var reading = Reading()
    for part in parts {
      guard Self.read(part, bytes, at: &offset, before: end, into: &reading) else {
        throw .invalid
      }
    }
    return try value(of: reading, clock)
  }

  private func value(of reading: Reading, _ clock: LocalClock?) throws(TimestampError) -> Int64 {
    if let epoch = reading.epoch {
      guard epoch >= 0, epoch <= TimestampReader.lastSecond * 1_000_000_000 else {
        throw .outOfRange
      }
      return epoch + (epoch % 1_000_000_000 == 0 ? reading.fraction : 0)
    }
    var hour = reading.hour
    if reading.isOfTwelve {
      guard (1...12).contains(hour) else { throw .invalid }
      hour = hour % 12 + (reading.isAfternoon ? 12 : 0)
    }
    guard hour < 24, reading.minute < 60, reading.second <= 60 else { throw .invalid }
    let local = try TimestampReader.second(
      year: reading.year, month: reading.month, day: reading.day,
      secondOfDay: hour * 3600 + reading.minute * 60 + reading.second)
    if let zone = reading.zone ?? (isUTC ? 0 : nil) {
      return try TimestampReader.nanoseconds(second: local - zone, fraction: reading.fraction)
    }
    guard let clock else { throw .withoutZone }
    return try TimestampReader.nanoseconds(
      second: clock.utc(ofLocal: local), fraction: reading.fraction)
  }

  private static func read(
    _ part: Part, _ bytes: borrowing Span<UInt8>, at offset: inout Int, before end: Int,
    into reading: inout Reading
  ) -> Bool {
    func number(_ count: Int) -> Int? {
      guard end - offset >= count, let value = bytes.digits(count, at: offset) else { return nil }
      offset += count
      return value
    }
    func take(_ count: Int, _ place: WritableKeyPath<Reading, Int>) -> Bool {
      guard let value = number(count) else { return false }
      reading[keyPath: place] = value
      return true
    }
    switch part {
    case .literal(let byte):
      guard offset < end, bytes[offset] == byte else { return false }
      offset += 1
      return true
    case .year: return take(4, \.year)
    case .yearOfCentury:
      guard let value = number(2) else { return false }
      reading.year = year(ofCentury: value)
      return true
    case .shortYear:
      let isLong = bytes.digitCount(from: offset, before: end) > 2
      guard let value = number(isLong ? 4 : 2) else { return false }
      reading.year = isLong ? value : year(ofCentury: value)
      return true
    case .shortMonth, .shortDay, .shortHour:
      let place: WritableKeyPath<Reading, Int> =
        part == .shortMonth ? \.month : part == .shortDay ? \.day : \.hour
      return take(bytes.digitCount(from: offset, before: end) > 1 ? 2 : 1, place)
    case .month: return take(2, \.month)
    case .monthName:
      guard end - offset >= 3, let value = bytes.month(at: offset) else { return false }
      reading.month = value
      offset += 3
      return true
    case .day: return take(2, \.day)
    case .paddedDay:
      if offset < end, bytes[offset] == UInt8(ascii: " ") {
        offset += 1
        return take(1, \.day)
      }
      return take(2, \.day)
    case .hour: return take(2, \.hour)
    case .hourOfTwelve:
      reading.isOfTwelve = true
      return take(2, \.hour)
    case .beforeNoon:
      guard end - offset >= 2, bytes[offset + 1] | 0x20 == UInt8(ascii: "m") else { return false }
      reading.isAfternoon = bytes[offset] | 0x20 == UInt8(ascii: "p")
      offset += 2
      return true
    case .minute: return take(2, \.minute)
    case .second: return take(2, \.second)
    case .fraction(let count):
      return readFraction(count, bytes, at: &offset, before: end, into: &reading)
    case .zone: return readZone(bytes, at: &offset, before: end, into: &reading)
    case .zoneName:
      for name: StaticString in ["UTC", "GMT", "Z"]
      where bytes.holds(name, at: offset, before: end) {
        offset += name.utf8CodeUnitCount
        reading.zone = 0
        return true
      }
      return false
    case .epoch(let unit):
      let start = offset
      while offset < end, bytes[offset] &- UInt8(ascii: "0") <= 9 { offset += 1 }
      guard let whole = bytes.integer(in: start..<offset) else { return false }
      let (value, overflow) = whole.multipliedReportingOverflow(by: unit.nanoseconds)
      reading.epoch = overflow ? .max : value
      return true
    case .name:
      while offset < end, (bytes[offset] | 0x20) &- UInt8(ascii: "a") < 26 { offset += 1 }
      return true
    }
  }

  /// As in POSIX: 69 to 99 are in the last century.
  private static func year(ofCentury value: Int) -> Int {
    value < 69 ? 2000 + value : 1900 + value
  }

  private static func readFraction(
    _ count: Int, _ bytes: borrowing Span<UInt8>, at offset: inout Int, before end: Int,
    into reading: inout Reading
  ) -> Bool {
    let start = offset
    var value: Int64 = 0
    var scale: Int64 = 100_000_000
    while offset < end, count == 0 || offset - start < count {
      let digit = bytes[offset] &- UInt8(ascii: "0")
      if digit > 9 { break }
      value += Int64(digit) * scale
      scale /= 10
      offset += 1
    }
    reading.fraction = value
    return count == 0 ? offset > start : offset - start == count
  }

  private static func readZone(
    _ bytes: borrowing Span<UInt8>, at offset: inout Int, before end: Int,
    into reading: inout Reading
  ) -> Bool {
    for length in [6, 5, 3, 1] where end - offset >= length {
      guard let zone = bytes.zoneOffset(in: offset..<offset + length) else { continue }
      reading.zone = zone
      offset += length
      return true
    }
    return false
  }
}

extension Span where Element == UInt8 {
  fileprivate func digitCount(from start: Int, before end: Int) -> Int {
    var offset = start
    while offset < end, self[offset] &- UInt8(ascii: "0") <= 9 { offset += 1 }
    return offset - start
  }
}
