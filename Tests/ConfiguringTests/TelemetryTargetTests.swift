import Addressing
import Configuring
import Diagnostics
import Testing

private let token = "apt_0123456789abcdefABCDEFxy"
private let clientID = "76b5cb91-a0a4-4ea0-a894-57d2b9fcb2c9"

/// Which protocol a run speaks, by what is configured.
struct TelemetryTargetTests {
  private static func settings(
    _ environment: [String: String], _ yaml: String = "",
    requiresTarget: Bool = true, _ change: (inout CommandLineValues) -> Void = { _ in }
  ) throws(ConfigurationError) -> Settings {
    var commandLine = CommandLineValues()
    commandLine.environment = "prod"
    change(&commandLine)
    return try Settings(
      commandLine: commandLine,
      configuration: Configuration(
        bytes: Array(yaml.utf8), path: "c.yaml", formatNames: formatNames,
        environment: environment),
      environment: environment, formatNames: formatNames, requiresTarget: requiresTarget)
  }

  private static func problems(_ body: () throws(ConfigurationError) -> Settings) -> [String] {
    do {
      _ = try body()
      return []
    } catch {
      return error.diagnostics.map(\.message)
    }
  }

  @Test func `a client ID alone is hub v2's`() throws {
    #expect(try Self.settings(["APITALLY_CLIENT_ID": clientID]).telemetry == nil)
  }

  @Test func `a token alone is OTLP's`() throws {
    let settings = try Self.settings(["APITALLY_WRITE_TOKEN": token])
    let telemetry = try #require(settings.telemetry)
    #expect(telemetry.endpoint == "https://otlp.apitally.io")
    #expect(telemetry.token?.secret == token)
    #expect(telemetry.isApitally && telemetry.compresses)
    #expect(settings.target?.environment == "prod")
    #expect(settings.target?.hub == "https://otlp.apitally.io")
  }

  @Test func `both and no choice is an error`() {
    let both = ["APITALLY_CLIENT_ID": clientID, "APITALLY_WRITE_TOKEN": token]
    #expect(Self.problems { () throws(ConfigurationError) in try Self.settings(both) }.count == 1)
    for (choice, isTelemetry) in [("hub", false), ("otlp", true)] {
      let settings = try? Self.settings(both) { $0.generation = choice }
      #expect((settings?.telemetry != nil) == isTelemetry)
      #expect(settings?.target?.clientID == clientID)
      let configured = try? Self.settings(both, "target: \(choice)")
      #expect((configured?.telemetry != nil) == isTelemetry)
    }
  }

  @Test func `an application is known by its client ID, else by its token or address`() throws {
    func id(_ environment: [String: String], _ yaml: String = "") throws -> String? {
      try Self.settings(environment, yaml).target?.clientID
    }
    let first = try id(["APITALLY_WRITE_TOKEN": token])
    #expect(try id(["APITALLY_WRITE_TOKEN": token]) == first)
    #expect(try id(["APITALLY_WRITE_TOKEN": "apt_0123456789abcdefABCDEFxz"]) != first)
    #expect(first?.contains("0123456789") == false)
    let local = "otlp: {endpoint: 'http://127.0.0.1:4318'}"
    #expect(try id([:], local) == id([:], local))
    #expect(try id([:], local) != first)
  }

  @Test func `another back end has headers, and no token`() throws {
    let telemetry = try #require(
      Self.settings(
        ["TENANT": "t-1"],
        """
        otlp:
          endpoint: http://127.0.0.1:4318/base/
          headers: {X-Scope-OrgID: "${TENANT}", Authorization: Basic abc}
          compression: none
        """
      ).telemetry)
    #expect(telemetry.endpoint == "http://127.0.0.1:4318/base")
    #expect(telemetry.token == nil && !telemetry.isApitally && !telemetry.compresses)
    #expect(telemetry.headers.map(\.name) == ["X-Scope-OrgID", "Authorization"])
    #expect(telemetry.headers.map(\.value.secret) == ["t-1", "Basic abc"])
    #expect(!"\(telemetry)".contains("abc"))
  }

  @Test func `the address is that of the command line, else of the configuration or variable`()
    throws
  {
    let environment = [
      "APITALLY_WRITE_TOKEN": token, "APITALLY_OTLP_ENDPOINT": "http://variable/",
    ]
    #expect(try Self.settings(environment).telemetry?.endpoint == "http://variable")
    let yaml = "otlp: {endpoint: 'http://file'}"
    #expect(try Self.settings(environment, yaml).telemetry?.endpoint == "http://file")
    let settings = try Self.settings(environment, yaml) { $0.telemetryURL = "http://option" }
    #expect(settings.telemetry?.endpoint == "http://option")
  }

  @Test(arguments: ["apt_short", "apt_0123456789abcdefABCDEF__", "key_0123456789abcdefABCDEFxy"])
  func `what is no token is refused, and not shown`(text: String) {
    let messages = Self.problems { () throws(ConfigurationError) in
      try Self.settings(["APITALLY_WRITE_TOKEN": text])
    }
    #expect(messages == ["`APITALLY_WRITE_TOKEN` is not a write token"])
    let inFile = Self.problems { () throws(ConfigurationError) in
      try Self.settings([:], "write_token: \(text)")
    }
    #expect(inFile == ["`write_token` is not a write token"])
  }

  @Test func `OTLP without a token or an address is an error`() {
    let messages = Self.problems { () throws(ConfigurationError) in
      try Self.settings(["APITALLY_CLIENT_ID": clientID]) { $0.generation = "otlp" }
    }
    #expect(messages == ["no write token is given"])
  }

  @Test func `an empty variable is none`() {
    #expect(
      Self.problems { () throws(ConfigurationError) in
        try Self.settings(["APITALLY_WRITE_TOKEN": ""])
      } == ["no client ID is given"])
  }
}
