package import Configuring
package import Diagnostics
import Hummingbird
import HummingbirdCore
package import Logging
import NIOCore
import ServiceLifecycle
import Synchronization
import UnixSignals

/// An Apitally-compatible hub: accepts the messages of hub v2, checks them against the protocol,
/// stores them in SQLite and shows what they add up to.
///
/// | request | response |
/// |---|---|
/// | `POST /v2/{client_id}/{env}/startup`, `/sync`, `/log?uuid=` | 202, or 422 with reasons |
/// | `POST /v1/metrics`, `/v1/logs`, `/v1/traces` (OTLP) | 200, or 400 with reasons |
/// | `GET /v2/{client_id}/{env}/totals[?by=bucket]` | ``HubTotals`` as JSON |
/// | `GET /v2/{client_id}/{env}/messages?kind=[&limit=]` | the messages as they were sent, NDJSON |
/// | `GET /v1/apps` and others | Apitally's API, by which programs read: ``HubRoutes`` |
/// | `GET /api/v1/…` | JSON for people: views, request logs, uptime, alerts |
/// | `GET /`, `/apps/{client_id}/{env}`, `/alerts` | pages for people |
package struct LocalHub: Sendable {
  package struct Options: Sendable {
    /// Loopback, unless the user decides to let others in.
    package var host = "127.0.0.1"
    /// 0 for any free port.
    package var port = 0
    /// An SQLite file, created if necessary; nil for a temporary database.
    package var database: String?
    /// How many days of numbers are kept; nil for all.
    package var keptDays: Int?
    /// UUIDs; any other client ID gets a 404. If empty, every UUID is known.
    package var allowedClientIDs: [String] = []
    /// Names, beside those of this machine, that the hub may be asked by: those of a proxy, or in a
    /// network of containers.
    package var allowedHosts: [String] = []
    /// What whoever talks to the hub has to show; required beyond loopback.
    package var token: Redacted<String>?
    /// What a program has to show that reads what has arrived (`Api-Key`); nil if any key will do.
    package var readingKey: Redacted<String>?
    package var faults: HubFaults?
    package var alertRules: [AlertRule] = []
    /// Asked every few seconds: gives the alert rules if they have changed. nil if they never do.
    package var changedAlertRules: (@Sendable () throws -> [AlertRule]?)?
    /// How long the header of a connection's first request may take.
    package var headerTimeout = LocalHub.headerTimeout
    /// How long a body may take.
    package var bodyTimeout = LocalHub.bodyTimeout
    /// Whether SIGTERM and SIGINT stop the hub as cancellation does.
    package var stopsOnSignals = false
    /// Writes to standard error: warnings and errors, unless `loudness` says otherwise.
    package var logger: Logger = {
      var logger = Logger(label: "backtally.hub") { StreamLogHandler.standardError(label: $0) }
      logger.logLevel = .warning
      return logger
    }()

    package enum Loudness: Sendable {
      case errors, everything
    }

    /// What the logger takes; set once.
    package var loudness: Loudness? {
      didSet {
        switch loudness {
        case .errors: logger.logLevel = .error
        case .everything: logger.logLevel = .debug
        case nil: break
        }
      }
    }

    package init() {}
  }

  /// In characters.
  package static let shortestToken = 16
  /// With this many open connections, further requests wait in the socket's queue: each may hold a
  /// body.
  private static let maximumConnectionCount = 256
  /// A connection that is silent for this long is closed to make room for another.
  private static let idleTimeout: TimeAmount = .seconds(60)
  /// How long the header of a connection's first request may take.
  package static let headerTimeout: Duration = .seconds(10)
  /// How long a body may take.
  package static let bodyTimeout: Duration = .seconds(60)
  /// How long a request in progress may keep the hub from stopping.
  private static let stopTimeout: Duration = .seconds(10)

  package let store: HubStore
  private let options: Options
  private let faults: FaultInjection
  private let allowedClientIDs: Set<String>

  /// Opens the database.
  package init(options: Options = Options()) throws(LocalHubError) {
    var allowedClientIDs: Set<String> = []
    for text in options.allowedClientIDs {
      guard let clientID = canonicalUUID(text) else { throw .invalidClientID(text) }
      allowedClientIDs.insert(clientID)
    }
    guard options.token != nil || isLoopback(host: options.host.lowercased()) else {
      throw .tokenRequired(host: options.host)
    }
    if let token = options.token, !canBeToken(token.secret) { throw .invalidToken }
    self.options = options
    self.allowedClientIDs = allowedClientIDs
    faults = FaultInjection(options.faults)
    store = try HubStore(path: options.database, keptDays: options.keptDays)
  }

  /// How many messages have had a fault injected so far.
  package var injectedFaultCount: Int { faults.count }

  /// Serves until the task is cancelled; then accepts no more connections, answers the requests
  /// that have arrived, and returns. May be called once.
  ///
  /// - Parameter onListening: called with the port.
  package func run(
    onListening: @escaping @Sendable (Int) async -> Void
  ) async throws(LocalHubError) {
    let isListening = Mutex(false)
    let group = serviceGroup { port in
      isListening.withLock { $0 = true }
      await onListening(port)
    }
    do {
      try await withTaskCancellationHandler {
        // A task of its own, so that cancellation asks the group to stop instead of reaching the
        // requests in flight.
        try await Task { try await group.run() }.value
      } onCancel: {
        Task { await group.triggerGracefulShutdown() }
      }
    } catch {
      guard isListening.withLock({ $0 }) else {
        throw LocalHubError(listening: error, host: options.host, port: options.port)
      }
      throw .stopped(reason: "\(error)")
    }
  }

  /// Runs the hub for the duration of `body`, which is passed the hub's base URL.
  package func serving<Result: Sendable>(
    _ body: @Sendable (_ baseURL: String) async throws -> Result
  ) async throws -> Result {
    let (ports, continuation) = AsyncStream.makeStream(of: Int.self)
    return try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask {
        defer { continuation.finish() }
        try await run { continuation.yield($0) }
      }
      for await port in ports {
        let result = try await body("http://\(options.host):\(port)")
        group.cancelAll()
        try await group.waitForAll()
        return result
      }
      // The hub ended before it was listening; this throws its error.
      try await group.waitForAll()
      throw LocalHubError.stopped(reason: "cancelled")
    }
  }

  private func serviceGroup(
    onListening: @escaping @Sendable (Int) async -> Void
  ) -> ServiceGroup {
    let routes = HubRoutes(
      allowedClientIDs: allowedClientIDs, store: store, faults: faults,
      requestGuard: RequestGuard(
        allowedHosts: Set(options.allowedHosts.map { hostName(of: $0) }),
        token: options.token?.secret),
      readingKey: options.readingKey, bodyTimeout: options.bodyTimeout)
    let application = Application(
      router: routes.router(),
      server: .http1(
        configuration: .init(
          additionalChannelHandlers: [HeaderDeadline(limit: TimeAmount(options.headerTimeout))],
          idleTimeout: Self.idleTimeout)),
      configuration: ApplicationConfiguration(
        address: .hostname(options.host, port: options.port), serverName: "backtally-hub",
        availableConnectionsDelegate: MaximumAvailableConnections(Self.maximumConnectionCount)),
      onServerRunning: { channel in await onListening(channel.localAddress?.port ?? 0) },
      logger: options.logger)
    // The first is told to stop last.
    var services: [any Service] = [HubWatch(store: store, logger: options.logger), application]
    if !options.alertRules.isEmpty || options.changedAlertRules != nil {
      services.append(
        AlertWatch(
          rules: AlertRuleBook(options.alertRules, reread: options.changedAlertRules), store: store,
          actions: AlertActions(), clock: .system,
          logger: options.logger))
    }
    var configuration = ServiceGroupConfiguration(
      services: services,
      gracefulShutdownSignals: options.stopsOnSignals ? [.sigterm, .sigint] : [],
      logger: options.logger)
    configuration.maximumGracefulShutdownDuration = Self.stopTimeout
    return ServiceGroup(configuration: configuration)
  }
}

/// Whether this can be a token: long enough not to be guessed, and of characters that need no escaping in
/// a path.
private func canBeToken(_ text: String) -> Bool {
  text.utf8.count >= LocalHub.shortestToken
    && text.utf8.allSatisfy { byte in
      (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte & 0xDF)
        || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_")
    }
}
