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
  /// The parts of names, and the names, that are nothing else; and how long what leads to a state is.
  private var wholeSigns: [Signs] = [[]]
  private var nameSigns: [Signs] = [[]]
  private var keyState = 0
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
    for word in SecretFields.furtherWords {
      precondition(!word.utf8.contains(where: Self.isSeparator), "found without separators only")
      signs[add(word)].insert(.further)
    }
    for name in SecretFields.furtherNames { wholeSigns[add(name)].insert(.further) }
    for name in SecretFields.furtherWholeNames { nameSigns[add(name)].insert(.further) }
    keyState = add("key")
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
        nameSigns.append([])
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

  /// The words of the middleware count as they are written. The others, and the middleware's with another
  /// separator, count without separators (`api_key`, `x-access-key`, `user[verification code]`). Of the names
  /// that have to stand alone, each part of a name counts if the value is long enough, and the last
  /// in any case: parts are what separators and capitals divide (`user[pin]`, `otpCode`).
  package func signs(of name: borrowing Span<UInt8>) -> Signs {
    var state = 0
    var tight = 0
    var part = Part()
    var last = Part()
    var before = Part()
    var partCount = 0
    var found: Signs = []
    var wasLower = false
    for offset in 0..<name.count {
      let byte = name[offset]
      let symbol = Int(symbols[Int(byte)])
      state = Int(next[state &* Self.symbolCount + symbol])
      found.formUnion(signs[state])
      let isSeparator = Self.isSeparator(byte)
      if isSeparator || wasLower && byte &- UInt8(ascii: "A") < 26 {
        if part.count > 0 {
          if !partSigns(part).isEmpty { found.insert(.further) }
          (before, last) = (last, part)
          partCount += 1
        }
        part = Part(start: isSeparator ? offset + 1 : offset)
      }
      wasLower = byte &- UInt8(ascii: "a") < 26
      guard !isSeparator else { continue }
      tight = Int(next[tight &* Self.symbolCount + symbol])
      if !signs[tight].isEmpty { found.insert(.further) }
      part.state = Int(next[part.state &* Self.symbolCount + symbol])
      part.count += 1
    }
    if part.count > 0 {
      (before, last) = (last, part)
      partCount += 1
    }
    if !partSigns(last).isEmpty { found.formUnion(partSigns(last).union(.further)) }
    // `x-code` is called `code`.
    let isAlone =
      partCount == 1 || partCount == 2 && before.count == 1 && name[before.start] | 0x20 == 0x78
    if isAlone, depths[last.state] == last.count { found.formUnion(nameSigns[last.state]) }
    if last.state == keyState, last.count == 3, isAlone || isSecretKey(name, before) {
      found.insert(.further)
    }
    return found
  }

  /// A part of a name.
  private struct Part {
    var start = 0
    var count = 0
    var state = 0
  }

  private func partSigns(_ part: Part) -> Signs {
    depths[part.state] == part.count ? wholeSigns[part.state] : []
  }

  /// Whether what stands before `key` does not say that it is one of another kind.
  private func isSecretKey(_ name: borrowing Span<UInt8>, _ before: Part) -> Bool {
    let word = name.extracting(before.start..<before.start + before.count)
    return !SecretFields.openKeys.contains { open in
      let open = open.utf8
      guard open.count == word.count else { return false }
      for (offset, byte) in open.enumerated() where word[offset] | 0x20 != byte { return false }
      return true
    }
  }

  /// All signs: in a query such as `?a?otp=…`, what is before the name may be part of it.
  private static func isSeparator(_ byte: UInt8) -> Bool {
    let isLetterOrDigit = (byte | 0x20) &- 0x61 < 26 || byte &- 0x30 < 10
    return byte < 0x80 && !isLetterOrDigit
  }
}
