internal import Diagnostics

/// Requests by time as columns, with server errors and p95 as rows of the same columns.
struct TimeChart {
  /// Seconds that a column may be.
  private static let steps = [
    10, 30, 60, 120, 180, 300, 600, 900, 1_200, 1_800, 3_600, 7_200, 10_800, 14_400, 21_600, 43_200,
    86_400, 172_800, 345_600, 604_800, 1_209_600, 2_419_200, 31_449_600, 314_496_000,
  ]
  /// What stands left of the columns.
  static let margin = 9

  let style: ReportStyle
  /// Seconds of a slot.
  let step: Int
  /// The second in which the first slot begins.
  let start: Int
  let slots: [Figures?]
  private let resolution: Int64
  private let moments: MomentStyle
  /// How many columns of the terminal a slot takes.
  private let thickness: Int

  /// nil if there is no request.
  init?(_ report: Report, _ view: ReportView, _ style: ReportStyle) {
    guard let bounds = report.slots.bounds, let period = report.period else { return nil }
    self.style = style
    resolution = report.resolution
    let span = Int((period.upperBound - period.lowerBound) / 1_000_000_000)
    moments = MomentStyle(spanning: span)
    let room = style.width - Self.margin - 1
    let width = report.slots.width.seconds
    func count(_ step: Int) -> Int { bounds.last / step - bounds.first / step + 1 }
    let fitting = Self.steps.filter { $0 % width == 0 }
    let step =
      view.slotSeconds.flatMap { $0 % width == 0 && count($0) <= room ? $0 : nil }
      ?? fitting.first { count($0) <= room } ?? fitting.last ?? width
    self.step = step
    let first = bounds.first / step
    var slots = [Figures?](repeating: nil, count: min(count(step), room))
    for (index, figures) in report.slots.values.enumerated() {
      let place = report.slots.start(index) / step - first
      guard slots.indices.contains(place) else { continue }
      if slots[place] == nil { slots[place] = figures } else { slots[place]?.merge(figures) }
    }
    start = first * step
    self.slots = slots
    thickness = max(1, min(6, room / max(1, slots.count)))
  }

  var lines: [String] { columns + [timeAxis] + rows + [caption] }

  private var counts: [Int] { slots.map { $0?.requests ?? 0 } }

  // MARK: Columns

  private var columns: [String] {
    let height = style.isWide ? 6 : 4
    let top = Self.roundTop(counts.max() ?? 1)
    return (1...height).reversed().map { row in
      let label = row == height ? grouped(top) : row * 2 == height ? grouped(top / 2) : ""
      let bars = counts.map { count -> String in
        let eighths = Self.eighths(Double(count) / Double(top) * Double(height) - Double(row - 1))
        // What is there at all is seen.
        let shown = row == 1 && count > 0 ? max(1, eighths) : eighths
        return String(repeating: shown > 0 ? style.bars[shown - 1] : " ", count: thickness)
      }.joined()
      let axis = label.isEmpty ? style.axis : style.labelledAxis
      return style.faint(paddedLeft(label, to: Self.margin - 1) + axis) + trimmed(bars)
    }
  }

  private static func eighths(_ height: Double) -> Int {
    min(8, max(0, Int((height * 8).rounded(.up))))
  }

  /// The least round number that is at least `count`, and whose half is round as well.
  static func roundTop(_ count: Int) -> Int {
    var power = 1
    while true {
      for tenths in [10, 12, 16, 20, 24, 30, 40, 50, 60, 80]
      where tenths * power % 20 == 0 && tenths * power / 10 >= count { return tenths * power / 10 }
      let (next, overflow) = power.multipliedReportingOverflow(by: 10)
      if overflow { return count }
      power = next
    }
  }

  // MARK: The axis of time

