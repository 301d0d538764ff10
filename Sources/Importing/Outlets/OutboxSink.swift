internal import Addressing
internal import Attribution
internal import Diagnostics
internal import Ingesting
internal import Messaging
internal import Outbox

/// Queues messages in the outbox. What is accepted between two checkpoints is one transaction.
final class OutboxSink: MessageSink {
  /// Keys of what the outbox remembers of an application.
  enum Key {
    /// The digest of the startup message last queued.
    static let startup = startupDigestKey
    static let routes = "found-routes"
    /// Of OTLP: the UUID of the instance that reports.
    static let instance = "instance"
  }

  private let outbox: OutboxDatabase
  private let app: App
  private let stateDirectory: String
  private(set) var ledger: SourceLedger?
  /// This run in the outbox's history.
  private let run: Int64
  private let delivery: HubDelivery
  private var open: Outbox.Checkpoint?

  /// - Parameters:
  ///   - run: whose totals each checkpoint brings up to date.
  ///   - ledger: records how far sources were read; nil if that is not to be remembered.
  ///   - delivery: told of each checkpoint, when there is more to deliver.
  init(
    outbox: OutboxDatabase, app: App, stateDirectory: String, run: Int64, ledger: SourceLedger?,
    delivery: HubDelivery
  ) {
    self.outbox = outbox
    self.app = app
    self.run = run
    self.stateDirectory = stateDirectory
    self.ledger = ledger
    self.delivery = delivery
  }

  func accept(_ message: HubMessage) throws(Diagnostic) -> Bool {
    try translating { () throws(OutboxError) in
      let checkpoint = try openCheckpoint()
      if let digest = message.contentDigest {
        if try outbox.value(forKey: Key.startup, of: app) == digest { return false }
        try checkpoint.set(digest, forKey: Key.startup, of: app)
      }
      // A file of request logs is known by its content, and may be waiting already.
      if message.kind == .log, try checkpoint.isQueued(message.uuid) { return false }
      try checkpoint.enqueue(
        NewMessage(
          app: app, kind: message.kind, uuid: message.uuid, envelope: message.envelope,
          body: message.body, enqueuedAt: now()))
      return true
    }
  }

  func addPart(ofBucketAt start: Int64) throws(Diagnostic) -> Int {
    try translating { () throws(OutboxError) in
      try openCheckpoint().addPart(ofBucketAt: start, of: app)
    }
  }

  let keepsSums = true

  func add(_ sums: TrafficRows) throws(Diagnostic) {
    try translating { () throws(OutboxError) in
      try openCheckpoint().add(sums, of: app, at: now())
    }
  }

  func rememberedRoutes() throws(Diagnostic) -> [KnownRoute] {
    let text = try translating { () throws(OutboxError) in
      try outbox.value(forKey: Key.routes, of: app)
    }
    return Self.routes(in: text ?? "")
  }

  /// The routes that ``text(of:)`` has made a text of.
  static func routes(in text: String) -> [KnownRoute] {
    text.split(separator: "\n").compactMap { line in
      let words = line.split(separator: " ", maxSplits: 1)
      guard words.count == 2 else { return nil }
      return KnownRoute(method: String(words[0]), template: String(words[1]))
    }
  }

  /// Routes as they are remembered.
  static func text(of routes: [KnownRoute]) -> String {
    // A template with a line break would read back as two routes; no real one has one.
    routes.filter { !$0.template.contains("\n") }
      .map { "\($0.method) \($0.template)" }.joined(separator: "\n")
  }

  func reportedConsumers() throws(Diagnostic) -> [String: ConsumerDetails] {
    try translating { () throws(OutboxError) in
      try outbox.consumers(of: app).mapValues {
        ConsumerDetails(name: $0.name, group: $0.group)
      }
    }
  }

  func remember(
    _ consumers: [(identifier: String, details: ConsumerDetails)]
  ) throws(Diagnostic) {
    try translating { () throws(OutboxError) in
      let checkpoint = try openCheckpoint()
      for (identifier, details) in consumers {
        try checkpoint.remember(
          ReportedConsumer(name: details.name, group: details.group), as: identifier, of: app)
      }
    }
  }

  func checkpoint(_ checkpoint: OutletCheckpoint) throws(Diagnostic) {
    try translating { () throws(OutboxError) in
      let transaction = try openCheckpoint()
      if let routes = checkpoint.foundRoutes {
        try transaction.set(Self.text(of: routes), forKey: Key.routes, of: app)
      }
      try ledger?.record(checkpoint.facts.sources, in: transaction)
      try transaction.record(
        RunTotals(checkpoint, delivered: delivery.deliveredCount), ofRun: run, at: now())
      try transaction.commit()
      open = nil
    }
    delivery.messagesAdded()
  }

  /// Drops what was accepted since the last checkpoint.
  func abandon() {
    open?.rollback()
    open = nil
  }

  func startOver() -> Bool {
    abandon()
    guard let ledger else { return true }
    // What it knows of the sources is what this run has found.
    guard let known = try? SourceIndex(recordedIn: outbox, of: app) else { return false }
    self.ledger = ledger.anew(knowing: known)
    return true
  }

  private func openCheckpoint() throws(OutboxError) -> Outbox.Checkpoint {
    if let open { return open }
    let checkpoint = try outbox.beginCheckpoint()
    open = checkpoint
    return checkpoint
  }

  private func translating<Value>(
    _ body: () throws(OutboxError) -> Value
  ) throws(Diagnostic) -> Value {
    do throws(OutboxError) {
      return try body()
    } catch {
      open = nil
      throw error.diagnostic(stateDirectory: stateDirectory)
    }
  }
}

extension RunTotals {
  fileprivate init(_ checkpoint: OutletCheckpoint, delivered: Int) {
    self.init()
    let facts = checkpoint.facts
    bytesRead = facts.bytesRead
    linesRead = facts.counts.linesRead
    linesTallied = facts.counts.linesTallied
    requests = Int(checkpoint.requestCount)
    messagesQueued = checkpoint.messageCount
    messagesDelivered = delivered
  }
}
