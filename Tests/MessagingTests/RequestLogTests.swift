import Addressing
import AccessLogParsing
import Attribution
import ByteScanning
import CZlib
import Foundation
import TestSupport
import Testing

@testable import Messaging

/// Makes items of lines.
struct LogHarness: ~Copyable {
  let names = RunNames(routeLimit: 100)
  private var parser: LineParser
  private let fields: RequestLogFields
  private var builder: RequestLogBuilder

  init(
    _ format: String = "json", rules: RequestLogRules = RequestLogRules(),
    consumers: [ConsumerRule] = [], budget: Int? = nil, compresses: Bool = false,
    telemetry: TelemetrySource? = nil
  ) throws {
    let format = try #require(LogFormat(name: format))
    let fields = RequestLogFields(
      format: format, capturedAfter: 0, areSpans: telemetry != nil)
    let parser = try LineParser(format: format, capturing: fields.names)
    self.fields = fields
    self.parser = parser
    builder = RequestLogBuilder(
      rules: rules, app: SyncHarness.app, names: names,
      budget: RequestLogBuilder.Budget(limit: budget), consumers: consumers, compresses: compresses,
      telemetry: telemetry)
  }

  mutating func add(
    _ line: String, route: String? = nil, consumer: String? = nil, exception: LoggedException? = nil
  ) throws {
    let bytes = Array(line.utf8)
    var record = AccessRecord()
    try parser.parse(bytes.span, line: 0..<bytes.count, into: &record)
    builder.add(
      record, in: bytes.span, line: 0..<bytes.count, fields: fields,
      consumer: consumer.flatMap { names.consumers.id(for: $0) } ?? 0,
      route: route.flatMap { names.routes.id(for: $0) } ?? 0, exception: exception)
  }

  mutating func beginChunk() { builder.beginChunk() }

  mutating func take() -> (
    files: [HubMessage], counts: RequestLogBuilder.Counts, isHostMissing: Bool
  ) {
    builder.take()
  }

  /// The items as lines, without their UUIDs.
  mutating func items() -> [String] {
    take().files.flatMap { String(decoding: $0.body, as: UTF8.self).split(separator: "\n") }
      .map { String($0).replacing(/"uuid":"[0-9a-f-]{36}",/, with: "") }
  }

  /// The items' UUIDs.
  mutating func uuids() -> [String] {
    take().files.flatMap { String(decoding: $0.body, as: UTF8.self).split(separator: "\n") }
      .compactMap { $0.firstMatch(of: /"uuid":"([0-9a-f-]{36})"/).map { String($0.output.1) } }
  }
}

/// A line with nginx's names.
private func line(_ members: String = "", target: String = "/users/1", status: Int = 200) -> String
{
  #"{"msec":1795425013.533,"request_method":"GET","request_uri":"\#(target)","status":\#(status)"#
    + #","request_time":0.032,"host":"api.test"\#(members)}"#
}

struct RequestLogTests {
  @Test func `an item says what the line holds, byte for byte`() throws {
    var harness = try LogHarness()
    try harness.add(
      line(
        #","scheme":"https","content_length":"80","body_bytes_sent":51,"http_referer":"-","#
          + #""http_user_agent":"curl \"8\" é","http_x_api_user":"acme","http_status":"x","#
          + #""sent_http_content_type":"text/plain","http_empty":"""#, target: "/users/1?a=1"),
      route: "/users/{id:int}", consumer: "acme")
    #expect(
      harness.items() == [
        #"{"request":{"timestamp":1795425013.501,"method":"GET","path":"/users/{id:int}","#
          + #""url":"https://api.test/users/1?a=1","headers":[["referer","-"],"#
          + #"["user-agent","curl \"8\" Ã©"],["x-api-user","acme"],["host","api.test"]],"size":80,"#
          + #""consumer":"acme"},"response":{"status_code":200,"response_time":0.032,"#
          + #""headers":[["content-type","text/plain"]],"size":51}}"#
      ])
  }

