internal import Addressing
internal import Outbox
internal import Reporting

/// Gathers what the outbox says of each app.
struct AppStatuses {
  private let names: AppNames
  private var statuses: [App: StatusSummary.AppStatus] = [:]
  /// Those that have or had messages.
  private var withMessages: Set<App> = []

  init(_ names: AppNames) { self.names = names }

  mutating func add(_ source: LedgerSource) {
    change(source.app) { status in
      status.sources += 1
      if let last = source.lastRequestAt {
        status.newestRequest = max(status.newestRequest ?? last, last)
      }
    }
  }

  mutating func add(_ counts: QueueCounts) {
    withMessages.insert(counts.app)
    change(counts.app) { status in
      status.waiting = counts.waiting
      status.refused = counts.setAside
      status.uncertain = counts.uncertain
    }
  }

  mutating func add(_ delivered: DeliveredCount) {
    withMessages.insert(delivered.app)
    change(delivered.app) { $0.delivered += delivered.count }
  }

  mutating func add(_ runs: AppRuns, _ last: StatusSummary.Run) {
    change(runs.app) { status in
      status.lastImport = last
      status.lastSuccess = runs.lastSuccessAt
    }
  }

  /// By name.
  var sorted: [StatusSummary.AppStatus] { statuses.values.sorted { $0.name < $1.name } }

  /// The queues of those that have or had messages, by name.
  var queues: [StatusSummary.Queue] {
    statuses.filter { withMessages.contains($0.key) }.values.sorted { $0.name < $1.name }.map {
      StatusSummary.Queue(
        app: $0.name, waiting: $0.waiting, refused: $0.refused, uncertain: $0.uncertain,
        delivered: $0.delivered)
    }
  }

  private mutating func change(_ app: App, _ body: (inout StatusSummary.AppStatus) -> Void) {
    var status =
      statuses[app]
      ?? StatusSummary.AppStatus(
        name: names[app], clientID: app.clientID, environment: app.environment, hub: app.hub)
    body(&status)
    statuses[app] = status
  }
}
