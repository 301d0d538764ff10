import Attribution
import Diagnostics
import Testing

@testable import Configuring

/// Variables of the environment in the configuration.
struct VariableExpansionTests {
  private static let environment = [
    "ID": "76b5cb91-a0a4-4ea0-a894-57d2b9fcb2c9", "ENV": "prod", "EMPTY": "", "N": "30",
    "NESTED": "${ENV}", "SECRET": "s3cr3t(", "LINES": "prod\nbucket: 1",
  ]

  private func configuration(_ text: String) throws -> Configuration {
    try Configuration(
      bytes: Array(text.utf8), path: "c.yaml", formatNames: ["combined"],
      environment: Self.environment)
  }

  @Test(
    arguments: [
      ("plain", "plain"), ("${ENV}", "prod"), ("a-${ENV}-${N}", "a-prod-30"), ("$${ENV}", "${ENV}"),
      ("$ENV", "$ENV"), ("$", "$"), ("$$", "$$"), ("a$", "a$"), ("${EMPTY}", ""),
      ("${NESTED}", "${ENV}"), ("$$${ENV}", "$${ENV}"),
    ] as [(String, String)])
  func `a variable stands for its value`(_ text: String, _ expected: String) throws {
    #expect(try expandingVariables(in: text, from: Self.environment) == expected)
  }

  @Test(
    arguments: [
      ("${UNSET}", .unset("UNSET")), ("x${ENV}${OTHER}", .unset("OTHER")), ("${}", .unnamed),
      ("${ENV", .unnamed), ("${1}", .unnamed), ("${A-B}", .unnamed), ("${ENV:-x}", .unnamed),
    ] as [(String, VariableProblem)])
  func `a mistake is told`(_ text: String, _ problem: VariableProblem) {
    #expect(throws: problem) { try expandingVariables(in: text, from: Self.environment) }
  }

  @Test func `values of every kind are expanded, once, and cannot become other keys`() throws {
    let read = try configuration(
      """
      client_id: ${ID}
      env: "${ENV}"
      inputs: ["/var/log/${ENV}/*.log", '$${x}']
      bucket: ${N}
      request_logs: {sample_rate: 0.5, exclude_paths: "^/${ENV}/"}
      format: {type: nginx, string: '$remote_addr [$time_local] "$request" ${status}'}
      """)
    #expect(read.clientID == Self.environment["ID"] && read.environment == "prod")
    #expect(read.inputs == ["/var/log/prod/*.log", "${x}"] && read.bucketSeconds == 30)
    #expect(read.requestLogs.excludedPaths == ["^/prod/"])
    #expect(read.written["prod"] == "${ENV}" && read.variables.keys.sorted() == ["ENV", "ID", "N"])
    #expect(throws: ConfigurationError.self) { try configuration("env: ${LINES}") }
  }

  @Test(
    arguments: [
      "env: ${SECRET}", "client_id: ${SECRET}", "routes: {unmatched: '${SECRET}', list: [GET /]}",
      "routes: {list: ['${SECRET}']}", "filters: [{name: a, field: b, matches: '${SECRET}'}]",
      "hub_url: https://${SECRET}@x", "timezone: ${SECRET}", "bucket: ${SECRET}",
      "format: {type: '${SECRET}'}",
    ])
  func `what comes from the environment is not shown`(_ text: String) {
    do {
      _ = try configuration(text)
      Issue.record("read: \(text)")
    } catch {
      let shown = (error as? ConfigurationError)?.diagnostics.map { "\($0)" } ?? ["\(error)"]
      #expect(!shown.joined().contains("s3cr3t"), "\(shown)")
    }
  }

  @Test func `an unset variable is named, with its place`() throws {
    do {
      _ = try configuration("env: prod\nhub_url: https://${HUB_HOST}\n")
      Issue.record("read")
    } catch let error as ConfigurationError {
      let diagnostic = try #require(error.diagnostics.first)
      #expect(diagnostic.message == "in `hub_url`: the variable `HUB_HOST` is not set")
      #expect(diagnostic.place?.lineNumber == 2 && diagnostic.exitStatus == .wrongUsage)
    }
  }
}
