import Attribution
import Diagnostics
import Testing
import TestSupport

private func document(_ text: String) throws(OpenAPIError) -> OpenAPIDocument {
  try OpenAPIDocument(bytes: Array(text.utf8), source: "api.yaml")
}

/// A document with these paths, each with a `get`.
private func document(paths: [String]) throws(OpenAPIError) -> OpenAPIDocument {
  let items = paths.map { "  \"\($0)\": {get: {}}\n" }.joined()
  return try document("openapi: 3.0.0\npaths:\n\(items)")
}

struct OpenAPIRoutesTests {
  @Test func `literal text comes before parameters and references are followed`() throws {
    let fixture = Fixture("routes/openapi/order.yaml")
    let document = try OpenAPIDocument(bytes: fixture.bytes, source: fixture.name)
    try fixture.expect(lines(document.routes))
    #expect(try document.text == fixture.text)
  }

  @Test func `base paths are those of the servers, the longest first`() throws {
    let bytes = try Fixture("routes/openapi/order.yaml").bytes
    let document = try OpenAPIDocument(bytes: bytes, source: "o")
    #expect(
      document.basePaths.map(\.path) == [
        "/long/base/path/v2", "/api/v1", "/{any}/v2", "/lost", "/api",
      ])
  }

  @Test func `a document of version 2 has a base path`() throws {
    let document = try OpenAPIDocument(
      bytes: Fixture("routes/openapi/swagger.json").bytes, source: "swagger.json")
    #expect(lines(document.routes) == "GET /users\nGET /users/{id}\nDELETE /users/{id}\n")
    #expect(document.basePaths == [BasePath("/api")])
    #expect(!document.isCurrent)
  }

  @Test func `a path that cannot be used is named, and the others are`() throws {
    let document = try OpenAPIDocument(
      bytes: Fixture("routes/openapi/one-bad-path.yaml").bytes, source: "o.yaml")
    #expect(lines(document.routes) == "GET /users\n")
    #expect(document.problems.map(\.lineNumber) == [4])
    #expect(document.problems.map(\.reason) == [.route(.relativePath("orders"))])
  }

  /// Servers, paths with their methods, requests, and what these are counted as.
  private static let servers: [(document: String, requests: [(String, String)])] = [
    (
      // The base path is a path of its own, too.
      """
      servers: [{url: https://api.example.com/orders}]
      paths: {/: {get: {}}, '/{id}': {get: {}}, '/{id}/items': {get: {}}}
      """,
      [
        ("GET /orders", "GET /"), ("GET /orders/", "GET /"), ("GET /orders/17", "GET /{id}"),
        ("GET /orders/17/items", "GET /{id}/items"), ("GET /orders/items", "GET /{id}"),
        ("GET /17", "GET /{id}"),
      ]
    ),
    (
      // API Gateway.
      """
      servers:
        - {url: 'https://a.example/{basePath}', variables: {basePath: {default: prod}}}
      paths:
        /health: {get: {}}
        '/files/{proxy+}': {get: {}}
        '/{proxy+}': {x-amazon-apigateway-any-method: {}}
      """,
      [
        ("GET /prod/health", "GET /health"), ("GET /dev/health", "GET /health"),
        ("GET /prod/files/a/b/c.txt", "GET /files/{proxy+}"),
        ("HEAD /prod/files/a", "HEAD /files/{proxy+}"),
        ("PATCH /prod/users/17/orders", "PATCH /{proxy+}"), ("GET /users", "GET /{proxy+}"),
        ("GET /health", "GET /health"), ("GET /files/a", "GET /files/{proxy+}"),
        ("GET /prod", "GET /{proxy+}"),
      ]
    ),
    (
      """
      servers:
        - {url: 'https://{region}.example.com/api/{version}', variables: {
            region: {default: eu}, version: {default: v2, enum: [v1, v2]}}}
      paths: {/users: {get: {}}}
      """,
      [
        ("GET /api/v1/users", "GET /users"), ("GET /api/v2/users", "GET /users"),
        ("GET /api/v3/users", "unmatchedRoute"), ("GET /users", "GET /users"),
      ]
    ),
    (
      // Servers of a path and of an operation.
      """
      servers: [{url: /a}]
      paths:
        /one: {get: {}}
        /two: {servers: [{url: /b}], get: {}, post: {servers: [{url: /c/d}]}}
      """,
      [
        ("GET /a/one", "GET /one"), ("GET /b/one", "unmatchedRoute"),
        ("GET /b/two", "GET /two"), ("GET /a/two", "unmatchedRoute"),
        ("POST /c/d/two", "POST /two"), ("POST /b/two", "unmatchedRoute"),
      ]
    ),
    (
      // The rest of the path, in the spellings of several makers.
      """
      paths:
        '/a/{*path}': {get: {}}
        '/b/{path:.*}': {get: {}}
        '/c/{path:path}': {get: {}}
        '/d/{id:[0-9]+}': {get: {}}
        '/e/{id:[a-z]+}/x': {get: {}}
      """,
      [
        ("GET /a/b/c", "GET /a/{*path}"), ("GET /b/c/d", "GET /b/{path:.*}"),
        ("GET /c/d/e", "GET /c/{path:path}"), ("GET /d/17", "GET /d/{id:[0-9]+}"),
        ("GET /d/x", "unmatchedRoute"), ("GET /e/17/x", "GET /e/{id:[a-z]+}/x"),
      ]
    ),
  ]

  @Test(arguments: servers)
  func `a request belongs to the path that the servers put it under`(
    item: (document: String, requests: [(String, String)])
  ) throws {
    let document = try document("openapi: 3.1.0\n" + item.document)
    var rules = RouteRules(known: document.routes, unmatched: .drop)
    rules.basePaths = document.basePaths
    var harness = try AttributionHarness(AttributionRules(routes: rules))
    for (request, expected) in item.requests {
      let words = request.split(separator: " ")
      #expect(harness.outcome(String(words[0]), String(words[1])) == expected, "\(request)")
    }
  }

  @Test func `JSON may be indented by tabs and escape what it likes`() throws {
    let fixture = Fixture("routes/openapi/escapes.json")
    let document = try OpenAPIDocument(bytes: fixture.bytes, source: fixture.name)
    #expect(lines(document.routes) == "POST /plain\nGET /smile/😀/{id}\n")
    #expect(try document.text == fixture.text)
  }

  @Test(arguments: [
    (["/{a}", "/b"], ["/b", "/{a}"]),
    (["/{a}/x", "/b/{c}", "/b/x"], ["/b/x", "/b/{c}", "/{a}/x"]),
    (["/{a}", "/{a}.json", "/x-{a}"], ["/{a}.json", "/x-{a}", "/{a}"]),
    (["/{p:path}", "/{a}/{b}", "/{a}"], ["/{a}", "/{a}/{b}", "/{p:path}"]),
    (["/z/{a}", "/y/{a}", "/z", "/y"], ["/z", "/y", "/z/{a}", "/y/{a}"]),
    (["/a/", "/a"], ["/a", "/a/"]),
    (["/{a}-{b}", "/{a}"], ["/{a}-{b}", "/{a}"]),
  ])
  func `the order is one in which the first match is right`(
    _ paths: [String], _ sorted: [String]
  ) throws {
    #expect(try document(paths: paths).routes.map(\.template) == sorted)
  }

  @Test(arguments: ["3.0.0", "3.1.0", "3.2.0", "'3.0'", "3.0"])
  func `every version 3 is read`(_ version: String) throws {
    let document = try document("openapi: \(version)\npaths: {/a: {get: {}}}")
    #expect(document.routes == [KnownRoute(method: "GET", template: "/a")])
  }

  @Test(arguments: try Fixture.all(in: "routes/openapi/refused"))
  func `a document without usable routes is refused with a reason`(
    _ fixture: Fixture
  ) throws {
    let error = try #require(throws: OpenAPIError.self) {
      try OpenAPIDocument(bytes: fixture.bytes, source: fixture.name)
    }
    #expect(error.diagnostic.exitStatus == .wrongUsage)
    try fixture.expect("\(error.diagnostic.rendered)\n")
  }

  @Test func `prose that looks like an alias is no alias`() throws {
    let document = try document(
      """
      openapi: 3.0.0
      info:
        description: |
          - *every* word, *some words together
          R&D: &once and AT&T
          - *undefined here
      paths: {/a: {get: {}}}
      """)
    #expect(document.routes.count == 1)
  }

  /// Anybody who can ask for a path could have a drafted list refused.
  @Test func `what looks like an alias in quotes or a comment is none`() throws {
    let text = """
      - "GET /!a&x"    # !a &x *x &a0_x *a0_x
      - 'PUT /!b*x'
      # !c *x, [*x]

      """
    let list = try RouteList(bytes: Array(text.utf8), source: "routes.yaml")
    #expect(list.routes.map(\.template) == ["/!a&x", "/!b*x"])
    // One that is an alias is refused beside them.
    let error = #expect(throws: RouteListError.self) {
      try RouteList(bytes: Array((text + "- &x GET /\n- *x\n").utf8), source: "routes.yaml")
    }
    #expect(error?.problems.map(\.reason) == [.document(.alias("x"))])
    #expect(error?.problems.map(\.lineNumber) == [5])
  }

  @Test(arguments: [
    "a: &x 1\nb: *x", "a: &x 1\nb: [*x]", "a: &x 1\n*x : 1", "- &x a\n- *x", "a: !!str &x b\nc: *x",
    "{a: &x 1,\r*x : 2}", "\"a\": &x 1\r\n? *x\r\n: 2", "a: &x-1_y b\nc: {d,*x-1_y : 1}",
    "\u{FEFF}&x a: b\nc: *x", "a: &x b\u{85}*x : c", "a: &x b\nc: !!str *x", "a: &x b\nc:\n *x",
    "a: &x b\nc: ? *x", "? &x a\n:\t*x",
  ])
  func `an alias is found wherever one can stand`(_ text: String) {
    let error = #expect(throws: OpenAPIError.self) { try document(text) }
    guard case .document(.alias) = error?.reason else {
      Issue.record("refused for \(String(describing: error?.reason))")
      return
    }
  }

  @Test func `aliases of aliases are refused in no time`() {
    // Ten to the thirtieth nodes, as a key, which would have to be hashed.
    var text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
    for level in 1..<30 {
      let aliases = Array(repeating: "*a\(level - 1)", count: 10).joined(separator: ", ")
      text += "a\(level): &a\(level) [\(aliases)]\n"
    }
    text += "? *a29\n: 1\n"
    let error = #expect(throws: OpenAPIError.self) { try document(text) }
    #expect(error?.reason == .document(.alias("a0")))
    #expect(error?.lineNumber == 2)
  }

  @Test func `a document cut off or damaged anywhere is read or refused, never a crash`() throws {
    for name in ["openapi/escapes.json", "openapi/order.yaml"] {
      let bytes = try Fixture("routes/\(name)").bytes
      for length in bytes.indices {
        _ = try? OpenAPIDocument(bytes: Array(bytes[..<length]), source: name)
        var damaged = bytes
        damaged[length] ^= 0x15
        _ = try? OpenAPIDocument(bytes: damaged, source: name)
      }
    }
  }

  @Test func `a document over the limit of bytes is refused`() {
    let bytes = [UInt8](repeating: 0x20, count: OpenAPIDocument.maximumByteCount + 1)
    let error = #expect(throws: OpenAPIError.self) {
      try OpenAPIDocument(bytes: bytes, source: "o")
    }
    #expect(error?.diagnostic.message == "the file is larger than 16 MiB")
  }
}
