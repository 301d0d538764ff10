internal import Diagnostics

/// What the user has chosen in the live view: keys change it, and nothing else does.
package struct LiveState: Equatable, Sendable {
  package enum Table: String, Sendable, CaseIterable {
    case endpoints, consumers, statuses
  }

  package enum Action: Equatable, Sendable {
    case none, quit, suspend
  }

  /// Minutes of the window.
  package static let windows = [5, 15, 60]
  /// How long a filter may be.
  package static let filterLimit = 60
  private static let sorts: [ReportView.Sort] = [
    .requests, .errors, .serverErrors, .p95, .time, .name,
  ]

  package var table = Table.endpoints
  package var sort = ReportView.Sort.requests
  package var windowMinutes = 5
  package var isPaused = false
  /// Rows are shown whose name contains it, in either case.
  package var filter = ""
  /// Whether keys are entered into the filter.
  package var isTyping = false

  package init() {}

  /// Takes a key, as the character that it sends.
  package mutating func take(_ key: UInt8) -> Action {
    if key == 0x1A { return .suspend }
    if key == 0x03 { return .quit }
    if isTyping {
      type(key)
      return .none
    }
    switch key {
    case UInt8(ascii: "q"): return .quit
    case UInt8(ascii: "s"): sort = Self.next(sort, of: Self.sorts)
    case UInt8(ascii: "w"): windowMinutes = Self.next(windowMinutes, of: Self.windows)
    case UInt8(ascii: "p"): isPaused.toggle()
    case UInt8(ascii: "\t"): table = Self.next(table, of: Table.allCases)
    case UInt8(ascii: "/"): (isTyping, filter) = (true, "")
    case 0x1B: filter = ""
    default: break
    }
    return .none
  }

  private mutating func type(_ key: UInt8) {
    switch key {
    case 0x0D, 0x0A: isTyping = false
    case 0x1B: (isTyping, filter) = (false, "")
    case 0x08, 0x7F: if !filter.isEmpty { filter.removeLast() }
    case 0x20..<0x7F where filter.count < Self.filterLimit:
      filter.unicodeScalars.append(Unicode.Scalar(key))
    default: break
    }
  }

  private static func next<Value: Equatable>(_ value: Value, of all: [Value]) -> Value {
    let place = all.firstIndex(of: value) ?? -1
    return all[(place + 1) % all.count]
  }
}

/// The screen of the live view.
package struct LiveScreen {
  private let report: Report
  private let state: LiveState
  private let style: ReportStyle
  private let height: Int

  /// - Parameters:
  ///   - report: of the window.
  ///   - height: lines of the terminal.
  package init(_ report: Report, _ state: LiveState, _ style: ReportStyle, height: Int) {
    (self.report, self.state, self.style, self.height) = (report, state, style, max(height, 8))
  }

  /// As many lines as the terminal has.
  ///
  /// - Parameter age: seconds since the newest request began; nil if there was none.
  package func lines(age: Double?) -> [String] {
    var lines = [head(age)]
    let view = view
    let terminal = TerminalReport(report, view, style)
    if report.books.requests == 0 {
      lines += ["", "No request in the last \(state.windowMinutes) minutes."]
    } else {
      if height >= 24, let chart = TimeChart(report, view, style) {
        lines += [""] + chart.lines.flatMap { $0.split(separator: "\n").map(String.init) }
      }
      lines += [""] + TotalLines(terminal).lines + [""]
      lines += table(terminal, room: height - lines.count - 1)
    }
    lines = Array(lines.prefix(height - 1))
    while lines.count < height - 1 { lines.append("") }
    return lines + [help]
  }

  private var view: ReportView {
    var view = ReportView()
    view.sort = state.sort
    return view
  }

  private func head(_ age: Double?) -> String {
    var parts = ["last \(state.windowMinutes) min"]
    if let age {
      let text = age < 60 ? "\(decimal(max(0, age), places: 1)) s" : spanText(Int(min(age, 1e15)))
      parts.append("newest request began \(text) ago")
    }
    if state.isPaused { parts.append("PAUSED") }
    let text = "backtally  " + parts.joined(separator: ", ")
    return style.heading(style.fitted(text, to: style.width))
  }

  private var help: String {
    if state.isTyping { return style.fitted("filter: \(state.filter)_", to: style.width) }
    let filter = state.filter.isEmpty ? "/ filter" : "/ filter: \(state.filter), Esc clears"
    let text =
      "Tab \(state.table.rawValue)  s sort: \(state.sort.rawValue)  w window  \(filter)  p pause  q quit"
    return style.faint(style.fitted(text, to: style.width))
  }

  private func table(_ terminal: TerminalReport, room: Int) -> [String] {
    let tables = ReportTables(terminal.filtered(by: state.filter, rows: max(1, room - 1)))
    switch state.table {
    case .endpoints: return tables.endpoints
    case .consumers: return tables.consumers(width: style.width)
    case .statuses: return tables.statuses
    }
  }
}

extension TerminalReport {
  /// The rows whose names contain `filter`, at most so many; totals stay those of all.
  fileprivate func filtered(by filter: String, rows: Int) -> TerminalReport {
    var view = view
    view.top = rows
    var report = report
    if !filter.isEmpty {
      let filter = filter.lowercased()
      report.endpoints.removeAll { !$0.name.lowercased().contains(filter) }
      report.consumers.removeAll { !($0.name ?? "").lowercased().contains(filter) }
      report.pairs = []
    }
    return TerminalReport(report, view, style, totals: totals)
  }
}

/// What has to be written so that a terminal shows other lines.
package struct ScreenUpdate {
  private var shown: [String] = []

  package init() {}

  /// Forgets what the terminal shows: everything is written anew.
  package mutating func reset() { shown = [] }

  /// The text that changes the lines that are shown into `lines`: only lines that differ.
  package mutating func text(for lines: [String]) -> String {
    var text = ""
    for (row, line) in lines.enumerated() {
      if row < shown.count && shown[row] == line { continue }
      text += "\u{1B}[\(row + 1);1H\u{1B}[2K\(line)"
    }
    if shown.count > lines.count { text += "\u{1B}[\(lines.count + 1);1H\u{1B}[J" }
    shown = lines
    return text
  }
}
