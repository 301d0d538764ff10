internal import Diagnostics

/// The tables of endpoints, consumers, statuses and pairs.
struct ReportTables {
  private let source: TerminalReport
  private var report: Report { source.report }
  private var view: ReportView { source.view }
  private var style: ReportStyle { source.style }
  private let moments: MomentStyle

  init(_ source: TerminalReport) {
    self.source = source
    let period = source.report.period ?? 0...0
    moments = MomentStyle(
      spanning: Int((period.upperBound - period.lowerBound) / 1_000_000_000))
  }

  private func shown(_ all: Int, _ usual: Int) -> Int { min(all, view.top ?? usual) }

  private func title(_ name: String, _ count: Int, of total: Int, isSorted: Bool) -> String {
    var title = "\(name), \(grouped(count)) of \(grouped(total))"
    if isSorted && (style.isWide || view.sort != .requests) {
      title += ", by \(view.sort.rawValue)"
    }
    return title
  }

  // MARK: Endpoints

  var endpoints: [String] {
    let order = report.endpointOrder(by: view.sort)
    let rows = order.prefix(shown(order.count, style.isWide ? 12 : 10)).map {
      report.endpoints[$0]
    }
    let figures = rows.map(\.figures)
    let method = rows.map { columns(of: style.safe($0.method)) }.max() ?? 0
    var table = ReportTable(
      title: title("Endpoint", rows.count, of: order.count, isSorted: true),
      names: rows.map {
        padded(style.safe($0.method), to: max(6, min(method, 10))) + " " + $0.route
      },
      columns: [], style: style, width: style.width)
    if style.isWide { table.columns.append(trend(rows)) }
    table.columns += shares(figures)
    table.columns += times(figures)
    if report.coverage.durations > 0 {
      table.columns.append(
        column(
          "Apdex", figures.map { $0.apdexScore.map { decimal($0, places: 3) } ?? style.none }, 4))
      table.columns.append(timeInAll(figures))
    }
    if report.coverage.responseSizes > 0 {
      table.columns.append(column("out", figures.map { byteText($0.responseBytes) }, 1))
    }
    if report.coverage.consumers > 0 {
      table.columns.append(column("cons.", rows.map { grouped($0.consumerCount) }, 2))
    }
    return table.lines
  }

  /// Requests over the time of the log, in twenty columns, scaled to the row.
  private func trend(_ rows: [Report.Endpoint]) -> ReportTable.Column {
    let width = report.endpointSlotWidth.seconds
    let first = (report.slots.bounds?.first ?? 0) / width
    let count = (report.slots.bounds?.last ?? 0) / width - first + 1
    let step = max(1, (count + 19) / 20)
    var column = ReportTable.Column(title: "trend", cells: [], leaving: 0, isLeftAligned: true)
    for row in rows {
      var values = [Int](repeating: 0, count: (count + step - 1) / step)
      for slot in row.slots where values.indices.contains((slot.number - first) / step) {
        values[(slot.number - first) / step] += slot.statuses.total
      }
      column.cells.append(.init(heights(of: values, style).joined()))
    }
    return column
  }

  /// The sum of durations, in the unit that suits all rows.
  private func timeInAll(_ figures: [Figures]) -> ReportTable.Column {
    let most = figures.map(\.durations.sum).max() ?? 0
    let (unit, name) =
      most >= 36_000_000_000_000
      ? (3.6e12, "h in all") : most >= 60_000_000_000 ? (6e10, "min in all") : (1e9, "s in all")
    return column(
      name, figures.map { decimal(Double($0.durations.sum) / unit, places: 1) }, 3)
  }

  // MARK: Consumers and statuses

  var consumersAndStatuses: [String] {
    guard style.isWide else { return consumers(width: style.width) + narrowStatuses }
    let statuses = self.statuses
    let statusWidth = statuses.map { columns(of: plain($0)) }.max() ?? 0
    let gap = 6
    let left = consumers(width: style.width - statusWidth - gap)
    guard !left.isEmpty else { return statuses }
    let leftWidth = left.map { columns(of: plain($0)) }.max() ?? 0
    return (0..<max(left.count, statuses.count)).map { row in
      let text = row < left.count ? left[row] : ""
      guard row < statuses.count else { return text }
      let padding = leftWidth + gap - columns(of: plain(text))
      return text + String(repeating: " ", count: padding) + statuses[row]
    }
  }

