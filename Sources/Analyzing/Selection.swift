internal import Attribution
internal import Tallying

/// Which requests a report is of. The empty selection is all of them.
package struct Selection: Equatable, Sendable {
  /// Names of consumers; `-` is none.
  package var consumers: [String] = []
  /// Globs over route templates: `*` is anything but `/`, `**` anything.
  package var routes: [String] = []
  /// In upper case.
  package var methods: [String] = []
  package var statuses: [StatusRange] = []

  package init() {}

  package var isAll: Bool { self == Selection() }

  /// `404`, or `5xx`.
  package struct StatusRange: Equatable, Sendable {
    package let range: ClosedRange<UInt16>

    /// nil if `text` is neither.
    package init?(_ text: some StringProtocol) {
      let digits = Array(text.lowercased().utf8)
      guard digits.count == 3, let first = digits.first, (0x31...0x39).contains(first) else {
        return nil
      }
      let hundreds = UInt16(first - 0x30) * 100
      if digits[1...] == [0x78, 0x78] {
        range = hundreds...hundreds + 99
      } else if let status = UInt16(text), status >= 100 {
        range = status...status
      } else {
        return nil
      }
    }
  }
}

/// Asks a selection about the numbers of names, and remembers the answers.
struct SelectionMatcher {
  private let selection: Selection
  private let names: RunNames
  private var consumers: [NameTable.ID: Bool] = [:]
  private var routes: [NameTable.ID: Bool] = [:]
  private var methods: [NameTable.ID: Bool] = [:]

  init(_ selection: Selection, names: RunNames) {
    (self.selection, self.names) = (selection, names)
  }

  /// Of a provisional route, what becomes of it decides (``selectsRoute(_:)``).
  mutating func selects(
    consumer: NameTable.ID, method: NameTable.ID, route: NameTable.ID, status: UInt16
  ) -> Bool {
    if !selection.statuses.isEmpty,
      !selection.statuses.contains(where: { $0.range.contains(status) })
    {
      return false
    }
    return selectsMethod(method) && (names.routes.isProvisional(route) || selectsRoute(route))
      && selectsConsumer(consumer)
  }

  private mutating func selectsMethod(_ number: NameTable.ID) -> Bool {
    if selection.methods.isEmpty { return true }
    if let known = methods[number] { return known }
    let isSelected = selection.methods.contains(names.methods.text(number))
    methods[number] = isSelected
    return isSelected
  }

  mutating func selectsRoute(_ number: NameTable.ID) -> Bool {
    if selection.routes.isEmpty { return true }
    if let known = routes[number] { return known }
    let text = names.routes.text(number)
    let isSelected = selection.routes.contains { RouteGlob($0).matches(text) }
    routes[number] = isSelected
    return isSelected
  }

  private mutating func selectsConsumer(_ number: NameTable.ID) -> Bool {
    if selection.consumers.isEmpty { return true }
    if number == 0 { return selection.consumers.contains("-") }
    if let known = consumers[number] { return known }
    let isSelected = selection.consumers.contains(names.consumers.text(number))
    consumers[number] = isSelected
    return isSelected
  }
}

/// A glob over route templates: `*` stands for anything but `/`, `**` for anything, all else for itself.
struct RouteGlob {
  private let pattern: [UInt8]

  init(_ pattern: String) { self.pattern = Array(pattern.utf8) }

  func matches(_ text: String) -> Bool {
    // What of the pattern may come next, after each byte: linear in text and pattern.
    let asterisk = UInt8(ascii: "*")
    var places = [Bool](repeating: false, count: pattern.count + 1)
    places[0] = true
    passStars(&places)
    for byte in text.utf8 {
      var next = [Bool](repeating: false, count: pattern.count + 1)
      for place in pattern.indices where places[place] {
        if pattern[place] == asterisk {
          if byte != UInt8(ascii: "/") || isDouble(place) { next[place] = true }
        } else if pattern[place] == byte {
          next[place + 1] = true
        }
      }
      passStars(&next)
      places = next
    }
    return places[pattern.count]
  }

  /// Whether the star at `place` is one of two.
  private func isDouble(_ place: Int) -> Bool {
    let asterisk = UInt8(ascii: "*")
    return place + 1 < pattern.count && pattern[place + 1] == asterisk
      || place > 0 && pattern[place - 1] == asterisk
  }

  /// Stars may stand for nothing.
  private func passStars(_ places: inout [Bool]) {
    for place in pattern.indices where places[place] && pattern[place] == UInt8(ascii: "*") {
      places[place + 1] = true
    }
  }
}
