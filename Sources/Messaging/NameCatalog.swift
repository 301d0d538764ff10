internal import Algorithms
internal import Attribution
internal import ByteScanning

/// The names of one table as messages need them: written with what surrounds them in an item (of JSON, or
/// an attribute of OTLP), and ranked by their bytes so that items can be sorted by number. It follows its
/// table, which only grows.
struct NameCatalog: ~Copyable {
  // Not private: the compiler stumbles over private types in generic buffers (debug builds, 6.3.1).
  struct Entry: BitwiseCopyable {
    var nameStart: Int
    var nameEnd: Int
    /// The name's first bytes as a number, which mostly decides its place.
    var beginning: UInt128
  }

  /// Where a name's literal stands in `literals`.
  struct Literal: BitwiseCopyable {
    var start: UInt32
    var count: UInt32
  }

  /// How names are written.
  private enum Spelling {
    /// As JSON strings, between these.
    case json(prefix: StaticString, suffix: StaticString)
    /// As the first field of a data point: an attribute with this key.
    case attribute(StaticString)
  }

  private let table: NameTable
  private let spelling: Spelling
  /// For each name, by number - 1.
  private var entries = OwnedBuffer<Entry>(capacity: 64)
  // What is asked for every item stands apart from the rest, and closely packed.
  private var literalPlaces = OwnedBuffer<Literal>(capacity: 64)
  /// The place of each name among those that were ranked last when sorted, from 1; the first is that of no
  /// name.
  private var ranks = OwnedBuffer<UInt32>(repeating: 0, count: 1)
  private var names = OwnedBuffer<UInt8>(capacity: 1024)
  private var literals = OwnedBuffer<UInt8>(capacity: 1024)
  /// Indexes of the entries in the order of their names, as far as these were asked for.
  private var order: [Int] = []
  /// Whether the ranks are those of all names in `order`.
  private var ranksAll = true

  /// - Parameters:
  ///   - prefix: what stands before the name in an item.
  ///   - suffix: what stands behind it.
  init(_ table: NameTable, prefix: StaticString = "", suffix: StaticString) {
    self.table = table
    spelling = .json(prefix: prefix, suffix: suffix)
  }

  /// - Parameter key: of the attributes that the names are values of.
  init(_ table: NameTable, attribute key: StaticString) {
    self.table = table
    spelling = .attribute(key)
  }

  /// The highest rank that a name has.
  private(set) var lastRank = 0

  /// Takes over the names that the table has got since the last time, and ranks all.
  mutating func refresh() {
    takeNew()
    if order.count == entries.count, ranksAll { return }
    if order.count < entries.count { order = merged(order, sorted(order.count..<entries.count)) }
    for (rank, index) in order.enumerated() { ranks[index + 1] = UInt32(rank + 1) }
    (ranksAll, lastRank) = (true, order.count)
  }

  /// Takes over the names that the table has got since the last time, and ranks at least those with numbers
  /// in `asked`: only these, if they are few among many.
  mutating func refresh(for asked: borrowing OwnedBuffer<NameTable.ID>) {
    takeNew()
    let isKnown = order.count == entries.count && ranksAll
    if isKnown || entries.count <= Self.fewNames || asked.count * 8 > entries.count {
      return refresh()
    }
    for place in 0..<asked.count { ranks[Int(asked[place])] = 0 }
    var found: [Int] = []
    for place in 0..<asked.count where asked[place] > 0 && ranks[Int(asked[place])] == 0 {
      ranks[Int(asked[place])] = 1
      found.append(Int(asked[place]) - 1)
    }
    for (rank, index) in sorted(found).enumerated() { ranks[index + 1] = UInt32(rank + 1) }
    (ranksAll, lastRank) = (false, found.count)
  }

  /// So many names are always ranked together.
  private static let fewNames = 128

  private mutating func takeNew() {
    for name in table.names(from: NameTable.ID(entries.count + 1)) { add(name) }
  }

