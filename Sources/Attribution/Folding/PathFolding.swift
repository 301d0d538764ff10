package import ByteScanning

/// Turns a path into a route template by folding the segments that identify something into
/// placeholders. For logs of applications whose routes are not known.
///
/// | segment | placeholder |
/// |---|---|
/// | digits | `{id}` |
/// | a UUID (RFC 9562) in its dashed form | `{uuid}` |
/// | 12 or more hexadecimal digits, both letters and numbers | `{hash}` |
/// | `2026-11-23`, alone or followed by `T` and a time | `{date}` |
/// | text with an `@` and, after it, a dot | `{email}` |
/// | 20 or more characters with both letters and numbers and no word-like pieces | `{token}` |
///
/// A segment with a file extension of up to five characters keeps the extension: `{id}.json`. Segments
/// that hold other text as well are those of ``SegmentForm``.
package struct PathFolder {
  /// A template longer than this is refused: it is an attack or a mistake, not an endpoint.
  package static let templateLimit = 1024

  package init() {}

  /// Appends the template of the path in `range` (which begins with `/`) to `template`.
  ///
  /// - Parameter foldsDoubtful: whether to fold what identifies something only if there are others like
  ///   it (``SegmentForm``).
  /// - Returns: false if the template would be too long; the content of `template` is then useless.
  package func fold(
    _ path: borrowing Span<UInt8>, in range: Range<Int>, into template: inout OwnedBuffer<UInt8>,
    foldsDoubtful: Bool = false
  ) -> Bool {
    var slash = range.lowerBound
    var segments = PathSegments(path, in: range)
    while slash < range.upperBound {
      let segment = segments.next(path, from: slash + 1)
      template.append(UInt8(ascii: "/"))
      if let kind = segment.kind {
        template.append(path, in: segment.prefix)
        template.append(literal: kind.placeholder)
        template.append(path, in: segment.literal)
      } else if foldsDoubtful, let form = SegmentForm(doubtful: path, segment.literal) {
        template.append(path, in: segment.literal.lowerBound..<form.placeholder.lowerBound)
        template.append(literal: form.kind.placeholder)
        template.append(path, in: form.placeholder.upperBound..<segment.end)
      } else {
        template.append(path, in: segment.literal)
      }
      guard template.count <= Self.templateLimit else { return false }
      slash = segment.end
    }
    return true
  }
}

/// What a segment identifies, if it is not a word of the application's own.
enum SegmentKind: UInt8, CaseIterable {
  case id = 1
  case uuid, hash, date, email, token
  /// What follows a prefix or stands in parentheses, of whatever form; and those of ``SegmentForm``.
  case reference, list, coordinates, number, version

  /// The length of a UUID in its dashed form.
  static let uuidLength = 36
  /// The mask of its dashes (RFC 9562, 4): after eight, four, four and four digits.
  static let uuidDashes: UInt64 = 1 << 8 | 1 << 13 | 1 << 18 | 1 << 23
  /// The length of `2026-11-23`, the shortest of the kinds that are neither digits nor an address.
  static let dateLength = 10

  var placeholder: StaticString {
    switch self {
    case .id: "{id}"
    case .uuid: "{uuid}"
    case .hash: "{hash}"
    case .date: "{date}"
    case .email: "{email}"
    case .token: "{token}"
    case .reference: "{id}"
    case .list: "{ids}"
    case .coordinates: "{coordinates}"
    case .number: "{number}"
    case .version: "{version}"
    }
  }

  /// Whether both have the same placeholder.
  func isLike(_ other: SegmentKind) -> Bool {
    let ids: [SegmentKind] = [.id, .reference]
    return self == other || ids.contains(self) && ids.contains(other)
  }

  /// The kind of the segment in `range`, or nil if it is a literal.
  init?(_ path: borrowing Span<UInt8>, _ range: Range<Int>) {
    guard !range.isEmpty else { return nil }
    let shape = HexadecimalShape(path, range)
    let kind = shape.isComplete ? shape.kind(of: path, range) : Self.kind(of: path, range)
    guard let kind else { return nil }
    self = kind
  }

  /// The kind of a segment that contains characters other than hexadecimal digits and dashes.
  private static func kind(of path: borrowing Span<UInt8>, _ range: Range<Int>) -> SegmentKind? {
    var classes = CharacterClasses()
    for offset in range { classes.add(path[offset]) }
    if classes.has(.at) && path.isEmailAddress(range) { return .email }
    if classes.has(.dash) && path.isDate(range) { return .date }
    if range.count >= tokenLength && classes.isTokenLike && path.isToken(range) { return .token }
    return nil
  }

  /// The shortest run of hexadecimal digits that counts as a hash, and the shortest token.
  static let hashLength = 12
  fileprivate static let tokenLength = 20
}

/// Which lanes hold `a` to `f` in either case.
@inline(__always)
func lanesOfHexadecimalLetters(_ bytes: SIMD16<UInt8>) -> SIMDMask<SIMD16<Int8>> {
  let capital = SIMD16<UInt8>(repeating: 0x20)
  return lanes(of: bytes | capital, from: UInt8(ascii: "a"), through: UInt8(ascii: "f"))
}

/// The properties of a segment that consists only of hexadecimal digits and dashes, as most IDs do,
/// determined 64 bytes at a time.
private struct HexadecimalShape {
  /// Whether the segment consists only of these. If not, the other members mean nothing.
  private(set) var isComplete = true
  private var hasDigits = false
  private var hasLetters = false
  private var hasDashes = false
  /// Bit n is set if the segment's n-th byte is a dash, for the first 64 bytes.
  private var dashes: UInt64 = 0

