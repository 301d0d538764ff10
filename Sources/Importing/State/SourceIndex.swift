internal import Addressing
internal import Algorithms
internal import Crypto
internal import Outbox

/// The known sources of an application, found by their file and by how they begin: a hundred thousand
/// of them cost no more for each new one than a few, and some 300 bytes each.
struct SourceIndex {
  private typealias Entry = KnownSource

  private var entries = PiecewiseArray<Entry>()
  private var owners: [SourceOwner] = []
  /// A handful, unless formats change all the time.
  private var formats: [String] = []
  private var formatPlaces: [String: Int32] = [:]
  private var paths = TextPool()
  /// What an entry has no room for, by the source's number.
  private var unusual: [Int64: LedgerSource] = [:]
  /// Where a source is in ``entries``, by its number.
  private var places: [Int64: Int32] = [:]
  /// The first of a chain of entries, by the hash of what they have in common.
  private var byStamp: [Int: Int32] = [:]
  private var byBeginning: [UInt64: Int32] = [:]
  /// Sources of which a version before this one has not recorded how they begin: they are found by
  /// their fingerprints.
  private var byFingerprint: [Digest: [Int64]] = [:]
  /// How many sources of each kind there are, by the length of what their fingerprints are of.
  private var lengths = LengthCounts()
  private var unsortedLengths = LengthCounts()

  init(_ sources: some Sequence<LedgerSource> = []) {
    for source in sources { add(source) }
  }

  /// Adds a source that was recorded before; one without a number gets one far below those that a run
  /// gives.
  mutating func add(_ source: LedgerSource) {
    var source = source
    if source.id == nil { source.id = .min + Int64(entries.count) }
    insert(source)
  }

  /// The sources that `outbox` has recorded for `app`.
  init(recordedIn outbox: OutboxDatabase, of app: App) throws(OutboxError) {
    try outbox.forEachSource(of: app) { add($0) }
  }

  var isEmpty: Bool { entries.count == 0 }
  var all: some Sequence<LedgerSource> {
    (0..<entries.count).lazy.map { source(entries[$0]) }
  }

  func source(_ number: Int64) -> LedgerSource? {
    places[number].map { source(entries[Int($0)]) }
  }

  /// The source that `stamp` is of: the one that has come furthest, if there are several.
  func source(at stamp: LedgerSource.FileStamp) -> LedgerSource? {
    place(at: stamp).map { source(entries[$0]) }
  }

  /// Whether `stamp` is of a source that is recorded at `path` and counted for all time, so that nothing
  /// remains to be done. For a hundred thousand of them it matters that nothing is made to find that out.
  func isDone(_ stamp: LedgerSource.FileStamp, at path: String) -> Bool {
    guard let place = place(at: stamp), unusual[entries[place].number] == nil else { return false }
    return paths.has(path, at: entries[place].path)
  }

  private func place(at stamp: LedgerSource.FileStamp) -> Int? {
    var best: Int?
    var place = byStamp[stamp.hashValue] ?? -1
    while place >= 0 {
      let entry = entries[Int(place)]
      if entry.stamp == stamp,
        best.map({ entries[$0].isBehind(entry) }) ?? true
      {
        best = Int(place)
      }
      place = entry.nextByStamp
    }
    return best
  }

  /// The sources that begin as `prefix` does, those of which most is known first.
  func sources(beginningLike prefix: [UInt8]) -> [LedgerSource] {
    var found: [Int] = []
    var sum = BeginningSum()
    for length in lengths.upTo(prefix.count) {
      sum.add(prefix, upTo: length)
      var place = byBeginning[sum.value] ?? -1
      var digest: Digest?
      while place >= 0 {
        let entry = entries[Int(place)]
        place = entry.nextByBeginning
        guard entry.sum == sum.value, Int(entry.length) == length else { continue }
        let known = digest ?? Digest(of: prefix[..<length])
        digest = known
        if entry.fingerprint == known { found.append(Int(entry.place)) }
      }
    }
    for length in unsortedLengths.upTo(prefix.count) {
      let numbers = byFingerprint[Digest(of: prefix[..<length])] ?? []
      found += numbers.compactMap { places[$0].map(Int.init) }
        .filter { entries[$0].length == length }
    }
    return found.sorted { entries[$1].isBehind(entries[$0]) }.map { source(entries[$0]) }
  }

