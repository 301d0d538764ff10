/// Reads what ``PackedWriting`` has written where it stands, without a copy of it: views go through a million
/// of items. What is damaged reads as zeros, and ends.
struct PackedCursor {
  private(set) var index = 0

  func isAtEnd(of bytes: borrowing Span<UInt8>) -> Bool { index >= bytes.count }

  @inline(__always)
  mutating func number(_ bytes: borrowing Span<UInt8>) -> Int64 {
    // Most are of one byte.
    if index < bytes.count, bytes[index] < 0x80 {
      index &+= 1
      return Int64(bytes[index &- 1])
    }
    return longNumber(bytes)
  }

  private mutating func longNumber(_ bytes: borrowing Span<UInt8>) -> Int64 {
    var value: UInt64 = 0
    var shift: UInt64 = 0
    while index < bytes.count, shift < 64 {
      let byte = bytes[index]
      index += 1
      value |= UInt64(byte & 0x7F) << shift
      if byte < 0x80 { return Int64(bitPattern: value) }
      shift += 7
    }
    index = bytes.count
    return 0
  }

  mutating func signed(_ bytes: borrowing Span<UInt8>) -> Int64 {
    let value = UInt64(bitPattern: number(bytes))
    return Int64(bitPattern: value >> 1) ^ -Int64(bitPattern: value & 1)
  }

  /// A bin of a sorted list, whose key is written as what it is above `key`, that of the one before; 0 for the first.
  @inline(__always)
  mutating func bin(
    after key: Int64, _ bytes: borrowing Span<UInt8>
  ) -> (key: Int64, count: Int64) {
    let key = key &+ signed(bytes)
    return (key, number(bytes))
  }

  /// The same for endpoints and their counts.
  @inline(__always)
  mutating func counts(
    after endpoint: Int64, _ bytes: borrowing Span<UInt8>
  ) -> PackedEndpoints.Counts {
    PackedEndpoints.Counts(
      endpoint: endpoint &+ signed(bytes), requests: number(bytes), clientErrors: number(bytes),
      serverErrors: number(bytes))
  }

  mutating func real(_ bytes: borrowing Span<UInt8>) -> Double {
    guard index + 8 <= bytes.count else {
      index = bytes.count
      return 0
    }
    var bits: UInt64 = 0
    for place in 0..<8 { bits |= UInt64(bytes[index + place]) << UInt64(8 * place) }
    index += 8
    return Double(bitPattern: bits)
  }
}

extension PackedItem {
  /// Makes this the item at `cursor`. The room of the last one's bins is used again.
  @inline(__always)
  mutating func read(
    _ cursor: inout PackedCursor, _ bytes: borrowing Span<UInt8>, wantsBins: Bool
  ) {
    endpoint = cursor.number(bytes)
    person = cursor.number(bytes)
    status = cursor.number(bytes)
    requestCount = cursor.number(bytes)
    requestSizeSum = cursor.number(bytes)
    responseSizeSum = cursor.number(bytes)
    let count = cursor.number(bytes)
    durationSum = count & 1 == 1 ? cursor.real(bytes) : 0
    readBins(&cursor, bytes, limit: count >> 1, wantsBins: wantsBins)
  }

  /// Makes its bins at most `limit` of those at `cursor`.
  @inline(__always)
  mutating func readBins(
    _ cursor: inout PackedCursor, _ bytes: borrowing Span<UInt8>, limit: Int64, wantsBins: Bool
  ) {
    bins.removeAll(keepingCapacity: true)
    var key: Int64 = 0
    var left = limit
    while left > 0, !cursor.isAtEnd(of: bytes) {
      let bin = cursor.bin(after: key, bytes)
      if wantsBins { bins.append(bin) }
      key = bin.key
      left -= 1
    }
  }
}
