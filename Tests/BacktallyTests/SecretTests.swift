import Foundation
import Testing
import TestSupport

/// Secrets are planted wherever a log can hold them, and everything is searched for them that leaves
/// the process or stays behind: messages, the hub's database, what is printed, the state directory.
struct SecretTests {
  /// Each is found nowhere else, and as it is: no message encodes a letter or digit.
  private static let secrets = [
    "QueryToken1f3a", "QueryApiKey2b7c", "QueryDashKey3d9e", "QueryPassword4f1a", "Bearer5c2d8e",
    "BasicUser6a4b", "CookieSession7e9f", "SetCookie8b1c", "HeaderKey9d3e", "RefererToken0a5f",
    "UserInfo1b6d", "mailquery", "mailpath", "mailreferer", "mailagent", "mailheader",
    "UserPart2c8e", "NestedToken3d1f", "RejectedToken4e5a",
  ]

  private static let target =
    "/users/mailpath@example.com/x?token=QueryToken1f3a&api_key=QueryApiKey2b7c"
    + "&api-key=QueryDashKey3d9e&password=QueryPassword4f1a&mail=mailquery%40example.com"
    + "&next=https%3A%2F%2FUserPart2c8e%3Ax%40a.test%2F%3Ftoken%3DNestedToken3d1f"
  private static let referer =
    "https://UserInfo1b6d:x@site.test/?access_token=RefererToken0a5f&m=mailreferer@example.org"
  private static let agent = "robot/1 (+mailagent@example.net)"

  private static let common =
    #"192.0.2.1 - - [23/Nov/2026:09:00:13 +0000] "GET \#(target) HTTP/1.1" 200 5 "\#(referer)" "#
    + #""\#(agent)""# + "\n"
  private static let rejected =
    #"192.0.2.1 - - [23/Nov/2026:09:00:13] "GET /?token=RejectedToken4e5a HTTP/1.1" 20"# + "\n"
  private static let json =
    #"{"msec":1795424413.5,"request_method":"GET","request_uri":"\#(target)","status":200,"#
    + #""request":"GET \#(target) HTTP/1.1","args":"token=QueryToken1f3a","#
    + #""http_authorization":"Bearer Bearer5c2d8e","http_proxy_authorization":"Basic BasicUser6a4b","#
    + #""http_cookie":"session=CookieSession7e9f","sent_http_set_cookie":"s=SetCookie8b1c","#
    + #""http_x_api_key":"HeaderKey9d3e","http_referer":"\#(referer)","http_user_agent":"\#(agent)","#
    + #""http_from":"mailheader@example.com","remote_user":"acme","host":"api.test"}"# + "\n"

  @Test(arguments: [("combined", common), ("json", json)])
  func `no secret of a log leaves the process or stays behind`(
    _ format: String, _ line: String
  ) async throws {
    let folder = try TemporaryFolder()
    let log =
      (0..<20).map { _ in line }.joined() + (format == "combined" ? Self.rejected : "{\"a\":1\n")
    try folder.write(log, to: "access.log")
    try folder.write("request_logs: {base_url: 'https://api.test'}\n", to: "c.yaml")
    let options =
      ["--format", format, "--request-logs", "--config", "c.yaml", "--consumer", "remote_user"]
      + Program.target + ["--rejects", "rejected.log", "access.log"]

    let payloads = try await folder.backtally(["import", "--payloads", "p"] + options)
    #expect(payloads.status == 0, "\(payloads.errors)")
    #expect(try LogItem.all(in: Data(folder.text(of: "p").utf8)).count == 20)
    try expectNoSecret(in: folder.text(of: "p"), payloads.errors, payloads.text)

    let unsent = try await folder.backtally(
      ["import", "--hub-url", "http://127.0.0.1:9", "--give-up-after", "1", "--state-dir", "state"]
        + options)
    #expect(unsent.status == 5)
    try expectNoSecret(in: unsent.errors, unsent.text)
    try await expectNoSecret(inState: "state", of: folder)

    try await folder.withHub(["--database", folder.path(of: "hub.sqlite")]) { hub in
      let sent = try await folder.backtally(
        ["import", "--hub-url", hub.url, "--no-ledger", "--state-dir", "state"] + options)
      #expect(sent.status == 0, "\(sent.errors)")
      try expectNoSecret(in: sent.errors, sent.text)
      for kind in ["startup", "sync", "log"] {
        try expectNoSecret(in: try await hub.lines(of: kind).joined(separator: "\n"))
      }
      let status = try await folder.backtally(["status", "--state-dir", "state"])
      try expectNoSecret(in: status.text, status.errors)
    }
    try await expectNoSecret(inState: "state", of: folder)
    let database = try Data(contentsOf: URL(filePath: folder.path(of: "hub.sqlite")))
    try expectNoSecret(in: String(decoding: database, as: UTF8.self))
  }

