import AccessLogParsing
import Attribution
import TestSupport
import Testing

/// Mutated lines through parser and attribution: no bytes of a log may crash the run.
struct HostileLinesTests {
  #if DEBUG
    private static let count = 8_000
  #else
    private static let count = 60_000
  #endif

  private static let samples: [String: [String]] = [
    "combined": [
      #"127.0.0.1 - frank [23/Nov/2026:09:10:13 +0000] "GET /users/42/a%2Fb?x=1 HTTP/1.1" 200 5 "-" "c\"url""#,
      #"::1 - - [23/Nov/2026:09:10:13 +0000] "HEAD http://a.test/files/x.y/%C3%A9 HTTP/2" 404 - "" "" 0.032"#,
    ],
    "json": [
      #"{"ts":1795425013.533,"method":"GET","uri":"/items/0b4da1c2-1b8e-4a2a-9c1a-2b7d5e6f7a8b","status":200,"remote_user":"acme","http_user_agent":"bot\u00e9"}"#,
      #"{"msec":1,"request":"PUT \/files\/a%2fb\/%00 HTTP\/1.1","status":"500","remote_user":["x"],"route":"/a"}"#,
    ],
  ]

  private static func rules(known: Bool) throws -> AttributionRules {
    let entries = [
      "GET /users/{id:int}/{rest:path}", "GET|PUT /files/{a}.{b}/{c:path}", "GET /items/{id:uuid}",
      "GET /{any:path}/end", "GET /{x:float}",
    ]
    let routes = known ? try entries.flatMap { try RouteList.routes(ofEntry: $0) } : []
    var rules = AttributionRules(
      routes: RouteRules(known: routes, unmatched: known ? .keep : .drop))
    rules.consumers = [
      ConsumerRule(field: "remote_user", pattern: "^(.{2})", encoding: .latin1),
      ConsumerRule(field: "http_user_agent", digest: .sha256),
    ]
    rules.filters = [
      RecordFilter(name: "bots", field: "http_user_agent", condition: .matches("b.t$")),
      RecordFilter(name: "none", field: "remote_user", condition: .equals("x\"")),
    ]
    return rules
  }

  @Test(arguments: ["combined", "json"], [true, false])
  func `a mutated line is counted, left out or refused`(_ name: String, _ known: Bool) throws {
    var generator = SeededGenerator(seed: 22)
    let rules = try Self.rules(known: known)
    let names = RunNames(routeLimit: 200)
    var attributor = try Attributor(rules: rules, names: names)
    var parser = try LineParser(
      format: try #require(LogFormat(name: name)), capturing: rules.capturedFields)
    let samples = try #require(Self.samples[name]).map { Array($0.utf8) }
    var record = AccessRecord()
    var counted = 0
    for _ in 0..<Self.count {
      let line = Self.mutated(samples.randomElement(using: &generator) ?? [], &generator)
      do throws(LineRejection) {
        try parser.parse(line.span, line: 0..<line.count, into: &record)
      } catch {
        continue
      }
      if case .counted(let request) = attributor.attribute(record, in: line.span) {
        counted += 1
        #expect(request.route > 0 && request.method > 0)
        #expect(names.routes.isProvisional(request.route) || request.route <= 200)
        #expect(request.consumer <= NameTable.ID(names.consumers.count))
      }
    }
    #expect(counted > Self.count / 20)
    for table in [names.routes, names.consumers, names.methods] {
      let texts = table.names(from: 1).map { String(validating: $0, as: UTF8.self) }
      #expect(texts.allSatisfy { $0 != nil && $0?.utf8.contains(0) == false })
    }
  }

  private static let interesting: [UInt8] =
    Array("\"\\[]{},: -/%?#.0189eEuxT@+nt\t".utf8) + [0x00, 0x7F, 0x80, 0xC3, 0xFF]

  private static func mutated(_ line: [UInt8], _ generator: inout SeededGenerator) -> [UInt8] {
    var line = line
    for _ in 0..<Int.random(in: 1...3, using: &generator) {
      let place = Int.random(in: 0..<line.count, using: &generator)
      let byte = interesting.randomElement(using: &generator) ?? 0
      switch Int.random(in: 0..<4, using: &generator) {
      case 0: line.insert(byte, at: place)
      case 1: line.remove(at: place)
      case 2: line.insert(contentsOf: line[place...].prefix(12), at: place)
      default: line[place] = byte
      }
      if line.isEmpty { return [byte] }
    }
    return line
  }

  /// Long values that differ in every request must not all be remembered.
  @Test func `a filter does not keep every long value`() async {
    await #expect(processExitsWith: .success) {
      let filter = RecordFilter(name: "f", field: "a", condition: .matches("^nothing"))
      try useLongValues(4_000, by: AttributionHarness(filters: [filter]), expecting: "GET /")
      let peak = peakResidentBytes()
      precondition(peak > 0 && peak < 72 << 20, "\(peak >> 20) MiB")
    }
  }

  @Test func `a consumer rule does not keep every long value`() async {
    await #expect(processExitsWith: .success) {
      let rule = ConsumerRule(field: "a", pattern: "^(.)")
      try useLongValues(3_500, by: AttributionHarness(consumers: [rule]), expecting: "GET / by x")
      let peak = peakResidentBytes()
      precondition(peak > 0 && peak < 72 << 20, "\(peak >> 20) MiB")
    }
  }
}

/// Attributes requests whose field has 20,000 bytes and differs in each.
private func useLongValues(
  _ count: Int, by harness: consuming AttributionHarness, expecting outcome: String
) {
  var harness = harness
  var request = RequestSample()
  let head = [UInt8](repeating: 0x78, count: 20_000)
  for number in 0..<count {
    request.captured = [head + Array("\(number)".utf8)]
    precondition(harness.outcome(request) == outcome)
  }
}
