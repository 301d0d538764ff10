import AccessLogParsing
import Testing

/// What the first lines of a source settle: which field is the duration, in which unit, and which key the
/// path.
struct SettledFormatTests {
  private static func settled(
    _ name: String, _ lines: [String], asked: DurationUnit? = nil
  ) throws -> SettledFormat {
    let bytes = Array(lines.map { $0 + "\n" }.joined().utf8)
    return try #require(LogFormat(name: name)).settled(by: bytes.span, clock: nil, asked: asked)
  }

  /// The durations of `lines` in milliseconds, in the format that they settle.
  private static func durations(
    _ name: String, _ lines: [String], asked: DurationUnit? = nil
  ) throws -> [Double?] {
    var parser = try LineParser(
      format: settled(name, lines, asked: asked).format, capturing: [],
      clock: LocalClock(offset: 0))
    return try lines.filter { !$0.hasPrefix("#") }.map { line in
      let duration = try LineReading(Array(line.utf8), by: &parser).record.duration
      return duration == AccessRecord.absent ? nil : Double(duration) / 1e6
    }
  }

  private static func combined(_ rests: [String]) -> [String] {
    rests.map {
      #"203.0.113.7 - - [23/Nov/2026:09:10:13 +0000] "GET / HTTP/1.1" 200 5 "-" "app" \#($0)"#
    }
  }

  private static let values = ["12.345", "0.412", "3.021", "120.880", "45.000"]
  private static let milliseconds: [Double?] = [12.345, 0.412, 3.021, 120.88, 45]

  @Test(arguments: [
    "* ms", "*ms", "(* ms)", "(*ms)", "\"*ms\"", "[*] *ms", "took=*ms", "duration_ms=*",
    "duration_ms=\"*\"", "\"10.0.0.5\" * msecs", "- * milliseconds",
  ])
  func `a word behind the number, or a name before it, is the unit`(_ rest: String) throws {
    let lines = Self.combined(Self.values.map { rest.replacing("*", with: $0) })
    #expect(try Self.durations("combined", lines) == Self.milliseconds)
  }

