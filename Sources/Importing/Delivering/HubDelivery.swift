internal import Addressing
internal import Delivery
internal import Diagnostics
internal import Foundation
internal import Outbox
internal import Reporting
internal import Synchronization

/// The delivering half of an import: a courier that carries the outbox's messages to the hub while
/// the import goes on.
final class HubDelivery: Sendable {
  private let source: OutboxMessages
  private let transport: HTTPTransport
  private let limits: DeliverySchedule.Limits
  private let exportInterval: ExportInterval?
  private let shift = Mutex(Shift())

  /// A courier that gives up on a hub that is down ends. The next message starts another, so that an
  /// import that runs for days outlives the hub's bad hours.
  private struct Shift {
    var courier: Courier?
    var task: Task<DeliverySummary, any Error>?
    var earlier: [DeliverySummary] = []
    var isOver = false
  }

  /// Begins to deliver what the queue holds for `app`.
  init(outbox: OutboxDatabase, app: App, connection: HubConnection, giveUpAfter: Duration) {
    transport = HTTPTransport(connection.settings) { Int64(Date().timeIntervalSince1970) }
    exportInterval = connection.settings.exportInterval
    source = OutboxMessages(outbox: outbox, app: app)
    var limits = DeliverySchedule.Limits()
    limits.retry.giveUpAfter = giveUpAfter
    limits.retry.receiver = connection.receiver
    if connection.receiver == .telemetry { limits.rates = DeliverySchedule.Limits.telemetryRates }
    self.limits = limits
    messagesAdded()
  }

  /// How often, in seconds, the receiver wants numbers of a live stream; nil if it has not said so.
  var askedInterval: Int? { exportInterval?.seconds }

  /// How many messages the hub has taken.
  var deliveredCount: Int { source.deliveredCount }

  /// Says that there is more to deliver.
  func messagesAdded() {
    shift.withLock { shift in
      if let courier = shift.courier, shift.task != nil {
        courier.messagesAdded()
        return
      }
      let courier = Courier(from: source, over: transport, limits: limits)
      shift.courier = courier
      shift.task = Task { [weak self] in
        let summary = try await courier.run()
        self?.courierEnded(with: summary)
        return summary
      }
    }
  }

  private func courierEnded(with summary: DeliverySummary) {
    shift.withLock { shift in
      guard !shift.isOver else { return }
      switch summary.outcome {
      case .unreachable, .notTheHub: break
      case .done, .credentialsRefused, .stopped: return
      }
      shift.earlier.append(summary)
      shift.task = nil
      shift.courier = nil
    }
  }

  /// Delivers what waits, and ends.
  func finish() async throws(Diagnostic) -> DeliveryResult {
    // If the last courier gave up, what was queued since is worth another try.
    messagesAdded()
    return try await end { $0.finish() }
  }

  /// Delivers what can be delivered in `limit`, and ends within seconds. What is left waits for the
  /// next run.
  func finish(within limit: Duration) async throws(Diagnostic) -> DeliveryResult {
    let guardian = Task {
      if (try? await Task.sleep(for: limit)) != nil { hurry() }
    }
    defer { guardian.cancel() }
    return try await finish()
  }

  /// Ends within seconds. What is left waits for the next run.
  func stop() async throws(Diagnostic) -> DeliveryResult { try await end { $0.stop() } }

  /// Makes `finish` end within seconds.
  func hurry() {
    shift.withLock { $0.courier?.stop() }
  }

  private func end(_ order: (Courier) -> Void) async throws(Diagnostic) -> DeliveryResult {
    let isTelemetry = limits.retry.receiver != .hub
    let task = shift.withLock { shift in
      shift.isOver = true
      if let courier = shift.courier { order(courier) }
      return shift.task
    }
    let last: Result<DeliverySummary, any Error>? = await task?.result
    await transport.shutDown()
    let earlier = shift.withLock { $0.earlier }
    switch last {
    case .success(let summary):
      return DeliveryResult(
        summary, earlier: earlier, damaged: source.damagedCount, isTelemetry: isTelemetry)
    case nil:
      guard let last = earlier.last else { preconditionFailure("there was never a courier") }
      return DeliveryResult(
        last, earlier: earlier.dropLast(), damaged: source.damagedCount, isTelemetry: isTelemetry)
    case .failure(let error as OutboxError):
      throw error.diagnostic(stateDirectory: "the outbox")
    case .failure(let error):
      throw Diagnostic(.error, code: "fault", "delivering failed: \(error)")
    }
  }
}

