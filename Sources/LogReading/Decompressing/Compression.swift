internal import ByteScanning

/// What a file may be compressed with. Its content decides, not its name.
package enum Compression: String, CaseIterable, Sendable {
  case gzip, zstd, xz, bzip2
}

/// Decompresses a stream of any number of members (frames, streams), one after another.
protocol Decompressor: AnyObject {
  /// How many bytes it takes, its window above all, once a member has begun.
  var memory: Int { get }

  /// Decompresses `input` and appends to `output` until one of them is exhausted, `limit` bytes have
  /// been produced, or a member ends.
  ///
  /// - Precondition: `output` has room for `limit` more bytes.
  func decompress(
    _ input: borrowing Span<UInt8>, into output: inout OwnedBuffer<UInt8>, atMost limit: Int
  ) throws(Corruption) -> (consumed: Int, progress: DecompressionProgress)
}

enum DecompressionProgress {
  /// All input was used, or the output is full.
  case ongoing
  /// A member ended; the rest of the input, if any, is the next member or padding.
  case memberEnded
}

/// A stream that cannot be decompressed any further.
struct Corruption: Error {
  /// The library's own words, such as "invalid distance too far back".
  var reason: String
  /// How many bytes of the input had been consumed when the problem was found.
  var consumed: Int
}

extension Compression {
  /// What the line in `range` begins a stream of; nil if it is text, as it should be.
  package init?(beginningOf range: Range<Int>, in bytes: borrowing Span<UInt8>) {
    guard let first = range.first, [0x1F, UInt8(ascii: "B"), 0xFD, 0x28].contains(bytes[first])
    else { return nil }
    let line = bytes.extracting(range)
    // Of gzip's magic number and method, all three bytes: there is no second look.
    if bytes[first] == 0x1F, line.count < 3 || line[2] != 8 { return nil }
    self.init(magicNumberOf: line)
  }

  func makeDecompressor() -> any Decompressor {
    switch self {
    case .gzip: Inflater()
    case .zstd: ZstdDecompressor()
    case .xz: XZDecompressor()
    case .bzip2: Bzip2Decompressor()
    }
  }

  /// The compression whose magic number `bytes` begins with.
  init?(magicNumberOf bytes: borrowing Span<UInt8>) {
    if bytes.count >= 2, bytes[0] == 0x1F, bytes[1] == 0x8B {
      self = .gzip
    } else if bytes.holds("BZh", at: 0, before: bytes.count), bytes.count >= 5,
      bytes[3] &- UInt8(ascii: "1") < 9, bytes[4] == 0x31 || bytes[4] == 0x17
    {
      // A host name may begin like this, too; the level and the first byte of the magic number
      // decide.
      self = .bzip2
    } else if bytes.holds("7zXZ", at: 1, before: bytes.count), bytes[0] == 0xFD {
      self = .xz
    } else if bytes.beginsZstd(at: 0) {
      self = .zstd
    } else {
      return nil
    }
  }

  /// Whether a member may begin at `offset`, as far as the bytes that are there tell.
  func mayBegin(_ bytes: borrowing Span<UInt8>, at offset: Int) -> Bool {
    switch self {
    case .gzip: bytes[offset] == 0x1F
    case .zstd: bytes[offset] == 0x28 || bytes[offset] & 0xF0 == 0x50
    case .xz: bytes[offset] == 0xFD
    case .bzip2: bytes[offset] == UInt8(ascii: "B")
    }
  }
}

extension Span where Element == UInt8 {
  /// Whether a frame of zstd begins at `offset`, or one that its readers skip (RFC 8878, 3.1).
  fileprivate func beginsZstd(at offset: Int) -> Bool {
    guard offset + 4 <= count else { return false }
    if self[offset + 1] == 0xB5, self[offset + 2] == 0x2F, self[offset + 3] == 0xFD {
      return self[offset] == 0x28
    }
    return self[offset] & 0xF0 == 0x50 && self[offset + 1] == 0x2A && self[offset + 2] == 0x4D
      && self[offset + 3] == 0x18
  }
}
