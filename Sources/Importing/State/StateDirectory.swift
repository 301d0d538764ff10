package import Diagnostics
internal import Foundation
internal import Outbox
package import Reporting

/// Looks at what the state directory holds, and mends it where the user asks for it.
package struct StateDirectory: Sendable {
  /// How many runs and refused messages are shown.
  private static let shownLimit = 10

  private let path: String

  package init(path: String) { self.path = path }

  /// What there is: also while an import is at work.
  package func summary() throws(Diagnostic) -> StatusSummary {
    try translating { () throws(OutboxError) in
      let outbox = try OutboxDatabase.openForReading(in: path)
      var summary = StatusSummary(directory: path)
      summary.sources = try outbox.allSources().map { source in
        StatusSummary.Source(
          number: source.id ?? 0, app: source.app.text, path: source.lastPath,
          lines: source.position.lines, bytes: source.position.bytes,
          requests: source.requestCount, firstRequest: source.firstRequestAt,
          lastRequest: source.lastRequestAt, lastImported: source.lastImportedAt)
      }
      summary.queues = try queues(outbox)
      summary.refusals = try outbox.listSetAside(limit: Self.shownLimit).map {
        StatusSummary.Refusal(
          number: $0.id, app: $0.app.text, kind: $0.kind.rawValue, reason: $0.reason)
      }
      summary.runs = try outbox.lastRuns(limit: Self.shownLimit).map { run in
        StatusSummary.Run(
          command: run.command, started: run.startedAt, finished: run.finishedAt,
          exitStatus: run.exitStatus, lines: run.totals.linesRead, requests: run.totals.requests,
          queued: run.totals.messagesQueued, delivered: run.totals.messagesDelivered)
      }
      try outbox.close()
      return summary
    }
  }

  private func queues(_ outbox: OutboxDatabase) throws(OutboxError) -> [StatusSummary.Queue] {
    var queues: [AppKey: StatusSummary.Queue] = [:]
    for count in try outbox.queueCounts() {
      queues[count.app] = StatusSummary.Queue(
        app: count.app.text, waiting: count.waiting, refused: count.setAside, delivered: 0)
    }
    for count in try outbox.deliveredCounts() {
      let none = StatusSummary.Queue(app: count.app.text, waiting: 0, refused: 0, delivered: 0)
      queues[count.app, default: none].delivered += count.count
    }
    return queues.values.sorted { $0.app < $1.app }
  }

  /// Makes the ledger forget the sources that `names` name, by number or last path: their content
  /// is counted again if it is imported again.
  ///
  /// - Returns: the paths of what was forgotten.
  package func forget(_ names: [String]) throws(Diagnostic) -> [String] {
    let forgotten: [String]? = try translating { () throws(OutboxError) in
      // Opening for writing would make what is missing.
      try OutboxDatabase.openForReading(in: path).close()
      let outbox = try OutboxDatabase.open(holding: StateLock.acquire(in: path))
      let sources = try outbox.allSources()
      let matches = names.map { name in
        sources.filter {
          $0.lastPath == name || $0.lastPath == absolutePath(name)
            || $0.id.map { String($0) } == name
        }
      }
      if !matches.contains(where: \.isEmpty) {
        for source in matches.joined() {
          if let id = source.id { _ = try outbox.forgetSource(id) }
        }
      }
      try outbox.close()
      return matches.contains(where: \.isEmpty) ? nil : matches.joined().map(\.lastPath)
    }
    guard let forgotten else {
      throw Diagnostic(
        .error, code: "no-such-source",
        "the ledger does not know all of these; nothing was forgotten",
        hint: "`backtally status` lists the sources with their numbers",
        exitStatus: .wrongUsage)
    }
    return forgotten
  }

  private func translating<Value>(
    _ body: () throws(OutboxError) -> Value
  ) throws(Diagnostic) -> Value {
    do throws(OutboxError) {
      return try body()
    } catch {
      throw error.diagnostic(stateDirectory: path)
    }
  }
}

extension AppKey {
  /// `client_id/env`.
  var text: String { "\(clientID)/\(env)" }
}
