internal import CPatterns

/// A regular expression of the user's, searched in what clients have sent.
///
/// It runs in time linear in the value, whatever both are: RE2 does the searching. What RE2 cannot do
/// in linear time (backreferences, lookaround) is refused when the run begins, and so is what it would do
/// slowly (``PatternStates``). The syntax is RE2's, with the differences that ``PatternSyntax`` makes. The
/// one kind of lookaround that filters need, "does not begin with", is understood where it is the whole
/// pattern: `^(?!…)`.
@safe
package final class Pattern: Sendable {
  /// How many bytes of a value are searched: a client may send a megabyte.
  package static let valueLimit = 4096
  /// What a pattern with few states may take, in bytes: for itself, and for the states that it passes
  /// through, which are forgotten when they fill it.
  static let memoryLimit = 2 << 20
  /// What each further state may take, in bytes: with it, none is ever forgotten.
  static let stateMemory = 4096

  // SAFETY: set once, freed when the last reference is gone; searching changes nothing that RE2 does not
  // guard itself.
  private nonisolated(unsafe) let handle: OpaquePointer
  /// How many groups capture.
  package let groupCount: Int
  /// Whether it is found where `handle` is not.
  private let isNegated: Bool
  /// As RE2 reads it.
  let text: String
  let ignoresCase: Bool

  /// - Parameter takesGroup: whether ``firstGroup(in:)`` will be asked for, which patterns have to be
  ///   simpler for.
  package convenience init(
    _ text: String, ignoringCase ignoresCase: Bool = false, takesGroup: Bool
  ) throws(PatternError) {
    let negated = NegatedPattern(text)
    let translated: String
    do throws(PatternSyntax.Problem) {
      translated = try PatternSyntax.translated(negated?.inner ?? text)
    } catch {
      throw PatternError(pattern: text, reason: error.message)
    }
    do throws(Refusal) {
      // Its syntax comes first: states are counted of what is sound.
      _ = try Pattern(translated, ignoresCase, isNegated: false, memory: Self.memoryLimit)
      let states = try Self.countStates(translated, ignoresCase, takesGroup)
      try self.init(
        translated, ignoresCase, isNegated: negated != nil,
        memory: Self.memoryLimit + states * Self.stateMemory)
    } catch {
      throw PatternError(pattern: text, reason: error.reason)
    }
  }

  private struct Refusal: Error { var reason: String }

  /// - Parameter text: as RE2 reads it.
  private init(
    _ text: String, _ ignoresCase: Bool, isNegated: Bool, memory: Int
  ) throws(Refusal) {
    self.isNegated = isNegated
    self.text = text
    self.ignoresCase = ignoresCase
    var reason = [CChar](repeating: 0, count: 256)
    var bytes = Array(text.utf8CString)
    let count = bytes.count - 1
    let capacity = reason.count
    let made = unsafe bytes.withUnsafeMutableBufferPointer { bytes in
      unsafe reason.withUnsafeMutableBufferPointer { reason -> OpaquePointer? in
        // An array that is not empty has an address.
        guard let text = bytes.baseAddress, let error = reason.baseAddress else { return nil }
        return unsafe backtally_pattern_make(text, count, ignoresCase, memory, error, capacity)
      }
    }
    guard let made = unsafe made else {
      let end = reason.firstIndex(of: 0) ?? reason.count
      throw Refusal(
        reason: String(decoding: reason[..<end].map { UInt8(bitPattern: $0) }, as: UTF8.self))
    }
    unsafe handle = made
    groupCount = isNegated ? 0 : unsafe Int(backtally_pattern_group_count(made))
  }

  private static func countStates(
    _ text: String, _ ignoresCase: Bool, _ takesGroup: Bool
  ) throws(Refusal) -> Int {
    do throws(PatternStates.Excess) {
      return try PatternStates(text, ignoringCase: ignoresCase, takesGroup: takesGroup) {
        pattern, texts in
        let atom = try? Pattern(pattern, false, isNegated: false, memory: memoryLimit)
        return texts.map { atom?.isFound(in: Array(String($0).utf8).span) ?? true }
      }.count
    } catch {
      throw Refusal(reason: error.message)
    }
  }

  /// A pattern of one place of another: a character and nothing else.
  convenience init?(of atom: PatternGraph.Atom, ignoringCase ignoresCase: Bool) {
    let literal = atom.literal.map { "\\x{" + String($0.value, radix: 16) + "}" }
    let isDot = atom.text == "." && !atom.flags.contains("s")
    let flags = "s" + (ignoresCase || atom.flags.contains("i") ? "i" : "")
    try? self.init(
      "\\A(?\(flags):\(literal ?? (isDot ? "[^\\n]" : atom.text)))\\z", false, isNegated: false,
      memory: Self.memoryLimit)
  }

  deinit { unsafe backtally_pattern_free(handle) }

  /// Whether the pattern is found in the UTF-8 text.
  package func isFound(in text: borrowing Span<UInt8>) -> Bool {
    unsafe withText(text) { text, count in
      unsafe backtally_pattern_is_found(handle, text, count)
    } != isNegated
  }

  /// The first group of the first match in the UTF-8 text; nil if there is no match, or if the group has
  /// no part in it.
  package func firstGroup(in text: borrowing Span<UInt8>) -> Range<Int>? {
    guard groupCount > 0 else { return nil }
    var (start, end) = (0, 0)
    let isFound = unsafe withText(text) { text, count in
      unsafe backtally_pattern_first_group(handle, text, count, &start, &end)
    }
    return isFound ? start..<end : nil
  }

  /// Where the pattern matches first.
  func firstMatch(in text: borrowing Span<UInt8>) -> Range<Int>? {
    var (start, end) = (0, 0)
    let isFound = unsafe withText(text) { text, count in
      unsafe backtally_pattern_first_match(handle, text, count, &start, &end)
    }
    return isFound ? start..<end : nil
  }

  // SAFETY: the buffer is valid during the call, and RE2 keeps no address beyond a search. An empty span
  // may have no address, which RE2 would take for no text at all.
  private func withText<Result>(
    _ text: borrowing Span<UInt8>, _ body: (UnsafePointer<CChar>, Int) -> Result
  ) -> Result {
    unsafe text.withUnsafeBytes { buffer in
      guard let address = buffer.baseAddress else {
        return unsafe withUnsafePointer(to: CChar(0)) { unsafe body($0, 0) }
      }
      return unsafe body(address.assumingMemoryBound(to: CChar.self), buffer.count)
    }
  }

  /// The part of a value that is searched: whole characters.
  static func searched(_ value: String) -> [UInt8] {
    let bytes = Array(value.utf8)
    guard bytes.count > valueLimit else { return bytes }
    var end = valueLimit
    while bytes[end] & 0xC0 == 0x80 { end -= 1 }
    return Array(bytes[..<end])
  }
}

/// A pattern that cannot be used.
package struct PatternError: Error, Equatable, Sendable {
  package var pattern: String
  /// A clause.
  package var reason: String
}
