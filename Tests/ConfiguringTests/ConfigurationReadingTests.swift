import AccessLogParsing
import Attribution
import Configuring
import Diagnostics
import Testing

let formatNames = ["nginx-combined", "combined", "common"]

func configuration(_ fixture: Fixture) throws -> Configuration {
  try Configuration(
    bytes: fixture.bytes, path: "\(fixture.name)", formatNames: formatNames)
}

func configuration(_ text: String) throws(ConfigurationError) -> Configuration {
  try Configuration(bytes: Array(text.utf8), path: "c.yaml", formatNames: formatNames)
}

struct ConfigurationReadingTests {
  @Test func `every key finds its place`() throws {
    var read = try configuration(Fixture("configuration/complete.yaml"))
    var expected = Configuration()
    expected.path = "complete.yaml"
    expected.durationUnit = .microseconds
    expected.clientID = "76b5cb91-a0a4-4ea0-a894-57d2b9fcb2c9"
    expected.environment = "prod"
    expected.hubURL = "http://127.0.0.1:8900/apitally/"
    expected.stateDirectory = "state"
    expected.inputs = ["/var/log/nginx/access.log*", "older/*.gz", "-", "~/logs/access.log"]
    expected.bucketSeconds = 300
    var fields = FieldMapping()
    fields.time = ["msec"]
    fields.method = ["method"]
    fields.target = ["request.uri"]
    fields.route = ["route"]
    fields.request = ["request"]
    fields.status = ["status"]
    fields.requestSize = ["content_length"]
    fields.responseSize = ["sent_http_content_length", "body_bytes_sent"]
    fields.duration = ["upstream_header_time", "request_time"]
    fields.durationUnit = .milliseconds
    fields.host = ["host"]
    fields.scheme = ["scheme"]
    fields.userAgent = ["http_user_agent"]
    fields.remoteAddress = ["remote_addr"]
    fields.referer = ["http_referer"]
    fields.exceptionType = ["error.type"]
    fields.exceptionMessage = ["error.message"]
    fields.exceptionTraceback = ["error.stack"]
    fields.validationErrors = ["error.detail"]
    expected.format = .json(fields, timeIs: .end)
    expected.consumers = [
      ConsumerRule(field: "http_x_api_user"),
      ConsumerRule(
        field: "http_authorization", pattern: "^Bearer (.{8})", digest: .sha256, encoding: .latin1,
        nameField: "user.name", groupField: "user.group"),
    ]
    expected.consumerNames = "consumers.csv"
    expected.requestLogs.excludedPaths = ["^/internal/"]
    expected.requestLogs.excludedUserAgents = ["UptimeRobot"]
    expected.requestLogs.maskedQueryParameters = ["^session$"]
    expected.requestLogs.maskedHeaders = ["^x-signature$"]
    expected.requestLogs.sampleRate = 0.25
    expected.requestLogs.statuses = [500...599, 404...404]
    expected.requestLogs.baseURL = "https://api.example.com"
    expected.appVersion = "2026.11"
    expected.client = "python:starlette"
    expected.filters = [
      RecordFilter(
        name: "never-forwarded", field: "upstream_response_time", condition: .equals("")),
      RecordFilter(
        name: "probes", field: "http_user_agent", condition: .matches("^kube-probe/")),
    ]
    expected.routes = .list([
      KnownRoute(method: "GET", template: "/users/{user_id}"),
      KnownRoute(method: "HEAD", template: "/users/{user_id}"),
      KnownRoute(method: "POST", template: "/users"),
    ])
    expected.unmatched = .keep
    // A copy of a section says what the section says.
    let copies = read.sections.sorted { $0.key < $1.key }
    #expect(copies.map(\.key) == ["format", "request_logs"])
    let text = copies.map { key, section in
      "\(key):\n" + section.split(separator: "\n").map { "  \($0)\n" }.joined()
    }.joined()
    let copied = try configuration(text)
    #expect(copied.format == expected.format && copied.requestLogs == expected.requestLogs)
    read.sections = [:]
    #expect(read == expected)
  }

  @Test func `a plain word stays the text that it shows`() throws {
    let read = try configuration(Fixture("configuration/plain-words.yaml"))
    #expect(read.environment == "no")
    #expect(read.format == .named("combined"))
    #expect(read.filters.map(\.name) == ["404", "off"])
    #expect(read.filters.map(\.condition) == [.equals("404"), .equals("on")])
    #expect(read.consumers == [ConsumerRule(field: "2025-11-10")])
  }

