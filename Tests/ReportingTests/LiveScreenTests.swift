import Reporting
import Testing

/// The live view's keys and lines.
struct LiveScreenTests {
  private func state(after keys: String) -> LiveState {
    var state = LiveState()
    for key in keys.utf8 { _ = state.take(key) }
    return state
  }

  @Test func `keys choose table, order, window and filter`() {
    #expect(state(after: "\t").table == .consumers)
    #expect(state(after: "\t\t\t").table == .endpoints)
    #expect(state(after: "s").sort == .errors)
    #expect(state(after: "ssssss").sort == .requests)
    #expect(state(after: "w").windowMinutes == 15)
    #expect(state(after: "www").windowMinutes == 5)
    #expect(state(after: "p").isPaused && !state(after: "pp").isPaused)
    #expect(state(after: "/ord\r").filter == "ord")
    #expect(state(after: "/orx\u{7F}d\r").filter == "ord")
    #expect(state(after: "/ord\u{1B}").filter == "" && !state(after: "/ord\u{1B}").isTyping)
    #expect(state(after: "/ord\r\u{1B}").filter == "")
    // While a filter is typed, keys are letters.
    #expect(state(after: "/qsp").filter == "qsp")
    #expect(state(after: "/" + String(repeating: "x", count: 99)).filter.count == 60)
  }

  @Test(arguments: [
    ("q", LiveState.Action.quit), ("\u{3}", .quit), ("\u{1A}", .suspend), ("x", .none),
    ("\u{1B}", .none),
  ])
  func `keys end and suspend it`(key: String, action: LiveState.Action) throws {
    var state = LiveState()
    #expect(state.take(try #require(key.utf8.first)) == action)
  }

  private static let report: Report = {
    var report = Report()
    for number in 0..<50 {
      var endpoint = Report.Endpoint(method: "GET", route: "/things/\(number)\u{1B}[31m")
      endpoint.figures.statuses.add(100 - number, to: 200)
      endpoint.figures.firstSeen = 0
      endpoint.figures.lastSeen = 0
      report.endpoints.append(endpoint)
    }
    report.books.requests = report.totals.requests
    report.period = 0...60_000_000_000
    report.slots.numbers = [0, 1, 2]
    report.slots.values = Array(repeating: report.endpoints[0].figures, count: 3)
    return report
  }()

  @Test(arguments: [(80, 24), (40, 10), (200, 60), (80, 8), (120, 23)])
  func `it has as many lines as the terminal, and fits its width`(columns: Int, rows: Int) {
    for keys in ["", "\t", "\t\t", "/things/4\r", "/nothing\r", "p", "/typing"] {
      let screen = LiveScreen(
        Self.report, state(after: keys), ReportStyle(width: columns), height: rows)
      let lines = screen.lines(age: 0.4)
      #expect(lines.count == rows, "\(keys)")
      for line in lines {
        #expect(line.count <= columns, "\(line)")
        #expect(!line.unicodeScalars.contains("\u{1B}"), "\(line)")
      }
    }
    let none = LiveScreen(Report(), LiveState(), ReportStyle(width: columns), height: rows)
    #expect(none.lines(age: nil).count == rows)
  }

  @Test func `only lines that changed are written again`() {
    var update = ScreenUpdate()
    #expect(update.text(for: ["a", "b", "c"]).contains("\u{1B}[2;1H\u{1B}[2Kb"))
    #expect(update.text(for: ["a", "b", "c"]) == "")
    #expect(update.text(for: ["a", "x", "c"]) == "\u{1B}[2;1H\u{1B}[2Kx")
    #expect(update.text(for: ["a"]) == "\u{1B}[2;1H\u{1B}[J")
    update.reset()
    #expect(update.text(for: ["a"]) == "\u{1B}[1;1H\u{1B}[2Ka")
  }
}
