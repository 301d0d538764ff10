internal import Diagnostics

/// What Apitally has, held against what was sent (`backtally verify`).
package struct VerificationSummary: Equatable, Sendable {
  /// How many sums there are of each kind.
  package struct Outcome: Equatable, Sendable {
    package var equal = 0
    /// Less is there than was sent.
    package var missing = 0
    /// More is there than was sent.
    package var doubled = 0

    package init() {}

    package var isEqual: Bool { missing + doubled == 0 }
  }

  /// A sum that is not as it was sent.
  package struct Difference: Equatable, Sendable {
    /// Hour or day, in nanoseconds since 1970.
    package var time: Int64
    /// nil for a sum of a consumer's.
    package var endpoint: (method: String, path: String, status: Int)?
    /// nil for requests without one, and for a sum of an endpoint's.
    package var consumer: String?
    package var sent: Int64
    package var there: Int64
    /// Whether requests are equal, and only the sums of their sizes differ.
    package var isOfSizes = false

    package init(time: Int64, sent: Int64, there: Int64) {
      (self.time, self.sent, self.there) = (time, sent, there)
    }

    package static func == (left: Difference, right: Difference) -> Bool {
      left.text == right.text && left.time == right.time
    }
  }

  /// How many differences of each kind are kept to be shown.
  package static let differenceLimit = 20

  /// `client_id/env`.
  package var app: String
  /// Where it was read.
  package var url: String
  /// Nanoseconds since 1970: the first day, and the end of the last; nil if there is none.
  package var days: Range<Int64>?
  /// Days of which it is not known any more, or never was, all that was sent.
  package var daysLeftOut = 0
  package var endpoints = Outcome()
  /// nil if Apitally could not be asked for consumers.
  package var consumers: Outcome? = Outcome()
  /// Requests, by endpoint: sent, there of these, and by how much there are fewer or more.
  package var requestsSent: Int64 = 0
  package var requestsThere: Int64 = 0
  package var requestsMissing: Int64 = 0
  package var requestsDoubled: Int64 = 0
  package var missing: [Difference] = []
  package var doubled: [Difference] = []
  /// Endpoints and hours with requests of which none was sent from here: those of the live middleware.
  package var notSentFromHere = 0
  /// Messages that are still in the outbox, by what is known of them.
  package var messagesNotSent = 0
  package var messagesUncertain = 0
  package var messagesDamaged = 0
  /// Sums that uncertain messages add to: those that have what they add, and those that have not.
  package var uncertainThere = 0
  package var uncertainAbsent = 0

  package init(app: String, url: String) {
    (self.app, self.url) = (app, url)
  }

  package var isEqual: Bool { endpoints.isEqual && consumers?.isEqual ?? true }
}

// MARK: - Text

extension VerificationSummary {
  package var text: String {
    ([heading, table] + [list("missing", missing), list("doubled", doubled)] + notes)
      .filter { !$0.isEmpty }.joined(separator: "\n")
  }

  private var heading: String {
    guard let days else { return "\(terminalSafe(app)): nothing that can be verified" }
    let last = timestamp(days.upperBound - 1, separator: " ").prefix(10)
    return
      "\(terminalSafe(app)), \(timestamp(days.lowerBound, separator: " ").prefix(10)) to \(last),"
      + " as \(terminalSafe(url)) has it"
  }

  private var table: String {
    guard days != nil else { return "" }
    var rows = [["", "equal", "missing", "doubled"]]
    rows.append(["endpoints by hour"] + Self.cells(endpoints))
    if let consumers { rows.append(["consumers by day"] + Self.cells(consumers)) }
    rows.append(
      ["requests"]
        + [requestsSent - requestsMissing, requestsMissing, requestsDoubled]
        .map { grouped(Int($0)) })
    let widths = (0..<4).map { column in rows.map { $0[column].count }.max() ?? 0 }
    return rows.map { row in
      "  "
        + row.enumerated().map { column, cell in
          let padding = String(repeating: " ", count: widths[column] - cell.count)
          return column == 0 ? cell + padding : padding + cell
        }.joined(separator: "   ")
    }.joined(separator: "\n")
  }

  private static func cells(_ outcome: Outcome) -> [String] {
    [outcome.equal, outcome.missing, outcome.doubled].map { grouped($0) }
  }

