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

  /// The path from the root.
  package var fullPath: String { absolutePath(path) }

  /// Whether some run has made an outbox here.
  package func hasOutbox() throws(Diagnostic) -> Bool {
    do throws(OutboxError) {
      try OutboxDatabase.requireDatabase(in: path)
      return true
    } catch .missing {
      return false
    } catch {
      throw error.diagnostic(stateDirectory: path)
    }
  }

  /// The apps that have something here, in the order of their names.
  package func apps() throws(Diagnostic) -> [App] {
    try translating { () throws(OutboxError) in
      let outbox = try OutboxDatabase.openForReading(in: path)
      let apps = try outbox.apps()
      try outbox.close()
      return apps
    }
  }

  /// What there is; also while an import is running.
  ///
  /// - Parameter app: whose; nil for all apps.
  package func summary(of app: App? = nil) throws(Diagnostic) -> StatusSummary {
    try translating { () throws(OutboxError) in
      let outbox = try OutboxDatabase.openForReading(in: path)
      let summary = try summary(of: outbox, app)
      try outbox.close()
      return summary
    }
  }

  private func summary(
    of outbox: OutboxDatabase, _ app: App?
  ) throws(OutboxError) -> StatusSummary {
    var summary = StatusSummary(directory: fullPath)
    let isShown = { (other: App) in app?.isSameApp(other) ?? true }
    let all = try outbox.allSources()
    let counts = try outbox.queueCounts()
    let delivered = try outbox.deliveredCounts()
    let runsByApp = try outbox.runsByApp()
    let apps = all.map(\.app) + counts.map(\.app) + delivered.map(\.app) + runsByApp.map(\.app)
    let names = AppNames(apps)
    summary.onlyApp = app.map { names[$0] }
    let sources = all.filter { isShown($0.app) }
    summary.sources = sources.map { source in
      StatusSummary.Source(
        number: source.id ?? 0, app: names[source.app], path: source.lastPath,
        lines: source.position.lines, bytes: source.position.bytes,
        requests: source.requestCount, firstRequest: source.firstRequestAt,
        lastRequest: source.lastRequestAt, lastImported: source.lastImportedAt)
    }
    let setAside = try setAside(
      of: app == nil ? [nil] : counts.map(\.app).filter(isShown), in: outbox)
    summary.refusals = setAside.prefix(Self.shownLimit).map {
      StatusSummary.Refusal(
        number: $0.id, app: names[$0.app], kind: $0.kind.rawValue, reason: $0.error ?? "")
    }
    let (runs, holder) = try runs(outbox)
    summary.runs = runs.filter { app == nil || $0.app.map(isShown) ?? false }
      .prefix(Self.shownLimit).map { shown($0, holder, names) }
    if let holder, !runs.contains(where: { state(of: $0, holder) == .running }) {
      summary.otherProcessID = holder.processID
    }
    var statuses = AppStatuses(names)
    for source in sources { statuses.add(source) }
    for count in counts where isShown(count.app) { statuses.add(count) }
    for count in delivered where isShown(count.app) { statuses.add(count) }
    for runs in runsByApp where isShown(runs.app) {
      statuses.add(runs, shown(runs.last, holder, names))
    }
    summary.apps = statuses.sorted
    summary.queues = statuses.queues
    return summary
  }

  /// The oldest messages of each of `apps` that are set aside; nil stands for all apps.
  private func setAside(
    of apps: [App?], in outbox: OutboxDatabase
  ) throws(OutboxError) -> [ListedMessage] {
    var messages: [ListedMessage] = []
    for state in [ListedMessage.State.setAside, .uncertain] {
      for app in apps {
        messages += try outbox.listMessages(state, of: app, limit: Self.shownLimit)
      }
    }
    return messages
  }

  /// The runs, the latest first, and who is at work now.
  private func runs(
    _ outbox: OutboxDatabase
  ) throws(OutboxError) -> ([RecordedRun], StateLock.Holder?) {
    // Asked before the runs are read: if one ends in between, it says so itself.
    var holder = try StateLock.holder(in: path)
    let runs = try outbox.lastRuns(limit: OutboxDatabase.runLimit)
    // And one may have begun in between.
    if holder == nil, runs.contains(where: { $0.finishedAt == nil && !$0.wasKilled }) {
      holder = try StateLock.holder(in: path)
    }
    return (runs, holder)
  }

  private func shown(
    _ run: RecordedRun, _ holder: StateLock.Holder?, _ names: AppNames
  ) -> StatusSummary.Run {
    var shown = StatusSummary.Run(
      command: run.command, state: state(of: run, holder), started: run.startedAt,
      finished: run.finishedAt, exitStatus: run.exitStatus, lines: run.totals.linesRead,
      requests: run.totals.requests, queued: run.totals.messagesQueued,
      delivered: run.totals.messagesDelivered)
    shown.app = run.app.map { names[$0] }
    shown.bytesRead = run.totals.bytesRead
    shown.bytesTotal = run.bytesTotal
    shown.checkpointed = run.checkpointedAt
    if shown.state == .running { shown.processID = holder?.processID }
    return shown
  }

  /// - Parameter holder: of the lock, if some run holds it. It notes earlier runs that were killed
  ///   before it begins, so one without an end and without such a note is the one that holds it.
  private func state(
    of run: RecordedRun, _ holder: StateLock.Holder?
  ) -> StatusSummary.Run.State {
    if run.finishedAt != nil { return .ended }
    return holder != nil && !run.wasKilled ? .running : .killed
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
