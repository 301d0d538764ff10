/// What the name of a field, header or parameter says about its value, in one pass over its bytes.
///
/// The words of ``SecretFields`` as one automaton (Aho and Corasick, 1975): from each state each byte leads to
/// the state of the longest word that may have begun.
package struct SecretNames: Sendable {
  /// Which words are in a name.
  package struct Signs: OptionSet, Sendable {
    package let rawValue: UInt8
    package init(rawValue: UInt8) { self.rawValue = rawValue }

    package static let header = Signs(rawValue: 1)
    package static let query = Signs(rawValue: 2)
    /// Of a secret if the value is long enough for one.
    package static let further = Signs(rawValue: 4)
    /// The name is one of the short ones, whose values may be short, too.
    package static let short = Signs(rawValue: 8)

    /// Whether a value of so many bytes or characters is a secret, in whatever place.
    package func isSecret(valueCount count: Int) -> Bool {
      isSecret(in: [.header, .query], valueCount: count)
    }

    /// - Parameter place: whose words count.
    package func isSecret(in place: Signs, valueCount count: Int) -> Bool {
      !isDisjoint(with: place.union(.short))
        || count >= SecretFields.shortestSecret && contains(.further)
    }
  }

  package static let all = SecretNames()

  /// Letters in either case, `-`, `_`, `.` and `2`, which the words are made of, and all others.
  private static let symbolCount = 32
  private let symbols: [UInt8]
  /// By state and symbol.
  private var next: [UInt16] = Array(repeating: 0, count: symbolCount)
  /// The words that end in a state.
  private var signs: [Signs] = [[]]
  /// The names that are nothing else, and how long what leads to a state is.
  private var wholeSigns: [Signs] = [[]]
  private var depths: [Int] = [0]

  private init() {
    var symbols = [UInt8](repeating: 0, count: 256)
    for (index, byte) in "abcdefghijklmnopqrstuvwxyz-_.2".utf8.enumerated() {
      symbols[Int(byte)] = UInt8(index + 1)
      if (0x61...0x7A).contains(byte) { symbols[Int(byte) - 0x20] = UInt8(index + 1) }
    }
    self.symbols = symbols
    for word in SecretFields.headerWords { signs[add(word)].insert(.header) }
    for word in SecretFields.queryWords { signs[add(word)].insert(.query) }
    for word in SecretFields.furtherWords { signs[add(word)].insert(.further) }
    for name in SecretFields.furtherNames { wholeSigns[add(name)].insert(.further) }
    for name in SecretFields.shortSecretNames { wholeSigns[add(name)].insert(.short) }
    connect()
  }

  private mutating func add(_ word: String) -> Int {
    var state = 0
    for byte in word.utf8 {
      let symbol = Int(symbols[Int(byte)])
      precondition(symbol > 0, "a word of other characters")
      let place = state * Self.symbolCount + symbol
      if next[place] == 0 {
        next[place] = UInt16(signs.count)
        signs.append([])
        wholeSigns.append([])
        depths.append(depths[state] + 1)
        next += Array(repeating: 0, count: Self.symbolCount)
      }
      state = Int(next[place])
    }
    return state
  }

  /// Where no word goes on, the longest end of what was read that a word begins with does.
  private mutating func connect() {
    var fallback = [Int](repeating: 0, count: signs.count)
    let order = (1..<signs.count).sorted { depths[$0] < depths[$1] }
    // Breadth first: what a state falls back to is complete before it.
    for symbol in 1..<Self.symbolCount where next[symbol] > 0 { fallback[Int(next[symbol])] = 0 }
    for state in order {
      signs[state].formUnion(signs[fallback[state]])
      for symbol in 1..<Self.symbolCount {
        let place = state * Self.symbolCount + symbol
        let other = next[fallback[state] * Self.symbolCount + symbol]
        if next[place] == 0 {
          next[place] = other
        } else {
          fallback[Int(next[place])] = Int(other)
        }
      }
    }
  }

  package func signs(of name: borrowing Span<UInt8>) -> Signs {
    var state = 0
    var found: Signs = []
    for offset in 0..<name.count {
      state = Int(next[state * Self.symbolCount + Int(symbols[Int(name[offset])])])
      found.formUnion(signs[state])
    }
    if depths[state] == name.count { found.formUnion(wholeSigns[state]) }
    return found
  }
}
