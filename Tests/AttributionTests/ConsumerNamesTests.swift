import AccessLogParsing
import Attribution
import ByteScanning
import Diagnostics
import Testing

struct ConsumerNamesTests {
  private func names(_ text: String, _ source: String = "c.csv") throws -> ConsumerNames {
    try ConsumerNames(bytes: Array(text.utf8), source: source)
  }

  static let expected: [String: ConsumerDetails] = [
    "acme": ConsumerDetails(name: "Acme, \"Inc.\"", group: "partners"),
    "globex": ConsumerDetails(name: "Globex", group: nil),
    "zoë": ConsumerDetails(name: nil, group: "people"),
  ]

  @Test(arguments: [
    (
      "c.csv",
      "identifier,name,group\nacme,\"Acme, \"\"Inc.\"\"\",partners\nglobex, Globex \nzoë,,people"
    ),
    (
      "c.txt",
      "\u{FEFF}acme,\"Acme, \"\"Inc.\"\"\",partners\r\n\r\nglobex,Globex,\r\n zoë ,,people\r\n"
    ),
    (
      "c.yaml",
      """
      - {identifier: acme, name: 'Acme, "Inc."', group: partners}
      - identifier: globex
        name: Globex
      - {identifier: zoë, group: people}
      """
    ),
    (
      "c.yml",
      """
      acme: {name: 'Acme, "Inc."', group: partners}
      globex: Globex
      zoë: {group: people}
      """
    ),
    (
      "c.json",
      #"{"acme":{"name":"Acme, \"Inc.\"","group":"partners"},"globex":"Globex","zoë":{"group":"people"}}"#
    ),
  ])
  func `CSV and YAML say the same`(_ source: String, _ text: String) throws {
    #expect(try names(text, source).entries == Self.expected)
  }

  @Test func `a name and a group are cut to 64 characters, as by the middleware`() {
    let long = String(repeating: "é", count: 70)
    let details = ConsumerDetails(name: " \(long) ", group: "\t\n")
    #expect(details.name == String(repeating: "é", count: 64) && details.group == nil)
  }

  @Test(
    arguments: [
      ("c.csv", "a,A\nb\n", "c.csv:2: error: a line has identifier, name and group, not 1 fields"),
      ("c.csv", "a,A,B,C\n", "c.csv:1: error: a line has identifier, name and group, not 4 fields"),
      ("c.csv", "a,A\n,B\n", "c.csv:2: error: the identifier is missing here"),
      ("c.csv", "a,A\nb,B\na,C\n", "c.csv:3: error: the identifier appears earlier in the file"),
      ("c.csv", "a,\"A\n\nb,B\n", "c.csv:1: error: a quote that begins here is not closed"),
      ("c.yaml", "a: [b]\n", "c.yaml:1: error: this is neither a name nor a mapping"),
      ("c.yaml", "a:\n  nane: b\n", "c.yaml:2: error: unknown key `nane`"),
      ("c.yaml", "- a\n", "c.yaml:1: error: this is neither a name nor a mapping"),
      ("c.yaml", "just text\n", "c.yaml:1: error: this is neither a name nor a mapping"),
      ("c.yaml", "- {name: a}\n", "c.yaml:1: error: the identifier is missing here"),
      ("c.csv", "a,\u{0}", nil),
    ] as [(String, String, String?)])
  func `a mistake is told with its place`(
    _ source: String, _ text: String, _ expected: String?
  ) throws {
    guard let expected else {
      #expect(try names(text, source).entries["a"]?.name == "\u{FFFD}")
      return
    }
    let error = try #require(throws: ConsumerNamesError.self) { try names(text, source) }
    #expect(error.diagnostic.rendered.hasPrefix(expected), "\(error.diagnostic.rendered)")
    #expect(error.diagnostic.exitStatus == .wrongUsage)
  }
}

struct ConsumerDetailFinderTests {
  private static let rules: AttributionRules = {
    var rules = AttributionRules(routes: RouteRules(known: [], unmatched: .drop))
    rules.consumers = [
      ConsumerRule(field: "key", nameField: "key_name"),
      ConsumerRule(field: "user", nameField: "user_name", groupField: "team"),
    ]
    return rules
  }()

