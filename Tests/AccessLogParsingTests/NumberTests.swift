import AccessLogParsing
import TestSupport
import Testing

/// Decimals against the same calculation on their digits as text, which is exact at any length.
struct NumberTests {
  private static let units: [(DurationUnit, Int)] = [
    (.nanoseconds, 0), (.microseconds, 3), (.milliseconds, 6), (.seconds, 9),
  ]

  private static func parser(_ unit: DurationUnit) throws -> LineParser {
    var mapping = FieldMapping.nginx
    mapping.durationUnit = unit
    return try LineParser(format: .json(mapping, .start), capturing: [])
  }

  /// The reading of a duration and a size: numbers, `absent`, or the reason's name.
  private static func read(
    duration: String = "", size: String = "", by parser: inout LineParser
  ) -> String {
    let line = """
      {"ts":1,"status":200,"request":"GET / HTTP/1.1","request_time":"\(duration)",\
      "content_length":"\(size)"}
      """
    do throws(LineRejection) {
      let record = try LineReading(Array(line.utf8), by: &parser).record
      let value = duration.isEmpty ? record.requestSize : record.duration
      return value == AccessRecord.absent ? "absent" : "\(value)"
    } catch {
      return error.reason.name
    }
  }

  /// `digits` with the point moved to behind `place` digits, cut off there, without leading zeros.
  private static func shifted(_ digits: String, point place: Int) -> String {
    if place <= 0 { return "0" }
    let padded = digits + String(repeating: "0", count: max(0, place - digits.count))
    let whole = padded.prefix(place).drop { $0 == "0" }
    return whole.isEmpty ? "0" : String(whole)
  }

  /// The same, rounded to the nearest integer by the digit behind the point.
  private static func rounded(_ digits: String, point place: Int) -> String {
    let whole = shifted(digits, point: place)
    guard (0..<digits.count).contains(place), Array(digits)[place] >= "5" else { return whole }
    var sum = Array(whole)
    var index = sum.count - 1
    while index >= 0, sum[index] == "9" {
      sum[index] = "0"
      index -= 1
    }
    if index < 0 { return "1" + String(sum) }
    sum[index] = Character("\((sum[index].wholeNumberValue ?? 0) + 1)")
    return String(sum)
  }

  /// As numbers without leading zeros.
  private static func isAtMost(_ left: String, _ right: String) -> Bool {
    (left.count, left) <= (right.count, right)
  }

  @Test(arguments: Self.units)
  func `a decimal is scaled exactly, whatever its digits and exponent`(
    _ unit: DurationUnit, _ power: Int
  ) throws {
    var generator = SeededGenerator(seed: 14)
    var parser = try Self.parser(unit)
    let year = "\(366 * 86_400 * 1_000_000_000 as Int64)"
    for _ in 0..<2_500 {
      let whole = Self.digits(Int.random(in: 0...22, using: &generator), &generator)
      let fraction = Self.digits(Int.random(in: 0...30, using: &generator), &generator)
      if whole.isEmpty && fraction.isEmpty { continue }
      let exponent = Int.random(in: -30...12, using: &generator)
      let hasExponent = Bool.random(using: &generator)
      var text = whole + (fraction.isEmpty && Bool.random(using: &generator) ? "" : "." + fraction)
      if hasExponent { text += ["e", "E", "e+"].randomElement(using: &generator) ?? "e" }
      if hasExponent { text = text.replacing("+", with: exponent < 0 ? "" : "+") + "\(exponent)" }
      let place = whole.count + power + (hasExponent ? exponent : 0)
      let exact = Self.rounded(whole + fraction, point: place)
      let expected = Self.isAtMost(exact, year) ? exact : "invalid-duration"
      #expect(Self.read(duration: text, by: &parser) == expected, "\(text)")
    }
  }

  private static func digits(_ count: Int, _ generator: inout SeededGenerator) -> String {
    let zeros = Bool.random(using: &generator) ? Int.random(in: 0...count, using: &generator) : 0
    return String(repeating: "0", count: zeros)
      + (zeros..<count).map { _ in "\(Int.random(in: 0...9, using: &generator))" }.joined()
  }

  /// Most logs have seconds with three decimals, which a short cut may read.
  @Test func `three decimals are milliseconds, and nothing else looks like them`() throws {
    var generator = SeededGenerator(seed: 35)
    var parser = try Self.parser(.seconds)
    for _ in 0..<3_000 {
      let whole = Self.digits(Int.random(in: 1...6, using: &generator), &generator)
      let fraction = Self.digits(3, &generator)
      let milliseconds = Self.shifted(whole + fraction, point: whole.count + 3)
      let expected = milliseconds == "0" ? "0" : milliseconds + "000000"
      #expect(Self.read(duration: "\(whole).\(fraction)", by: &parser) == expected)
      var damaged = Array("\(whole).\(fraction)".utf8)
      let place = Int.random(in: 0..<damaged.count, using: &generator)
      damaged[place] =
        [0x2F, 0x3A, 0x2C, 0x61, 0x00, 0xB0].randomElement(using: &generator) ?? 0x2F
      let text = String(decoding: damaged, as: UTF8.self)
      #expect(Self.read(duration: text, by: &parser) == "invalid-duration", "\(damaged)")
    }
  }

