import AccessLogParsing
import Addressing
import Attribution
import Configuring
import Diagnostics
import Testing

private let someID = "76b5cb91-a0a4-4ea0-a894-57d2b9fcb2c9"
private let otherID = "00000000-0000-4000-8000-00000000b477"

private func settings(
  _ environment: [String: String] = [:], configuration: Configuration = Configuration(),
  requiresTarget: Bool = false, _ change: (inout CommandLineValues) -> Void = { _ in }
) throws(ConfigurationError) -> Settings {
  var commandLine = CommandLineValues()
  change(&commandLine)
  return try Settings(
    commandLine: commandLine, configuration: configuration, environment: environment,
    formatNames: formatNames, requiresTarget: requiresTarget)
}

private func configured(
  path: String = "backtally.yaml", _ change: (inout Configuration) -> Void
) -> Configuration {
  var configuration = Configuration()
  configuration.path = path
  change(&configuration)
  return configuration
}

struct SettingsTests {
  @Test func `what nobody says has its default`() throws {
    let settings = try settings(["HOME": "/home/ada"])
    #expect(settings.target == nil)
    #expect(settings.hubURL == "https://hub.apitally.io")
    #expect(settings.stateDirectory == "/home/ada/.local/state/backtally")
    #expect(settings.inputs.isEmpty)
    #expect(settings.format == .detect)
    #expect(settings.routes == .none)
    #expect(settings.unmatched == .drop)
    #expect(settings.since == nil && settings.until == nil)
    #expect(settings.bucketSeconds == 60)
  }

  @Test func `the command line wins over the configuration and that over the environment`() throws {
    let environment = [
      "APITALLY_CLIENT_ID": otherID, "APITALLY_ENV": "from-variable",
      "APITALLY_HUB_BASE_URL": "http://variable",
    ]
    let fromVariables = try settings(environment)
    #expect(fromVariables.target?.clientID == otherID)
    #expect(fromVariables.target?.environment == "from-variable")
    #expect(fromVariables.hubURL == "http://variable")

    let configuration = configured {
      ($0.clientID, $0.environment, $0.hubURL) = (someID, "from-file", "http://file//")
      $0.bucketSeconds = 10
    }
    let fromFile = try settings(environment, configuration: configuration)
    #expect(fromFile.target?.clientID == someID)
    #expect(fromFile.target?.environment == "from-file")
    #expect(fromFile.hubURL == "http://file")
    #expect(fromFile.bucketSeconds == 10)

    let fromOptions = try settings(environment, configuration: configuration) {
      ($0.clientID, $0.environment, $0.hubURL) = (otherID, "option", "http://option/")
      $0.bucketSeconds = 3_600
    }
    #expect(fromOptions.target?.clientID == otherID)
    #expect(fromOptions.target?.environment == "option")
    #expect(fromOptions.hubURL == "http://option")
    #expect(fromOptions.bucketSeconds == 3_600)
  }

