package import Addressing
package import Diagnostics
internal import Foundation
internal import Outbox
package import Reporting

/// Shows what the state directory holds, and changes it where the user asks for it.
package struct StateDirectory: Sendable {
  /// How many runs and refused messages are shown.
  private static let shownLimit = 10

  private let path: String

  package init(path: String) { self.path = path }

  /// What there is; also while an import is running.
  package func summary() throws(Diagnostic) -> StatusSummary {
    try translating { () throws(OutboxError) in
      let outbox = try OutboxDatabase.openForReading(in: path)
      var summary = StatusSummary(directory: path)
      let sources = try outbox.allSources()
      let names = AppNames(sources.map(\.app) + (try outbox.deliveredCounts().map(\.app)))
      summary.sources = sources.map { source in
        StatusSummary.Source(
          number: source.id ?? 0, app: names[source.app], path: source.lastPath,
          lines: source.position.lines, bytes: source.position.bytes,
          requests: source.requestCount, firstRequest: source.firstRequestAt,
          lastRequest: source.lastRequestAt, lastImported: source.lastImportedAt)
      }
      summary.queues = try queues(outbox, names)
      let setAside =
        try outbox.listMessages(.setAside, limit: Self.shownLimit)
        + outbox.listMessages(.uncertain, limit: Self.shownLimit)
      summary.refusals = setAside.prefix(Self.shownLimit).map {
        StatusSummary.Refusal(
          number: $0.id, app: names[$0.app], kind: $0.kind.rawValue, reason: $0.error ?? "")
      }
      // Asked before the runs are read: if one ends in between, it says so itself.
      var isAtWork = try StateLock.isHeld(in: path)
      let runs = try outbox.lastRuns(limit: Self.shownLimit)
      // And one may have begun in between.
      if !isAtWork, runs.contains(where: { $0.finishedAt == nil && !$0.wasKilled }) {
        isAtWork = try StateLock.isHeld(in: path)
      }
      summary.runs = runs.map { run in
        StatusSummary.Run(
          command: run.command, state: state(of: run, isAtWork), started: run.startedAt,
          finished: run.finishedAt,
          exitStatus: run.exitStatus, lines: run.totals.linesRead, requests: run.totals.requests,
          queued: run.totals.messagesQueued, delivered: run.totals.messagesDelivered)
      }
      try outbox.close()
      return summary
    }
  }

  /// - Parameter isAtWork: whether some run holds the lock. It notes earlier runs that were killed
  ///   before it begins, so one without an end and without such a note is the one that holds it.
  private func state(of run: RecordedRun, _ isAtWork: Bool) -> StatusSummary.Run.State {
    if run.finishedAt != nil { return .ended }
    return isAtWork && !run.wasKilled ? .running : .killed
  }

  private func queues(
    _ outbox: OutboxDatabase, _ names: AppNames
  ) throws(OutboxError) -> [StatusSummary.Queue] {
    var queues: [App: StatusSummary.Queue] = [:]
    for count in try outbox.queueCounts() {
      queues[count.app] = StatusSummary.Queue(
        app: names[count.app], waiting: count.waiting, refused: count.setAside,
        uncertain: count.uncertain, delivered: 0)
    }
    for count in try outbox.deliveredCounts() {
      let none = StatusSummary.Queue(
        app: names[count.app], waiting: 0, refused: 0, uncertain: 0, delivered: 0)
      queues[count.app, default: none].delivered += count.count
    }
    return queues.values.sorted { $0.app < $1.app }
  }

  /// The messages in the queue, of one app or of all.
  ///
  /// - Parameter limit: how many are listed of each app that wait, and as many that were refused.
  package func messages(of app: App?, limit: Int) throws(Diagnostic) -> OutboxListing {
    try translating { () throws(OutboxError) in
      let outbox = try OutboxDatabase.openForReading(in: path)
      var listing = OutboxListing(directory: path, queues: [])
      let all = try outbox.queueCounts()
      let names = AppNames(all.map(\.app))
      for counts in all where app.map(counts.app.isSameApp) ?? true {
        listing.queues.append(
          OutboxListing.Queue(
            app: names[counts.app],
            waiting: OutboxListing.Group(
              count: counts.waiting,
              shown: try outbox.listMessages(.waiting, of: counts.app, limit: limit)
                .map(OutboxListing.Message.init)),
            refused: OutboxListing.Group(
              count: counts.setAside,
              shown: try outbox.listMessages(.setAside, of: counts.app, limit: limit)
                .map(OutboxListing.Message.init)),
            uncertain: OutboxListing.Group(
              count: counts.uncertain,
              shown: try outbox.listMessages(.uncertain, of: counts.app, limit: limit)
                .map(OutboxListing.Message.init))))
      }
      try outbox.close()
      return listing
    }
  }

  /// Which messages to drop.
  package enum Dropping: Equatable, Sendable {
    case all(waiting: Bool, refused: Bool, uncertain: Bool)
    case numbers([Int64])
  }

  /// Drops messages without delivering them.
  ///
  /// - Parameter app: whose; nil if the user named none, which will do where only one has messages.
  /// - Returns: whose messages they were, as users see it, and how many; nil if there were none at
  ///   all.
  package func drop(
    _ dropping: Dropping, of app: App?, waitingForLock isPatient: Bool
  ) async throws(Diagnostic) -> (app: String, count: Int)? {
    let selection: MessageSelection =
      switch dropping {
      case .all(let waiting, let refused, let uncertain):
        .all(
          Set(
            (waiting ? [.waiting] : []) + (refused ? [.setAside] : [])
              + (uncertain ? [.uncertain] : [])))
      case .numbers(let numbers): .numbers(Set(numbers))
      }
    let outbox = try await openForChange(waiting: isPatient)
    let (apps, count) = try translating { () throws(OutboxError) -> ([App], Int?) in
      var apps = try outbox.queueCounts().map(\.app)
      if let app { apps = apps.filter(app.isSameApp) }
      var count: Int?
      if apps.count == 1 {
        count = try outbox.discardMessages(
          selection, of: apps[0], forgetting: [OutboxSink.Key.startup],
          counting: trafficSums)
      }
      try outbox.close()
      return (apps, count)
    }
    if apps.count > 1 { throw .severalApps(apps) }
    guard let app = apps.first ?? app else {
      if case .numbers = selection { throw .noSuchMessage }
      return nil
    }
    guard let count = count ?? (apps.isEmpty && selection.namesNone ? 0 : nil) else {
      throw .noSuchMessage
    }
    return (app.text, count)
  }

  /// Removes the sources that `names` name, by number or last path, from the ledger: their content
  /// is counted again if it is imported again.
  ///
  /// - Parameter app: whose sources; nil if the user named none, which will do where a name leads to one
  ///   source only.
  /// - Returns: the paths of what was forgotten.
  package func forget(
    _ names: [String], of app: App?, waitingForLock isPatient: Bool
  ) async throws(Diagnostic) -> [String] {
    let outbox = try await openForChange(waiting: isPatient)
    let (matches, apps) = try translating { () throws(OutboxError) in
      let sources = try outbox.allSources().filter { app?.isSameApp($0.app) ?? true }
      let matches = names.map { self.sources($0, among: sources) }
      if matches.allSatisfy({ $0.count == 1 }) {
        for source in matches.joined() {
          if let id = source.id { _ = try outbox.forgetSource(id) }
        }
      }
      try outbox.close()
      return (matches, AppNames(sources.map(\.app)))
    }
    for (name, found) in zip(names, matches) where found.count != 1 {
      throw found.isEmpty ? .noSuchSource(name) : .severalSources(name, found, apps)
    }
    var paths: [String] = []
    for source in matches.joined() where !paths.contains(source.lastPath) {
      paths.append(source.lastPath)
    }
    return paths
  }

  /// The sources that `name` may mean. Where several were last seen at the same path, it is the one whose
  /// file is there now.
  private func sources(_ name: String, among sources: [LedgerSource]) -> [LedgerSource] {
    let path = absolutePath(name)
    let found = sources.filter { $0.lastPath == name || $0.lastPath == path }
    if found.isEmpty { return sources.filter { $0.id.map { String($0) } == name } }
    guard found.count > 1, let stamp = LedgerSource.FileStamp(path: path)
    else { return found }
    let present = found.filter { $0.file?.inode == stamp.inode && $0.file?.device == stamp.device }
    return present.isEmpty ? found : present
  }

  /// Opens what an earlier run has left. `isPatient`: whether to wait until another run has ended.
  private func openForChange(waiting isPatient: Bool) async throws(Diagnostic) -> OutboxDatabase {
    try translating { () throws(OutboxError) in try OutboxDatabase.requireDatabase(in: path) }
    return try await openOutbox(in: path, waiting: isPatient)
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

extension OutboxListing.Message {
  fileprivate init(_ message: ListedMessage) {
    self.init(
      number: message.id, kind: message.kind.rawValue, size: message.bodySize,
      queued: message.enqueuedAt, failedAttempts: message.failedAttempts, error: message.error)
  }
}

extension Diagnostic {
  /// How many apps are named.
  private static let namedLimit = 5

  fileprivate static func severalApps(_ apps: [App]) -> Diagnostic {
    let more = apps.count > namedLimit ? " and \(grouped(apps.count - namedLimit)) more" : ""
    return Diagnostic(
      .error, code: "several-apps",
      "the outbox holds messages of several apps: "
        + apps.prefix(namedLimit).map { AppNames(apps)[$0] }.joined(separator: ", ") + more
        + "; nothing was dropped",
      hint: "name one with --client-id, --env and --hub-url", exitStatus: .wrongUsage)
  }

  fileprivate static func noSuchSource(_ name: String) -> Diagnostic {
    Diagnostic(
      .error, code: "no-such-source", "is not in the ledger; nothing was forgotten",
      hint: "`backtally status` lists the sources with their numbers", at: Place(source: name),
      exitStatus: .wrongUsage)
  }

  fileprivate static func severalSources(
    _ name: String, _ sources: [LedgerSource], _ names: AppNames
  ) -> Diagnostic {
    let shown = sources.prefix(namedLimit).map { "\($0.id ?? 0) (\(names[$0.app]))" }
    let more =
      sources.count > namedLimit ? " and \(grouped(sources.count - namedLimit)) more" : ""
    return Diagnostic(
      .error, code: "several-sources",
      "was the last path of several sources: \(shown.joined(separator: ", "))\(more); "
        + "nothing was forgotten",
      hint: "give the number of the one that is meant; `backtally status` shows them",
      at: Place(source: name), exitStatus: .wrongUsage)
  }

  fileprivate static let noSuchMessage = Diagnostic(
    .error, code: "no-such-message",
    "some of these numbers are not messages of this app; nothing was dropped",
    hint: "`backtally outbox list` shows the messages with their numbers",
    exitStatus: .wrongUsage)
}

extension MessageSelection {
  /// Whether it says which messages by what they are, not by numbers.
  fileprivate var namesNone: Bool { if case .all = self { true } else { false } }
}

/// What apps are called where several are shown: the hub is named where the same app is on several.
struct AppNames {
  private let severalHubs: Set<String>

  init(_ apps: [App]) {
    let hubs = Dictionary(grouping: Set(apps), by: \.text)
    severalHubs = Set(hubs.filter { $0.value.count > 1 }.keys)
  }

  subscript(app: App) -> String {
    severalHubs.contains(app.text) && !app.hub.isEmpty ? "\(app.text) on \(app.hub)" : app.text
  }
}

extension App {
  /// Whether `other` is the same application in the same environment, and on the same hub if this one
  /// names a hub.
  func isSameApp(_ other: App) -> Bool {
    clientID == other.clientID && environment == other.environment
      && (hub.isEmpty || other.hub.isEmpty || hub == other.hub)
  }
}
