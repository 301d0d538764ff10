internal import Diagnostics

/// Messages in the outbox, for `backtally outbox list`.
package struct OutboxListing: Equatable, Sendable {
  package struct Message: Equatable, Sendable {
    package var number: Int64
    package var kind: String
    /// Of the body, in bytes.
    package var size: Int
    /// Nanoseconds since 1970.
    package var queued: Int64
    package var failedAttempts: Int
    /// Why the hub has refused it, or what the last attempt failed with.
    package var error: String?

    package init(
      number: Int64, kind: String, size: Int, queued: Int64, failedAttempts: Int, error: String?
    ) {
      self.number = number
      self.kind = kind
      self.size = size
      self.queued = queued
      self.failedAttempts = failedAttempts
      self.error = error
    }
  }

  /// The messages of an app in one state, oldest first.
  package struct Group: Equatable, Sendable {
    package var count: Int
    /// The first of them.
    package var shown: [Message]

    package init(count: Int, shown: [Message]) {
      self.count = count
      self.shown = shown
    }
  }

  package struct Queue: Equatable, Sendable {
    package var app: String
    package var waiting: Group
    package var refused: Group
    /// Those that the hub may have taken, and might take twice.
    package var uncertain: Group

    package init(app: String, waiting: Group, refused: Group, uncertain: Group) {
      self.app = app
      self.waiting = waiting
      self.refused = refused
      self.uncertain = uncertain
    }
  }

  package var directory: String
  package var queues: [Queue]

  package init(directory: String, queues: [Queue]) {
    self.directory = directory
    self.queues = queues
  }
}

extension OutboxListing {
  /// One JSON object.
  package var json: String {
    let queues = queues.map { queue in
      """
      {"app":\(jsonString(queue.app)),"waiting":\(json(queue.waiting)),\
      "refused":\(json(queue.refused)),"uncertain":\(json(queue.uncertain))}
      """
    }
    return """
      {"state_dir":\(jsonString(directory)),"apps":[\(queues.joined(separator: ","))]}
      """
  }

  private func json(_ group: Group) -> String {
    let messages = group.shown.map { message in
      """
      {"number":\(message.number),"kind":\(jsonString(message.kind)),"bytes":\(message.size),\
      "queued":\(jsonInstant(message.queued)),"failed_attempts":\(message.failedAttempts),\
      "error":\(message.error.map(jsonString) ?? "null")}
      """
    }
    return "{\"count\":\(group.count),\"messages\":[\(messages.joined(separator: ","))]}"
  }

  /// For people.
  package var text: String {
    if queues.isEmpty { return "the outbox is empty" }
    return queues.map { queue in
      """
      \(terminalSafe(queue.app))
      \(text(queue.waiting, "waiting"))
      \(text(queue.refused, "refused"))
      """ + (queue.uncertain.count == 0 ? "" : "\n" + uncertainText(queue.uncertain))
    }.joined(separator: "\n\n")
  }

  private func uncertainText(_ group: Group) -> String {
    text(group, "uncertain")
      + """

          if the hub has what they count, drop them (backtally outbox drop --uncertain);
          if not, send them again (backtally deliver --retry-refused)
      """
  }

  private func text(_ group: Group, _ state: String) -> String {
    var lines = ["  \(grouped(group.count)) \(state)"]
    for message in group.shown {
      let failures =
        message.failedAttempts == 0
        ? "" : ", \(counted(message.failedAttempts, "failed attempt"))"
      lines.append(
        "    \(message.number)  \(message.kind), \(counted(message.size, "byte")), queued "
          + "\(timestamp(message.queued, separator: " ").prefix(19)) UTC\(failures)"
          + (message.error.map { ": \(terminalSafe($0))" } ?? ""))
    }
    if group.count > group.shown.count {
      lines.append("    and \(grouped(group.count - group.shown.count)) more")
    }
    return lines.joined(separator: "\n")
  }
}
