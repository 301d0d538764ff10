/// What alert rules come to now, as a table.
package struct AlertText: Equatable, Sendable {
  package struct Row: Equatable, Sendable {
    package var rule: String
    /// Client ID and environment; empty if there is none yet.
    package var app: String
    package var value: String
    package var threshold: String
    package var verdict: String

    package init(rule: String, app: String, value: String, threshold: String, verdict: String) {
      (self.rule, self.app, self.value) = (rule, app, value)
      (self.threshold, self.verdict) = (threshold, verdict)
    }
  }

  package var rows: [Row]

  package init(_ rows: [Row]) { self.rows = rows }

  package func text(_ style: TextStyle) -> String {
    var table = TextTable(
      [.left, .left, .right, .left, .left],
      heading: ["rule", "app", "value", "threshold", "would fire"])
    for row in rows {
      table.add(row.rule, row.app.isEmpty ? "-" : row.app, row.value, row.threshold, row.verdict)
    }
    return table.lines(indent: 0, style).map { $0 + "\n" }.joined()
  }
}