  /// Whether a line has more than its format is told by its quotes.
  @Test(
    arguments: [
      #""GET / HTTP/1.1" 200 5 "-" "app" "*ms""#, #""GET /\"a HTTP/1.1" 200 5 "-" "app" "*ms""#,
      #""GET / HTTP/1.1" 200 5 "-" "a \"b\" c" "*ms""#, #""GET / HTTP/1.1" 200 5 "\" \"" "" "*ms""#,
      #""GET / HTTP/1.1" 200 5 "" "" *ms"#,
    ])
  func `a duration is found behind any quotes`(_ request: String) throws {
    let start = "203.0.113.7 - - [23/Nov/2026:09:10:13 +0000] "
    let lines = Self.values.map { start + request.replacing("*", with: $0) }
    #expect(try Self.durations("combined", lines) == Self.milliseconds)
    let plain = start + #""GET / HTTP/1.1" 200 5 "-" "app""#
    #expect(
      try Self.durations("combined", [plain, plain] + lines) == [nil, nil] + Self.milliseconds)
  }

  @Test func `a duration is found behind the common format`() throws {
    let lines = Self.values.map {
      #"203.0.113.7 - - [23/Nov/2026:09:10:13 +0000] "GET / HTTP/1.1" 200 5 \#($0)ms"#
    }
    #expect(try Self.durations("common", lines) == Self.milliseconds)
  }

  @Test(arguments: [("* s", 1000.0), ("* seconds", 1000), ("*us", 0.001), ("* usec", 0.001)])
  func `every unit has its words`(_ rest: String, _ scale: Double) throws {
    let lines = Self.combined(["2", "40", "7"].map { rest.replacing("*", with: $0) })
    #expect(try Self.durations("combined", lines) == [2, 40, 7].map { $0 * scale })
  }

  @Test func `three decimals are seconds if milliseconds are out of the question`() throws {
    #expect(
      try Self.durations("combined", Self.combined(["0.012", "0.000", "1.250"])) == [12, 0, 1250])
    let morgan = Self.combined(Self.values)
    #expect(try Self.durations("combined", morgan) == Self.milliseconds)
    let evidence = try #require(try Self.settled("combined", morgan).decision).evidence
    #expect(evidence.contains("more than a minute"))
  }

  @Test func `three decimals that may be either are not counted, and named`() throws {
    let lines = Self.combined(["0.412", "3.021", "12.345"])
    let settled = try Self.settled("combined", lines)
    #expect(settled.decision?.unit == nil && settled.notTaken == ["extra_1"])
    #expect(try Self.durations("combined", lines) == [nil, nil, nil])
    #expect(try Self.durations("combined", lines, asked: .milliseconds) == [0.412, 3.021, 12.345])
    #expect(try Self.durations("combined", lines, asked: .seconds) == [412, 3021, 12_345])
  }

  @Test func `nginx's names and its upstream's time say seconds`() throws {
    let named = Self.combined(["0.412", "3.021"].map { #"rt=\#($0) uct="0.001" urt="0.400""# })
    #expect(try Self.durations("combined", named) == [412, 3021])
    #expect(
      try Self.durations("combined", Self.combined(["0.412 0.412", "3.021 3.020"]))
        == [412, 3021])
    // A time of the upstream's alone is not the request's.
    #expect(
      try Self.durations("combined", Self.combined(["urt=0.037", "urt=0.038"])) == [nil, nil])
  }

  @Test(arguments: ["[*]", "(*)", "{*}"])
  func `three decimals have the same meaning in brackets`(_ rest: String) throws {
    let values = ["0.012", "0.000", "1.250"]
    let lines = Self.combined(values.map { rest.replacing("*", with: $0) })
    #expect(try Self.durations("combined", lines) == [12, 0, 1250])
  }

  @Test func `whole seconds and the same in microseconds, as Apache's %T and %D, are one duration`()
    throws
  {
    let micros = Self.combined(["0/38123", "1/1038123", "0/900"])
    #expect(try Self.durations("combined", micros) == [38.123, 1038.123, 0.9])
    let millis = Self.combined(["0/38", "1/1038", "0/0"])
    #expect(try Self.durations("combined", millis) == [38, 1038, 0])
    let inBrackets = Self.combined(["D=[0/38123]", "D=[1/1038123]", "D=[0/900]"])
    #expect(try Self.durations("combined", inBrackets) == [38.123, 1038.123, 0.9])
    // Below a second they say nothing, and other fractions are none.
    let short = try Self.settled("combined", Self.combined(["0/38", "0/12", "0/412"]))
    #expect(short.decision?.unit == nil && short.notTaken == ["extra_1"])
    #expect(try Self.settled("combined", Self.combined(["3/7", "2/9"])).decision == nil)
  }

  @Test(arguments: ["D", "rt", "duration"])
  func `a whole number with a name is counted with the user's unit, and named without`(
    _ name: String
  ) throws {
    let lines = Self.combined(["38", "412", "7"].map { "17 \(name)=\($0)" })
    let settled = try Self.settled("combined", lines)
    #expect(settled.decision?.unit == nil && settled.notTaken == ["extra_2"])
    #expect(try Self.durations("combined", lines, asked: .milliseconds) == [38, 412, 7])
  }

  @Test func `the object around a line may have a duration that is named`() throws {
    let line = #"203.0.113.7 - - [23/Nov/2026:09:10:13 +0000] \"GET / HTTP/1.1\" 200 5"#
    let bytes = Array(#"{"message":"\#(line)","took_ms":38,"size":5}"#.utf8)
    let format = try #require(FormatDetection(bytes.span).format)
    #expect(format.name == "common in json")
    #expect(format.settled(by: bytes.span, clock: nil).notTaken == ["took_ms"])
  }

  @Test func `a unit's letter may be escaped`() throws {
    let lines = ["844\\u00b5s", "1.5ms", "12\\u03BCs"].map {
      #"{"time":"2026-11-23T09:10:13Z","method":"GET","path":"/","status":200,"latency":"\#($0)"}"#
    }
    #expect(try Self.durations("json", lines) == [0.844, 1.5, 0.012])
  }

  @Test func `Rack's four decimals are seconds, and Apache's small microseconds are doubted`()
    throws
  {
    let common = #"203.0.113.7 - - [23/Nov/2026:09:10:13 +0000] "GET / HTTP/1.1" 200 5 "#
    #expect(
      try Self.durations("common", [common + "1.9812", common + "2.0031"]) == [1981.2, 2003.1])
    let format = try ApacheFormatString.format(of: #"%h %l %u %t "%r" %s %b %D"#)
    let bytes = Array([3, 0, 12].map { common + "\($0)\n" }.joined().utf8)
    let settled = format.settled(by: bytes.span, clock: nil)
    #expect(settled.decision?.unit == nil && settled.notTaken == ["duration"])
    #expect(
      format.settled(by: bytes.span, clock: nil, asked: .milliseconds).format.durationUnit
        == .milliseconds)
  }

  @Test func `a format string's own word is the unit, and a request needs no quotes`() throws {
    let format = try ApacheFormatString.format(of: "%t %a %r %s (%D microseconds)")
    #expect(format.durationUnit == .microseconds)
    #expect(try ApacheFormatString.format(of: "%t %r %s %D ms").durationUnit == .milliseconds)
    var parser = try LineParser(format: format, capturing: [])
    let line =
      "[23/Nov/2026:09:10:13 +0000] 203.0.113.7 GET /v1/a?b HTTP/1.1 200 (38412 microseconds)"
    let reading = try LineReading(Array(line.utf8), by: &parser)
    #expect(reading.text(of: reading.record.target) == "/v1/a?b")
    #expect(reading.record.duration == 38_412_000 && reading.record.status == 200)
  }

  // MARK: Columns

  private static let w3cLogger =
    "#Fields: date time c-ip s-computername s-ip s-port cs-method cs-uri-stem cs-uri-query "
    + "sc-status time-taken cs-version cs-host"

  @Test func `ASP.NET Core writes milliseconds with four decimals, and stamps the start`() throws {
    let lines = ["12.3450", "120.0000"].map {
      "2026-11-23 09:10:13 203.0.113.7 web-1 10.0.0.4 80 GET /v1/a - 200 \($0) HTTP/1.1 shop.test"
    }
    let all = [Self.w3cLogger] + lines
    let bytes = Array(all.map { $0 + "\n" }.joined().utf8)
    let columns = try #require(FormatDetection(bytes.span).format)
    let settled = columns.settled(by: bytes.span, clock: nil)
    #expect(settled.format.durationUnit == .milliseconds)
    #expect(settled.format.timestampMoment == .start)
  }

  @Test func `whole numbers of unknown columns are not counted until somebody says the unit`()
    throws
  {
    let lines = [
      "#Fields: date time cs-method cs-uri-stem sc-status time-taken",
      "2026-11-23 09:10:13 GET / 200 12", "2026-11-23 09:10:13 GET / 200 3",
    ]
    let bytes = Array(lines.map { $0 + "\n" }.joined().utf8)
    let columns = try #require(FormatDetection(bytes.span).format)
    let open = columns.settled(by: bytes.span, clock: nil)
    #expect(open.format.durationUnit == nil && open.notTaken == ["time-taken"])
    let asked = columns.settled(by: bytes.span, clock: nil, asked: .milliseconds)
    #expect(asked.format.durationUnit == .milliseconds && asked.notTaken.isEmpty)
  }

  @Test
  func `IIS Advanced Logging has its own name for milliseconds, and CloudFront one for its time`()
    throws
  {
    let iis = try Self.record(
      "#Fields: date time cs-uri-stem cs-method sc-status TimeTakenMS",
      "2026-11-23 09:10:13.500 /v1/a GET 200 141")
    #expect(iis.duration == 141_000_000)
    // A copy of the time in milliseconds since 1970, which may be all that was selected.
    let cloudFront = try Self.record(
      "#Fields: timestamp(ms) c-ip cs-method cs-uri-stem sc-status x-edge-location time-taken",
      "1795425013500 203.0.113.7 GET /v1/a 200 FRA6-C1 0.141")
    #expect(utcText(cloudFront.start) == "2026-11-23T09:10:13.359Z")
  }

  private static func record(_ fields: String, _ line: String) throws -> AccessRecord {
    let bytes = Array("\(fields)\n\(line)\n".utf8)
    let format = try #require(FormatDetection(bytes.span).format)
      .settled(by: bytes.span, clock: nil).format
    var parser = try LineParser(format: format, capturing: [])
    return try LineReading(Array(line.utf8), by: &parser).record
  }

  // MARK: JSON

  private static func object(_ members: String) -> String {
    #"{"time":"2026-11-23T09:10:13Z","method":"GET","status":200,\#(members)}"#
  }

  private static func target(_ line: String) throws -> String? {
    var parser = try LineParser(format: settled("json", [line, line]).format, capturing: [])
    let reading = try LineReading(Array(line.utf8), by: &parser)
    return reading.text(of: reading.record.target)
  }

  @Test(arguments: [
    (#""path":"/v1/a""#, "/v1/a"), (#""request":"/v1/a?b=c""#, "/v1/a?b=c"),
    (#""path":"/var/log/nginx/access.log","request":"/v1/a""#, "/v1/a"),
    (#""path":"/srv/logs/http.json","request":"/v1/a""#, "/v1/a"),
    (#""path":"/v1/logs","request":"/v1/b""#, "/v1/logs"),
    (#""request":"http://shop.test/v1/a""#, "http://shop.test/v1/a"),
  ])
  func `a path that is a file's name is none`(_ members: String, _ path: String) throws {
    #expect(try Self.target(Self.object(members)) == path)
  }

  @Test func `a log file's name is no path where nothing else is one`() {
    #expect(throws: LineRejection.self) {
      try Self.target(Self.object(#""path":"/var/log/http.log""#))
    }
  }

  @Test(arguments: [
    (#""duration_s":0.0384"#, 38.4), (#""latency_ms":38.4"#, 38.4), (#""elapsedMs":38.4"#, 38.4),
    (#""responseTimeMicros":38400"#, 38.4), (#""took":"38.4ms""#, 38.4),
    (#""duration":0.0384"#, 38.4), (#""duration_ns":38400000"#, 38.4),
    (#""db_duration_s":0.0384"#, nil), (#""request_time":"0.038""#, 38), (#""duration":38"#, nil),
  ])
  func `a key's name or its values say the unit`(_ member: String, _ milliseconds: Double?) throws {
    let line = Self.object(member + #","path":"/v1/a""#)
    #expect(try Self.durations("json", [line]) == [milliseconds])
  }

  @Test func `what looks like a duration or a size and is none is named`() throws {
    let line = Self.object(#""path":"/","elapsed":38,"bytes":100,"count":3"#)
    let settled = try Self.settled("json", [line])
    #expect(settled.notTaken == ["elapsed", "bytes"])
    #expect(settled.decision?.unit == nil && settled.decision?.field == "elapsed")
    #expect(
      try Self.settled("json", [line], asked: .milliseconds).notTaken == ["bytes"])
  }

  @Test func `a unit does not act on keys that no line has`() throws {
    let line = Self.object(#""path":"/v1/a""#)
    #expect(try Self.settled("json", [line], asked: .milliseconds).decision == nil)
  }

  @Test func `logfmt takes the duration that its lines show`() throws {
    let line = "time=2026-11-23T09:10:13Z method=GET path=/v1/a status=200 "
    #expect(try Self.durations("logfmt", [line + "duration=38.4ms"]) == [38.4])
    #expect(try Self.durations("logfmt", [line + "duration_ms=38.4"]) == [38.4])
    #expect(try Self.durations("logfmt", [line + "duration=38"]) == [nil])
    #expect(try Self.durations("logfmt", [line + "duration=38"], asked: .milliseconds) == [38])
  }

  @Test(arguments: [
    ("caddy", DurationUnit.milliseconds), ("envoy", .seconds), ("morgan-tiny", .seconds),
    ("heroku", .seconds), ("traefik-json", .microseconds), ("apisix", .milliseconds),
  ])
  func `the unit that somebody gave acts on every format`(_ name: String, _ unit: DurationUnit)
    throws
  {
    let (fixture, cases) = try CatalogueTests.fixture(
      of: #require(FormatCatalogue.entries.first { $0.name == name }))
    let bytes = Array(cases.map { $0.line + "\n" }.joined().utf8)
    let settled = fixture.format.settled(by: bytes.span, clock: nil, asked: unit)
    #expect(settled.format.durationUnit == unit)
    #expect(settled.decision?.evidence == "as --duration-unit says")
  }

  @Test func `what a format string's last value has swallowed is named`() throws {
    let format = try NginxFormatString.format(
      of: #"$remote_addr [$time_local] "$request" $status $http_user_agent"#)
    func notTaken(_ agent: String) -> [String] {
      let line = #"203.0.113.7 [23/Nov/2026:09:10:13 +0000] "GET / HTTP/1.1" 200 \#(agent)"# + "\n"
      let bytes = Array(String(repeating: line, count: 5).utf8)
      return format.settled(by: bytes.span, clock: nil).notTaken
    }
    for tail in ["0.123", "12ms", "- 0.123"] {
      #expect(notTaken("Mozilla/5.0 (X11) \(tail)") == ["the end of http_user_agent"])
    }
    #expect(notTaken("Mozilla/5.0 (X11)") == [] && notTaken("curl/8.5.0") == [])
  }
}
