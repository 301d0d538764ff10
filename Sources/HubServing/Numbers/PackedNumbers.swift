import Algorithms
import ByteScanning

/// Numbers packed into a few bytes (LEB128; those that may be negative zigzag), for BLOBs of the database.
struct PackedWriting: ~Copyable {
  private(set) var buffer = OwnedBuffer<UInt8>(capacity: 256)

  var bytes: [UInt8] { buffer.span.copied() }

  mutating func removeAll() { buffer.removeAll() }

  mutating func put(_ number: Int64) {
    var rest = UInt64(bitPattern: number)
    while rest >= 0x80 {
      buffer.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    buffer.append(UInt8(truncatingIfNeeded: rest))
  }

  /// As ``PackedCursor/bin(after:_:)`` reads it.
  mutating func put(_ bin: (key: Int64, count: Int64), after key: Int64) {
    put(signed: bin.key &- key)
    put(bin.count)
  }

  mutating func put(signed number: Int64) { put(number << 1 ^ number >> 63) }

  mutating func put(_ number: Double) {
    var bits = number.bitPattern
    for _ in 0..<8 {
      buffer.append(UInt8(truncatingIfNeeded: bits))
      bits >>= 8
    }
  }
}

extension Histogram {
  /// By their numbers in packed histograms.
  static let packed: [Histogram] = [
    .responseTimes, .requestSizes, .responseSizes, .durationBins, .requestSizeBins,
    .responseSizeBins,
  ]

  var number: Int64 {
    switch self {
    case .responseTimes: 0
    case .requestSizes: 1
    case .responseSizes: 2
    case .durationBins: 3
    case .requestSizeBins: 4
    case .responseSizeBins: 5
    }
  }
}

/// Histograms of several kinds in one BLOB: for each bin its kind and number, in order, and its count.
///
/// The key of a bin is its number, shifted by three bits for the kind, so that all are one sorted list, of
/// which differences are packed.
struct PackedHistograms {
  /// Sorted by key.
  private(set) var bins: [(key: Int64, count: Int64)] = []

  init() {}

  init(_ bytes: borrowing Span<UInt8>) {
    var cursor = PackedCursor()
    var key: Int64 = 0
    while !cursor.isAtEnd(of: bytes) {
      let bin = cursor.bin(after: key, bytes)
      bins.append(bin)
      key = bin.key
    }
  }

  static func key(of bin: TrafficBatch.Bin) -> Int64 { bin.bin << 3 | bin.histogram.number }

  static func bin(of key: Int64, count: Int64) -> TrafficBatch.Bin? {
    let number = Int(key & 7)
    guard number < Histogram.packed.count else { return nil }
    return TrafficBatch.Bin(histogram: Histogram.packed[number], bin: key >> 3, count: count)
  }

  /// With so many bins each one more is no longer put in its place, since those behind it have to move.
  private static let insertionLimit = 512

  /// Adds bins in any order. Counts stop at the largest number.
  mutating func add(_ others: some Collection<(key: Int64, count: Int64)>) {
    var place = others.startIndex
    while place < others.endIndex, bins.count < Self.insertionLimit {
      add(others[place])
      others.formIndex(after: &place)
    }
    if place < others.endIndex { merge(others[place...]) }
  }

  private mutating func add(_ bin: (key: Int64, count: Int64)) {
    let place = bins.partitioningIndex { $0.key >= bin.key }
    if place < bins.count, bins[place].key == bin.key {
      bins[place].count = cappedSum(bins[place].count, bin.count)
    } else {
      bins.insert(bin, at: place)
    }
  }

  private mutating func merge(_ others: some Sequence<(key: Int64, count: Int64)>) {
    let others = others.sorted { $0.key < $1.key }
    var merged: [(key: Int64, count: Int64)] = []
    merged.reserveCapacity(bins.count + others.count)
    func append(_ bin: (key: Int64, count: Int64)) {
      if let last = merged.last, last.key == bin.key {
        merged[merged.count - 1].count = cappedSum(last.count, bin.count)
      } else {
        merged.append(bin)
      }
    }
    var place = 0
    for bin in others {
      while place < bins.count, bins[place].key <= bin.key {
        append(bins[place])
        place += 1
      }
      append(bin)
    }
    while place < bins.count {
      append(bins[place])
      place += 1
    }
    bins = merged
  }

  var bytes: [UInt8] {
    var writing = PackedWriting()
    write(to: &writing)
    return writing.bytes
  }

  func write(to writing: inout PackedWriting) {
    var last: Int64 = 0
    for bin in bins {
      writing.put(bin, after: last)
      last = bin.key
    }
  }
}
