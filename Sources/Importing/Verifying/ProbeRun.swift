package import Addressing
package import Configuring
internal import Delivery
package import Diagnostics
internal import Foundation
internal import Ingesting
internal import Messaging

/// Sends one request of a given age and looks whether it arrives: what an account takes is found out before
/// a year is sent. Touches neither ledger nor outbox.
package struct ProbeRun: Sendable {
  /// The environment, where the user names no other: one that holds nothing else.
  package static let environment = "backtally-probe"
  /// How long to wait between two looks.
  static let pollInterval: Duration = .seconds(3)
  /// How often the message is sent at most.
  static let sendLimit = 3

  private let settings: Settings
  private let app: App
  private let target: ReadingTarget
  private let ageSeconds: Int64
  private let patience: Duration
  private let watcher: any ImportWatcher

  /// - Parameters:
  ///   - ageSeconds: how long ago the request began.
  ///   - patience: how long it may take to arrive.
  package init(
    _ settings: Settings, app: App, target: ReadingTarget, ageSeconds: Int64, patience: Duration,
    watcher: any ImportWatcher
  ) {
    self.settings = settings
    self.app = app
    self.target = target
    self.ageSeconds = ageSeconds
    self.patience = patience
    self.watcher = watcher
  }

  /// - Returns: what to say, and whether the request arrived.
  package func run() async throws(Diagnostic) -> (text: String, isThere: Bool) {
    let connection = try HubConnection(
      to: DeliveryTarget(settings), caFile: settings.caFile, version: target.version,
      environment: ProcessInfo.processInfo.environment)
    for warning in connection.warnings { watcher.report(warning) }
    let api = try target.open(reportingTo: watcher)
    do {
      let result = try await probe(connection, api)
      await api.shutDown()
      return result
    } catch {
      await api.shutDown()
      switch error {
      case let fault as ReadingFault: throw fault.diagnostic
      case let diagnostic as Diagnostic: throw diagnostic
      default: throw Diagnostic(.error, code: "fault", "the probe failed (\(type(of: error)))")
      }
    }
  }

  private func probe(
    _ connection: HubConnection, _ api: ReadingAPI
  ) async throws -> (text: String, isThere: Bool) {
    let second = now() / 1_000_000_000 - ageSeconds
    let minute = second / 60 * 60
    // Found before anything is sent.
    let number = try await target.find(app, in: api).id
    let before = try await count(number, minute, api)
    try await send(
      ProbeMessage(settings, app: app, at: second, version: target.version).message, connection)
    let sent = ContinuousClock.now
    let what = "a request of \(timestamp(minute * 1_000_000_000, separator: " ").prefix(16)) UTC"
    let place = "environment \(app.environment) of \(app.clientID)"
    while true {
      let count = try await count(number, minute, api)
      let waited = ContinuousClock.now - sent
      if count > before {
        return (
          "\(what) was sent to \(place), and is there after \(waited.wholeSeconds) s: what is this "
            + "old is taken", true
        )
      }
      if waited >= patience {
        return (
          "\(what) was sent to \(place) and accepted, but is not there after "
            + "\(waited.wholeSeconds) s: either it takes longer (--wait), or what is this old is not kept",
          false
        )
      }
      try await Task.sleep(for: min(Self.pollInterval, patience - waited))
    }
  }

  private func count(_ app: Int, _ minute: Int64, _ api: ReadingAPI) async throws -> Int64 {
    try await api.requests(
      app, env: self.app.environment, seconds: minute..<minute + 60, method: ProbeMessage.method,
      path: ProbeMessage.path)
  }

  private func send(_ message: HubMessage, _ connection: HubConnection) async throws(Diagnostic) {
    let transport = HTTPTransport(connection.settings) { Int64(Date().timeIntervalSince1970) }
    let outgoing = OutgoingMessage(id: 1, envelope: message.envelope, body: message.body)
    var outcome = await transport.send(outgoing)
    // The hub drops what it has taken already.
    for number in 1..<Self.sendLimit where outcome.isTransient {
      try? await Task.sleep(for: .seconds(number))
      outcome = await transport.send(outgoing)
    }
    await transport.shutDown()
    switch outcome {
    case .answered(let answer) where (200..<300).contains(answer.status) && !answer.isForeign:
      if let rejection = answer.rejection {
        throw Diagnostic.probeRefused("it was taken in part: \(rejection.reason)", .undelivered)
      }
    case .answered(let answer):
      let isCredential = connection.receiver == .hub ? [404] : [401, 403]
      throw Diagnostic.probeRefused(
        "the hub answered \(answer.status)\(answer.reason.isEmpty ? "" : " (\(answer.reason))")",
        isCredential.contains(answer.status) && !answer.isForeign
          ? .credentialsRefused : .undelivered)
    case .failed(let fault):
      throw Diagnostic.probeRefused("the hub could not be reached: \(fault.text)", .undelivered)
    case .cancelled:
      throw Diagnostic.probeRefused("it was called off", .undelivered)
    }
  }
}

extension AttemptOutcome {
  fileprivate var isTransient: Bool {
    switch self {
    case .answered(let answer): answer.status == 429 || answer.status >= 500
    case .failed: true
    case .cancelled: false
    }
  }
}

extension Duration {
  fileprivate var wholeSeconds: Int { Int(self / .seconds(1)) }
}

extension Diagnostic {
  fileprivate static func probeRefused(_ reason: String, _ status: ExitStatus) -> Diagnostic {
    Diagnostic(
      .error, code: "probe-refused", "the probe was not taken: \(reason)", exitStatus: status)
  }
}
