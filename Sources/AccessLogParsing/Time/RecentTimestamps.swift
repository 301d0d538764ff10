internal import ByteScanning

// Recently read text that is likely to recur: neighbouring lines mostly share their timestamp, or
// all of it except the second.

/// The last timestamp's minute and its value, found by its text.
struct RecentMinute {
  /// What timestamps of the same minute, form and zone have in common.
  struct Text {
    private var words: (UInt64, UInt64, UInt64) = (0, 0, 0)
    /// The length of an ISO timestamp's zone; in the common log format, of the whole timestamp.
    private var length = 0

    init() {}

    /// `10/Nov/2025:00:00:` and ` +0000` of the common log format's timestamp at `offset`.
    @inline(__always)
    init(common bytes: borrowing Span<UInt8>, at offset: Int) {
      // The two words leave out the digits of the second between them.
      let colon = bytes.word(at: offset + 16) & 0xFFFF
      let zone = bytes.word(at: offset + 18) & ~0xFFFF
      words = (bytes.word(at: offset), bytes.word(at: offset + 8), colon | zone)
      length = TimestampReader.commonLength
    }

    /// `2025-11-10T00:00` of the timestamp at `offset`, and its zone of up to 8 characters.
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
  ///   - value: the timestamp's value, without a fraction.
  ///   - offset: where its second is.
  init(_ text: Text, value: Int64, _ bytes: borrowing Span<UInt8>, at offset: Int) {
    // The last second of all is followed by one that is out of range.
    guard let second = Self.second(bytes, at: offset),
      value < (TimestampReader.lastSecond - 60) * 1_000_000_000,
      // A leap second may be the first of 1970 although the minute itself begins before that.
      value >= second
    else { return }
    self.text = text
    start = value - second
  }

  /// The value of the timestamp with this text, whose second is at `offset`; nil if it is in
  /// another minute or invalid.
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

/// The last few timestamps and their values, found by their text.
struct RecentTimestamps {
  /// The lengths of timestamps that are remembered: those that four words cover.
  static let lengths = 16...32

  /// A timestamp's text as overlapping words, and its length.
  struct Text: Equatable {
    var words: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
    var length = 0

    init() {}

    /// - Precondition: the length of `range` is among ``RecentTimestamps/lengths``.
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

    /// Different for timestamps of consecutive seconds.
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