  /// What lines tell of consumers, in any order.
  private func details(_ lines: [String]) throws -> [String: ConsumerDetails] {
    let names = RunNames(routeLimit: 10)
    var parser = try LineParser(
      format: .json(.nginx, .start), capturing: Self.rules.capturedFields)
    var attributor = try Attributor(rules: Self.rules, names: names)
    var table = ConsumerDetailTable()
    for half in [lines.prefix(2), lines.dropFirst(2)] {
      guard var finder = try ConsumerDetailFinder(rules: Self.rules, names: names) else { continue }
      for line in half {
        let bytes = Array(line.utf8)
        var record = AccessRecord()
        try parser.parse(bytes.span, line: 0..<bytes.count, into: &record)
        _ = attributor.attribute(record, in: bytes.span)
        finder.note(record, in: bytes.span)
      }
      table.merge(finder.take())
    }
    return Dictionary(
      uniqueKeysWithValues: table.details.map {
        (String(decoding: names.consumers.name($0.id), as: UTF8.self), $0.details)
      })
  }

  private func line(_ second: Int, _ members: String) -> String {
    #"{"ts":\#(second),"request":"GET / HTTP/1.1","status":200,\#(members)}"#
  }

  @Test func `the newest name counts, whatever the order of lines`() throws {
    let lines = [
      line(10, #""user":"u1","user_name":"Old","team":"a""#),
      line(30, #""user":"u1","user_name":"New\"","team":"""#),
      line(20, #""user":"u1","user_name":"Older","team":"b""#),
      line(20, #""key":"k1","key_name":"Key","user":"u2","user_name":"no""#),
      line(20, #""user":"u3""#),
    ]
    let expected = [
      "u1": ConsumerDetails(name: "New\"", group: "b"),
      "k1": ConsumerDetails(name: "Key", group: nil),
    ]
    for order in [lines, lines.reversed()] { #expect(try details(order) == expected) }
  }

  @Test func `without fields for names there is nothing to find`() throws {
    var rules = Self.rules
    rules.consumers = [ConsumerRule(field: "user")]
    let finder = try ConsumerDetailFinder(rules: rules, names: RunNames(routeLimit: 1))
    let isThere = finder != nil
    #expect(!isThere)
  }

  @Test(arguments: [
    ("http_authorization", true), ("http_x_api_key", true), ("apiKey", true), ("cookie", true),
    ("http_x_session", true), ("user.password", true), ("access_token", true),
    ("remote_user", false), ("http_x_api_user", false), ("user.id", false), ("apiKeyId", false),
    ("api_key_id", false), ("extra_1", false),
  ])
  func `a field that holds a secret is known by its name`(_ field: String, _ isSecret: Bool) {
    #expect(SecretFields.isSecret(field: field) == isSecret)
  }

  @Test func `an OpenAPI document is sent as JSON`() throws {
    let yaml = """
      openapi: 3.1.0
      info: {title: "A \\"b\\"", version: '1.0', x: [1, 1.5, true, null, 0x1, ~]}
      paths:
        /a: {get: {}}
      """
    let document = try OpenAPIDocument(bytes: Array(yaml.utf8), source: "a.yaml")
    #expect(
      document.json
        == #"{"openapi":"3.1.0","info":{"title":"A \"b\"","version":"1.0","x":[1,1.5,true,null,"0x1","#
        + #"null]},"paths":{"/a":{"get":{}}}}"#)
    let json = #" {"openapi": "3.0.0", "paths": {"/a": {"get": {}}}}"#
    #expect(try OpenAPIDocument(bytes: Array(json.utf8), source: "a").json == json)
    let large = json.replacing(
      "3.0.0\"", with: "3.0.0\", \"x\": \"\(String(repeating: "x", count: 900_000))\"")
    #expect(try OpenAPIDocument(bytes: Array(large.utf8), source: "a").json == nil)
  }
}
