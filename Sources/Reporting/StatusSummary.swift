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
    package enum State: String, Sendable {
      case running
      /// It has said how it ended.
      case ended
      /// It has not, and is gone. Its numbers are those of its last checkpoint.
      case killed
    }

    package var command: String
    package var state: State
    package var started: Int64
    package var finished: Int64?
    package var exitStatus: Int32?
    package var lines: Int
    package var requests: Int
    package var queued: Int
    package var delivered: Int

    package init(
      command: String, state: State, started: Int64, finished: Int64?, exitStatus: Int32?,
      lines: Int,
      requests: Int, queued: Int, delivered: Int
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

  package var directory: String
  package var sources: [Source] = []
  package var queues: [Queue] = []
  /// The oldest messages that the hub has refused.
  package var refusals: [Refusal] = []
  /// The latest first.
  package var runs: [Run] = []

  package init(directory: String) { self.directory = directory }
}

extension StatusSummary {
  /// One JSON object.
  package var json: String {
    var fields = ["\"state_dir\":\(jsonString(directory))"]
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
    fields.append(
      "\"runs\":"
        + jsonArray(runs) { run in
          """
          {"command":\(jsonString(run.command)),"state":"\(run.state.rawValue)","started":\(jsonInstant(run.started)),\
          "finished":\(jsonInstant(run.finished)),\
          "exit_status":\(run.exitStatus.map { "\($0)" } ?? "null"),"lines":\(run.lines),\
          "requests":\(run.requests),"queued":\(run.queued),"delivered":\(run.delivered)}
          """
        })
    return "{" + fields.joined(separator: ",") + "}"
  }

  private func jsonArray<Element>(_ elements: [Element], _ body: (Element) -> String) -> String {
    "[" + elements.map(body).joined(separator: ",") + "]"
  }

  /// For people.
  package var text: String {
    var lines = ["state in \(terminalSafe(directory))", "", "sources"]
    if sources.isEmpty { lines.append("  none") }
    for source in sources {
      lines.append(
        "  \(source.number)  \(terminalSafe(source.path))  \(terminalSafe(source.app))")
      lines.append(
        "     up to line \(grouped(source.lines)) (byte \(grouped(source.bytes))), "
          + "\(counted(source.requests, "request"))\(span(source)), "
          + "imported \(timestamp(source.lastImported, separator: " ").prefix(19)) UTC")
    }
    lines += ["", "queue"]
    if queues.isEmpty { lines.append("  empty") }
    for queue in queues {
      lines.append(
        "  \(terminalSafe(queue.app))  \(grouped(queue.waiting)) waiting, "
          + "\(grouped(queue.refused)) refused, "
          + (queue.uncertain > 0 ? "\(grouped(queue.uncertain)) uncertain, " : "")
          + "\(grouped(queue.delivered)) delivered so far")
    }
    for refusal in refusals {
      lines.append(
        "  refused \(refusal.kind) \(refusal.number): \(terminalSafe(refusal.reason))")
    }
    lines += ["", "runs"]
    if runs.isEmpty { lines.append("  none") }
    for run in runs {
      let end = run.exitStatus.map { "exit \($0)" } ?? run.state.rawValue
      lines.append(
        "  \(timestamp(run.started, separator: " ").prefix(19)) UTC  \(run.command)  \(end)  "
          + "\(counted(run.lines, "line")), \(grouped(run.queued)) queued, "
          + "\(grouped(run.delivered)) delivered")
    }
    return lines.joined(separator: "\n")
  }

  private func span(_ source: Source) -> String {
    guard let first = source.firstRequest, let last = source.lastRequest else { return "" }
    return " from \(timestamp(first, separator: " ").prefix(19)) to "
      + "\(timestamp(last, separator: " ").prefix(19))"
  }
}
