internal import Diagnostics

/// How text is laid out for a terminal or a file.
package struct TextStyle: Equatable, Sendable {
  /// Whether it may use colours.
  package var usesColour: Bool
  /// Columns.
  package var width: Int

  package static let widths = 60...100

  package init(usesColour: Bool = false, width: Int = TextStyle.widths.upperBound) {
    self.usesColour = usesColour
    self.width = min(max(width, Self.widths.lowerBound), Self.widths.upperBound)
  }

  func heading(_ text: String) -> String { coloured(text, "1") }
  func faint(_ text: String) -> String { coloured(text, "2") }
  func warning(_ text: String) -> String { coloured(text, "33") }

  private func coloured(_ text: String, _ code: String) -> String {
    usesColour && !text.isEmpty ? "\u{1B}[\(code)m\(text)\u{1B}[0m" : text
  }
}

/// The columns that `text` takes on a terminal: none for combining marks, two for East Asian
/// scripts and emoji (Unicode UAX #11, roughly).
func columns(of text: String) -> Int {
  text.unicodeScalars.reduce(0) { $0 + columns(of: $1) }
}

private func columns(of scalar: Unicode.Scalar) -> Int {
  switch scalar.value {
  case ..<0x300: 1
  case 0x1100...0x115F, 0x2E80...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F,
    0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x1F300...0x1FAFF, 0x20000...0x3FFFD:
    2
  default:
    switch scalar.properties.generalCategory {
    case .nonspacingMark, .enclosingMark, .format: 0
    default: 1
    }
  }
}

/// `text` made safe for a terminal and cut to `width` columns, with `…` where something is missing.
func fitted(_ text: String, to width: Int) -> String {
  let safe = terminalSafe(text)
  guard columns(of: safe) > width else { return safe }
  var cut = String.UnicodeScalarView()
  var used = 1
  for scalar in safe.unicodeScalars {
    used += columns(of: scalar)
    if used > width { break }
    cut.append(scalar)
  }
  return String(cut) + "…"
}

func padded(_ text: String, to width: Int) -> String {
  text + String(repeating: " ", count: max(0, width - columns(of: text)))
}

func paddedLeft(_ text: String, to width: Int) -> String {
  String(repeating: " ", count: max(0, width - columns(of: text))) + text
}

/// Lines of at most `width` columns, broken between words. Leading spaces of the text are kept;
/// every line but the first is indented by `indent` spaces.
func wrapped(_ text: String, to width: Int, indent: Int = 0) -> [String] {
  let margin = text.prefix { $0 == " " }
  var lines: [String] = []
  var line = String(margin)
  var isEmpty = true
  for word in text.dropFirst(margin.count).split(separator: " ") {
    let isFull = columns(of: line) + 1 + columns(of: String(word)) > width
    if isFull && !isEmpty {
      lines.append(line)
      line = String(repeating: " ", count: indent) + word
    } else {
      line += isEmpty ? String(word) : " \(word)"
    }
    isEmpty = false
  }
  return lines + [line]
}

/// A table without rules: cells are two spaces apart, and each column is as wide as its widest
/// cell. If a line would be too long, the last column is cut first, then the widest of the others.
struct TextTable {
  enum Alignment { case left, right }

  var alignments: [Alignment]
  var heading: [String]?
  var rows: [[String]] = []
  /// The maximum width of a column, where that is less than its widest cell.
  var limits: [Int: Int] = [:]

  init(_ alignments: [Alignment], heading: [String]? = nil) {
    self.alignments = alignments
    self.heading = heading
  }

  /// Whether every cell is shown in full.
  func fits(indent: Int, _ style: TextStyle) -> Bool {
    let safe = rows.map { row in row.map { terminalSafe($0) } }
    let needed = alignments.indices.map { index in
      (safe.map { columns(of: $0[index]) } + [heading.map { columns(of: $0[index]) } ?? 0]).max()
        ?? 0
    }
    return needed.reduce(0, +) + 2 * (needed.count - 1) <= style.width - indent
  }

  mutating func add(_ cells: String...) { rows.append(cells) }

  func lines(indent: Int, _ style: TextStyle) -> [String] {
    let safe = rows.map { row in row.map { terminalSafe($0) } }
    let widths = columnWidths(safe, style.width - indent)
    let margin = String(repeating: " ", count: indent)
    var lines: [String] = []
    if let heading { lines.append(style.faint(margin + line(heading, widths))) }
    for row in safe { lines.append(margin + line(row, widths)) }
    return lines
  }

  private func columnWidths(_ rows: [[String]], _ room: Int) -> [Int] {
    var widths = alignments.indices.map { index in
      let cells =
        rows.map { columns(of: $0[index]) } + [heading.map { columns(of: $0[index]) } ?? 0]
      return min(cells.max() ?? 0, limits[index] ?? .max)
    }
    // The excess is taken off the last column, down to a few characters, and then off the widest.
    func excess() -> Int { widths.reduce(0, +) + 2 * (widths.count - 1) - room }
    if let last = widths.indices.last, excess() > 0 {
      widths[last] = max(min(widths[last], 12), widths[last] - excess())
    }
    while excess() > 0, let widest = widths.indices.max(by: { widths[$0] < widths[$1] }),
      widths[widest] > 4
    {
      widths[widest] -= 1
    }
    return widths
  }

  private func line(_ cells: [String], _ widths: [Int]) -> String {
    var text = ""
    for (index, cell) in cells.enumerated() {
      let cell = fitted(cell, to: widths[index])
      text +=
        alignments[index] == .right
        ? paddedLeft(cell, to: widths[index]) : padded(cell, to: widths[index])
      if index < cells.count - 1 { text += "  " }
    }
    while text.hasSuffix(" ") { text.removeLast() }
    return text
  }
}