  @Test(arguments: [
    ("0.29", "290000000"), ("0.032", "32000000"), ("6.356500011861499e-05", "63565"),
    ("0.014657719000069847", "14657719"), ("31622400", "31622400000000000"),
    ("31622400.000000001", "invalid-duration"), ("1e-400", "0"), ("0e999", "0"),
    ("1e999", "invalid-duration"), ("1e1000", "invalid-duration"), ("-1", "absent"),
    ("-0.001", "absent"), ("-1e999", "invalid-duration"), ("5.", "5000000000"),
    (".5", "500000000"), ("+5", "5000000000"), ("1 s", "1000000000"),
    // What says its unit has that, whatever the mapping says.
    ("1s", "1000000000"), ("0.123s", "123000000"), ("18ms", "18000000"), ("1.5ms", "1500000"),
    ("27µs", "27000"), ("27μs", "27000"), ("27us", "27000"), ("5ns", "5"),
    ("1m2.3s", "62300000000"), ("1h0m0.5s", "3600500000000"), ("-1.5ms", "absent"),
    ("1s2", "invalid-duration"), ("s", "invalid-duration"), ("ms", "invalid-duration"),
    ("1d", "invalid-duration"), ("1 ms", "1000000"), ("9999h", "invalid-duration"),
    ("1e9s", "invalid-duration"), ("++5", "invalid-duration"), ("+", "invalid-duration"),
    ("99999999999999999999h", "invalid-duration"), ("1..5s", "invalid-duration"),
    ("0x10", "invalid-duration"), ("NaN", "invalid-duration"),
    ("inf", "invalid-duration"), ("1,5", "invalid-duration"), ("1.2.3", "invalid-duration"),
    ("--1", "invalid-duration"), (".", "invalid-duration"), ("1e", "invalid-duration"),
    ("1e+", "invalid-duration"), ("e5", "invalid-duration"), ("1E-3", "1000000"),
    ("-", "absent"), ("00000000000000000000000000000000000001.5", "1500000000"),
  ])
  func `a duration in seconds is exact in nanoseconds`(_ text: String, _ expected: String) throws {
    var parser = try Self.parser(.seconds)
    #expect(Self.read(duration: text, by: &parser) == expected)
  }

  @Test(arguments: [
    ("0", "0"), ("007", "7"), ("5368709120", "5368709120"), ("80.0", "80"), ("1e3", "1000"),
    ("-1", "absent"), ("-", "absent"), ("", "absent"), ("12 kB", "invalid-size"),
    ("0x10", "invalid-size"), ("1,000", "invalid-size"), ("4294967295999", "4294967295999"),
    // No server took that in: clients may claim any Content-Length, and a bin would not hold it.
    ("4294967296000", "absent"), ("9007199254740992", "absent"),
    ("18446744073709551615", "absent"), ("99999999999999999999999999", "absent"),
    ("1e300", "absent"),
  ])
  func `a size is a number of bytes, or unknown`(_ text: String, _ expected: String) throws {
    var parser = try Self.parser(.seconds)
    #expect(Self.read(size: text, by: &parser) == expected)
  }

  @Test(arguments: [
    ("200", 200), ("100", 100), ("999", 999), ("200.0", 200), ("2e2", 200), ("0200", 200),
    ("099", nil), ("1000", nil), ("20", nil), ("-200", nil), ("2 0", nil),
    ("200 OK", nil), ("OK", nil), ("1e99", nil),
  ])
  func `a status has three digits`(_ text: String, _ expected: UInt16?) throws {
    var parser = try Self.parser(.seconds)
    let line = #"{"ts":1,"status":"\#(text)","request":"GET / HTTP/1.1"}"#
    do throws(LineRejection) {
      #expect(try LineReading(Array(line.utf8), by: &parser).record.status == expected)
    } catch {
      #expect(error == LineRejection(.invalidStatus, at: 18) && expected == nil)
    }
  }

  @Test(arguments: ["0", "000", "-1", "0.0"])
  func `servers log no status where there was no response`(_ text: String) throws {
    var parser = try Self.parser(.seconds)
    let line = #"{"ts":1,"status":"\#(text)","request":"GET / HTTP/1.1"}"#
    #expect(throws: LineRejection(.noResponse, at: 18)) {
      _ = try LineReading(Array(line.utf8), by: &parser)
    }
  }
}
