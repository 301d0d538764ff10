import Foundation
import Testing
import TestSupport

/// Configuration files, from where the program finds them to what it says of their mistakes.
struct ConfigurationFileTests {
  @Test func `every mistake is told with its place, and nothing is read`() async throws {
    let folder = try TemporaryFolder()
    try folder.write(Log.lines(3), to: "access.log")
    try folder.write(
      """
      client_id: not-a-uuid
      env: production
      formt:
        type: combined
      consumers:
        - field: remote_user
          pattern: '^Bearer .{8}'
      bucket: often

      """, to: "mistakes.yaml")
    let outcome = try await folder.backtally(["import", "--config", "mistakes.yaml", "access.log"])
    #expect(outcome.status == 2)
    #expect(outcome.output.isEmpty)
    try Golden("configuration-mistakes.txt").expect(outcome.errors)
  }

  @Test func `a check shows what a configuration means, and reads no log`() async throws {
    let folder = try TemporaryFolder()
    try folder.write("GET /users/{user_id}\nGET /about\n", to: "routes.txt")
    try folder.write("identifier,name,group\nann,Ann,Staff\n", to: "consumers.csv")
    try folder.write(
      """
      client_id: \(Program.clientID)
      env: ${STAGE}
      inputs: ["logs/*.log"]
      format: {type: combined}
      consumers: [{field: user_agent, pattern: '^(..)', hash: sha256}, {field: remote_user}]
      consumer_names: consumers.csv
      filters: [{name: bots, field: user_agent, matches: bot}]
      routes: {file: routes.txt}

      """, to: "backtally.yaml")
    let outcome = try await folder.backtally(
      ["config", "check"], environment: ["STAGE": "pr0d", "XDG_STATE_HOME": "/state"])
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.errors.contains("logs/*.log: warning: no such file"))
    try Golden("configuration-check.txt").expect(outcome.text)
    #expect(!outcome.text.contains("pr0d"))
  }

  @Test(
    arguments: [
      ("formt: combined", "did you mean `format`?"),
      ("env: ${NONE}", "the variable `NONE` is not set"),
      ("routes: {file: none.txt}", "none.txt: error: the file cannot be read"),
      ("consumer_names: none.csv", "none.csv: error: the file cannot be read"),
      ("consumers: [{field: a, pattern: '('}]", "`pattern` is not a regular expression"),
      (
        "{format: {type: combined}, consumers: [{field: nobody}]}",
        "the format has no field 'nobody'"
      ),
    ])
  func `a check finds what an import would stop at`(text: String, message: String) async throws {
    let folder = try TemporaryFolder()
    try folder.write(text + "\n", to: "c.yaml")
    let outcome = try await folder.backtally(["config", "check", "c.yaml"])
    #expect(outcome.status == 2 && outcome.output.isEmpty)
    #expect(outcome.errors.contains(message), "\(outcome.errors)")
  }

  @Test func `without a configuration there is nothing to check`() async throws {
    let outcome = try await TemporaryFolder().backtally(["config", "check"])
    #expect(outcome.status == 2 && outcome.errors.contains("there is no configuration to check"))
  }

  @Test func `inspect writes variables, not what they stand for`() async throws {
    let folder = try TemporaryFolder()
    try folder.write(Log.lines(3), to: "access.log")
    try folder.write(
      "client_id: ${MY_ID}\nfilters: [{name: a, field: user_agent, equals: '${HIDDEN} $${x}'}]\n",
      to: "c.yaml")
    let environment = ["MY_ID": Program.clientID, "HIDDEN": "s3cr3t"]
    let outcome = try await folder.backtally(
      ["inspect", "--config", "c.yaml", "--write-config", "new.yaml", "access.log"],
      environment: environment)
    #expect(outcome.status == 0, "\(outcome.errors)")
    let text = try String(contentsOfFile: folder.path + "/new.yaml", encoding: .utf8)
    #expect(text.contains("client_id: \"${MY_ID}\"") && text.contains("${HIDDEN} $${x}"), "\(text)")
    #expect(!text.contains("s3cr3t") && !outcome.errors.contains("s3cr3t"))
    let unset = try await folder.backtally(["import", "--config", "c.yaml", "access.log"])
    #expect(unset.status == 2 && unset.errors.contains("the variable `MY_ID` is not set"))
  }

  @Test func `a file without certificates is no authority`() async throws {
    let folder = try TemporaryFolder()
    try folder.write(Log.lines(3), to: "access.log")
    let arguments =
      ["import", "--no-ledger", "--hub-url", "https://127.0.0.1:1"] + Program.target
    let missing = try await folder.backtally(arguments + ["--ca-file", "none.pem", "access.log"])
    #expect(missing.status == 2 && missing.errors.contains("none.pem: error: the file cannot be"))
    let empty = try await folder.backtally(arguments + ["--ca-file", "access.log", "access.log"])
    #expect(empty.status == 2 && empty.errors.contains("there is no certificate in the file"))
    let variable = try await folder.backtally(
      arguments + ["access.log"], environment: ["SSL_CERT_FILE": "access.log"])
    #expect(variable.status == 2 && variable.errors.contains("(SSL_CERT_FILE)"))
  }

  @Test func `a mistake in a list of routes is told with its place`() async throws {
    let folder = try TemporaryFolder()
    try folder.write(Log.lines(3), to: "access.log")
    try folder.write("GET /users\nGET /users/{id:number}\n", to: "routes.txt")
    let outcome = try await folder.backtally(
      ["import", "--dry-run", "--routes", "routes.txt", "access.log"])
    #expect(outcome.status == 2)
    try Golden("routes-mistake.txt").expect(outcome.errors)
  }

  private static let configured = """
    client_id: \(Program.clientID)
    env: configured
    inputs: [logs/*.log]
    routes: {file: routes.txt}

    """

  /// The environment of the messages tells which of the files was read.
  private func environments(of outcome: Outcome) -> Set<String> {
    Set(outcome.lines.map { String($0.split(separator: "/")[3]) })
  }

  @Test func `paths are relative to the file, options win over it, and it over the environment`()
    async throws
  {
    let folder = try TemporaryFolder()
    let etc = URL(filePath: folder.path(of: "etc/logs"))
    try FileManager.default.createDirectory(at: etc, withIntermediateDirectories: true)
    try folder.write(Self.configured, to: "etc/nightly.yaml")
    try folder.write("GET /users/{user_id}\n", to: "etc/routes.txt")
    try folder.write(Log.lines(3), to: "etc/logs/access.log")
    let arguments = ["import", "--config", "etc/nightly.yaml", "--payloads", "-"]
    let variables = ["APITALLY_ENV": "variable"]
    let outcome = try await folder.backtally(arguments, environment: variables)
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(environments(of: outcome) == ["configured"])
    #expect(outcome.text.contains(#""path":"/users/{user_id}""#))
    let option = try await folder.backtally(
      arguments + ["--env", "option"], environment: variables)
    #expect(environments(of: option) == ["option"])
  }

  @Test func `it is looked for in the working directory and then in the user's`() async throws {
    let folder = try TemporaryFolder()
    let log = try folder.write(Log.lines(3), to: "access.log")
    func configuration(_ env: String) -> String {
      "client_id: \(Program.clientID)\nenv: \(env)\ninputs: [\"\(log)\"]\n"
    }
    let arguments = ["import", "--payloads", "-"]
    let none = try await folder.backtally(arguments)
    #expect(none.status == 2)

    let user = URL(filePath: folder.path(of: ".config/backtally"))
    try FileManager.default.createDirectory(at: user, withIntermediateDirectories: true)
    try folder.write(configuration("user"), to: ".config/backtally/backtally.yaml")
    #expect(environments(of: try await folder.backtally(arguments)) == ["user"])

    try folder.write(configuration("here"), to: "backtally.yaml")
    #expect(environments(of: try await folder.backtally(arguments)) == ["here"])
  }

  @Test func `the environment has what a client of Apitally has there`() async throws {
    let folder = try TemporaryFolder()
    try folder.write(Log.lines(3), to: "access.log")
    try await folder.withHub { hub in
      let outcome = try await folder.backtally(
        ["import", "access.log"],
        environment: [
          "APITALLY_CLIENT_ID": Program.clientID, "APITALLY_ENV": "variable",
          "APITALLY_HUB_BASE_URL": hub.url,
        ])
      #expect(outcome.status == 0, "\(outcome.errors)")
      #expect(try await hub.totals(env: "variable").sums.requestCount == 3)
    }
  }
}
