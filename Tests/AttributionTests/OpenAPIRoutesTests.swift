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
    #expect(document.basePaths == ["/long/base/path/v2", "/api/v1", "/api"])
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
