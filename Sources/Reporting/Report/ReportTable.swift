/// A table of a report: a column of names that takes the room there is, and figures behind it, which
/// leave in a fixed order where there is not enough.
struct ReportTable {
  struct Cell {
    var text: String
    /// Whether it differs from the rest, beyond chance.
    var isVerdict = false

    init(_ text: String, isVerdict: Bool = false) {
      (self.text, self.isVerdict) = (text, isVerdict)
    }
  }

  struct Column {
    var title: String
    var cells: [Cell]
    /// Columns leave in ascending order of it; nil for those that stay.
    var leaving: Int?
    var isLeftAligned = false
  }

  /// As wide as names are shown before the columns behind them leave.
  private static let nameRoom = 32
  private static let leastNameRoom = 14

  var title: String
  var names: [String]
  var columns: [Column]
  let style: ReportStyle
  /// The room for it, in columns of the terminal.
  var width: Int

  var lines: [String] {
    let (shown, nameWidth) = fitted()
    var lines: [String] = [
      style.heading(padded(style.fitted(title, to: nameWidth), to: nameWidth))
        + shown.map { style.faint(aligned($0.title, $0)) }.joined()
    ]
    for (row, name) in names.enumerated() {
      var line = padded(style.fitted(name, to: nameWidth), to: nameWidth)
      for column in shown { line += cell(column, row) }
      lines.append(line)
    }
    return lines.map(trimmed)
  }

  private func cell(_ column: Column, _ row: Int) -> String {
    let cell = column.cells[row]
    guard cell.isVerdict else { return aligned(cell.text, column) }
    let text = aligned(style.mark + cell.text, column)
    let space = text.prefix { $0 == " " }
    return space + style.verdict(String(text.dropFirst(space.count)))
  }

  private func aligned(_ text: String, _ column: Column) -> String {
    let width = Self.width(of: column)
    return column.isLeftAligned
      ? "  " + padded(text, to: width) : "  " + paddedLeft(text, to: width)
  }

  private static func width(of column: Column) -> Int {
    column.cells.reduce(columnsOf(column.title)) {
      max($0, columnsOf($1.text) + ($1.isVerdict ? 1 : 0))
    }
  }

  private static func columnsOf(_ text: String) -> Int { Reporting.columns(of: text) }

  /// The columns that there is room for, and the room for names.
  private func fitted() -> (columns: [Column], nameWidth: Int) {
    let longest = max(
      names.map { Reporting.columns(of: style.safe($0)) }.max() ?? 0,
      Reporting.columns(of: title))
    var shown = columns
    func room() -> Int { width - shown.reduce(0) { $0 + Self.width(of: $1) + 2 } }
    let wanted = min(longest, Self.nameRoom, max(Self.leastNameRoom, width / 2 - 6))
    while room() < wanted, let next = shown.compactMap(\.leaving).min() {
      shown.removeAll { $0.leaving == next }
    }
    return (shown, max(4, min(longest, room())))
  }
}
