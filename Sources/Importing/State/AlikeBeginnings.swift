/// Which sources of a run begin alike, so that one may be the beginning of the other.
///
/// Two are compared by sums of as many bytes as both have, at a few lengths. So what is alike is always
/// found, in time and memory that grow with the number of sources; two short ones that part ways behind
/// the last length that both have are taken for alike, and are then read one after another for nothing.
struct AlikeBeginnings {
  /// How many of the first bytes are compared one length after another.
  private static let exactLength = 256
  /// The lengths beyond at which beginnings are compared.
  private static let levels = [512, 1024, 2048, 4096]

  /// A length, and the sum of so many first bytes, as one number: what is alike has the same, and what has
  /// the same by chance is read one after another for nothing.
  private typealias Key = UInt64

  private static func key(_ length: Int, _ sum: BeginningSum) -> Key {
    sum.value ^ UInt64(length) &* 0x9E37_79B9_7F4A_7C15
  }

  /// The first bytes of all sources, one behind the other, at most ``exactLength`` of each.
  private var bytes: [UInt8] = []
  private var ends: [Int] = []
  /// The lengths of all of a source that are compared beyond, with their sums.
  private var sums: [Key] = []
  private var sumEnds: [Int] = []

  /// - Parameter count: about how many sources there are.
  init(count: Int = 0) {
    bytes.reserveCapacity(count * Self.exactLength)
    ends.reserveCapacity(count)
    sumEnds.reserveCapacity(count)
  }

  /// Adds the next source, which begins with `prefix`; empty if that cannot be had.
  mutating func add(_ prefix: [UInt8]) {
    bytes += prefix.prefix(Self.exactLength)
    ends.append(bytes.count)
    var sum = BeginningSum()
    for level in Self.levels where level <= prefix.count {
      sum.add(prefix, upTo: level)
      sums.append(Self.key(level, sum))
    }
    sumEnds.append(sums.count)
  }

  /// For each source, the last one before it that is alike.
  var predecessors: [Int?] {
    let shortLengths = Set(ends.indices.map { count(of: $0) }).filter { $0 > 0 }.sorted()
    /// The last source that is exactly this, and the last one that begins like this.
    var whole: [Key: Int32] = [:]
    var begun: [Key: Int32] = [:]
    return ends.indices.map { index in
      let keys = keys(of: index, shortLengths)
      guard let longest = keys.last else { return nil }
      var last = begun[longest]
      for key in keys.dropLast() {
        if let shorter = whole[key] { last = max(last ?? shorter, shorter) }
      }
      whole[longest] = Int32(index)
      for key in keys { begun[key] = Int32(index) }
      return last.map(Int.init)
    }
  }

  private func count(of index: Int) -> Int { ends[index] - start(of: index) }
  private func start(of index: Int) -> Int { index == 0 ? 0 : ends[index - 1] }

  /// The beginnings of a source that are compared, the shorter ones first.
  private func keys(of index: Int, _ shortLengths: [Int]) -> [Key] {
    let start = start(of: index)
    let prefix = Array(bytes[start..<ends[index]])
    var keys: [Key] = []
    var sum = BeginningSum()
    for length in shortLengths where length <= prefix.count {
      sum.add(prefix, upTo: length)
      keys.append(Self.key(length, sum))
    }
    return keys + sums[(index == 0 ? 0 : sumEnds[index - 1])..<sumEnds[index]]
  }
}
