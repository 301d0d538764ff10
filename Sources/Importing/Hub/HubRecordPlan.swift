internal import AccessLogParsing
internal import Addressing
internal import Attribution
internal import Configuring
internal import Ingesting
internal import Messaging
internal import Synchronization
internal import Tallying

/// The details of records that are reported besides tallies: the same for all workers of a run.
struct HubRecordPlan: Sendable {
  var rules: AttributionRules
  var names: RunNames
  var app: App
  var width: BucketWidth
  /// The facts in the application's startup message, but for its routes.
  var startup: StartupFacts
  /// nil if no request logs are asked for.
  var requestLogs: RequestLogRules?
  var budget: RequestLogBuilder.Budget
  /// Who reports by OTLP; nil for hub v2.
  var telemetry: TelemetrySource?
  /// Whether the receiver is Apitally, to which names of consumers and what the application is mean something.
  var reportsEvents = true
  /// Whether messages are to be sent, and so are made as they are sent.
  var sendsMessages: Bool
  /// The keys of errors, where the configuration names some.
  var errors: FieldMapping?
  /// Where the observers leave what they noted.
  let handedOver = HandedOverDetails()

  /// - Parameter instance: a UUID that the outbox knows this app's instance by; nil where there is none.
  init(
    _ options: ImportOptions, _ preparation: IngestionPreparation, instance: String? = nil
  ) {
    rules = preparation.rules
    names = preparation.names
    // A dry run may do without.
    app = options.settings.target ?? App(clientID: "", environment: "")
    width = preparation.width
    startup = StartupFacts(options)
    startup.openAPI = preparation.routes.openAPI
    requestLogs = options.settings.requestLogs
    budget = RequestLogBuilder.Budget(limit: options.settings.requestLogs?.limit)
    sendsMessages = options.destination == .hub
    errors = preparation.errorMapping
    guard let target = options.settings.telemetry else { return }
    telemetry = TelemetrySource(
      environment: app.environment, instance: instance ?? app.instanceUUID,
      version: options.version, encoding: Self.encoding(for: options.destination, target))
    reportsEvents = target.isApitally
    // Errors are not reported by OTLP.
    errors = nil
  }

  private static func encoding(
    for destination: ImportOptions.Destination, _ target: TelemetryTarget
  ) -> TelemetrySource.Encoding {
    switch destination {
    case .hub: target.compresses ? .gzip : .plain
    case .payloads: .plain
    // A dry run tells how much it would be to send.
    case .nowhere: target.compresses ? .measured : .plain
    }
  }

  func makeMaker() -> any MessageMaking {
    if let telemetry { TelemetryMaker(self, telemetry) } else { HubMessageMaker(self) }
  }

  /// - Returns: nil if there is nothing to note.
  func makeObserver() throws(PatternError) -> HubRecordObserver? { try HubRecordObserver(self) }
}

/// Details that observers have handed over and the writer has not taken yet.
final class HandedOverDetails: Sendable {
  private let details = Mutex<[NotedDetails]>([])

  func put(_ noted: NotedDetails) { details.withLock { $0.append(noted) } }

  func takeAll() -> [NotedDetails] {
    details.withLock { details in
      defer { details = [] }
      return details
    }
  }
}

extension StartupFacts {
  /// The application as the options have it, without routes.
  init(_ options: ImportOptions) {
    var versions = [(name: "backtally", version: options.version)]
    if let version = options.settings.appVersion { versions.append(("app", version)) }
    self.init(
      routes: [], versions: versions, client: options.settings.client ?? StartupFacts.client)
  }
}
