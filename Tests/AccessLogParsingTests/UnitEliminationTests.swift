import AccessLogParsing
import Foundation
import Testing

/// A unit is never decided wrongly, whatever the durations, the traffic and the moment of the timestamps;
/// and it is decided where logs usually show it.
struct UnitEliminationTests {
  /// How long requests take, in seconds.
  struct Durations: CustomTestStringConvertible, Sendable {
    var testDescription: String
    var next: @Sendable (inout SeededRandom) -> Double

    init(_ description: String, _ next: @escaping @Sendable (inout SeededRandom) -> Double) {
      (testDescription, self.next) = (description, next)
    }
  }

  struct SeededRandom: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
      state &+= 0x9E37_79B9_7F4A_7C15
      var value = state
      value = (value ^ value >> 30) &* 0xBF58_476D_1CE4_E5B9
      value = (value ^ value >> 27) &* 0x94D0_49BB_1331_11EB
      return value ^ value >> 31
    }

    mutating func share() -> Double { Double.random(in: 0..<1, using: &self) }

    mutating func normal() -> Double {
      (-2 * log(1 - share())).squareRoot() * cos(2 * .pi * share())
    }
  }

  /// Spread evenly on a logarithmic scale around `median`.
  private static func around(
    _ median: Double, _ spread: Double, _ random: inout SeededRandom
  ) -> Double {
    median * exp(spread * random.normal())
  }

  private static let durations = [
    Durations("static files") { around(0.0003, 0.8, &$0) },
    Durations("a cache") { around(0.002, 0.9, &$0) },
    Durations("an API") { around(0.02, 1, &$0) },
    Durations("an API with a slow tail") {
      $0.share() < 0.03 ? around(4, 0.8, &$0) : around(0.015, 0.9, &$0)
    },
    Durations("pages") { around(0.12, 0.9, &$0) },
    Durations("slow pages") { around(0.8, 1, &$0) },
    Durations("language models") { around(9, 0.7, &$0) },
    Durations("long polling") { $0.share() < 0.6 ? 30 : $0.share() * 30 },
    Durations("as many short as long ones") { $0.share() * 50 },
    Durations("downloads") { around(2, 1.8, &$0) },
    Durations("batches") { around(40, 0.6, &$0) },
    Durations("all alike") { 0.1 + $0.share() * 0.01 },
  ]

  /// Lines of a server, in the order in which the requests end.
  private static func lines(
    _ durations: Durations, _ unit: DurationUnit, isStart: Bool, rate: Double, count: Int
  ) -> [UInt8] {
    var random = SeededRandom(seed: UInt64(rate * 100) + UInt64(count) + (isStart ? 7 : 0))
    var time = 1_795_425_000.0
    var requests: [(start: Double, took: Double)] = []
    for _ in 0..<count {
      time += -log(1 - random.share()) / rate
      requests.append((time, durations.next(&random)))
    }
    requests.sort { $0.start + $0.took < $1.start + $1.took }
    let lines = requests.map { request in
      let moment = isStart ? request.start : request.start + request.took
      let text = utcText(Int64(moment) * 1_000_000_000)
      let value = Int64(request.took * 1e9) / unit.nanoseconds
      return #"203.0.113.7 - - [\#(clfTime(text))] "GET / HTTP/1.1" 200 5 "-" "-" \#(value)"# + "\n"
    }
    return Array(lines.joined().utf8)
  }

  /// `2026-11-23T09:10:13Z` as `23/Nov/2026:09:10:13 +0000`.
  private static func clfTime(_ text: String) -> String {
    let months = [
      "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]
    let parts = text.prefix(10).split(separator: "-")
    let month = months[(Int(parts[1]) ?? 1) - 1]
    return "\(parts[2])/\(month)/\(parts[0]):\(text.dropFirst(11).prefix(8)) +0000"
  }

  private static func decision(_ bytes: [UInt8]) throws -> UnitDecision? {
    try #require(LogFormat(name: "combined")).settled(by: bytes.span, clock: nil).decision
  }

  @Test(arguments: durations)
  func `no unit is decided wrongly`(_ durations: Durations) throws {
    for unit in DurationUnit.allCases {
      for isStart in [true, false] {
        for (rate, count) in [(0.02, 60), (1.0, 300), (20.0, 700)] {
          let bytes = Self.lines(durations, unit, isStart: isStart, rate: rate, count: count)
          let decision = try #require(try Self.decision(bytes))
          #expect(
            decision.unit == nil || decision.unit == unit,
            "\(unit), \(isStart ? "start" : "end"), \(rate) a second: \(decision.evidence)")
          #expect(!decision.evidence.isEmpty)
        }
      }
    }
  }

  /// What Apache's `%D` and `%{ms}T` show: the timestamp is the start.
  @Test(arguments: [
    ("pages", DurationUnit.microseconds, 0.02, 60), ("pages", .microseconds, 20, 700),
    ("slow pages", .microseconds, 1, 300), ("slow pages", .milliseconds, 1, 300),
    ("an API with a slow tail", .microseconds, 20, 700),
    ("an API with a slow tail", .milliseconds, 20, 700), ("downloads", .microseconds, 1, 300),
  ])
  func `usual logs show their unit`(
    _ name: String, _ unit: DurationUnit, _ rate: Double, _ count: Int
  ) throws {
    let durations = try #require(Self.durations.first { $0.testDescription == name })
    let bytes = Self.lines(durations, unit, isStart: true, rate: rate, count: count)
    let decision = try Self.decision(bytes)
    #expect(decision?.unit == unit, "\(decision?.evidence ?? "")")
  }

  @Test func `sizes, ports and users are no durations`() throws {
    var random = SeededRandom(seed: 3)
    for value in [
      { (_: Int, size: Int) in size + 340 }, { index, _ in 32_768 + index * 7919 % 28_000 },
      { index, _ in index * 7_919 % 1_000_003 }, { index, _ in 200_000 + index },
      { index, _ in [120_482, 99_812, 7_000_131][index % 3] },
    ] {
      let lines = (0..<300).map { index in
        let size = Int(Self.around(20_000, 1.2, &random))
        return
          #"203.0.113.7 - - [23/Nov/2026:09:10:13 +0000] "GET / HTTP/1.1" 200 \#(size) "-" "-" "#
          + "\(value(index, size))\n"
      }
      let decision = try Self.decision(Array(lines.joined().utf8))
      #expect(decision?.unit == nil, "\(decision?.evidence ?? "")")
    }
  }

  // MARK: Three decimals

  /// Lines whose requests all take longer than 0.1 s, or ms.
  private static func decimals(_ change: (Int, inout String) -> Void) -> [UInt8] {
    var random = SeededRandom(seed: 5)
    let lines = (0..<200).map { index in
      let took = 0.1 + Self.around(0.5, 0.8, &random)
      var line =
        #"203.0.113.7 - - [23/Nov/2026:09:10:13 +0000] "GET / HTTP/1.1" 200 512 "-" "-" "#
      change(index, &line)
      return line + "\(Int(took)).\(String(Int(took * 1000) % 1000 + 1000).dropFirst())\n"
    }
    return Array(lines.joined().utf8)
  }

  private static func local(_ line: inout String) {
    line = line.replacing("+0000", with: "+0100")
  }

  @Test func `what only nginx writes decides for seconds`() throws {
    let cases: [(Int, inout String) -> Void] = [
      { if $0 == 17 { $1 = $1.replacing(" 200 512", with: " 499 0") } },
      {
        Self.local(&$1); $1 = $1.replacing("HTTP/1.1", with: "HTTP/2.0")
      },
      {
        Self.local(&$1); if $0 % 20 == 0 { $1 = $1.replacing(" 200 512", with: " 304 0") }
      },
    ]
    for change in cases {
      let decision = try Self.decision(Self.decimals(change))
      #expect(decision?.unit == nil || decision?.unit == .seconds)
      let format = try #require(LogFormat(name: "combined"))
      let bytes = Self.decimals(change)
      #expect(format.settled(by: bytes.span, clock: nil).format.durationUnit == .seconds)
    }
  }

  @Test func `what others write as well decides nothing`() throws {
    let cases: [(Int, inout String) -> Void] = [
      { _, _ in }, { Self.local(&$1) },
      {
        Self.local(&$1); $1 = $1.replacing($0 % 9 == 0 ? " 512 " : "?", with: " - ")
        $1 = $1.replacing("HTTP/1.1", with: "HTTP/2.0")
      },
      {
        $1 = $1.replacing("203.0", with: "::ffff:203.0");
        if $0 == 3 { $1 = $1.replacing("200", with: "499") }
      },
    ]
    for change in cases {
      #expect(try Self.decision(Self.decimals(change))?.unit == nil)
    }
  }

  @Test func `nothing takes no time at all`() throws {
    var lines = String(decoding: Self.decimals { _, _ in }, as: UTF8.self)
      .split(separator: "\n").map { String($0) }
    for index in [10, 20] { lines[index] = lines[index].dropLast(5) + "0.000" }
    let bytes = Array((lines.joined(separator: "\n") + "\n").utf8)
    let format = try #require(LogFormat(name: "combined"))
    #expect(format.settled(by: bytes.span, clock: nil).format.durationUnit == .seconds)
  }
}
