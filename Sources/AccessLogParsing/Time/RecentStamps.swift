internal import ByteScanning

// What was read lately and is likely to come again: neighbouring lines mostly share their stamp, or
// all of it but the second.

/// The last stamp's minute and what it came to, found by its text.
struct RecentMinute {
  /// What stamps of the same minute, shape and zone have in common.
  struct Text {
    private var words: (UInt64, UInt64, UInt64) = (0, 0, 0)
    /// The length of an ISO stamp's zone; that of the whole stamp in the common log format.
    private var length = 0

    init() {}

    /// `10/Nov/2025:00:00:` and ` +0000` of the stamp of the common log format at `offset`.
    @inline(__always)
    init(common bytes: borrowing Span<UInt8>, at offset: Int) {
      // Between the two words the digits of the second are left out.
      let colon = bytes.word(at: offset + 16) & 0xFFFF
      let zone = bytes.word(at: offset + 18) & ~0xFFFF
      words = (bytes.word(at: offset), bytes.word(at: offset + 8), colon | zone)
      length = StampReader.commonLength
    }

    /// `2025-11-10T00:00` of the stamp at `offset`, and its zone of up to 8 characters.
    @inline(__always)
    init(iso bytes: borrowing Span<UInt8>, at offset: Int, zone: Range<Int>) {
      words = (
        bytes.word(at: offset), bytes.word(at: offset + 8),
        bytes.word(at: zone.lowerBound, count: zone.count)
      )
      length = zone.count
    }

    @inline(__always)
    static func == (left: Text, right: Text) -> Bool {
      left.words == right.words && left.length == right.length
    }
  }

  private var text = Text()
  /// Nanoseconds since 1970 at the minute's start; nil if nothing is remembered.
  private var start: Int64?

  init() {}

  /// - Parameters:
  ///   - value: what the stamp came to, without a fraction.
  ///   - offset: where its second stands.
  init(_ text: Text, value: Int64, _ bytes: borrowing Span<UInt8>, at offset: Int) {
    // The last second of all is followed by one that is out of range.
    guard let second = Self.second(bytes, at: offset),
      value < (StampReader.lastSecond - 60) * 1_000_000_000,
      // A leap second may be the first of 1970 where the minute's own begin before it.
      value >= second
    else { return }
    self.text = text
    start = value - second
  }

  /// What the stamp with this text comes to, whose second stands at `offset`; nil if it is of
  /// another minute or unsound.
  @inline(__always)
  func second(of text: Text, _ bytes: borrowing Span<UInt8>, at offset: Int) -> Int64? {
    guard text == self.text, let start, let second = Self.second(bytes, at: offset) else {
      return nil
    }
    return start &+ second
  }

  /// Two digits, up to 60, in nanoseconds.
  @inline(__always)
  private static func second(_ bytes: borrowing Span<UInt8>, at offset: Int) -> Int64? {
    let tens = bytes[offset] &- UInt8(ascii: "0")
    let ones = bytes[offset + 1] &- UInt8(ascii: "0")
    guard tens <= 6, ones <= 9 else { return nil }
    let second = tens &* 10 &+ ones
    return second <= 60 ? Int64(second) &* 1_000_000_000 : nil
  }
}

/// The last few stamps and what they came to, found by their text.
struct RecentStamps {
  /// The lengths of stamps that are remembered: those that four words cover.
  static let lengths = 16...32

  /// A stamp's text as overlapping words, and its length.
  struct Text: Equatable {
    var words: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
    var length = 0

    init() {}

    /// - Precondition: the length of `range` is among ``RecentStamps/lengths``.
    @inline(__always)
    init(_ bytes: borrowing Span<UInt8>, in range: Range<Int>) {
      words = (
        bytes.word(at: range.lowerBound), bytes.word(at: range.lowerBound + 8),
        bytes.word(at: range.upperBound - 16), bytes.word(at: range.upperBound - 8)
      )
      length = range.count
    }

    @inline(__always)
    static func == (left: Text, right: Text) -> Bool {
      left.words == right.words && left.length == right.length
    }

    /// Stamps of seconds that follow one another have different ones.
    @inline(__always)
    var place: Int {
      let sum = words.0 ^ words.1 &* 3 ^ words.2 &* 5 ^ words.3 &* 7
      return Int(truncatingIfNeeded: (sum &* 0x9E37_79B9_7F4A_7C15) &>> 62)
    }
  }

  private struct Entry {
    var text = Text()
    var value: Int64 = 0
  }

  private var entries = [Entry](repeating: Entry(), count: 4)

  @inline(__always)
  func value(of text: Text) -> Int64? {
    let place = text.place
    return entries[place].text == text ? entries[place].value : nil
  }

  mutating func remember(_ value: Int64, of text: Text) {
    entries[text.place] = Entry(text: text, value: value)
  }
}