  /// The search would find them: the log itself is full of them.
  @Test func `the secrets are in the logs`() {
    for secret in Self.secrets {
      #expect((Self.common + Self.json + Self.rejected).contains(secret), "\(secret)")
    }
  }

  @Test func `a consumer rule that sends a secret is warned of, one that hashes it is not`()
    async throws
  {
    let folder = try TemporaryFolder()
    try folder.write(Self.json, to: "access.log")
    func errors(_ rule: String) async throws -> String {
      try folder.write("format: {type: json}\nconsumers: [{\(rule)}]\n", to: "c.yaml")
      let outcome = try await folder.backtally(
        ["import", "--dry-run", "--config", "c.yaml", "access.log"])
      #expect(outcome.status == 0)
      try expectNoSecret(in: outcome.text, outcome.errors)
      return outcome.errors
    }
    let warning = "warning: the field 'http_authorization' seems to hold a secret"
    #expect(try await errors("field: http_authorization").contains(warning))
    #expect(
      try await errors(#"field: http_authorization, pattern: "^Bearer (.{4})""#).contains(warning))
    #expect(try await !errors("field: http_authorization, hash: sha256").contains("secret"))
    #expect(try await !errors("field: remote_user").contains("secret"))
  }

  private func expectNoSecret(
    in texts: String..., sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    for text in texts {
      for secret in Self.secrets {
        let isThere = text.contains(secret)
        #expect(!isThere, "\(secret)", sourceLocation: sourceLocation)
      }
    }
  }

  /// Every file of the state directory, and every message in it as it would be read.
  private func expectNoSecret(
    inState name: String, of folder: TemporaryFolder,
    sourceLocation: SourceLocation = #_sourceLocation
  ) async throws {
    let files = try FileManager.default.contentsOfDirectory(atPath: folder.path(of: name))
    #expect(files.contains("backtally.sqlite") && files.contains("bodies"))
    for file in files where file != "bodies" {
      try expectNoSecret(
        in: String(
          decoding: try Data(contentsOf: URL(filePath: folder.path(of: "\(name)/\(file)"))),
          as: UTF8.self), sourceLocation: sourceLocation)
    }
    let bodies = try await folder.bash(
      """
      python3 - \(name) <<'PYTHON'
      import gzip, pathlib, sqlite3, sys
      state = pathlib.Path(sys.argv[1])
      for kind, number, offset, length in sqlite3.connect(state / "backtally.sqlite").execute(
              "SELECT kind, body_file, body_offset, body_length FROM message"):
          body = (state / "bodies" / str(number)).read_bytes()[offset:offset + length]
          print(kind, (gzip.decompress(body) if kind == "log" else body).decode())
      PYTHON
      """)
    #expect(bodies.status == 0, "\(bodies.errors)", sourceLocation: sourceLocation)
    try expectNoSecret(in: bodies.text, sourceLocation: sourceLocation)
  }
}