  @Test(arguments: [
    ("type: auto", FormatChoice.detect),
    ("type: json", .json(nil, timeIs: nil)),
    ("{type: json, time_is: start}", .json(nil, timeIs: .start)),
    ("type: nginx-combined", .named("nginx-combined")),
    (
      "{type: combined, duration: {field: extra_1, unit: us}}",
      .format(
        LogFormat(name: "combined")?.deciding("extra_1", unit: .microseconds) ?? .json(.nginx, .end)
      )
    ),
    (
      "{type: common, time_is: start}",
      .format(LogFormat(name: "common")?.timestamped(.start) ?? .json(.nginx, .end))
    ),
    (
      "{type: apache, string: '%h %t \"%r\" %>s'}",
      .format((try? ApacheFormatString.format(of: #"%h %t "%r" %>s"#)) ?? .json(.nginx, .end))
    ),
  ])
  func `a format is found out, named or JSON`(_ text: String, _ format: FormatChoice) throws {
    #expect(try configuration("format:\n  \(text)").format == format)
  }

  @Test(arguments: [
    ("openapi: api.json", RouteSource.openAPI("api.json")),
    ("file: routes.txt", .file("routes.txt")),
  ])
  func `routes come from one source`(_ text: String, _ source: RouteSource) throws {
    #expect(try configuration("routes: {\(text)}").routes == source)
  }

  @Test(arguments: ["", "\n", "# nothing\n", "\u{FEFF}# nothing", "---\n", "{}"])
  func `a file that says nothing is a configuration`(_ text: String) throws {
    if text == "---\n" {
      // A document that is there and holds null is not the same as none.
      #expect(throws: ConfigurationError.self) { try configuration(text) }
    } else {
      var nothing = Configuration()
      nothing.path = "c.yaml"
      #expect(try configuration(text) == nothing)
    }
  }

  @Test(arguments: try Fixture.all(in: "configuration/refused", endingWith: ".yaml"))
  func `a mistake is named with its place and what to do`(_ fixture: Fixture) throws {
    let error = try #require(throws: ConfigurationError.self) { try configuration(fixture) }
    #expect(error.diagnostics.allSatisfy { $0.exitStatus == .wrongUsage })
    let text = error.diagnostics.map { "\($0.rendered) [\($0.code)]\n" }.joined()
    try fixture.expect(text)
  }

  @Test func `a file over the limit is refused before it is parsed`() throws {
    let limit = Configuration.maximumByteCount
    let atLimit = "# " + String(repeating: "x", count: limit - 2)
    #expect(throws: Never.self) { try configuration(atLimit) }
    let error = #expect(throws: ConfigurationError.self) { try configuration(atLimit + "x") }
    #expect(error?.diagnostics.first?.message == "the file is larger than 1 MiB")
  }

  @Test func `the number of reported mistakes is limited`() throws {
    let text = (0..<200).map { "unknown\($0): 1\n" }.joined()
    let error = #expect(throws: ConfigurationError.self) { try configuration(text) }
    #expect(error?.problems.count == 50)
  }

  @Test(arguments: ["[", "{a: ", "- ", "? "])
  func `deep nesting is refused and overflows no stack`(_ opening: String) throws {
    let text = String(repeating: opening, count: 200_000 / opening.utf8.count)
    #expect(throws: ConfigurationError.self) { try configuration(text) }
    let allowed = String(repeating: "[", count: 900) + String(repeating: "]", count: 900)
    let error = #expect(throws: ConfigurationError.self) { try configuration("env: " + allowed) }
    #expect(error?.diagnostics.map(\.code) == ["wrong-type"])
  }

  @Test func `half a file is refused or read, never a crash`() throws {
    let bytes = try Fixture("configuration/complete.yaml").bytes
    for length in bytes.indices {
      _ = try? Configuration(
        bytes: Array(bytes[..<length]), path: "c.yaml", formatNames: formatNames)
      var damaged = bytes
      damaged[length] ^= 0x15
      _ = try? Configuration(bytes: damaged, path: "c.yaml", formatNames: formatNames)
    }
  }
}

struct ConfigurationPathTests {
  static let home = ["HOME": "/home/ada"]

  @Test(
    arguments: [
      ("given.yaml", home, [], "given.yaml"),
      (
        nil, home, ["backtally.yaml", "/home/ada/.config/backtally/backtally.yaml"],
        "backtally.yaml"
      ),
      (
        nil, home, ["/home/ada/.config/backtally/backtally.yaml"],
        "/home/ada/.config/backtally/backtally.yaml"
      ),
      (
        nil, ["HOME": "/home/ada", "XDG_CONFIG_HOME": "/etc/xdg"],
        ["/etc/xdg/backtally/backtally.yaml"],
        "/etc/xdg/backtally/backtally.yaml"
      ),
      (
        nil, ["HOME": "/h", "XDG_CONFIG_HOME": "relative"],
        ["relative/backtally/backtally.yaml", "/h/.config/backtally/backtally.yaml"],
        "/h/.config/backtally/backtally.yaml"
      ),
      (nil, home, [], nil),
      (nil, [:], ["/.config/backtally/backtally.yaml"], nil),
    ] as [(String?, [String: String], [String], String?)])
  func `the first configuration file that exists is read`(
    _ explicit: String?, _ environment: [String: String], _ files: [String], _ path: String?
  ) {
    let found = configurationPath(
      explicit: explicit, environment: environment, fileExists: files.contains)
    #expect(found == path)
  }
}
