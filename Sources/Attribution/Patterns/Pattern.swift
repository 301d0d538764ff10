internal import CPatterns

/// A regular expression of the user's, searched in what clients have sent.
///
/// It runs in time linear in the value, whatever both are: RE2 does the searching. What RE2 cannot do
/// in linear time (backreferences, lookaround) is refused when the run begins. The syntax is RE2's,
/// with the differences that ``PatternSyntax`` makes. The one kind of lookaround that filters need, "does
/// not begin with", is understood where it is the whole pattern: `^(?!…)`.
@safe
package final class Pattern: Sendable {
  /// How many bytes of a value are searched: a client may send a megabyte.
  package static let valueLimit = 4096
  /// What one pattern may take, in bytes: half of it for its own size, and of the states that it passes
  /// through as many as fit into the other half are remembered.
  static let memoryLimit = 2 << 20

  // SAFETY: set once, freed when the last reference is gone; searching changes nothing that RE2 does not
  // guard itself.
  private nonisolated(unsafe) let handle: OpaquePointer
  /// How many groups capture.
  package let groupCount: Int
  /// Whether it is found where `handle` is not.
  private let isNegated: Bool

  package init(_ text: String, ignoringCase ignoresCase: Bool = false) throws(PatternError) {
    let negated = NegatedPattern(text)
    isNegated = negated != nil
    let translated: String
    do throws(PatternSyntax.Problem) {
      translated = try PatternSyntax.translated(negated?.inner ?? text)
    } catch {
      throw PatternError(pattern: text, reason: error.message)
    }
    var reason = [CChar](repeating: 0, count: 256)
    var bytes = Array(translated.utf8CString)
    let count = bytes.count - 1
    let capacity = reason.count
    let made = unsafe bytes.withUnsafeMutableBufferPointer { bytes in
      unsafe reason.withUnsafeMutableBufferPointer { reason -> OpaquePointer? in
        // An array that is not empty has an address.
        guard let text = bytes.baseAddress, let error = reason.baseAddress else { return nil }
        return unsafe backtally_pattern_make(
          text, count, ignoresCase, Self.memoryLimit, error, capacity)
      }
    }
    guard let made = unsafe made else {
      let end = reason.firstIndex(of: 0) ?? reason.count
      throw PatternError(
        pattern: text,
        reason: String(decoding: reason[..<end].map { UInt8(bitPattern: $0) }, as: UTF8.self))
    }
    unsafe handle = made
    groupCount = isNegated ? 0 : unsafe Int(backtally_pattern_group_count(made))
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