  /// Puts `source`, which has a number, in the place of what was known of it.
  mutating func insert(_ source: LedgerSource) {
    guard let number = source.id else { preconditionFailure("a source without a number") }
    let place: Int
    if let known = places[number] {
      place = Int(known)
      unlink(place)
    } else {
      place = entries.count
      entries.append(
        Entry(source, number: number, place: place, owner: 0, path: 0..<0, format: -1))
      places[number] = Int32(place)
    }
    let (owner, path) = (owner(of: source), paths.add(source.lastPath))
    entries[place] = Entry(
      source, number: number, place: place, owner: owner, path: path,
      format: source.format.map { self.place(of: $0) } ?? -1)
    if !KnownSource.canHold(source) { unusual[number] = source }
    link(place)
  }

  // MARK: Chains

  private mutating func link(_ place: Int) {
    if let stamp = entries[place].stamp {
      entries[place].nextByStamp = byStamp.updateValue(Int32(place), forKey: stamp.hashValue) ?? -1
    }
    let length = Int(entries[place].length)
    guard length > 0 else { return }
    if let sum = entries[place].sum {
      lengths.add(length)
      entries[place].nextByBeginning = byBeginning.updateValue(Int32(place), forKey: sum) ?? -1
    } else {
      unsortedLengths.add(length)
      byFingerprint[entries[place].fingerprint, default: []].append(entries[place].number)
    }
  }

  private mutating func unlink(_ place: Int) {
    let entry = entries[place]
    unusual[entry.number] = nil
    if let stamp = entry.stamp {
      Self.unlink(place, from: &byStamp[stamp.hashValue], of: &entries, \.nextByStamp)
    }
    guard entry.length > 0 else { return }
    if let sum = entry.sum {
      lengths.remove(Int(entry.length))
      Self.unlink(place, from: &byBeginning[sum], of: &entries, \.nextByBeginning)
    } else {
      unsortedLengths.remove(Int(entry.length))
      byFingerprint[entry.fingerprint]?.removeAll { $0 == entry.number }
    }
  }

  private static func unlink(
    _ place: Int, from first: inout Int32?, of entries: inout PiecewiseArray<Entry>,
    _ next: WritableKeyPath<Entry, Int32>
  ) {
    let successor = entries[place][keyPath: next]
    if first == Int32(place) {
      first = successor < 0 ? nil : successor
      return
    }
    var before = first ?? -1
    while before >= 0 {
      let following = entries[Int(before)][keyPath: next]
      if following == Int32(place) {
        entries[Int(before)][keyPath: next] = successor
        return
      }
      before = following
    }
  }

  private func source(_ entry: Entry) -> LedgerSource {
    unusual[entry.number]
      ?? entry.source(
        of: owners[Int(entry.owner)], path: paths[entry.path],
        format: entry.format < 0 ? nil : formats[Int(entry.format)])
  }

  private mutating func place(of format: String) -> Int32 {
    if let place = formatPlaces[format] { return place }
    formats.append(format)
    formatPlaces[format] = Int32(formats.count - 1)
    return Int32(formats.count - 1)
  }

  private mutating func owner(of source: LedgerSource) -> Int32 {
    let owner = SourceOwner(app: source.app, target: source.target)
    if let known = owners.firstIndex(of: owner) { return Int32(known) }
    owners.append(owner)
    return Int32(owners.count - 1)
  }
}

/// How many sources have each length, in order of the lengths.
private struct LengthCounts {
  private var counts: [Int: Int] = [:]
  private var sorted: [Int] = []

  /// The lengths up to `limit` that there are, the shorter ones first.
  func upTo(_ limit: Int) -> ArraySlice<Int> { sorted[..<place(of: limit + 1)] }

  mutating func add(_ length: Int) {
    counts[length, default: 0] += 1
    if counts[length] == 1 { sorted.insert(length, at: place(of: length)) }
  }

  mutating func remove(_ length: Int) {
    counts[length, default: 1] -= 1
    guard counts[length] == 0 else { return }
    counts[length] = nil
    sorted.remove(at: place(of: length))
  }

  /// Where the first length is that is at least this.
  private func place(of length: Int) -> Int {
    sorted.partitioningIndex { $0 >= length }
  }
}