  private func list(_ name: String, _ differences: [Difference]) -> String {
    guard !differences.isEmpty else { return "" }
    let count =
      name == "missing"
      ? endpoints.missing + (consumers?.missing ?? 0)
      : endpoints.doubled + (consumers?.doubled ?? 0)
    var lines = ["\(name):"] + differences.map { "  " + $0.text }
    if count > differences.count {
      lines.append("  and \(grouped(count - differences.count)) more")
    }
    return lines.joined(separator: "\n")
  }

  private var notes: [String] {
    var notes: [String] = []
    func note(_ count: Int, _ text: (String) -> String, of noun: String, plural: String? = nil) {
      if count > 0 { notes.append(text(counted(count, noun, plural: plural))) }
    }
    note(
      messagesNotSent,
      { "\($0) in the outbox not sent yet, and not expected to be there (backtally deliver)" },
      of: "message")
    if messagesUncertain > 0 {
      notes.append(
        "\(counted(messagesUncertain, "message")) may have been taken: of the sums that they add to, "
          + "\(grouped(uncertainThere)) have them and \(grouped(uncertainAbsent)) have not "
          + "(backtally outbox list)")
    }
    note(
      messagesDamaged,
      { "\($0) in the outbox damaged; what they count is missing" }, of: "message")
    note(
      notSentFromHere,
      { "\($0) there of which nothing was sent from here, such as the live middleware's" },
      of: "sum of an endpoint and hour", plural: "sums of endpoints and hours")
    note(
      daysLeftOut,
      {
        "\($0) left out: an earlier version sent some of it, or it was sent more than 90 days ago"
      },
      of: "day")
    if consumers == nil { notes.append("consumers are not compared: there are too many") }
    return notes
  }
}

extension VerificationSummary.Difference {
  fileprivate var text: String {
    let numbers =
      isOfSizes
      ? "\(grouped(Int(sent))) sent, but with other sizes"
      : "\(grouped(Int(sent))) sent, \(grouped(Int(there))) there"
    if let endpoint {
      return "\(timestamp(time, separator: " ").prefix(16))  \(terminalSafe(endpoint.method)) "
        + "\(terminalSafe(endpoint.path)) \(endpoint.status): \(numbers)"
    }
    let name = consumer.map { "consumer \(terminalSafe($0))" } ?? "no consumer"
    return "\(timestamp(time, separator: " ").prefix(10))        \(name): \(numbers)"
  }
}

// MARK: - JSON

extension VerificationSummary {
  /// One JSON object.
  package var json: String {
    """
    {"app":\(jsonString(app)),"api_url":\(jsonString(url)),\
    "since":\(jsonInstant(days?.lowerBound)),"until":\(jsonInstant(days?.upperBound)),\
    "is_equal":\(isEqual),"endpoints":{\(Self.members(endpoints))},\
    "consumers":{"compared":\(consumers != nil),\(Self.members(consumers ?? Outcome()))},\
    "requests":{"sent":\(requestsSent),"there":\(requestsThere),"missing":\(requestsMissing),\
    "doubled":\(requestsDoubled)},\
    "missing":[\(missing.map(\.json).joined(separator: ","))],\
    "doubled":[\(doubled.map(\.json).joined(separator: ","))],\
    "not_sent_from_here":\(notSentFromHere),"days_left_out":\(daysLeftOut),\
    "messages":{"not_sent":\(messagesNotSent),"uncertain":\(messagesUncertain),\
    "damaged":\(messagesDamaged)},\
    "uncertain":{"there":\(uncertainThere),"absent":\(uncertainAbsent)}}
    """
  }

  private static func members(_ outcome: Outcome) -> String {
    """
    "equal":\(outcome.equal),"missing":\(outcome.missing),"doubled":\(outcome.doubled)
    """
  }
}

extension VerificationSummary.Difference {
  fileprivate var json: String {
    """
    {"of":"\(endpoint == nil ? "consumer" : "endpoint")","time":\(jsonInstant(time)),\
    "method":\(endpoint.map { jsonString($0.method) } ?? "null"),\
    "path":\(endpoint.map { jsonString($0.path) } ?? "null"),\
    "status":\(endpoint.map { String($0.status) } ?? "null"),\
    "consumer":\(consumer.map(jsonString) ?? "null"),\
    "sent":\(sent),"there":\(there),"only_sizes_differ":\(isOfSizes)}
    """
  }
}
