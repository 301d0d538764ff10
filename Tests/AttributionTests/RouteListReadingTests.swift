import Attribution
import Diagnostics
import Foundation
import Testing
import TestSupport

/// One route a line, as in a list.
func lines(_ routes: [KnownRoute]) -> String {
  routes.map { "\($0.method) \($0.template)\n" }.joined()
}

struct RouteListReadingTests {
  @Test(arguments: ["forms.txt", "forms-crlf.txt", "forms.yaml", "forms-by-path.yaml"])
  func `the forms of a list give the same routes in the same order`(_ name: String) throws {
    let list = try RouteList(bytes: Fixture("routes/\(name)").bytes, source: name)
    #expect(try lines(list.routes) == Fixture("routes/forms.expected").text)
  }

  /// A startup message of the middleware, or its paths alone.
  @Test(arguments: [
    #"[{"path":"/a","method":"get"},{"path":"/b/{c}","method":"options","sync_path":"/b/{c:int}"}]"#,
    #"""
    {"instance_uuid":"x","paths":[{"method":"get","path":"/a"},
    {"path":"/b/{c}","sync_path":"/b/{c:int}","method":"options"}],"versions":{"app":"1"}}
    """#,
  ])
  func `the paths of a startup message are routes`(_ text: String) throws {
    let list = try RouteList(bytes: Array(text.utf8), source: "routes.json")
    #expect(lines(list.routes) == "GET /a\nOPTIONS /b/{c:int}\n")
  }

  @Test func `a byte order mark is no part of the first entry`() throws {
    for text in ["\u{FEFF}GET /users\n", "\u{FEFF}- GET /users\n"] {
      let list = try RouteList(bytes: Array(text.utf8), source: "r")
      #expect(lines(list.routes) == "GET /users\n")
    }
  }

  @Test func `the routes of a real application keep their spelling`() throws {
    let list = try RouteList(bytes: Fixture("routes/starlette.txt").bytes, source: "r")
    #expect(try lines(list.routes) == Fixture("routes/starlette.txt").text)
  }

  @Test func `startup paths are those that the middleware sent for the same routes`() throws {
    let list = try RouteList(bytes: Fixture("routes/starlette.txt").bytes, source: "r")
    let paths = list.routes.map { route in
      "\(route.method.lowercased()) \(startupPath(ofTemplate: route.template))\n"
    }
    #expect(try paths.joined() == Fixture("routes/starlette.startup.txt").text)
  }

  @Test(arguments: [
    ("/", "/"), ("/files/{path:path}", "/files/{path}"), ("/{a:int}-{b}:{c:str}", "/{a}-{b}:{c}"),
    ("/v1/jobs:cancel", "/v1/jobs:cancel"), ("/é/{é:int}", "/é/{é}"), ("", ""),
  ])
  func `a startup path has no converters`(_ template: String, _ path: String) {
    #expect(startupPath(ofTemplate: template) == path)
  }

  @Test(arguments: try Fixture.all(in: "routes/refused"))
  func `a mistake is named with its line and what to do`(_ fixture: Fixture) throws {
    let error = try #require(throws: RouteListError.self) {
      try RouteList(bytes: fixture.bytes, source: fixture.name)
    }
    #expect(error.diagnostics.allSatisfy { $0.exitStatus == .wrongUsage })
    try fixture.expect(error.diagnostics.map { "\($0.rendered)\n" }.joined())
  }

  @Test func `a list has at most 100,000 routes`() throws {
    var text = (0..<RouteList.maximumRouteCount).map { "GET /\($0)\n" }.joined()
    #expect(try RouteList(bytes: Array(text.utf8), source: "r").routes.count == 100_000)
    text += "GET /1\n"  // Known already.
    #expect(throws: Never.self) { try RouteList(bytes: Array(text.utf8), source: "r") }
    text += "GET /one/more\n"
    let error = #expect(throws: RouteListError.self) {
      try RouteList(bytes: Array(text.utf8), source: "r")
    }
    #expect(error?.problems.map(\.reason) == [.tooManyRoutes])
    #expect(error?.problems.map(\.lineNumber) == [100_002])
  }

  @Test func `a list over the limit of bytes is refused`() {
    let bytes = [UInt8](repeating: UInt8(ascii: "#"), count: RouteList.maximumByteCount + 1)
    let error = #expect(throws: RouteListError.self) { try RouteList(bytes: bytes, source: "r") }
    #expect(error?.diagnostics.map(\.message) == ["the file is larger than 8 MiB"])
  }

  @Test func `the number of reported mistakes is limited`() {
    let bytes = Array(String(repeating: "/no-method\n", count: 1_000).utf8)
    let error = #expect(throws: RouteListError.self) { try RouteList(bytes: bytes, source: "r") }
    #expect(error?.problems.count == 20)
  }
}
