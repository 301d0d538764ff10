internal import ByteScanning

/// A block that describes what follows in a tar archive (POSIX.1-2017, pax, "ustar Interchange Format";
/// GNU tar, "Basic Tar Format").
struct TarHeader {
  /// Bytes of a header, and of what all content is padded to.
  static let blockSize = 512

  enum Kind {
    case file
    /// A file of which the holes are left out.
    case sparse
    /// Values for the next entry: pax records, or GNU's long name.
    case records, longName
    /// Nothing with a content: a link, a directory, a device.
    case empty
    /// Something with a content that is no file.
    case other
  }

  var kind: Kind
  var name: [UInt8]
  /// Bytes of content behind the header.
  var size: Int

  /// - Parameter block: a whole one.
  /// - Returns: nil if it is no header: its sum is wrong, or a number is.
  init?(_ block: borrowing Span<UInt8>) {
    guard block.count == Self.blockSize, let sum = block.octal(148..<156),
      block.sums.contains(sum), let size = block.size
    else { return nil }
    let isPOSIX = block.holds("ustar\0", at: 257, before: Self.blockSize)
    name = block.text(0..<100)
    let prefix = isPOSIX ? block.text(345..<500) : []
    if !prefix.isEmpty { name = prefix + [UInt8(ascii: "/")] + name }
    self.size = size
    switch block[156] {
    case 0, UInt8(ascii: "0"), UInt8(ascii: "7"):
      // Before POSIX, a directory had no type of its own.
      kind = name.last == UInt8(ascii: "/") ? .empty : .file
    case UInt8(ascii: "1")...UInt8(ascii: "6"):
      kind = .empty
      // What a link leads to is elsewhere in the archive.
      self.size = 0
    case UInt8(ascii: "S"): kind = .sparse
    case UInt8(ascii: "x"): kind = .records
    case UInt8(ascii: "L"): kind = .longName
    default: kind = .other
    }
  }
}

/// What pax records say about the entry behind them, as far as it matters here.
struct PaxRecords {
  private(set) var name: [UInt8]?
  private(set) var size: Int?
  private(set) var isSparse = false

  /// - Parameter bytes: records of the form `LENGTH KEY=VALUE`, each with a line feed at its end.
  /// - Returns: nil if they are not.
  init?(_ bytes: borrowing Span<UInt8>) {
    var start = 0
    while start < bytes.count {
      guard let space = bytes.place(of: " ", in: start..<bytes.count),
        let length = bytes.decimal(start..<space), length > space - start + 1,
        length <= bytes.count - start, bytes[start + length - 1] == UInt8(ascii: "\n"),
        let equals = bytes.place(of: "=", in: space + 1..<start + length)
      else { return nil }
      let end = start + length - 1
      let key = space + 1..<equals
      if bytes.isText("path", key) {
        name = bytes.extracting(equals + 1..<end).copied()
      } else if bytes.isText("size", key) {
        guard let number = bytes.decimal(equals + 1..<end) else { return nil }
        size = number
      } else if bytes.holds("GNU.sparse.", at: key.lowerBound, before: key.upperBound) {
        isSparse = true
      }
      start = end + 1
    }
  }
}

extension Span where Element == UInt8 {
  /// The sum of all bytes with blanks for the sum itself, as POSIX has it and as old programs had it, to
  /// which bytes were signed.
  fileprivate var sums: [Int] {
    var (unsigned, signed) = (0, 0)
    for index in indices {
      let byte = (148..<156).contains(index) ? UInt8(ascii: " ") : self[index]
      unsigned += Int(byte)
      signed += Int(Int8(bitPattern: byte))
    }
    return [unsigned, signed]
  }

  /// The size: octal digits, or a number of eleven bytes (GNU).
  fileprivate var size: Int? {
    guard self[124] & 0x80 != 0 else { return octal(124..<136) }
    guard self[124] == 0x80 else { return nil }
    var size = 0
    for index in 125..<136 {
      if size >> 48 != 0 { return nil }
      size = size << 8 | Int(self[index])
    }
    return size
  }

  /// Digits between blanks and NULs; none are 0.
  fileprivate func octal(_ range: Range<Int>) -> Int? {
    var value = 0
    var isOver = false
    for index in range {
      let byte = self[index]
      if byte == 0 || byte == UInt8(ascii: " ") {
        if value > 0 || byte == 0 { isOver = true }
        continue
      }
      guard !isOver, byte &- UInt8(ascii: "0") < 8 else { return nil }
      value = value << 3 | Int(byte & 7)
    }
    return value
  }

  fileprivate func decimal(_ range: Range<Int>) -> Int? {
    if range.isEmpty || range.count > 18 { return nil }
    var value = 0
    for index in range {
      guard self[index] &- UInt8(ascii: "0") < 10 else { return nil }
      value = value * 10 + Int(self[index] &- UInt8(ascii: "0"))
    }
    return value
  }

  /// The bytes up to the first NUL.
  fileprivate func text(_ range: Range<Int>) -> [UInt8] {
    let end = firstOffset(of: 0, from: range.lowerBound, to: range.upperBound)
    return extracting(range.lowerBound..<end).copied()
  }

  fileprivate func place(of character: Unicode.Scalar, in range: Range<Int>) -> Int? {
    let offset = firstOffset(
      of: UInt8(ascii: character), from: range.lowerBound, to: range.upperBound)
    return offset < range.upperBound ? offset : nil
  }

  fileprivate func isText(_ text: StaticString, _ range: Range<Int>) -> Bool {
    range.count == text.utf8CodeUnitCount
      && holds(text, at: range.lowerBound, before: range.upperBound)
  }
}