  @inline(__always)
  init(_ path: borrowing Span<UInt8>, _ range: Range<Int>) {
    var offset = range.lowerBound
    while offset < range.upperBound {
      let all = lowBits(range.upperBound &- offset)
      let digit = path.bits64(at: offset) {
        lanes(of: $0, from: UInt8(ascii: "0"), through: UInt8(ascii: "9"))
      }
      let letter = path.bits64(at: offset) { lanesOfHexadecimalLetters($0) }
      let dash = path.bits64(at: offset) { lanes(of: $0, holding: UInt8(ascii: "-")) } & all
      if (digit | letter | dash) & all != all {
        isComplete = false
        return
      }
      if digit & all != 0 { hasDigits = true }
      if letter & all != 0 { hasLetters = true }
      if dash != 0 {
        hasDashes = true
        if offset == range.lowerBound { dashes = dash }
      }
      offset &+= 64
    }
  }

  @inline(__always)
  func kind(of path: borrowing Span<UInt8>, _ range: Range<Int>) -> SegmentKind? {
    if !hasDashes {
      if !hasLetters { return .id }
      if hasDigits && range.count >= SegmentKind.hashLength { return .hash }
    } else {
      if range.count == SegmentKind.uuidLength && dashes == SegmentKind.uuidDashes { return .uuid }
      if path.isDate(range) { return .date }
    }
    let isToken =
      range.count >= SegmentKind.tokenLength && hasDigits && hasLetters && path.isToken(range)
    return isToken ? .token : nil
  }
}

/// Which classes of characters occur in a segment.
private struct CharacterClasses: OptionSet {
  var rawValue: UInt8

  static let digit = CharacterClasses(rawValue: 1)
  /// `a` to `f` in either case.
  static let hexadecimalLetter = CharacterClasses(rawValue: 2)
  static let otherLetter = CharacterClasses(rawValue: 4)
  static let dash = CharacterClasses(rawValue: 8)
  /// What base64url, JSON web tokens and the like use in addition to letters, digits and the dash.
  static let tokenMark = CharacterClasses(rawValue: 16)
  static let at = CharacterClasses(rawValue: 32)
  static let other = CharacterClasses(rawValue: 64)

  init(rawValue: UInt8) { self.rawValue = rawValue }
  init() { rawValue = 0 }

  @inline(__always)
  mutating func add(_ byte: UInt8) {
    let letter = (byte | 0x20) &- UInt8(ascii: "a")
    if byte &- UInt8(ascii: "0") < 10 {
      rawValue |= Self.digit.rawValue
    } else if letter < 26 {
      rawValue |= letter < 6 ? Self.hexadecimalLetter.rawValue : Self.otherLetter.rawValue
    } else {
      rawValue |= Self.mark(byte).rawValue
    }
  }

  private static func mark(_ byte: UInt8) -> CharacterClasses {
    switch byte {
    case UInt8(ascii: "-"): .dash
    case UInt8(ascii: "_"), UInt8(ascii: "."), UInt8(ascii: "="), UInt8(ascii: "~"),
      UInt8(ascii: "+"), UInt8(ascii: ":"):
      .tokenMark
    case UInt8(ascii: "@"): .at
    default: .other
    }
  }

  func has(_ classes: CharacterClasses) -> Bool { isSuperset(of: classes) }

  var isTokenLike: Bool {
    has(.digit) && !isDisjoint(with: [.hexadecimalLetter, .otherLetter])
      && isDisjoint(with: [.at, .other])
  }
}

extension Span where Element == UInt8 {
  /// `YYYY-MM-DD`, alone or followed by `T` and a time.
  fileprivate func isDate(_ range: Range<Int>) -> Bool {
    guard range.count >= SegmentKind.dateLength else { return false }
    let start = range.lowerBound
    for index in 0..<10 {
      let byte = self[start + index]
      let isDash = index == 4 || index == 7
      if isDash ? byte != UInt8(ascii: "-") : byte &- UInt8(ascii: "0") > 9 { return false }
    }
    return range.count == 10 || self[start + 10] | 0x20 == UInt8(ascii: "t")
  }

  fileprivate func isEmailAddress(_ range: Range<Int>) -> Bool {
    let at = firstOffset(of: UInt8(ascii: "@"), from: range.lowerBound, to: range.upperBound)
    guard at > range.lowerBound, at + 1 < range.upperBound else { return false }
    let dot = firstOffset(of: UInt8(ascii: "."), from: at + 1, to: range.upperBound)
    return dot > at + 1 && dot + 1 < range.upperBound
  }

  /// Whether a segment of letters, digits and marks is random rather than written by a person: a
  /// title made of words (`10-ways-to-read-logs-2026`) has a mark every few characters and runs of
  /// letters only; a token has long pieces, and one of them mixes letters and digits.
  fileprivate func isToken(_ range: Range<Int>) -> Bool {
    var pieceStart = range.lowerBound
    var mixedLength = 0
    var changes = 0
    var lastWasDigit: Bool?
    for offset in range.lowerBound...range.upperBound {
      let byte = offset < range.upperBound ? self[offset] : UInt8(ascii: "-")
      let isDigit = byte &- UInt8(ascii: "0") < 10
      let isLetter = (byte | 0x20) &- UInt8(ascii: "a") < 26
      if isDigit || isLetter {
        if let lastWasDigit, lastWasDigit != isDigit { changes += 1 }
        lastWasDigit = isDigit
      } else {
        // `v2` and `rev12` change once; a piece that changes more often was not typed.
        if changes >= 2 { mixedLength += offset - pieceStart }
        pieceStart = offset + 1
        changes = 0
        lastWasDigit = nil
      }
    }
    return mixedLength * 2 > range.count
  }
}
