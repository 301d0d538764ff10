import HTTPTypes

/// Counts of response times by bin, for many rows at once: a bin has a place, and a row is a list of counts by
/// place.
///
/// A view adds up some million bins, for which a dictionary for each row would take too long.
struct BinSums {
  /// How many counts there are in all: 64 MB.
  static let limit = 8_388_608

  /// The keys of the bins (``PackedHistograms``) by their places.
  private(set) var keys: [Int64] = []
  private var places: [Int64: Int] = [:]
  /// The places of the bins of hub v2, which are of 10 milliseconds, of up to 40 seconds.
  private var near = [Int32](repeating: -1, count: 4_096)
  private var rows: [[Int64]]
  private var size = 0

  init(rowCount: Int) {
    rows = Array(repeating: [], count: rowCount)
  }

  mutating func addRow() { rows.append([]) }

  /// The place of a bin; nil if it is not of response times.
  mutating func place(of key: Int64) -> Int? {
    let near = key & 7 == 0 && key >= 0 ? Int(key >> 3) / 10 : .max
    if near < self.near.count, self.near[near] >= 0, keys[Int(self.near[near])] == key {
      return Int(self.near[near])
    }
    guard PackedHistograms.isTime(key) else { return nil }
    if let place = places[key] { return place }
    let place = keys.count
    keys.append(key)
    places[key] = place
    if near < self.near.count { self.near[near] = Int32(place) }
    return place
  }

  /// Throws ``Refusal`` if there would be more counts than there is room for.
  mutating func add(_ count: Int64, at place: Int, to row: Int) throws {
    if place >= rows[row].count {
      let needed = size + place + 1 - rows[row].count
      guard needed <= Self.limit else {
        throw Refusal(.contentTooLarge, "too many response times: ask for less at a time")
      }
      size = needed
      rows[row] += repeatElement(0, count: place + 1 - rows[row].count)
    }
    rows[row][place] = cappedSum(rows[row][place], count)
  }

  /// Adds all bins of response times of `item` to some rows.
  mutating func add(_ item: PackedItem, to first: Int, and second: Int) throws {
    for bin in item.bins {
      guard let place = place(of: bin.key) else { continue }
      try add(bin.count, at: place, to: first)
      try add(bin.count, at: place, to: second)
    }
  }

  mutating func add(_ bins: [(key: Int64, count: Int64)], to row: Int) throws {
    for bin in bins {
      guard let place = place(of: bin.key) else { continue }
      try add(bin.count, at: place, to: row)
    }
  }

  /// A row as one list: each bin's key, and its count.
  func write(_ row: Int, to json: inout JSONWriting) {
    let counts = rows[row]
    json.list(counts.indices.lazy.filter { counts[$0] != 0 }) { json, place in
      json.raw("\(keys[place]),\(counts[place])")
    }
  }
}

/// How a time is shown: in slots of equal length, and for small pictures in parts of several slots.
struct ViewSlots: Equatable, Sendable {
  /// More columns than this no chart shows, and answers get long.
  static let limit = 400
  /// Endpoints or consumers that are told apart: some 150 MB, as each has a small picture.
  static let rowLimit = 300_000
  /// As many as a view has by itself, at most.
  private static let usual: Int64 = 200
  /// Parts of a small picture.
  static let partLimit = 40

  /// In seconds.
  let width: Int64
  /// The first one's number, counted from 1970.
  let first: Int64
  let count: Int

  /// Slots of all of the query's time, in the steps that were asked for, or the finest that are not too many.
  init(_ query: ViewQuery) throws {
    let span = query.span
    let step =
      query.isStepChosen
      ? query.step
      : ViewQuery.Step.allCases.first {
        Self.count(span, $0.rawValue) <= Self.usual
      } ?? .week
    width = step.rawValue
    first = span.lowerBound / width
    let count = Self.count(span, width)
    guard count <= Self.limit else {
      throw ViewQuery.refused("step", "more than \(Self.limit) steps; ask for longer ones")
    }
    self.count = Int(count)
  }

  private static func count(_ span: Range<Int64>, _ width: Int64) -> Int64 {
    (span.upperBound - 1) / width - span.lowerBound / width + 1
  }

  /// Seconds since 1970, of whole slots.
  var span: Range<Int64> { first * width..<(first + Int64(count)) * width }

  /// The slot of a moment of the time.
  func slot(of moment: Int64) -> Int { Int(moment / width - first) }

  /// Slots in a part.
  var partSlots: Int { (count + Self.partLimit - 1) / Self.partLimit }
  var partCount: Int { (count + partSlots - 1) / partSlots }

  /// Throws ``Refusal`` if there are as many rows as there may be.
  static func checkRoom(_ rowCount: Int) throws {
    guard rowCount < rowLimit else {
      throw Refusal(.contentTooLarge, "too many endpoints or consumers: ask for less at a time")
    }
  }

  func write(to json: inout JSONWriting) {
    json.member("first", Int(first * width))
    json.member("slot_seconds", Int(width))
    json.member("slots", count)
    json.member("part_slots", partSlots)
  }
}
