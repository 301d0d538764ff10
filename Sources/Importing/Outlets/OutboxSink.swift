internal import Attribution
internal import Diagnostics
internal import Foundation
internal import Messaging
internal import Outbox

/// Queues messages in the outbox. What is accepted between two checkpoints is one transaction.
final class OutboxSink: MessageSink {
  /// Keys of what the outbox remembers of an application.
  private enum Key {
    static let startup = "startup-digest"
    static let routes = "found-routes"
  }

  private let outbox: OutboxDatabase
  private let app: AppKey
  private let reporter: Reporter
  private let stateDirectory: String
  private let ledger: SourceLedger?
  private let paths: [String]
  private let didCommit: () -> Void
  /// The ledger's numbers of the run's sources, by their index.
  private var sourceIDs: [Int: Int64] = [:]
  private var open: Outbox.Checkpoint?

  /// - Parameters:
  ///   - ledger: knows the sources at `paths`; nil if they are not to be remembered.
  ///   - didCommit: called after each checkpoint, when there is more to deliver.
  init(
    outbox: OutboxDatabase, reporter: Reporter, stateDirectory: String, ledger: SourceLedger?,
    paths: [String], didCommit: @escaping () -> Void
  ) {
    self.outbox = outbox
    self.reporter = reporter
    self.stateDirectory = stateDirectory
    self.ledger = ledger
    self.paths = paths
    self.didCommit = didCommit
    app = AppKey(clientID: reporter.clientID, env: reporter.environment)
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
          app: app, kind: NewMessage.Kind(message.kind), uuid: message.uuid,
          path: reporter.path(of: message.kind), query: message.query, body: message.body,
          enqueuedAt: now()))
      return true
    }
  }

  func rememberedRoutes() throws(Diagnostic) -> [KnownRoute] {
    let text = try translating { () throws(OutboxError) in
      try outbox.value(forKey: Key.routes, of: app)
    }
    return (text ?? "").split(separator: "\n").compactMap { line in
      let words = line.split(separator: " ", maxSplits: 1)
      guard words.count == 2 else { return nil }
      return KnownRoute(method: String(words[0]), template: String(words[1]))
    }
  }

  func toldConsumers() throws(Diagnostic) -> [String: ConsumerDetails] {
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
          ToldConsumer(name: details.name, group: details.group), as: identifier, of: app)
      }
    }
  }

  func checkpoint(_ facts: CheckpointFacts) throws(Diagnostic) {
    try translating { () throws(OutboxError) in
      let checkpoint = try openCheckpoint()
      if let routes = facts.foundRoutes {
        // A template with a line break in it is a client's joke, and not worth remembering.
        let lines = routes.filter { !$0.template.contains("\n") }
          .map { "\($0.method) \($0.template)" }
        try checkpoint.set(lines.joined(separator: "\n"), forKey: Key.routes, of: app)
      }
      try record(facts.sources, in: checkpoint)
      try checkpoint.commit()
      open = nil
    }
    didCommit()
  }

  /// Moves the sources' positions in the ledger.
  private func record(
    _ sources: [ReadingCrew.Progress], in checkpoint: Outbox.Checkpoint
  ) throws(OutboxError) {
    guard let ledger else { return }
    for (index, progress) in sources.enumerated() {
      guard var source = ledger.record(progress, path: paths[index]) else { continue }
      // A number below zero is that of another source of this run with the same content.
      if let id = source.id, id < 0 { source.id = sourceIDs[Int(-1 - id)] }
      source.id = source.id ?? sourceIDs[index]
      sourceIDs[index] = try checkpoint.record(source)
    }
  }

  /// Drops what was accepted since the last checkpoint.
  func abandon() {
    open?.rollback()
    open = nil
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

extension NewMessage.Kind {
  fileprivate init(_ kind: HubMessage.Kind) {
    self =
      switch kind {
      case .startup: .startup
      case .sync: .sync
      case .log: .log
      }
  }
}

/// Nanoseconds since 1970. The clock of the outbox's edge.
func now() -> Int64 { Int64(Date().timeIntervalSince1970 * 1e9) }
