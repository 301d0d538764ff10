import ArgumentParser
import Configuring

// Whose numbers, where they go, and where backtally keeps its state. Commands differ in which of these they
// need; each option is declared once.

/// Where messages go, and where backtally keeps its state.
struct TargetOptions: ParsableArguments, OptionGroupValues {
  @OptionGroup var client: ClientOption
  @OptionGroup var environment: EnvironmentOption
  @OptionGroup var receiver: ReceiverOptions
  @OptionGroup var authorities: AuthorityOption
  @OptionGroup var state: StateOptions

  @Flag(help: "Wait while another run uses the state directory, instead of failing.")
  var wait = false

  func enter(into values: inout CommandLineValues) {
    enter([client, environment, receiver, authorities, state], into: &values)
  }
}

/// Whose sources the ledger is asked for. Nothing is sent.
struct LedgerOptions: ParsableArguments, OptionGroupValues {
  @OptionGroup var client: ClientOption
  @OptionGroup var environment: EnvironmentOption
  @OptionGroup var receiver: ReceiverOptions
  @OptionGroup var state: StateOptions

  func enter(into values: inout CommandLineValues) {
    enter([client, environment, receiver, state], into: &values)
  }
}

/// Where messages go, and where it is read what has arrived; the environment differs.
struct ReadingTargetOptions: ParsableArguments, OptionGroupValues {
  @OptionGroup var client: ClientOption
  @OptionGroup var receiver: ReceiverOptions

  @Option(
    help: ArgumentHelp(
      "Where to read (default: APITALLY_API_BASE_URL, or Apitally's own API).", valueName: "URL"))
  var apiUrl: String?

  @Option(
    help: ArgumentHelp(
      "The app's number in the API (default: that of the app with the client ID).",
      valueName: "NUMBER"))
  var app: Int?

  @OptionGroup var authorities: AuthorityOption
  @OptionGroup var configuration: ConfigurationOptions

  func enter(into values: inout CommandLineValues) {
    enter([client, receiver, authorities, configuration], into: &values)
    values.readingURL = apiUrl
  }
}

// MARK: Their parts

struct ClientOption: ParsableArguments, OptionGroupValues {
  @Option(
    help: ArgumentHelp(
      "The application's client ID (default: APITALLY_CLIENT_ID).", valueName: "UUID"),
    completion: .clientIDs)
  var clientId: String?

  func enter(into values: inout CommandLineValues) { values.clientID = clientId }
}

struct EnvironmentOption: ParsableArguments, OptionGroupValues {
  @Option(
    name: .customLong("env"),
    help: ArgumentHelp(
      "The application's environment (default: APITALLY_ENV).", valueName: "NAME"),
    completion: .environments)
  var environment: String?

  func enter(into values: inout CommandLineValues) { values.environment = environment }
}

/// Who takes the messages.
struct ReceiverOptions: ParsableArguments, OptionGroupValues {
  @Option(
    help: ArgumentHelp(
      "The hub (default: APITALLY_HUB_BASE_URL, or Apitally's own hub).", valueName: "URL"))
  var hubUrl: String?

  @Option(
    help: ArgumentHelp(
      "Which of Apitally's protocols: hub, for applications with a client ID, or otlp, for those with "
        + "a write token (APITALLY_WRITE_TOKEN) and for other OpenTelemetry back ends (default: what "
        + "is configured).", valueName: "hub|otlp"),
    completion: .list(["hub", "otlp"]))
  var target: String?

  @Option(
    help: ArgumentHelp(
      "Where OTLP goes (default: APITALLY_OTLP_ENDPOINT, or Apitally's own).", valueName: "URL"))
  var otlpUrl: String?

  func enter(into values: inout CommandLineValues) {
    values.hubURL = hubUrl
    values.generation = target
    values.telemetryURL = otlpUrl
  }
}

struct AuthorityOption: ParsableArguments, OptionGroupValues {
  @Option(
    help: ArgumentHelp(
      "Certificates (PEM) of the authorities to trust (default: SSL_CERT_FILE, or the system's).",
      valueName: "FILE"), completion: .file())
  var caFile: String?

  func enter(into values: inout CommandLineValues) { values.caFile = caFile }
}

/// Which configuration to use.
struct ConfigurationOptions: ParsableArguments, OptionGroupValues {
  @Option(
    help: ArgumentHelp(
      "The configuration (default: ./backtally.yaml, or the user's).", valueName: "FILE"),
    completion: .configuration)
  var config: String?

  func enter(into values: inout CommandLineValues) { values.configPath = config }
}

struct StateDirectoryOption: ParsableArguments, OptionGroupValues {
  @Option(
    help: ArgumentHelp(
      "Where the outbox is kept (default: ~/.local/state/backtally).", valueName: "DIR"),
    completion: .directory)
  var stateDir: String?

  func enter(into values: inout CommandLineValues) { values.stateDirectory = stateDir }
}

/// Which configuration to use, and where the state is kept.
struct StateOptions: ParsableArguments, OptionGroupValues {
  @OptionGroup var configuration: ConfigurationOptions
  @OptionGroup var directory: StateDirectoryOption

  func enter(into values: inout CommandLineValues) {
    enter([configuration, directory], into: &values)
  }
}

extension OptionGroupValues {
  fileprivate func enter(_ parts: [any OptionGroupValues], into values: inout CommandLineValues) {
    for part in parts { part.enter(into: &values) }
  }
}
