import Testing

@testable import HubServing

struct StartupMessageTests {
  @Test(arguments: [
    Bend("as recorded", "1.2.3", "1.2.3"),
    Bend("no openapi", #""openapi":"{\"openapi\":\"3.1.0\"}","#, ""),
    Bend(
      "no paths", #"[{"path":"/","method":"get"},{"path":"/users/{user_id}","method":"patch"}]"#,
      "[]"),
    Bend("an unknown key", #""client":"#, #""config":{},"client":"#),
    Bend(
      "openapi as an object", #""{\"openapi\":\"3.1.0\"}""#, "{}",
      "body.openapi: expected a string, found an object [type_error]"),
    Bend(
      "openapi that is null", #""{\"openapi\":\"3.1.0\"}""#, "null",
      "body.openapi: expected a string, found null [type_error]"),
    Bend(
      "a method in upper case", #""method":"patch""#, #""method":"PATCH""#,
      "body.paths.1.method: not an HTTP method in lower case [value_error]"),
    Bend(
      "a path without its slash", #""path":"/","#, #""path":"","#,
      "body.paths.0.path: a path must begin with / [value_error]"),
    Bend(
      "a path without method", #","method":"patch""#, "", "body.paths.1.method: required [missing]"),
    Bend(
      "a version that is a number", #""3.12.1""#, "3.12",
      "body.versions.python: expected a string, found a number [type_error]"),
    Bend(
      "a client without framework", "python:starlette", "python",
      "body.client: not of the form language:framework [value_error]"),
    Bend(
      "a client with an empty part", "python:starlette", "python:",
      "body.client: not of the form language:framework [value_error]"),
    Bend("no versions", #""versions""#, #""version""#, "body.versions: required [missing]"),
  ])
  func `a bent message is taken, or refused with the reason`(_ bend: Bend) throws {
    let text = try #require(bend.bent(Messages.startup))
    let json = try JSONReading.value(of: Array(text.utf8))
    let found = complaints { () throws(InvalidMessage) in _ = try StartupMessage(json) }
    #expect(found == bend.complaints)
  }
}
