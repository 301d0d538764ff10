internal import Addressing
internal import Crypto
internal import Outbox

/// A source of the ledger as ``SourceIndex`` keeps it: a few numbers, and nothing on the heap.
struct KnownSource {
  let number: Int64
  /// Where it is among the others.
  let place: Int32
  /// The application and target, by their place in the index.
  let owner: Int32
  let path: Range<Int32>
  /// The remembered format, by its place in the index; below zero if there is none.
  let format: Int32
  let stamp: LedgerSource.FileStamp?
  /// Of the first ``length`` bytes of the content; 0 if it goes by something else.
  let fingerprint: Digest
  let length: Int
  /// What it is found by; nil if it was recorded without.
  let sum: UInt64?
  /// The next one that may have the same stamp, or the same beginning; below zero at the end.
  var nextByStamp: Int32 = -1
  var nextByBeginning: Int32 = -1
  private let positionBytes: Int
  private let positionLines: Int
  private let check: Digest
  private let checkLength: Int32
  /// `Int64.min` if there was none.
  private let firstRequestAt: Int64
  private let lastRequestAt: Int64
  private let lineCount: Int
  private let requestCount: Int
  private let firstImportedAt: Int64
  private let lastImportedAt: Int64

  init(
    _ source: LedgerSource, number: Int64, place: Int, owner: Int32, path: Range<Int32>,
    format: Int32
  ) {
    self.format = format
    self.number = number
    self.place = Int32(place)
    self.owner = owner
    self.path = path
    stamp = source.file
    if case .fingerprint(let hash, let length) = source.identity, let digest = Digest(hash) {
      (fingerprint, self.length) = (digest, length)
    } else {
      (fingerprint, length) = (Digest(), 0)
    }
    sum = source.beginning
    positionBytes = source.position.bytes
    positionLines = source.position.lines
    check = Digest(source.position.check) ?? Digest()
    checkLength = Int32(clamping: source.position.checkLength)
    firstRequestAt = source.firstRequestAt ?? .min
    lastRequestAt = source.lastRequestAt ?? .min
    lineCount = source.lineCount
    requestCount = source.requestCount
    firstImportedAt = source.firstImportedAt
    lastImportedAt = source.lastImportedAt
  }

  /// Whether all of `source` can be had back.
  static func canHold(_ source: LedgerSource) -> Bool {
    guard case .fingerprint(let hash, _) = source.identity else { return false }
    return hash.count == Digest.size && source.position.check.count == Digest.size
      && source.parts.isEmpty && Int32(exactly: source.position.checkLength) != nil
      && source.firstRequestAt != .min && source.lastRequestAt != .min
  }

  /// The source as it was recorded.
  func source(of owner: SourceOwner, path: String, format: String?) -> LedgerSource {
    LedgerSource(
      id: number, app: owner.app, target: owner.target,
      identity: .fingerprint(fingerprint.bytes, length: length), beginning: sum,
      position: LedgerSource.Position(
        bytes: positionBytes, lines: positionLines, check: check.bytes,
        checkLength: Int(checkLength)),
      format: format, file: stamp, lastPath: path,
      firstRequestAt: firstRequestAt == .min ? nil : firstRequestAt,
      lastRequestAt: lastRequestAt == .min ? nil : lastRequestAt, lineCount: lineCount,
      requestCount: requestCount, firstImportedAt: firstImportedAt,
      lastImportedAt: lastImportedAt)
  }

  /// Whether less is known of it than of `other`.
  func isBehind(_ other: KnownSource) -> Bool {
    (positionBytes, other.number) < (other.positionBytes, number)
  }
}

/// Whose numbers a source's are, and where they go.
struct SourceOwner: Equatable {
  var app: App
  var target: String
}

/// A SHA-256, without an array.
struct Digest: Hashable {
  static let size = 32
  private var words: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)

  init() {}

  init(of bytes: some Sequence<UInt8>) {
    self.init(SHA256.hash(data: Array(bytes)))
  }

  /// nil if these are not as many bytes as a digest has.
  init?(_ bytes: [UInt8]) {
    guard bytes.count == Self.size else { return nil }
    self.init(bytes[...])
  }

  private init(_ bytes: some Sequence<UInt8>) {
    var words: [UInt64] = [0, 0, 0, 0]
    for (offset, byte) in bytes.enumerated() {
      words[offset / 8] = words[offset / 8] << 8 | UInt64(byte)
    }
    self.words = (words[0], words[1], words[2], words[3])
  }

  var bytes: [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(Self.size)
    for word in [words.0, words.1, words.2, words.3] {
      for shift in stride(from: 56, through: 0, by: -8) {
        bytes.append(UInt8(truncatingIfNeeded: word >> UInt64(shift)))
      }
    }
    return bytes
  }

  static func == (left: Digest, right: Digest) -> Bool { left.words == right.words }

  func hash(into hasher: inout Hasher) { hasher.combine(words.0) }
}

/// Many short texts, one behind the other.
struct TextPool {
  private var bytes: [UInt8] = []

  mutating func add(_ text: String) -> Range<Int32> {
    let start = Int32(bytes.count)
    bytes += text.utf8
    return start..<Int32(bytes.count)
  }

  /// Whether the text at `range` is `text`.
  func has(_ text: String, at range: Range<Int32>) -> Bool {
    bytes[Int(range.lowerBound)..<Int(range.upperBound)].elementsEqual(text.utf8)
  }

  subscript(range: Range<Int32>) -> String {
    String(decoding: bytes[Int(range.lowerBound)..<Int(range.upperBound)], as: UTF8.self)
  }
}

/// FNV-1a of the first bytes of a source, byte by byte: it only has to tell apart what differs, and the
/// fingerprint is the proof.
struct BeginningSum {
  private(set) var value: UInt64 = 0xCBF2_9CE4_8422_2325
  private var length = 0

  /// Goes on to `length` bytes of `bytes`.
  mutating func add(_ bytes: [UInt8], upTo length: Int) {
    let added = bytes.span.extracting(self.length..<length)
    var value = value
    for offset in added.indices { value = (value ^ UInt64(added[offset])) &* 0x100_0000_01B3 }
    self.value = value
    self.length = length
  }

  static func of(_ bytes: [UInt8], upTo length: Int) -> UInt64 {
    var sum = BeginningSum()
    sum.add(bytes, upTo: length)
    return sum.value
  }
}