  /// The indexes of entries in the order of their names.
  private func sorted(_ indexes: some Sequence<Int>) -> [Int] {
    indexes.map { (beginning: entries[$0].beginning, index: $0) }
      .sorted { left, right in
        left.beginning == right.beginning
          ? precedes(left.index, right.index) : left.beginning < right.beginning
      }
      .map(\.index)
  }

  private mutating func add(_ name: [UInt8]) {
    let nameStart = names.count
    names.append(name.span)
    let literalStart = literals.count
    switch spelling {
    case .json(let prefix, let suffix):
      literals.append(literal: prefix)
      appendJSONString(name.span, to: &literals)
      literals.append(literal: suffix)
    case .attribute(let key):
      literals.append(field: 1, attribute: key) {
        $0.append(field: AnyValueField.text, bytes: name.span)
      }
    }
    entries.append(
      Entry(
        nameStart: nameStart, nameEnd: names.count,
        beginning: names.span.beginning(of: nameStart..<names.count)))
    // 4 million names of 128 characters, escaped, stay below 4 GiB.
    literalPlaces.append(
      Literal(start: UInt32(literalStart), count: UInt32(literals.count - literalStart)))
    ranks.append(0)
    longestLiteral = max(longestLiteral, literals.count - literalStart)
  }

  /// Two sorted lists as one. The second is mostly the shorter by far, so the places of its
  /// members are searched for.
  private func merged(_ left: [Int], _ right: [Int]) -> [Int] {
    var merged: [Int] = []
    merged.reserveCapacity(left.count + right.count)
    var start = 0
    for index in right {
      let place = left[start...].partitioningIndex { !precedes($0, index) }
      merged += left[start..<place]
      merged.append(index)
      start = place
    }
    return merged + left[start...]
  }

  private func precedes(_ left: Int, _ right: Int) -> Bool {
    let left = entries[left]
    let right = entries[right]
    if left.beginning != right.beginning { return left.beginning < right.beginning }
    return names.span.precedes(left.nameStart..<left.nameEnd, right.nameStart..<right.nameEnd)
  }

  /// The place of a name among those that were ranked when sorted, from 1; 0 for none, which so comes first.
  @inline(__always)
  func rank(of id: NameTable.ID) -> UInt32 { ranks[Int(id)] }

  /// The most bytes that a name's literal has.
  private(set) var longestLiteral = 0

  /// How many bytes a name's literal has.
  @inline(__always)
  func literalSize(of id: NameTable.ID) -> Int { Int(literalPlaces[Int(id) &- 1].count) }

  /// Writes the name's literal.
  @inline(__always)
  func putLiteral(of id: NameTable.ID, by writer: inout ByteWriter) {
    let place = literalPlaces[Int(id) &- 1]
    let start = Int(place.start)
    writer.put(literals.span, in: start..<start &+ Int(place.count))
  }
}

extension Span where Element == UInt8 {
  /// The first 16 of the bytes in `range` as a number, the first of them highest; zeros follow a shorter one.
  fileprivate func beginning(of range: Range<Int>) -> UInt128 {
    let count = range.count
    let first = word(at: range.lowerBound, count: Swift.min(count, 8)).byteSwapped
    let second = word(
      at: range.lowerBound + 8, count: Swift.max(0, Swift.min(count - 8, 8))
    ).byteSwapped
    return UInt128(first) << 64 | UInt128(second)
  }

  /// Whether the bytes in `left` come before those in `right`, byte by byte.
  fileprivate func precedes(_ left: Range<Int>, _ right: Range<Int>) -> Bool {
    let shared = Swift.min(left.count, right.count)
    var offset = 0
    while offset < shared {
      let length = Swift.min(8, shared - offset)
      let leftWord = word(at: left.lowerBound + offset, count: length).byteSwapped
      let rightWord = word(at: right.lowerBound + offset, count: length).byteSwapped
      if leftWord != rightWord { return leftWord < rightWord }
      offset += 8
    }
    return left.count < right.count
  }
}