/// The outbox's queue as the courier sees it.
private final class OutboxMessages: MessageSource {
  private let outbox: OutboxDatabase
  private let app: App
  private let delivered = Atomic<Int>(0)
  private let damaged = Atomic<Int>(0)

  init(outbox: OutboxDatabase, app: App) {
    self.outbox = outbox
    self.app = app
  }

  var deliveredCount: Int { delivered.load(ordering: .relaxed) }
  /// How many were set aside because they cannot be sent.
  var damagedCount: Int { damaged.load(ordering: .relaxed) }

  func nextBatch(_ request: BatchRequest) async throws -> [OutgoingMessage] {
    var after = request.after
    while true {
      let batch = try outbox.nextBatch(
        after: after, count: request.count, bytes: request.bytes, of: app)
      try setAsideDamaged(batch)
      let sound = batch.filter { $0.damage == nil }
      // An empty answer would mean that the queue ends here.
      guard sound.isEmpty, let last = batch.last else { return sound.map(outgoing) }
      after = last.id
    }
  }

  private func outgoing(_ queued: QueuedMessage) -> OutgoingMessage {
    OutgoingMessage(
      id: queued.id, envelope: queued.message.envelope, body: queued.message.body,
      uncertainFor: queued.uncertainSince.map { age(ofAttemptAt: $0, now: now()) })
  }

  private func setAsideDamaged(_ batch: [QueuedMessage]) throws {
    let time = now()
    let settlements = batch.compactMap { queued in
      queued.damage.map { Settlement(queued.id, .damaged($0), at: time) }
    }
    guard !settlements.isEmpty else { return }
    try outbox.settle(settlements)
    damaged.add(settlements.count, ordering: .relaxed)
  }

  func noteAttempts(of ids: [Int64]) async throws {
    try outbox.noteAttempts(of: ids, at: now())
  }

  func settle(_ messages: [SettledMessage]) async throws {
    let time = now()
    try outbox.settle(
      messages.map { message in
        switch message.result {
        case .delivered: Settlement(message.id, .acknowledged, at: time)
        case .dropped: Settlement(message.id, .dropped, at: time)
        case .setAside(let reason): Settlement(message.id, .setAside(reason: reason), at: time)
        case .uncertain(let reason): Settlement(message.id, .uncertain(reason: reason), at: time)
        case .notAttempted: Settlement(message.id, .notAttempted, at: time)
        case .attempted(let error, let isUncertain):
          Settlement(message.id, .attempted(error: error, isUncertain: isUncertain), at: time)
        }
      })
    delivered.add(messages.count { $0.result == .delivered }, ordering: .relaxed)
  }

  func waitingCount() async throws -> Int {
    try outbox.queueCounts().first { $0.app == app }?.waiting ?? 0
  }
}

