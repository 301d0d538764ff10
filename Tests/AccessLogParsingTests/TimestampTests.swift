import AccessLogParsing
import Foundation
import TestSupport
import Testing

struct TimestampTests {
  struct TimestampCase: CustomTestStringConvertible, Sendable {
    var timestamp: String
    var expected: String
    var testDescription: String { timestamp }

    static func all() throws -> [TimestampCase] {
      try FormatFixture.lines(of: "stamps.txt").map { line in
        let gap = try #require(line.ranges(of: "  ").last)
        let timestamp = String(line[..<gap.lowerBound])
        let trimmed = timestamp.reversed().drop { $0 == " " }.reversed()
        return TimestampCase(
          timestamp: String(trimmed),
          expected: line[gap.upperBound...].trimmingCharacters(in: .whitespaces))
      }
    }
  }

  /// The moment that a JSON log's time means, in nanoseconds since 1970, or the reason's name.
  private static func read(_ timestamp: String, by parser: inout LineParser) -> String {
    let line = #"{"ts":"\#(timestamp)","status":200,"request":"GET / HTTP/1.1"}"#
    do throws(LineRejection) {
      return utcText(try LineReading(Array(line.utf8), by: &parser).record.start)
    } catch {
      return error.byteOffset == 7 ? error.reason.name : "\(error)"
    }
  }

  private static func parser() throws -> LineParser {
    try LineParser(format: .json(.nginx, .start), capturing: [])
  }

  @Test(arguments: try TimestampCase.all())
  func `a timestamp means a moment, or is refused for a reason`(_ item: TimestampCase) throws {
    var parser = try Self.parser()
    for _ in 0..<2 { #expect(Self.read(item.timestamp, by: &parser) == item.expected) }
  }

  @Test func `timestamps are read the same after any others`() throws {
    var generator = SeededGenerator(seed: 11)
    var parser = try Self.parser()
    let cases = try TimestampCase.all()
    for _ in 0..<3_000 {
      let item = try #require(cases.randomElement(using: &generator))
      #expect(Self.read(item.timestamp, by: &parser) == item.expected)
    }
  }

  private static let months = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
  ]

  /// Random moments in random zones and shapes, against the C library's calendar.
  @Test func `a timestamp is what the C library says`() throws {
    var generator = SeededGenerator(seed: 12)
    var parser = try Self.parser()
    for _ in 0..<10_000 {
      let second = Int64.random(in: 60_000..<9_214_500_000, using: &generator)
      let zone = Int64.random(in: -14 * 60...14 * 60, using: &generator) * 60
      let local = CivilTime(second + zone)
      let digits = Int.random(in: 0...12, using: &generator)
      let fraction = (0..<digits).map { _ in "\(Int.random(in: 0...9, using: &generator))" }
        .joined()
      let isCommon = Bool.random(using: &generator)
      let timestamp =
        isCommon
        ? Self.common(local, zone: zone)
        : Self.iso(local, zone: zone, fraction: fraction, &generator)
      let nanoseconds =
        isCommon ? 0 : Int64(fraction.padding(toLength: 9, withPad: "0", startingAt: 0))
      let expected = utcText(second * 1_000_000_000 + (nanoseconds ?? 0))
      #expect(Self.read(timestamp, by: &parser) == expected, "\(timestamp)")
    }
  }

  private static func common(_ local: CivilTime, zone: Int64) -> String {
    String(format: "%02d/%@/%04d:", local.day, months[local.month - 1], local.year)
      + "\(local.time) " + zoneText(zone, colon: "")
  }

  private static func iso(
    _ local: CivilTime, zone: Int64, fraction: String, _ generator: inout SeededGenerator
  ) -> String {
    let separator = ["T", "t", " "].randomElement(using: &generator) ?? "T"
    let point = [".", ","].randomElement(using: &generator) ?? "."
    var zones = [zoneText(zone, colon: ":"), zoneText(zone, colon: "")]
    if zone == 0 { zones = ["Z", "z", "+00", "-0000"] }
    if zone != 0, zone % 3600 == 0 { zones.append(String(zoneText(zone, colon: "").prefix(3))) }
    return local.date + separator + local.time + (fraction.isEmpty ? "" : point + fraction)
      + (zones.randomElement(using: &generator) ?? "Z")
  }

  private static func zoneText(_ zone: Int64, colon: String) -> String {
    let minutes = abs(zone) / 60
    return (zone < 0 ? "-" : "+")
      + String(format: "%02d%@%02d", Int(minutes / 60), colon, Int(minutes % 60))
  }

  @Test func `months have the days that the calendar gives them`() throws {
    var parser = try Self.parser()
    for year in [1970, 1999, 2000, 2023, 2024, 2096, 2100, 2200, 2204, 2261] {
      for month in 1...12 {
        for day in 28...32 {
          let (moment, isDate) = CivilTime.midnight(year: year, month: month, day: day)
          let expected = isDate ? utcText(moment * 1_000_000_000) : "invalid-time"
          let date = String(format: "%04d-%02d-%02d", year, month, day)
          #expect(Self.read("\(date)T00:00:00Z", by: &parser) == expected)
        }
      }
    }
  }

  @Test func `a number since 1970 is exact in each unit`() throws {
    var generator = SeededGenerator(seed: 13)
    var parser = try Self.parser()
    for _ in 0..<2_000 {
      // 10^11 ms is 1973: earlier moments can only be told in seconds.
      let value = Int64.random(
        in: 100_000_000_000_000_000..<9_214_646_399_000_000_000, using: &generator)
      for (unit, digits) in [(1_000_000_000, 9), (1_000_000, 6), (1_000, 3), (1, 0)]
        as [(Int64, Int)]
      {
        let fraction = String(format: "%0\(digits)d", Int(value % unit))
        let number = digits == 0 ? "\(value)" : "\(value / unit).\(fraction)"
        #expect(Self.read(number, by: &parser) == utcText(value), "\(number)")
      }
    }
  }

  @Test func `the end of a request is moved back to its start`() throws {
    for (moment, expected) in [(.end, 998_500_000), (.start, 1_000_000_000)]
      as [(TimestampMoment, Int64)]
    {
      var parser = try LineParser(format: .json(.nginx, moment), capturing: [])
      let line = #"{"ts":1,"status":200,"request":"GET / HTTP/1.1","request_time":0.0015}"#
      #expect(try LineReading(Array(line.utf8), by: &parser).record.start == expected)
    }
  }

  @Test func `a request that began before 1970 is no trap`() throws {
    var parser = try LineParser(format: .json(.nginx, .end), capturing: [])
    let line = #"{"ts":1,"status":200,"request":"GET / HTTP/1.1","request_time":31622400}"#
    let start = try LineReading(Array(line.utf8), by: &parser).record.start
    #expect(start == -31_622_399 * 1_000_000_000)
  }
}
