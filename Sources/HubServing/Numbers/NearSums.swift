import ByteScanning

/// Sums by key, of one row of roll-ups at a time: each key near 0 has a place in memory, so that adding is one
/// access, and the keys that were added come in order without being sorted.
///
/// Those of hub v2's response times are near up to 20 seconds, those of OTLP and of sizes all, and those of
/// endpoints up to the 40,000th. A row with others is for ``PackedHistograms`` and ``PackedEndpoints``, which write the
/// same bytes.
struct NearSums: ~Copyable {
  static let keys: Range<Int64> = -98_304..<163_840

  private var sums = OwnedBuffer<Int64>(repeating: 0, count: keys.count)
  /// A bit for each key that was added.
  private var added = OwnedBuffer<UInt64>(repeating: 0, count: keys.count / 64)
  /// Where there are any in ``added``.
  private var words = Int.max..<Int.max

  /// Adds a count, unless the key is not near. Sums stop at the largest number.
  @inline(__always)
  mutating func add(_ count: Int64, at key: Int64) -> Bool {
    guard Self.keys.contains(key) else { return false }
    let place = Int(truncatingIfNeeded: key &- Self.keys.lowerBound)
    sums[place] = cappedSum(sums[place], count)
    let word = place &>> 6
    added[word] |= 1 &<< UInt64(place & 63)
    if !words.contains(word) {
      words =
        words.isEmpty
        ? word..<word + 1 : min(words.lowerBound, word)..<max(words.upperBound, word + 1)
    }
    return true
  }

  /// Calls `body` with each key that was added and its sum, in the order of the keys, and forgets them.
  mutating func drain(_ body: (_ key: Int64, _ sum: Int64) -> Void) {
    for word in words {
      var bits = added[word]
      while bits != 0 {
        let place = word &<< 6 | bits.trailingZeroBitCount
        body(Int64(place) &+ Self.keys.lowerBound, sums[place])
        sums[place] = 0
        bits &= bits &- 1
      }
      added[word] = 0
    }
    words = .max..<Int.max
  }

  mutating func removeAll() { drain { _, _ in } }
}

// MARK: Packed

extension NearSums {
  /// Adds packed histograms; false if a key is not near.
  mutating func add(histograms bytes: borrowing Span<UInt8>) -> Bool {
    var cursor = PackedCursor()
    var key: Int64 = 0
    while !cursor.isAtEnd(of: bytes) {
      let bin = cursor.bin(after: key, bytes)
      guard add(bin.count, at: bin.key) else { return false }
      key = bin.key
    }
    return true
  }

  /// Writes what was added as packed histograms, and forgets it.
  mutating func drain(histogramsTo writing: inout PackedWriting) {
    var last: Int64 = 0
    drain { key, count in
      writing.put((key, count), after: last)
      last = key
    }
  }

  /// Adds packed endpoints; false if one's number is not near.
  mutating func add(endpoints bytes: borrowing Span<UInt8>) -> Bool {
    var cursor = PackedCursor()
    var endpoint: Int64 = 0
    while !cursor.isAtEnd(of: bytes) {
      let counts = cursor.counts(after: endpoint, bytes)
      guard add(counts) else { return false }
      endpoint = counts.endpoint
    }
    return true
  }

  /// Three keys in a row are of one endpoint.
  mutating func add(_ counts: PackedEndpoints.Counts) -> Bool {
    guard (0..<Self.keys.upperBound / 4).contains(counts.endpoint) else { return false }
    let key = counts.endpoint &<< 2
    return add(counts.requests, at: key) && add(counts.clientErrors, at: key | 1)
      && add(counts.serverErrors, at: key | 2)
  }

  /// Writes what was added as packed endpoints, and forgets it.
  mutating func drain(endpointsTo writing: inout PackedWriting) {
    var last: Int64 = 0
    drain { key, count in
      if key & 3 == 0 {
        writing.put(signed: key &>> 2 &- last)
        last = key &>> 2
      }
      writing.put(count)
    }
  }
}