/// How the delivery went, and what the user should know about it.
package struct DeliveryResult: Sendable {
  let summary: DeliverySummary
  /// Messages that were set aside because what the outbox holds of them is damaged.
  let damaged: Int
  let isTelemetry: Bool

  /// - Parameter earlier: of the couriers before the last.
  init(
    _ summary: DeliverySummary, earlier: some Sequence<DeliverySummary>, damaged: Int,
    isTelemetry: Bool
  ) {
    self.damaged = damaged
    self.isTelemetry = isTelemetry
    var total = summary
    for shift in earlier {
      total.delivered += shift.delivered
      total.setAside += shift.setAside
      total.uncertain += shift.uncertain
      total.dropped += shift.dropped
      total.rejectedItems += shift.rejectedItems
      if total.rejectionReason.isEmpty { total.rejectionReason = shift.rejectionReason }
    }
    self.summary = total
  }

  func messages(queued: Int) -> ImportSummary.Messages {
    var messages = ImportSummary.Messages()
    messages.queued = queued
    messages.delivered = summary.delivered
    messages.waiting = summary.waiting
    messages.refused = summary.setAside
    messages.uncertain = summary.uncertain
    messages.damaged = damaged
    messages.dropped = summary.dropped
    return messages
  }

  var exitStatus: ExitStatus? {
    switch summary.outcome {
    case .credentialsRefused: .credentialsRefused
    case .unreachable, .notTheHub: .undelivered
    case .done, .stopped:
      summary.setAside + summary.uncertain + damaged + summary.waiting > 0 ? .undelivered : nil
    }
  }

  var diagnostics: [Diagnostic] {
    var diagnostics: [Diagnostic] = []
    switch summary.outcome {
    case .credentialsRefused(let answer):
      diagnostics.append(
        Diagnostic(
          .error, code: isTelemetry ? "token-refused" : "client-id-refused",
          isTelemetry
            ? "the write token, or what else is to identify the app, is refused (\(answer))"
            : "the hub does not accept the client ID (\(answer))",
          hint: isTelemetry
            ? "check APITALLY_WRITE_TOKEN, or write_token or otlp: {headers} in the configuration; "
              + "the outbox keeps the messages"
            : "check --client-id; the outbox keeps the messages",
          exitStatus: .credentialsRefused))
    case .notTheHub(let answer):
      diagnostics.append(
        Diagnostic(
          .error, code: "not-the-hub",
          isTelemetry
            ? "there is no receiver of OTLP at the address (\(answer))"
            : "there is no hub at the hub's address (\(answer))",
          hint: isTelemetry
            ? "check --otlp-url, also its path, and with --request-logs whether the receiver takes "
              + "spans; the outbox keeps the messages"
            : "check --hub-url, also its path; the outbox keeps the messages",
          exitStatus: .undelivered))
    case .unreachable(let error):
      let isUntrusted = error.contains("certificate is not trusted")
      diagnostics.append(
        Diagnostic(
          .error, code: "hub-unreachable", "the hub could not be reached (\(error))",
          hint: isUntrusted
            ? "--ca-file names an authority of your own; the outbox keeps the messages"
            : "the outbox keeps the messages, and the next run sends them",
          exitStatus: .undelivered))
    case .stopped where summary.waiting > 0:
      diagnostics.append(
        Diagnostic(
          .warning, code: "stopped-delivering",
          "the run was stopped with \(counted(summary.waiting, "message")) still to send",
          hint: "nothing is lost: the outbox keeps them, and the next run sends them"))
    case .stopped, .done: break
    }
    if summary.dropped > 0 {
      let files = summary.dropped == 1 ? "1 file was" : "\(grouped(summary.dropped)) files were"
      diagnostics.append(
        Diagnostic(
          .warning, code: "request-logs-suspended",
          "the hub does not accept request logs at the moment (402); \(files) dropped; "
            + "counts are not affected",
          hint: "check the account's quota, and import without --request-logs until then"))
    }
    if summary.rejectedItems > 0 || !summary.rejectionReason.isEmpty {
      let reason = summary.rejectionReason.isEmpty ? "" : ": \(summary.rejectionReason)"
      diagnostics.append(
        Diagnostic(
          .warning, code: "partly-rejected",
          "the receiver took the messages, but not "
            + "\(counted(Int(summary.rejectedItems), "item")) in them\(reason)"))
    }
    if summary.setAside > 0 {
      diagnostics.append(
        Diagnostic(
          .error, code: "messages-refused",
          "the hub refused \(counted(summary.setAside, "message"))",
          hint: "the outbox keeps what was refused: `backtally outbox list` shows the reasons",
          exitStatus: .undelivered))
    }
    if summary.uncertain > 0 {
      let was = summary.uncertain == 1 ? "was" : "were"
      diagnostics.append(
        Diagnostic(
          .error, code: "outcome-uncertain",
          "the hub may have taken \(counted(summary.uncertain, "message")) that \(was) first sent more "
            + "than 59 minutes ago, and would count them again, so they are not sent",
          hint: "`backtally outbox list` shows them; if the hub has them, `backtally outbox drop "
            + "--uncertain`; if not, `backtally deliver --retry-refused`",
          exitStatus: .undelivered))
    }
    if damaged > 0 { diagnostics.append(damagedMessages) }
    return diagnostics
  }

  private var damagedMessages: Diagnostic {
    Diagnostic(
      .error, code: "messages-damaged",
      "\(counted(damaged, "message")) in the outbox \(damaged == 1 ? "is" : "are") damaged and "
        + "cannot be sent",
      hint: "`backtally outbox list` shows which. Restore the state directory's `bodies` from a "
        + "backup and run `backtally deliver --retry-refused`, or remove them with "
        + "`backtally outbox drop`: what they counted is lost",
      exitStatus: .undelivered)
  }
}
