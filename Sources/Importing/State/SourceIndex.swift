internal import Crypto
internal import Outbox

/// The known sources of an application, found by their file and by how they begin: a hundred thousand
/// of them cost no more for each new one than a few.
struct SourceIndex {
  /// How many of the first bytes are looked at before anything is hashed in earnest.
  static let beginningLength = 256

  /// The first bytes of a source, as far as they are looked at: how many, and a sum of them.
  private struct Beginning: Hashable {
    var length: Int
    var sum: UInt64
  }

  /// By their number; those that have none yet have one below zero.
  private var sources: [Int64: LedgerSource] = [:]
  private var numbersByStamp: [LedgerSource.FileStamp: [Int64]] = [:]
  private var numbersByBeginning: [Beginning: [Int64]] = [:]
  /// Sources of which a version before this one has not recorded how they begin.
  private var unsorted: [Int64] = []
  /// How many bytes the sources' beginnings have.
  private var lengths: [Int: Int] = [:]

  init(_ sources: [LedgerSource]) {
    for (index, source) in sources.enumerated() {
      var source = source
      // Far below those of sources that a run makes.
      if source.id == nil { source.id = .min + Int64(index) }
      insert(source)
    }
  }

  var isEmpty: Bool { sources.isEmpty }

  func source(_ number: Int64) -> LedgerSource? { sources[number] }

  /// The source that `stamp` is of: the one that has come furthest, if there are several.
  func source(at stamp: LedgerSource.FileStamp) -> LedgerSource? {
    (numbersByStamp[stamp] ?? []).compactMap { sources[$0] }
      .max { ($0.position.bytes, -($0.id ?? 0)) < ($1.position.bytes, -($1.id ?? 0)) }
  }

  /// The sources that begin as `prefix` does, those of which most is known first.
  func sources(beginningLike prefix: [UInt8]) -> [LedgerSource] {
    var numbers = unsorted
    for length in lengths.keys where length <= prefix.count {
      numbers += numbersByBeginning[Self.beginning(prefix, length)] ?? []
    }
    // Sources of the same length share a digest.
    var digests: [Int: [UInt8]] = [:]
    let found = numbers.compactMap { sources[$0] }.filter { source in
      guard case .fingerprint(let hash, let length) = source.identity, length > 0,
        length <= prefix.count
      else { return false }
      if digests[length] == nil {
        digests[length] = Array(SHA256.hash(data: prefix[..<length]))
      }
      return digests[length] == hash
    }
    return found.sorted { ($0.position.bytes, $1.id ?? 0) > ($1.position.bytes, $0.id ?? 0) }
  }

  /// Puts `source`, which has a number, in the place of what was known of it.
  mutating func insert(_ source: LedgerSource) {
    guard let number = source.id else { preconditionFailure("a source without a number") }
    if let old = sources[number] { remove(old, number) }
    sources[number] = source
    if let stamp = source.file { numbersByStamp[stamp, default: []].append(number) }
    guard let beginning = Self.beginning(of: source) else {
      unsorted.append(number)
      return
    }
    numbersByBeginning[beginning, default: []].append(number)
    lengths[beginning.length, default: 0] += 1
  }

  private mutating func remove(_ source: LedgerSource, _ number: Int64) {
    if let stamp = source.file { numbersByStamp[stamp]?.removeAll { $0 == number } }
    guard let beginning = Self.beginning(of: source) else {
      unsorted.removeAll { $0 == number }
      return
    }
    numbersByBeginning[beginning]?.removeAll { $0 == number }
    lengths[beginning.length, default: 1] -= 1
    if lengths[beginning.length] == 0 { lengths[beginning.length] = nil }
  }

  private static func beginning(of source: LedgerSource) -> Beginning? {
    guard case .fingerprint(_, let length) = source.identity, let sum = source.beginning else {
      return nil
    }
    return Beginning(length: min(length, beginningLength), sum: sum)
  }

  private static func beginning(_ prefix: [UInt8], _ length: Int) -> Beginning {
    Beginning(length: length, sum: sum(prefix[..<length]))
  }

  /// What is recorded of how a source with a fingerprint of `prefix` begins.
  static func sum(_ prefix: some Collection<UInt8>) -> UInt64 {
    // FNV-1a: it only has to tell apart what differs, and the fingerprint is the proof.
    prefix.prefix(beginningLength).reduce(0xCBF2_9CE4_8422_2325) {
      ($0 ^ UInt64($1)) &* 0x100_0000_01B3
    }
  }
}

/// Which of many beginnings are alike: one is the beginning of the other.
struct AlikeBeginnings {
  private struct Key: Hashable {
    var length: Int
    var bytes: ArraySlice<UInt8>
  }

  /// The lengths that there are, the shorter ones first.
  private let lengths: [Int]
  /// The last one that is exactly this.
  private var whole: [Key: Int] = [:]
  /// The last one that begins like this.
  private var beginnings: [Key: Int] = [:]

  init(_ prefixes: [[UInt8]]) {
    lengths = Set(prefixes.map(\.count)).filter { $0 > 0 }.sorted()
  }

  /// The last one before that is alike.
  func last(like prefix: [UInt8]) -> Int? {
    if prefix.isEmpty { return nil }
    var last = beginnings[Key(length: prefix.count, bytes: prefix[...])]
    for length in lengths where length < prefix.count {
      if let shorter = whole[Key(length: length, bytes: prefix[..<length])] {
        last = max(last ?? shorter, shorter)
      }
    }
    return last
  }

  mutating func insert(_ prefix: [UInt8], at index: Int) {
    if prefix.isEmpty { return }
    whole[Key(length: prefix.count, bytes: prefix[...])] = index
    for length in lengths where length <= prefix.count {
      beginnings[Key(length: length, bytes: prefix[..<length])] = index
    }
  }
}
