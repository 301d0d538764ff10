import AccessLogParsing
import Testing

/// The unit of a duration that its format leaves open is what the lines show, or is not taken.
struct DurationUnitTests {
  /// Lines as a server writes them that timestamps the start and logs at the end: `durations` in
  /// nanoseconds, one request a second.
  private static func lines(_ durations: [Int64], unit: DurationUnit) -> [String] {
    let second: Int64 = 1_000_000_000
    let requests = durations.enumerated().map {
      (start: Int64($0.offset) * second, took: $0.element)
    }
    return requests.sorted { $0.start + $0.took < $1.start + $1.took }.map { request in
      let time = utcText((1_795_425_000 * second + request.start) / second * second)
        .dropFirst(11).prefix(8)
      return #"203.0.113.7 - - [23/Nov/2026:\#(time) +0000] "GET / HTTP/1.1" 200 5 "-" "-" "#
        + "\(request.took / unit.nanoseconds)"
    }
  }

  private static func decision(_ lines: [String], _ name: String = "combined") throws
    -> UnitDecision?
  {
    let bytes = Array(lines.map { $0 + "\n" }.joined().utf8)
    let format = try #require(LogFormat(name: name))
    return format.settled(by: bytes.span, clock: nil).decision
  }

  /// Most requests take some milliseconds, some a few seconds.
  private static let mixed = (0..<300).map { index -> Int64 in
    index % 20 == 7 ? 8_000_000_000 + Int64(index) * 1_000_000 : 4_000_000 + Int64(index) * 10_000
  }
  private static let short = (0..<300).map { 1_000_000 + Int64($0 * 7919 % 50) * 1_000_000 }

  @Test(arguments: [DurationUnit.microseconds, .milliseconds])
  func `requests that end in the order of their lines tell the unit`(_ unit: DurationUnit) throws {
    let decision = try #require(try Self.decision(Self.lines(Self.mixed, unit: unit)))
    #expect(decision.unit == unit)
    #expect(decision.field == "extra_1")
    #expect(decision.evidence.contains("contradict"))
  }

  @Test(arguments: [DurationUnit.microseconds, .milliseconds])
  func `short requests of which none is much longer tell nothing`(_ unit: DurationUnit) throws {
    let decision = try #require(try Self.decision(Self.lines(Self.short, unit: unit)))
    #expect(decision.unit == nil)
    #expect(decision.evidence.hasSuffix("are not spread as durations are"))
  }

  @Test func `a few lines tell nothing`() throws {
    let decision = try #require(
      try Self.decision(Array(Self.lines(Self.mixed, unit: .microseconds).prefix(19))))
    #expect(decision.unit == nil)
    #expect(decision.evidence.hasPrefix("fewer than 20 lines have it"))
  }

  @Test func `what is no number, or decided already, is left alone`() throws {
    let line = Self.lines(Self.short, unit: .seconds)
    #expect(try Self.decision(line.map { $0 + ".032" }) == nil)
    #expect(try Self.decision(line.map { $0.dropLast() + "\"acme\"" }) == nil)
    #expect(try Self.decision(line.map { String($0.dropLast()) }) == nil)
    #expect(try Self.decision([]) == nil)
  }

  /// A line of Application Gateway's.
  private static func gateway(_ taken: String, _ more: String = "") -> String {
    #"{"time":"2026-11-23T09:10:13Z","properties":{\#(more)"httpMethod":"GET","#
      + #""requestUri":"/","httpStatus":200,"timeTaken":\#(taken)}}"#
  }

  @Test func `decimals are seconds`() throws {
    let seconds = try Self.decision(
      [Self.gateway("0.034"), Self.gateway("1")], "azure-app-gateway")
    #expect(seconds?.unit == .seconds)
    #expect(seconds?.field == "properties.timeTaken")
    let open = try Self.decision([Self.gateway("34"), Self.gateway("1")], "azure-app-gateway")
    #expect(open?.unit == nil)
    // What is stamped at the end is in order in any unit.
    let many = (0..<300).map { Self.gateway("\($0 % 7 * 5_000)") }
    #expect(try Self.decision(many, "azure-app-gateway")?.unit == nil)
  }

  @Test func `the version of a gateway tells its unit`() throws {
    let first = #""instanceId":"ApplicationGatewayRole_IN_0","#
    let second = #""instanceId":"appgw_2","serverResponseLatency":"-","#
    for (fields, unit) in [(first, DurationUnit.milliseconds), (second, .seconds)] {
      let decision = try Self.decision([Self.gateway("205", fields)], "azure-app-gateway")
      #expect(decision?.unit == unit)
      #expect(decision?.evidence.contains(unit == .seconds ? "v2" : "v1") == true)
    }
    let both = [Self.gateway("205", first), Self.gateway("2", second)]
    #expect(try Self.decision(both, "azure-app-gateway")?.unit == nil)
  }

  private static func caddy(_ durations: [String]) throws -> UnitDecision? {
    let lines = durations.map {
      #"{"ts":1795425013.5,"request":{"method":"GET","uri":"/"},"duration":\#($0),"status":200}"#
        + "\n"
    }
    let bytes = Array(lines.joined().utf8)
    let format = try #require(LogFormat(name: "caddy"))
    return WholeNumberEvidence(bytes.span, format: format, clock: nil)?.decision
  }

  @Test(arguments: [
    (["0.020264447", "1", "0.0001"], nil), ([#""1.5ms""#, #""20µs""#], nil), ([], nil),
    (["20264447", "1300000", "98760"], DurationUnit.nanoseconds), (["3155692600000000000"], nil),
    (["20", "0", "1", "1204"], .milliseconds), (["0"], .milliseconds),
    (["1204", "30000"], nil),
  ])
  func `whole numbers of Caddy's are no seconds`(_ durations: [String], _ unit: DurationUnit?)
    throws
  {
    #expect(try Self.caddy(durations)?.unit == unit)
  }

  @Test func `Caddy's usual durations leave nothing open`() throws {
    #expect(try Self.caddy(["0.02", "0"]) == nil)
    #expect(try Self.caddy([#""1.5ms""#, "0.02"]) == nil)
    let open = try #require(try Self.caddy(["1204", "30000"]))
    #expect(open.evidence.hasSuffix("but may be in ns or ms"))
    let caddy = try #require(LogFormat(name: "caddy"))
    #expect(caddy.leavingDurationOpen.durationUnit == nil)
    #expect(
      caddy.leavingDurationOpen.deciding("duration", unit: .seconds)?.durationUnit == .seconds)
  }

  @Test func `a decided format reads the duration`() throws {
    let combined = try #require(LogFormat(name: "combined"))
    let format = try #require(combined.deciding("extra_1", unit: .microseconds))
    var parser = try LineParser(format: format, capturing: [])
    let line = Array(Self.lines([20_798_000], unit: .microseconds)[0].utf8)
    let reading = try LineReading(line, by: &parser)
    #expect(reading.record.duration == 20_798_000)
    #expect(utcText(reading.record.start) == "2026-11-23T09:10:00Z")
    #expect(combined.deciding("nothing", unit: .seconds) == nil)
    #expect(LogFormat(name: "main")?.deciding(unit: .seconds) == nil)
    #expect(LogFormat(name: "main")?.deciding("extra_1", unit: .seconds) != nil)
  }
}
