/// Numbers packed into a few bytes (LEB128; those that may be negative zigzag), for BLOBs of the database.
struct PackedWriting {
  private(set) var bytes: [UInt8] = []

  mutating func removeAll() { bytes.removeAll(keepingCapacity: true) }

  mutating func put(_ number: Int64) {
    var rest = UInt64(bitPattern: number)
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(truncatingIfNeeded: rest))
  }

  mutating func put(signed number: Int64) { put(number << 1 ^ number >> 63) }

  mutating func put(_ number: Double) {
    var bits = number.bitPattern
    for _ in 0..<8 {
      bytes.append(UInt8(truncatingIfNeeded: bits))
      bits >>= 8
    }
  }
}

extension Histogram {
  /// Its number in packed histograms.
  static let packed: [Histogram] = [
    .responseTimes, .requestSizes, .responseSizes, .durationBins, .requestSizeBins,
    .responseSizeBins,
  ]

  var number: Int64 { Int64(Self.packed.firstIndex(of: self) ?? 0) }
}

/// Histograms of several kinds in one BLOB: for each bin its kind and number, in order, and its count.
///
/// The key of a bin is its number, shifted by three bits for the kind, so that all are one sorted list, of
/// which differences are packed.
struct PackedHistograms {
  /// Sorted by key.
  private(set) var bins: [(key: Int64, count: Int64)] = []

  init() {}

  init(_ bytes: [UInt8]) {
    let bytes = bytes.span
    var cursor = PackedCursor()
    var key: Int64 = 0
    while !cursor.isAtEnd(of: bytes) {
      key &+= cursor.signed(bytes)
      bins.append((key, cursor.number(bytes)))
    }
  }

  static func key(of bin: TrafficBatch.Bin) -> Int64 { bin.bin << 3 | bin.histogram.number }

  static func bin(of key: Int64, count: Int64) -> TrafficBatch.Bin? {
    let number = Int(key & 7)
    guard number < Histogram.packed.count else { return nil }
    return TrafficBatch.Bin(histogram: Histogram.packed[number], bin: key >> 3, count: count)
  }

  /// Adds bins in any order. Counts stop at the largest number.
  mutating func add(_ others: [(key: Int64, count: Int64)]) {
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
    var last: Int64 = 0
    for bin in bins {
      writing.put(signed: bin.key &- last)
      writing.put(bin.count)
      last = bin.key
    }
    return writing.bytes
  }
}