  @Test func `options replace inputs, consumers, routes and format of the configuration`() throws {
    let configuration = configured {
      $0.inputs = ["a.log"]
      $0.consumers = [ConsumerRule(field: "user", digest: .sha256)]
      $0.routes = .openAPI("api.json")
      $0.unmatched = .keep
      $0.format = .json(FieldMapping(), timeIs: .end)
      $0.filters = [RecordFilter(name: "n", field: "f", condition: .equals("x"))]
    }
    let kept = try settings(configuration: configuration)
    #expect(kept.inputs == ["a.log"])
    #expect(kept.consumers == configuration.consumers)
    #expect(kept.routes == .openAPI("api.json"))
    #expect(kept.unmatched == .keep)
    #expect(kept.format == configuration.format)
    #expect(kept.filters == configuration.filters)

    let replaced = try settings(configuration: configuration) {
      $0.inputs = ["b.log", "-"]
      $0.consumerFields = ["x_user", "remote_user"]
      $0.routesFile = "routes.txt"
      $0.unmatched = "drop"
      $0.formatName = "combined"
    }
    #expect(replaced.inputs == ["b.log", "-"])
    #expect(
      replaced.consumers == [ConsumerRule(field: "x_user"), ConsumerRule(field: "remote_user")])
    #expect(replaced.routes == .file("routes.txt"))
    #expect(replaced.unmatched == .drop)
    #expect(replaced.format == .named("combined"))
    #expect(replaced.filters == configuration.filters)
  }

  @Test func `the option --format json keeps the keys that the configuration has for it`() throws {
    let configuration = configured { $0.format = .json(FieldMapping(), timeIs: .end) }
    let settings = try settings(configuration: configuration) { $0.formatName = "json" }
    #expect(settings.format == configuration.format)
  }

  @Test func `a format string on the command line is compiled`() throws {
    let settings = try settings { $0.formatName = #"nginx:$msec "$request" $status"# }
    let expected = try NginxFormatString.format(of: #"$msec "$request" $status"#)
    #expect(settings.format == .format(expected))
  }

  @Test(
    arguments: [
      ("UTC", 0), ("+01:00", 3600), ("-0330", -12_600), ("+05", 18_000), ("Europe/Berlin", nil),
    ] as [(String, Int64?)])
  func `a zone is a name or an offset`(_ zone: String, _ offset: Int64?) throws {
    let fromOption = try settings { $0.timeZone = zone }
    let fromFile = try settings(configuration: configured { $0.timeZone = zone })
    let clock = try #require(fromOption.clock)
    #expect(fromFile.clock == clock)
    if let offset { #expect(clock == LocalClock(offset: offset)) }
    #expect(try settings().clock == nil)
  }

  @Test func `a named zone changes its offset as its rules say`() throws {
    let clock = try #require(LocalClock(zone: "Europe/Berlin"))
    let format = try ApacheFormatString.format(of: "%{%F %T}t|%r|%s")
    var parser = try LineParser(format: format, capturing: [], clock: clock)
    // The moments are those of the tz database.
    for (stamp, second) in [
      ("2026-03-29 01:59:59", 1_774_745_999), ("2026-03-29 03:00:00", 1_774_746_000),
      ("2026-10-25 01:59:59", 1_792_886_399), ("2026-10-25 03:00:00", 1_792_893_600),
      ("2026-07-01 12:00:00", 1_782_900_000),
    ] as [(String, Int64)] {
      let line = Array("\(stamp)|GET / HTTP/1.1|200".utf8)
      var record = AccessRecord()
      try parser.parse(line.span, line: 0..<line.count, into: &record)
      #expect(record.start == second * 1_000_000_000, "\(stamp)")
    }
  }

  @Test(arguments: [
    ("backtally.yaml", "logs/a.log", "logs/a.log"),
    ("/etc/backtally/c.yaml", "logs/a.log", "/etc/backtally/logs/a.log"),
    ("../c.yaml", "a.log", "../a.log"),
    ("/etc/backtally/c.yaml", "/var/log/a.log", "/var/log/a.log"),
    ("/etc/backtally/c.yaml", "~/a.log", "/home/ada/a.log"),
    ("/etc/backtally/c.yaml", "~ada/a.log", "/etc/backtally/~ada/a.log"),
    ("/etc/backtally/c.yaml", "-", "-"),
  ])
  func `a path of the configuration is relative to its folder`(
    _ configurationPath: String, _ path: String, _ resolved: String
  ) throws {
    let environment = ["HOME": "/home/ada"]
    let configuration = configured(path: configurationPath) {
      ($0.inputs, $0.stateDirectory, $0.routes) = ([path], path, .file(path))
    }
    let settings = try settings(environment, configuration: configuration)
    #expect(settings.inputs == [resolved])
    #expect(settings.stateDirectory == resolved)
    #expect(settings.routes == .file(resolved))
  }

  @Test(
    arguments: [
      ([:], nil),
      (["HOME": ""], nil),
      (["HOME": "/h", "XDG_STATE_HOME": "/s"], "/s/backtally"),
      (["HOME": "/h", "XDG_STATE_HOME": "s"], "/h/.local/state/backtally"),
      (["HOME": "/"], "/.local/state/backtally"),
      (["XDG_STATE_HOME": "/s"], "/s/backtally"),
    ] as [([String: String], String?)])
  func `the state is kept where XDG says, if there is a home`(
    _ environment: [String: String], _ directory: String?
  ) throws {
    #expect(try settings(environment).stateDirectory == directory)
  }

  @Test func `an interval is read to the nanosecond`() throws {
    let settings = try settings {
      $0.since = "2025-11-10T00:00:00Z"
      $0.until = "2025-11-10T01:00:00.000000001+01:00"
    }
    #expect(settings.since == 1_762_732_800_000_000_000)
    #expect(settings.until == 1_762_732_800_000_000_001)
  }

  @Test func `an empty variable says nothing`() throws {
    let settings = try settings(["APITALLY_HUB_BASE_URL": "", "APITALLY_ENV": ""])
    #expect(settings.hubURL == "https://hub.apitally.io")
    #expect(settings.target == nil)
  }

  @Test func `a bad variable that something better overrides does no harm`() throws {
    let settings = try settings(["APITALLY_CLIENT_ID": "bad"]) {
      ($0.clientID, $0.environment) = (someID, "prod")
    }
    #expect(settings.target?.clientID == someID)
  }
}

/// One way to get the settings wrong, and what is said about it.
struct RefusedSettings: CustomTestStringConvertible, Sendable {
  let testDescription: String
  var environment: [String: String] = [:]
  var requiresTarget = false
  let change: @Sendable (inout CommandLineValues) -> Void
  let messages: [String]

  init(
    _ testDescription: String, environment: [String: String] = [:], requiresTarget: Bool = false,
    _ messages: [String], _ change: @escaping @Sendable (inout CommandLineValues) -> Void
  ) {
    self.testDescription = testDescription
    self.environment = environment
    self.requiresTarget = requiresTarget
    self.messages = messages
    self.change = change
  }

  static let all = [
    Self("options", ["`--client-id` is not a UUID", "`--env` is not a valid environment name"]) {
      ($0.clientID, $0.environment) = ("x", "a b")
    },
    Self(
      "variables",
      environment: [
        "APITALLY_CLIENT_ID": "x", "APITALLY_ENV": "ä", "APITALLY_HUB_BASE_URL": "ftp://x",
      ],
      [
        "`APITALLY_CLIENT_ID` is not a UUID",
        "`APITALLY_ENV` is not a valid environment name",
        "`APITALLY_HUB_BASE_URL` is not an address that messages can be sent to",
      ]
    ) { _ in },
    Self("no target", requiresTarget: true, ["no client ID is given", "no environment is given"]) {
      _ in
    },
    Self("format", ["`--format` cannot be `combnied`"]) { $0.formatName = "combnied" },
    Self(
      "format string",
      [
        "in `--format`, byte 16: there is nothing between '$status' and '$bytes' to show where the first one ends"
      ]
    ) { $0.formatName = "nginx:$request $status$bytes" },
    Self("format string alone", ["`--format` requires the server's format string, as in `nginx:…`"])
    {
      $0.formatName = "nginx"
    },
    Self("zone", ["`--timezone` is not a time zone"]) { $0.timeZone = "+25:00" },
    Self("unit", ["`--duration-unit` cannot be `seconds`"]) { $0.durationUnit = "seconds" },
    Self("both routes", ["`--routes` cannot be used together with `--openapi`"]) {
      ($0.routesFile, $0.openAPIFile) = ("r", "o")
    },
    Self("unmatched alone", ["`--unmatched` requires known routes"]) { $0.unmatched = "keep" },
    Self("unmatched", ["`--unmatched` cannot be `kept`"]) {
      ($0.unmatched, $0.routesFile) = ("kept", "r")
    },
    Self(
      "empty options", ["`--state-dir` is empty", "`--consumer` is empty", "`--routes` is empty"]
    ) {
      ($0.stateDirectory, $0.consumerFields, $0.routesFile) = ("", ["a", ""], "")
    },
    Self("bucket", ["`--bucket` must be between 1 and 86400"]) { $0.bucketSeconds = 86_401 },
    Self("since", ["`--since` has no time zone"]) { $0.since = "2025-11-10T00:00:00" },
    Self("interval", ["`--since` is not before `--until`"]) {
      $0.since = "2025-11-10T00:00Z"
      $0.until = "2025-11-10T01:00+01"
    },
  ]
}

extension SettingsTests {
  @Test(arguments: RefusedSettings.all)
  func `a bad value is named with the option or variable that it is in`(
    _ item: RefusedSettings
  ) throws {
    let error = try #require(throws: ConfigurationError.self) {
      try settings(item.environment, requiresTarget: item.requiresTarget, item.change)
    }
    #expect(error.diagnostics.map(\.message) == item.messages)
    #expect(error.diagnostics.allSatisfy { $0.exitStatus == .wrongUsage && $0.place == nil })
  }
}