  @Test func `what the log does not say is left out`() throws {
    var harness = try LogHarness("common")
    try harness.add(#"192.0.2.1 - - [23/Nov/2026:09:10:13 +0000] "get /a HTTP/1.1" 404 -"#)
    let taken = harness.take()
    #expect(taken.isHostMissing)
    let text = String(decoding: try #require(taken.files.first).body, as: UTF8.self)
    #expect(
      text.replacing(/"uuid":"[0-9a-f-]{36}",/, with: "")
        == #"{"request":{"timestamp":1795425013.0,"method":"get","#
        + #""url":"http://unknown.invalid/a"},"response":{"status_code":404,"size":0}}"# + "\n")
  }

  @Test(
    arguments: [
      ("", nil, "http://api.test/"), (#","scheme":"https""#, nil, "https://api.test/"),
      (#","http_x_forwarded_proto":"HTTPS, http""#, nil, "https://api.test/"),
      (#","http_x_forwarded_proto":"http, https""#, nil, "http://api.test/"),
      (#","http_forwarded":"for=a;proto=https""#, nil, "https://api.test/"),
      (#","http_front_end_https":"on""#, nil, "https://api.test/"),
      ("", "https://x.test", "https://api.test/"),
      (#","host":"""#, "https://x.test:8443", "https://x.test:8443/"),
      (#","host":"b.test:443""#, nil, "https://b.test/"),
      (#","host":"b.test:80""#, nil, "http://b.test/"),
      (#","host":"b.test:8080""#, nil, "http://b.test:8080/"),
      (#","host":"[::1]:8080""#, nil, "http://[::1]:8080/"),
      (#","host":"a/b?c@d""#, nil, "http://a_b_c_d/"),
    ] as [(String, String?, String)])
  func `scheme and host come from the log, else from the configuration`(
    _ members: String, _ base: String?, _ expected: String
  ) throws {
    var rules = RequestLogRules()
    rules.baseURL = base
    var harness = try LogHarness(rules: rules)
    try harness.add(line(members, target: "/"))
    let item = try #require(harness.items().first)
    #expect(item.contains("\"url\":\"\(expected)\""), "\(item)")
  }

  @Test func `headers are masked by name, and secrets in the others`() throws {
    var harness = try LogHarness()
    try harness.add(
      line(
        #","http_authorization":"Basic YWxhZGRpbg==","http_cookie":"a=b","http_x_api_key":"k","#
          + #""http_x_access_key":"0123456789","http_x_any":"Bearer abc","#
          + #""http_referer":"https://u:p@a.test/?token=abc&b=1&m=jane%40example.com","#
          + #""http_from":"jane@example.com","sent_http_set_cookie":"s=1","#
          + #""sent_http_location":"/x?password=abc#f""#))
    let item = try #require(harness.items().first)
    let headers = [
      #"["authorization","******"]"#, #"["cookie","******"]"#, #"["x-api-key","******"]"#,
      #"["x-access-key","******"]"#, #"["x-any","******"]"#,
      #"["referer","https://******@a.test/?token=******&b=1&m=******"]"#, #"["from","******"]"#,
      #"["set-cookie","******"]"#, #"["location","/x?password=******#f"]"#,
    ]
    for header in headers { #expect(item.contains(header), "\(header) in \(item)") }
  }

  @Test func `the field of a consumer rule is shown, unless the rule cuts or hashes it`() throws {
    var harness = try LogHarness(consumers: [
      ConsumerRule(field: "http_from"), ConsumerRule(field: "http_x_client", digest: .sha256),
      ConsumerRule(field: "request.headers.X-Part", pattern: "^(.)"),
    ])
    try harness.add(
      line(
        #","http_from":"jane@example.com","http_x_client":"c-1","#
          + #""request":{"headers":{"X-Part":["abc"],"X-Other":["def"]}}"#))
    let item = try #require(harness.items().first)
    for header in [
      #"["from","jane@example.com"]"#, #"["x-client","******"]"#, #"["x-part","******"]"#,
      #"["x-other","def"]"#,
    ] { #expect(item.contains(header), "\(header) in \(item)") }
  }

  @Test(
    arguments: [
      ("/healthz", nil, false), ("/a/_HEALTH-checks", nil, false), ("/ping", nil, false),
      ("/pings", nil, true), ("/favicon-16.ico", nil, false), ("/.well-known/x", nil, false),
      ("/.well-known", nil, true), ("/internal/x", nil, false), ("/a%2Fping", nil, false),
      // The template decides where there is one.
      ("/ping", "/{name}", true), ("/x", "/{name}/ping", false),
    ] as [(String, String?, Bool)])
  func `paths are left out as the middleware and the user say`(
    _ target: String, _ route: String?, _ isLogged: Bool
  ) throws {
    var rules = RequestLogRules()
    rules.excludedPaths = ["^/Internal/"]
    var harness = try LogHarness(rules: rules)
    for _ in 0..<2 { try harness.add(line(target: target), route: route) }
    let counts = harness.take().counts
    #expect(counts.items == (isLogged ? 2 : 0) && counts.excluded == (isLogged ? 0 : 2))
  }

  @Test(arguments: [
    ("kube-probe/1.29", false), ("ELB-HealthChecker/2.0", false), ("GoogleHC/1.0", false),
    ("my robot", false), ("curl/8", true), ("", true),
  ])
  func `user agents are left out as the middleware and the user say`(
    _ agent: String, _ isLogged: Bool
  ) throws {
    var rules = RequestLogRules()
    rules.excludedUserAgents = ["ROBOT"]
    var harness = try LogHarness(rules: rules)
    try harness.add(line(#","http_user_agent":"\#(agent)""#))
    #expect(harness.take().counts.items == (isLogged ? 1 : 0))
  }

  @Test func `only the statuses asked for`() throws {
    var rules = RequestLogRules()
    rules.statuses = [404...404, 500...599]
    var harness = try LogHarness(rules: rules)
    for status in [200, 404, 405, 500, 599] { try harness.add(line(status: status)) }
    #expect(harness.take().counts.items == 3)
  }

  @Test func `no more than the budget`() throws {
    var harness = try LogHarness(budget: 3)
    for number in 0..<10 { try harness.add(line(target: "/\(number)")) }
    let counts = harness.take().counts
    #expect(counts.items == 3 && counts.overLimit == 7)
  }

  @Test func `a sample is a share, and the same one each time`() throws {
    var rules = RequestLogRules()
    rules.sampleRate = 0.25
    func sample() throws -> [String] {
      var harness = try LogHarness(rules: rules)
      for number in 0..<2000 { try harness.add(line(target: "/\(number)")) }
      return harness.uuids()
    }
    let first = try sample()
    #expect((400...600).contains(first.count))
    #expect(try sample() == first)
    rules.sampleRate = 0
    #expect(try sample().isEmpty)
  }

  // MARK: Identity

  @Test func `an item is known by its line, equal lines of a chunk by their number`() throws {
    var harness = try LogHarness()
    for _ in 0..<3 { try harness.add(line()) }
    try harness.add(line(target: "/other"))
    let first = harness.uuids()
    #expect(Set(first).count == 4)
    harness.beginChunk()
    for _ in 0..<2 { try harness.add(line()) }
    #expect(harness.uuids() == Array(first.prefix(2)))
    for uuid in first { #expect(uuid.wholeMatch(of: /[0-9a-f]{8}-[0-9a-f]{4}-5.*/) != nil) }
  }

  @Test func `a file is known by its items`() throws {
    func file(_ targets: [String]) throws -> String {
      var harness = try LogHarness(compresses: true)
      for target in targets { try harness.add(line(target: target)) }
      return try #require(harness.take().files.first).uuid
    }
    #expect(try file(["/a", "/b"]) == file(["/a", "/b"]))
    #expect(try file(["/a", "/b"]) != file(["/a"]))
  }

  // MARK: Files

  @Test func `files have at most a megabyte and hold every item once`() throws {
    var harness = try LogHarness(compresses: true)
    var generator = SeededGenerator(seed: 5)
    // Random text hardly compresses.
    let count = 4000
    for _ in 0..<count {
      let noise = (0..<60).map { _ in
        String(UInt64.random(in: 0 ... .max, using: &generator), radix: 36)
      }
      try harness.add(line(target: "/" + noise.joined()))
    }
    let taken = harness.take()
    #expect(taken.files.count > 2)
    var items = 0
    for file in taken.files {
      #expect(file.body.count <= 1_000_000)
      #expect(file.kind == .log && file.envelope.query == "uuid=\(file.uuid)")
      let lines = try gunzipped(file.body).split(separator: UInt8(ascii: "\n"))
      items += lines.count
    }
    #expect(items == count && taken.counts.items == count)
    #expect(Set(taken.files.map(\.uuid)).count == taken.files.count)
    #expect(harness.take().files.isEmpty)
  }

  @Test func `an item over the limit is left out and told`() throws {
    var harness = try LogHarness()
    let limit = RequestLogBuilder.itemLimit
    try harness.add(line(target: "/" + String(repeating: "x", count: limit)))
    try harness.add(line(target: "/" + String(repeating: "x", count: limit - 300)))
    let counts = harness.take().counts
    #expect(counts.tooLong == 1 && counts.items == 1)
  }

  /// Lines as hostile as they come: what is written is JSON, or nothing is.
  @Test func `whatever a line holds, an item is valid JSON`() throws {
    var harness = try LogHarness()
    var generator = SeededGenerator(seed: 11)
    let whole = Array(
      line(
        #","http_referer":"https://é:\u0000@b.c/?a=%40&token=%","http_x":["a","b"],"x":{"y":[1]},"#
          + #""request":{"headers":{"A_b":["\ud800"]}}"#, target: "/%00%C3?%=%&@=@%40.%"
      ).utf8)
    for _ in 0..<3000 {
      var bytes = whole
      for _ in 0..<Int.random(in: 1...4, using: &generator) {
        bytes[Int.random(in: bytes.indices, using: &generator)] = UInt8.random(
          in: 0...255, using: &generator)
      }
      try? harness.add(bytes)
    }
    let taken = harness.take()
    #expect(taken.counts.items > 300)
    for file in taken.files {
      for item in file.body.split(separator: UInt8(ascii: "\n")) {
        #expect(throws: Never.self) { try JSONSerialization.jsonObject(with: Data(item)) }
      }
    }
  }

  @Test func `an exception goes with its item`() throws {
    var harness = try LogHarness()
    let exception = LoggedException(type: "E", message: "m\"", traceback: "t\n")
    try harness.add(line(status: 500), exception: exception)
    #expect(
      harness.items().first?.hasSuffix(
        #","exception":{"type":"E","message":"m\"","traceback":"t"}}"#) == true)
  }
}

extension LogHarness {
  mutating func add(_ bytes: [UInt8]) throws {
    try add(bytes.span, 0..<bytes.count)
  }

  private mutating func add(_ bytes: borrowing Span<UInt8>, _ range: Range<Int>) throws {
    var record = AccessRecord()
    try parser.parse(bytes, line: range, into: &record)
    builder.add(
      record, in: bytes, line: range, fields: fields, consumer: 0, route: 0, exception: nil)
  }
}

/// What a gzip stream of one member holds.
func gunzipped(_ body: [UInt8]) throws -> [UInt8] {
  var stream = unsafe z_stream()
  var output = [UInt8](repeating: 0, count: 32 << 20)
  var input = body
  let size = unsafe Int32(MemoryLayout<z_stream>.size)
  let begun = unsafe inflateInit2_(&stream, 15 + 16, ZLIB_VERSION, size)
  #expect(begun == Z_OK)
  defer { unsafe inflateEnd(&stream) }
  var status = Z_OK
  let written = unsafe input.withUnsafeMutableBufferPointer { input in
    unsafe output.withUnsafeMutableBufferPointer { output in
      unsafe stream.next_in = input.baseAddress
      unsafe stream.avail_in = UInt32(input.count)
      unsafe stream.next_out = output.baseAddress
      unsafe stream.avail_out = UInt32(output.count)
      status = unsafe inflate(&stream, Z_FINISH)
      return unsafe output.count - Int(stream.avail_out)
    }
  }
  let rest = unsafe stream.avail_in
  try #require(status == Z_STREAM_END && rest == 0)
  return Array(output.prefix(written))
}