  /// Labels stand at round times, as close as there is room for them.
  private var timeAxis: String {
    let isByDay = moments.isLong
    let length = (moments.isShort ? 8 : isByDay ? 6 : 5) + 3
    let distances =
      isByDay
      ? [86_400, 172_800, 604_800, 1_209_600, 2_419_200, 7_862_400, 31_449_600, 314_496_000]
      : [10, 30, 60, 300, 600, 900, 1_800, 3_600, 7_200, 10_800, 14_400, 21_600, 43_200, 86_400]
    let distance =
      distances.first { $0 % step == 0 && $0 / step * thickness >= length }
      ?? step * ((length + thickness - 1) / thickness)
    var cells = [Character](repeating: " ", count: slots.count * thickness + length)
    for place in slots.indices where (start + place * step) % distance == 0 {
      let text = style.tick + moments.cell(start + place * step)
      for (offset, character) in text.enumerated() where place * thickness + offset < cells.count {
        cells[place * thickness + offset] = character
      }
    }
    let room = style.width - Self.margin
    return style.faint(
      trimmed(String(repeating: " ", count: Self.margin) + String(cells.prefix(room))))
  }

  // MARK: Rows

  private var rows: [String] {
    let all = slots.compactMap { $0 }
    var lines = [
      row("5xx", slots.map { $0?.serverErrors ?? 0 }, marking: deviations(all))
    ]
    if all.contains(where: { !$0.durations.isEmpty }) {
      let times = slots.map { Int($0?.percentile(.p95, resolution: resolution) ?? 0) }
      // A single slow request would flatten all others: what is far above the usual is full height.
      let usual = times.filter { $0 > 0 }.sorted()
      let limit = usual.isEmpty ? 0 : usual[usual.count / 2] * 3
      lines.append(row("p95", times.map { min($0, limit) }))
    }
    return lines
  }

  /// The slots with more server errors than chance explains.
  private func deviations(_ all: [Figures]) -> [Bool] {
    let errors = all.reduce(0) { $0 + $1.serverErrors }
    let requests = all.reduce(0) { $0 + $1.requests }
    return slots.map { figures in
      guard let figures else { return false }
      return isDeviation(figures.serverErrors, of: figures.requests, from: errors, of: requests)
    }
  }

  private func row(_ name: String, _ values: [Int], marking marks: [Bool] = []) -> String {
    let cells = heights(of: values, style)
    var text = ""
    for (place, cell) in cells.enumerated() {
      let wide = String(repeating: cell, count: thickness)
      text += marks.indices.contains(place) && marks[place] ? style.verdict(wide) : wide
    }
    return style.faint(paddedLeft(name, to: Self.margin - 1)) + " " + text
  }

  private var caption: String {
    let margin = String(repeating: " ", count: Self.margin)
    var parts = [counted(counts.max() ?? 0, "request")]
    let errors = slots.map { $0?.serverErrors ?? 0 }.max() ?? 0
    if errors > 0 { parts.append("\(grouped(errors)) \(style.times) 5xx") }
    let times = slots.compactMap { $0?.percentile(.p95, resolution: resolution) }
    if let most = times.max() {
      parts.append("p95 \(durationText(most, resolution: resolution, isASCII: style.isASCII))")
    }
    let room = style.width - Self.margin
    let text = "a column is \(spanText(step)); at most " + parts.joined(separator: ", ")
    return wrapped(text, to: room).map { style.faint(margin + $0) }.joined(separator: "\n")
  }
}

/// Values as small heights, scaled to the largest; a dot for zero.
func heights(of values: [Int], _ style: ReportStyle) -> [String] {
  let most = Double(max(1, values.max() ?? 1))
  return values.map { value in
    guard value > 0 else { return style.zero }
    return style.heights[min(7, max(0, Int((Double(value) / most * 8).rounded(.up)) - 1))]
  }
}

/// Whether a share is at least 1.5 times that of all, by more than chance explains (z over 4).
func isDeviation(_ count: Int, of requests: Int, from total: Int, of all: Int) -> Bool {
  guard count > 0, requests > 0, total > 0, all > requests else { return false }
  let (share, common) = (Double(count) / Double(requests), Double(total) / Double(all))
  let deviation = (common * (1 - common) / Double(requests)).squareRoot()
  return share >= 1.5 * common && (deviation == 0 || (share - common) / deviation > 4)
}

func trimmed(_ text: String) -> String {
  var text = Substring(text)
  while text.last == " " { text.removeLast() }
  return String(text)
}
