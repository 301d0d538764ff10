internal import Diagnostics

/// What the state directory holds: sources, queue, runs.
package struct StatusSummary: Equatable, Sendable {
  package struct Source: Equatable, Sendable {
    package var number: Int64
    package var app: String
    /// Where the content was last seen.
    package var path: String
    package var lines: Int
    package var bytes: Int
    package var requests: Int
    /// Nanoseconds since 1970, as all moments here.
    package var firstRequest: Int64?
    package var lastRequest: Int64?
    package var lastImported: Int64

    package init(
      number: Int64, app: String, path: String, lines: Int, bytes: Int, requests: Int,
      firstRequest: Int64?, lastRequest: Int64?, lastImported: Int64
    ) {
      self.number = number
      self.app = app
      self.path = path
      self.lines = lines
      self.bytes = bytes
      self.requests = requests
      self.firstRequest = firstRequest
      self.lastRequest = lastRequest
      self.lastImported = lastImported
    }
  }

  package struct Queue: Equatable, Sendable {
    package var app: String
    package var waiting: Int
    package var refused: Int
    /// Set aside because the hub may have taken them, and might take them twice.
    package var uncertain: Int
    package var delivered: Int

    package init(app: String, waiting: Int, refused: Int, uncertain: Int, delivered: Int) {
      self.app = app
      self.waiting = waiting
      self.refused = refused
      self.uncertain = uncertain
      self.delivered = delivered
    }
  }

  package struct Refusal: Equatable, Sendable {
    package var number: Int64
    package var app: String
    package var kind: String
    package var reason: String

    package init(number: Int64, app: String, kind: String, reason: String) {
      self.number = number
      self.app = app
      self.kind = kind
      self.reason = reason
    }
  }

  package struct Run: Equatable, Sendable {
    package enum State: String, CaseIterable, Sendable {
      case running
      /// It has said how it ended.
      case ended
      /// It has not, and is gone. Its numbers are those of its last checkpoint.
      case killed
    }

    package var command: String
    /// Whom it counts for; nil of runs that an older version recorded.
    package var app: String?
    package var state: State
    package var started: Int64
    package var finished: Int64?
    package var exitStatus: Int32?
    /// The process, while it runs.
    package var processID: Int32?
    package var bytesRead = 0
    /// The size of all that it reads; nil if that is not known, as of a pipe.
    package var bytesTotal: Int?
    /// When it last saved what it has counted.
    package var checkpointed: Int64?
    package var lines: Int
    package var requests: Int
    package var queued: Int
    package var delivered: Int

    package init(
      command: String, state: State, started: Int64, finished: Int64?, exitStatus: Int32?,
      lines: Int, requests: Int, queued: Int, delivered: Int
    ) {
      self.command = command
      self.state = state
      self.started = started
      self.finished = finished
      self.exitStatus = exitStatus
      self.lines = lines
      self.requests = requests
      self.queued = queued
      self.delivered = delivered
    }
  }

  /// What there is of one app.
  package struct AppStatus: Equatable, Sendable {
    /// `ID/ENV`, with the hub where the same app is on several.
    package var name: String
    package var clientID: String
    package var environment: String
    package var hub: String
    package var sources = 0
    package var waiting = 0
    package var refused = 0
    package var uncertain = 0
    package var delivered = 0
    /// When the newest request of what was imported began.
    package var newestRequest: Int64?
    /// nil if none is recorded.
    package var lastImport: Run?
    /// When an import last ended with exit status 0.
    package var lastSuccess: Int64?

    package init(name: String, clientID: String, environment: String, hub: String) {
      (self.name, self.clientID, self.environment, self.hub) = (name, clientID, environment, hub)
    }
  }

  package var directory: String
  package var sources: [Source] = []
  package var queues: [Queue] = []
  /// The oldest messages that the hub has refused.
  package var refusals: [Refusal] = []
  /// The latest first.
  package var runs: [Run] = []
  /// By name.
  package var apps: [AppStatus] = []
  /// The process that uses the directory, if one does and has not recorded a run: a `forget`, say.
  package var otherProcessID: Int32?
  /// The app that all of this is about; nil for all.
  package var onlyApp: String?

  package init(directory: String) { self.directory = directory }
}

extension StatusSummary {
  /// One JSON object.
  package var json: String {
    var fields = ["\"state_dir\":\(jsonString(directory))"]
    fields.append(
      """
      "totals":{"sources":\(sources.count),"lines":\(total(\.lines)),"bytes":\(total(\.bytes)),\
      "requests":\(total(\.requests))}
      """)
    fields.append(
      "\"sources\":"
        + jsonArray(sources) { source in
          """
          {"number":\(source.number),"app":\(jsonString(source.app)),\
          "path":\(jsonString(source.path)),"lines":\(source.lines),"bytes":\(source.bytes),\
          "requests":\(source.requests),"first_request":\(jsonInstant(source.firstRequest)),\
          "last_request":\(jsonInstant(source.lastRequest)),\
          "last_imported":\(jsonInstant(source.lastImported))}
          """
        })
    fields.append(
      "\"queues\":"
        + jsonArray(queues) { queue in
          """
          {"app":\(jsonString(queue.app)),"waiting":\(queue.waiting),\
          "refused":\(queue.refused),"uncertain":\(queue.uncertain),"delivered":\(queue.delivered)}
          """
        })
    fields.append(
      "\"refused\":"
        + jsonArray(refusals) { refusal in
          """
          {"number":\(refusal.number),"app":\(jsonString(refusal.app)),\
          "kind":\(jsonString(refusal.kind)),"reason":\(jsonString(refusal.reason))}
          """
        })
    fields.append("\"runs\":" + jsonArray(runs, json))
    fields.append("\"apps\":" + jsonArray(apps, json))
    return "{" + fields.joined(separator: ",") + "}"
  }

  /// Of all sources.
  func total(_ count: KeyPath<Source, Int>) -> Int {
    sources.reduce(0) { $0 + $1[keyPath: count] }
  }

  private func json(_ run: Run) -> String {
    """
    {"command":\(jsonString(run.command)),"app":\(run.app.map { jsonString($0) } ?? "null"),\
    "state":"\(run.state.rawValue)","process":\(json(run.processID)),\
    "started":\(jsonInstant(run.started)),"checkpointed":\(jsonInstant(run.checkpointed)),\
    "finished":\(jsonInstant(run.finished)),"exit_status":\(json(run.exitStatus)),\
    "bytes_read":\(run.bytesRead),"bytes_total":\(json(run.bytesTotal)),"lines":\(run.lines),\
    "requests":\(run.requests),"queued":\(run.queued),"delivered":\(run.delivered)}
    """
  }

  private func json(_ app: AppStatus) -> String {
    """
    {"app":\(jsonString(app.name)),"client_id":\(jsonString(app.clientID)),\
    "env":\(jsonString(app.environment)),"hub":\(jsonString(app.hub)),"sources":\(app.sources),\
    "waiting":\(app.waiting),"refused":\(app.refused),"uncertain":\(app.uncertain),\
    "delivered":\(app.delivered),"newest_request":\(jsonInstant(app.newestRequest)),\
    "last_import":\(jsonInstant(app.lastImport?.started)),\
    "last_success":\(jsonInstant(app.lastSuccess))}
    """
  }

  private func json(_ number: (some BinaryInteger)?) -> String {
    number.map { "\($0)" } ?? "null"
  }

  private func jsonArray<Element>(_ elements: [Element], _ body: (Element) -> String) -> String {
    "[" + elements.map(body).joined(separator: ",") + "]"
  }
}