  private func consumers(width: Int) -> [String] {
    guard report.coverage.consumers > 0 else { return [] }
    let order = report.consumerOrder(by: view.sort)
    let rows = order.prefix(shown(order.count, style.isWide ? 8 : 6)).map { report.consumers[$0] }
    let figures = rows.map(\.figures)
    var table = ReportTable(
      title: title(
        "Consumer", rows.count { $0.name != nil }, of: report.consumerCount,
        isSorted: view.sort != .requests),
      names: rows.map { $0.name ?? style.none }, columns: shares(figures), style: style,
      width: width)
    table.columns.append(column("endp.", rows.map { grouped($0.endpointCount) }, 2))
    if report.coverage.durations > 0 {
      table.columns.append(
        column("p95", figures.map { source.duration(report.percentile(.p95, of: $0)) }, 9))
    }
    table.columns.append(column("first", figures.map { moments.cell($0.firstSeen) }, 1))
    table.columns.append(column("last", figures.map { moments.cell($0.lastSeen) }, 7))
    return table.lines
  }

  private var statuses: [String] {
    let rows = report.statuses.prefix(8)
    var table = ReportTable(
      title: "Status", names: rows.map { String($0.status) }, columns: [], style: style, width: 60)
    table.columns.append(column("requests", rows.map { grouped($0.requests) }, nil))
    table.columns.append(
      column("%", rows.map { shareText($0.requests, of: source.totals.requests) }, nil))
    if report.coverage.consumers > 0 {
      table.columns.append(column("consumers", rows.map { grouped($0.consumerCount) }, nil))
    }
    return table.lines
  }

  /// `200 18,250   201 1,124   429 724`, on a line.
  private var narrowStatuses: [String] {
    let parts = report.statuses.prefix(8).map { "\($0.status) \(grouped($0.requests))" }
    var text = "Status"
    for part in parts where columns(of: text) + 3 + columns(of: part) <= style.width {
      text += "   " + part
    }
    return ["", text]
  }

  /// A line without its colours.
  private func plain(_ text: String) -> String {
    guard style.usesColour else { return text }
    return text.replacing(/\u{1B}\[[0-9;]*m/, with: "")
  }

  // MARK: Pairs

  var pairs: [String] {
    let rows = report.pairs.filter { report.consumers[$0.consumer].name != nil }
    let shownRows = rows.prefix(shown(rows.count, style.isWide ? 12 : 10))
    var table = ReportTable(
      title: title("Consumer and endpoint", shownRows.count, of: rows.count, isSorted: false),
      names: shownRows.map {
        (report.consumers[$0.consumer].name ?? style.none) + "  "
          + report.endpoints[$0.endpoint].name
      }, columns: [], style: style, width: style.width)
    table.columns.append(column("requests", shownRows.map { grouped($0.classes.requests) }, nil))
    table.columns.append(
      column(
        "4xx %", shownRows.map { shareText($0.classes.clientError, of: $0.classes.requests) }, 1))
    table.columns.append(
      column(
        "5xx %", shownRows.map { shareText($0.classes.serverError, of: $0.classes.requests) }, 2))
    return table.lines
  }

  // MARK: Columns that tables share

  private func column(_ title: String, _ texts: [String], _ leaving: Int?) -> ReportTable.Column {
    ReportTable.Column(title: title, cells: texts.map { .init($0) }, leaving: leaving)
  }

  private func shares(_ figures: [Figures]) -> [ReportTable.Column] {
    let totals = source.totals
    func errors(_ title: String, _ leaving: Int, _ count: (Figures) -> Int) -> ReportTable.Column {
      ReportTable.Column(
        title: title,
        cells: figures.map { row in
          .init(
            shareText(count(row), of: row.requests),
            isVerdict: isDeviation(
              count(row), of: row.requests, from: count(totals), of: totals.requests))
        }, leaving: leaving)
    }
    return [
      column("requests", figures.map { grouped($0.requests) }, nil),
      column("%", figures.map { shareText($0.requests, of: totals.requests) }, 4),
      errors("4xx %", 5) { $0.clientErrors },
      errors("5xx %", 8) { $0.serverErrors },
    ]
  }

  /// One column for each percentile; the largest but one stays longest.
  private func times(_ figures: [Figures]) -> [ReportTable.Column] {
    guard report.coverage.durations > 0 else { return [] }
    let percentiles = view.percentiles
    return percentiles.enumerated().map { index, percentile in
      let leaving: Int? =
        percentiles.count == 1 || percentile == .p95 ? nil : index == percentiles.count - 1 ? 7 : 6
      return column(
        percentile.name, figures.map { source.duration(report.percentile(percentile, of: $0)) },
        leaving)
    }
  }
}
