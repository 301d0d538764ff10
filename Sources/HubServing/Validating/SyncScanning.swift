import ByteScanning

/// Reads the requests of a `/sync` message without making values of them, which would take most of the time
/// that a message takes.
///
/// It reads what clients send: items with the ten keys, each once and in any order, white space anywhere,
/// names of ASCII without escapes. Whatever else there is, right or wrong, it does not judge: then it returns
/// nil, and the message is read the long way, which says what is wrong with it.
struct SyncScanning: ~Copyable {
  /// The message without its requests, to be read the long way, and the requests.
  struct Result {
    var rest: [UInt8]
    var batch: TrafficBatch
  }

  /// What stands before a value in the items so far: where, in one of them, and whose value it is.
  private struct Lead {
    var range: Range<Int>
    var key: Key
  }

  private var index = 0
  private var batch = TrafficBatch()
  /// Of the last item that was read key by key. A client writes all its items alike.
  private var leads: [Lead] = []
  private var known: KnownItems

  private init(_ bytes: borrowing Span<UInt8>) {
    known = KnownItems(limit: bytes.count / Self.leastByteCount)
    batch.items.reserveCapacity(bytes.count / Self.usualByteCount)
  }

  /// How short an item can be, and how long most are at least.
  private static let leastByteCount = 160
  private static let usualByteCount = 220

  /// - Parameter bytes: UTF-8.
  static func result(of bytes: [UInt8]) -> Result? {
    var scanning = SyncScanning(bytes.span)
    guard let requests = scanning.requests(bytes.span), !scanning.batch.items.isEmpty else {
      return nil
    }
    var rest = Array(bytes[..<requests.lowerBound])
    rest += "[]".utf8
    rest += bytes[requests.upperBound...]
    scanning.batch.text = bytes
    return Result(rest: rest, batch: scanning.batch)
  }

  // MARK: The message

  /// Where the list of the requests is, all of which was read.
  private mutating func requests(_ bytes: borrowing Span<UInt8>) -> Range<Int>? {
    skipSpace(bytes)
    guard take(UInt8(ascii: "{"), bytes) else { return nil }
    repeat {
      skipSpace(bytes)
      guard let key = name(bytes) else { return nil }
      skipSpace(bytes)
      guard take(UInt8(ascii: ":"), bytes) else { return nil }
      skipSpace(bytes)
      if Self.isName(key, "requests", bytes) {
        let start = index
        return items(bytes) ? start..<index : nil
      }
      guard skipValue(bytes) else { return nil }
      skipSpace(bytes)
    } while take(UInt8(ascii: ","), bytes)
    return nil
  }

  /// Steps over a value: what it is worth is judged later.
  private mutating func skipValue(_ bytes: borrowing Span<UInt8>) -> Bool {
    var depth = 0
    while index < bytes.count {
      switch bytes[index] {
      case UInt8(ascii: "\""):
        guard skipString(bytes) else { return false }
        if depth == 0 { return true }
      case UInt8(ascii: "{"), UInt8(ascii: "["):
        depth += 1
        index += 1
      case UInt8(ascii: "}"), UInt8(ascii: "]"):
        if depth == 0 { return true }
        depth -= 1
        index += 1
        if depth == 0 { return true }
      case UInt8(ascii: ",") where depth == 0: return true
      default: index += 1
      }
    }
    return false
  }

  private mutating func skipString(_ bytes: borrowing Span<UInt8>) -> Bool {
    index += 1
    while index < bytes.count {
      let byte = bytes[index]
      index += byte == UInt8(ascii: "\\") ? 2 : 1
      if byte == UInt8(ascii: "\"") { return true }
    }
    return false
  }

  // MARK: Items

  private mutating func items(_ bytes: borrowing Span<UInt8>) -> Bool {
    guard take(UInt8(ascii: "["), bytes) else { return false }
    repeat {
      skipSpace(bytes)
      guard let item = item(bytes), known.add(item, to: batch.items, bytes) else { return false }
      batch.items.append(item)
      skipSpace(bytes)
    } while take(UInt8(ascii: ","), bytes)
    return take(UInt8(ascii: "]"), bytes)
  }

  /// The keys of an item, each with a bit.
  private enum Key: UInt16 {
    case consumer = 1
    case method = 2
    case path = 4
    case status = 8
    case count = 16
    case received = 32
    case sent = 64
    case times = 128
    case requestSizes = 256
    case responseSizes = 512

    static let all: UInt16 = 1_023
  }

  private mutating func item(_ bytes: borrowing Span<UInt8>) -> TrafficBatch.Item? {
    let start = (index: index, bins: batch.bins.count)
    if let item = itemAsBefore(bytes) { return item }
    index = start.index
    batch.bins.removeSubrange(start.bins...)
    return itemByKeys(bytes)
  }

  /// An item that is written like the last one: byte for byte but for its values. nil if it is not.
  private mutating func itemAsBefore(_ bytes: borrowing Span<UInt8>) -> TrafficBatch.Item? {
    guard !leads.isEmpty else { return nil }
    var item = TrafficBatch.Item()
    let start = batch.bins.count
    for place in leads.indices {
      let lead = leads[place]
      let end = index + lead.range.count
      guard end <= bytes.count, bytes.equals(index..<end, bytes, lead.range) else { return nil }
      index = end
      guard read(lead.key, into: &item, bytes) else { return nil }
    }
    skipSpace(bytes)
    guard take(UInt8(ascii: "}"), bytes) else { return nil }
    item.bins = start..<batch.bins.count
    return isConsistent(item) ? item : nil
  }

  private mutating func itemByKeys(_ bytes: borrowing Span<UInt8>) -> TrafficBatch.Item? {
    var lead = index
    guard take(UInt8(ascii: "{"), bytes) else { return nil }
    var item = TrafficBatch.Item()
    var seen: UInt16 = 0
    let start = batch.bins.count
    leads.removeAll(keepingCapacity: true)
    repeat {
      skipSpace(bytes)
      guard let name = name(bytes), let key = Self.key(name, bytes), seen & key.rawValue == 0
      else { return nil }
      seen |= key.rawValue
      skipSpace(bytes)
      guard take(UInt8(ascii: ":"), bytes) else { return nil }
      skipSpace(bytes)
      leads.append(Lead(range: lead..<index, key: key))
      guard read(key, into: &item, bytes) else { return nil }
      lead = index
      skipSpace(bytes)
    } while take(UInt8(ascii: ","), bytes)
    guard take(UInt8(ascii: "}"), bytes), seen == Key.all else { return nil }
    item.bins = start..<batch.bins.count
    return isConsistent(item) ? item : nil
  }

  private mutating func read(
    _ key: Key, into item: inout TrafficBatch.Item, _ bytes: borrowing Span<UInt8>
  ) -> Bool {
    switch key {
    case .consumer:
      if takeNull(bytes) { return true }
      guard let name = name(bytes), Self.isConsumer(name, bytes) else { return false }
      item.consumer = name
    case .method:
      guard let name = name(bytes), Self.isMethod(name, bytes) else { return false }
      item.method = name
    case .path:
      guard let name = name(bytes), !name.isEmpty, bytes[name.lowerBound] == UInt8(ascii: "/")
      else { return false }
      item.path = name
    case .status:
      guard let number = integer(bytes), (100...999).contains(number) else { return false }
      item.status = number
    case .count:
      guard let number = integer(bytes), number >= 1 else { return false }
      item.requestCount = number
    case .received:
      guard let number = integer(bytes) else { return false }
      item.requestSizeSum = number
    case .sent:
      guard let number = integer(bytes) else { return false }
      item.responseSizeSum = number
    case .times: return histogram(.responseTimes, binsAreMultiplesOf: 10, bytes)
    case .requestSizes: return histogram(.requestSizes, binsAreMultiplesOf: 1, bytes)
    case .responseSizes: return histogram(.responseSizes, binsAreMultiplesOf: 1, bytes)
    }
    return true
  }

  /// Keys by their lengths, which differ but for three pairs.
  private static func key(_ name: Range<Int>, _ bytes: borrowing Span<UInt8>) -> Key? {
    switch name.count {
    case 4 where isName(name, "path", bytes): .path
    case 6 where isName(name, "method", bytes): .method
    case 8 where isName(name, "consumer", bytes): .consumer
    case 11 where isName(name, "status_code", bytes): .status
    case 13 where isName(name, "request_count", bytes): .count
    case 13 where isName(name, "request_sizes", bytes): .requestSizes
    case 14 where isName(name, "response_times", bytes): .times
    case 14 where isName(name, "response_sizes", bytes): .responseSizes
    case 16 where isName(name, "request_size_sum", bytes): .received
    case 17 where isName(name, "response_size_sum", bytes): .sent
    default: nil
    }
  }

  private mutating func histogram(
    _ histogram: Histogram, binsAreMultiplesOf width: Int64, _ bytes: borrowing Span<UInt8>
  ) -> Bool {
    guard take(UInt8(ascii: "{"), bytes) else { return false }
    skipSpace(bytes)
    if take(UInt8(ascii: "}"), bytes) { return true }
    let start = batch.bins.count
    repeat {
      skipSpace(bytes)
      guard take(UInt8(ascii: "\""), bytes), let bin = integer(bytes),
        take(UInt8(ascii: "\""), bytes), bin % width == 0
      else { return false }
      skipSpace(bytes)
      guard take(UInt8(ascii: ":"), bytes) else { return false }
      skipSpace(bytes)
      guard let count = integer(bytes), count >= 1 else { return false }
      // Mostly they are in order; what comes twice is for the long way.
      for place in start..<batch.bins.count where batch.bins[place].bin == bin { return false }
      if batch.bins.count - start >= 64 { return false }
      batch.bins.append(TrafficBatch.Bin(histogram: histogram, bin: bin, count: count))
      skipSpace(bytes)
    } while take(UInt8(ascii: ","), bytes)
    return take(UInt8(ascii: "}"), bytes)
  }

  // MARK: Rules

  /// As ``RequestItem`` has them: no more in a histogram than requests, and sums of sizes that fit their
  /// histograms.
  private func isConsistent(_ item: TrafficBatch.Item) -> Bool {
    var counts: (times: Int64, received: Int64, sent: Int64) = (0, 0, 0)
    var least: (received: Int128, sent: Int128) = (0, 0)
    for place in item.bins {
      let bin = batch.bins[place]
      // Numbers are below 10^15 and bins at most 64: less than 2^127 in all.
      let bytes = Int128(bin.bin) &* 1_000 &* Int128(bin.count)
      switch bin.histogram {
      case .responseTimes: counts.times &+= bin.count
      case .requestSizes:
        counts.received &+= bin.count
        least.received &+= bytes
      default:
        counts.sent &+= bin.count
        least.sent &+= bytes
      }
    }
    let received = Int128(item.requestSizeSum)
    let sent = Int128(item.responseSizeSum)
    return max(counts.times, counts.received, counts.sent) <= item.requestCount
      && received >= least.received && received <= least.received &+ 999 &* Int128(counts.received)
      && sent >= least.sent && sent <= least.sent &+ 999 &* Int128(counts.sent)
  }

  /// 1 to 128 characters of ASCII that are not stripped: whose ends are no white space.
  private static func isConsumer(_ name: Range<Int>, _ bytes: borrowing Span<UInt8>) -> Bool {
    (1...128).contains(name.count) && bytes[name.lowerBound] > 0x20
      && bytes[name.upperBound - 1] > 0x20
  }

  private static func isMethod(_ name: Range<Int>, _ bytes: borrowing Span<UInt8>) -> Bool {
    for place in name {
      let byte = bytes[place]
      guard (0x41...0x5A).contains(byte) || byte == UInt8(ascii: "_") else { return false }
    }
    return !name.isEmpty && !isName(name, "OPTIONS", bytes)
  }

  // MARK: Bytes

  private static func isName(
    _ range: Range<Int>, _ name: StaticString, _ bytes: borrowing Span<UInt8>
  ) -> Bool {
    range.count == name.utf8CodeUnitCount
      && bytes.holds(name, at: range.lowerBound, before: range.upperBound)
  }

  /// The bytes between quotes: ASCII without escapes and control characters.
  @inline(__always)
  private mutating func name(_ bytes: borrowing Span<UInt8>) -> Range<Int>? {
    guard take(UInt8(ascii: "\""), bytes) else { return nil }
    let start = index
    var end = start
    while let vector = bytes.vectorIfWhole(at: end) {
      let odd =
        ~bits(of: lanes(of: vector, from: 0x20, through: 0x7E))
        | bits(of: lanes(of: vector, holding: UInt8(ascii: "\"")))
        | bits(of: lanes(of: vector, holding: UInt8(ascii: "\\")))
      let count = odd.trailingZeroBitCount
      // The bits above the sixteen are set.
      end &+= count
      if count < 16 { break }
    }
    index = end
    return endOfName(from: start, bytes)
  }

  /// The rest of a name, byte by byte.
  private mutating func endOfName(from start: Int, _ bytes: borrowing Span<UInt8>) -> Range<Int>? {
    while index < bytes.count {
      let byte = bytes[index]
      if byte == UInt8(ascii: "\"") {
        index += 1
        return start..<index - 1
      }
      guard (0x20..<0x7F).contains(byte), byte != UInt8(ascii: "\\") else { return nil }
      index += 1
    }
    return nil
  }

  /// A number that is not negative, of at most 15 digits (2^53 has 16) and without leading zeros.
  @inline(__always)
  private mutating func integer(_ bytes: borrowing Span<UInt8>) -> Int64? {
    let start = index
    var end = start
    var number: Int64 = 0
    while end < bytes.count {
      let digit = bytes[end] &- UInt8(ascii: "0")
      guard digit < 10 else { break }
      number = number &* 10 &+ Int64(digit)
      end &+= 1
      guard end &- start <= 15 else { return nil }
    }
    index = end
    guard end > start, end - start == 1 || bytes[start] != UInt8(ascii: "0"), end < bytes.count
    else { return nil }
    // A fraction or an exponent makes it another number.
    let next = bytes[end]
    return next == UInt8(ascii: ".") || next | 0x20 == UInt8(ascii: "e") ? nil : number
  }

  private mutating func takeNull(_ bytes: borrowing Span<UInt8>) -> Bool {
    guard index < bytes.count, bytes[index] == UInt8(ascii: "n"),
      bytes.holds("null", at: index, before: bytes.count)
    else { return false }
    index += 4
    return true
  }

  @inline(__always)
  private mutating func skipSpace(_ bytes: borrowing Span<UInt8>) {
    while index < bytes.count {
      let byte = bytes[index]
      guard byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 else { return }
      index += 1
    }
  }

  @inline(__always)
  private mutating func take(_ byte: UInt8, _ bytes: borrowing Span<UInt8>) -> Bool {
    guard index < bytes.count, bytes[index] == byte else { return false }
    index += 1
    return true
  }
}

/// What no two items of a message may have in common, of the items so far: a hash table with open addressing.
private struct KnownItems: ~Copyable {
  /// Half of a hash, and index + 1 of the item below it; 0 is free.
  private var slots: OwnedBuffer<UInt64>
  private let seed = UInt64.random(in: .min ... .max)

  /// - Parameter limit: of items; it is at most half full.
  init(limit: Int) {
    var count = 16
    while count < 2 * limit { count *= 2 }
    slots = OwnedBuffer(repeating: 0, count: count)
  }

  /// Whether `item`, the next of `items`, is a new one.
  mutating func add(
    _ item: TrafficBatch.Item, to items: [TrafficBatch.Item], _ bytes: borrowing Span<UInt8>
  ) -> Bool {
    var hash = seed ^ UInt64(bitPattern: item.status)
    hash = bytes.hash(of: item.consumer, seed: hash)
    hash = bytes.hash(of: item.method, seed: hash)
    hash = bytes.hash(of: item.path, seed: hash)
    let mask = slots.count - 1
    var place = Int(hash >> 32) & mask
    precondition(items.count <= mask / 2, "an item has its least count of bytes")
    while slots[place] != 0 {
      let other = items[Int(slots[place] & 0xFFFF_FFFF) - 1]
      if slots[place] >> 32 == hash >> 32, other.status == item.status,
        bytes.equals(other.consumer, bytes, item.consumer),
        bytes.equals(other.method, bytes, item.method), bytes.equals(other.path, bytes, item.path)
      {
        return false
      }
      place = (place + 1) & mask
    }
    slots[place] = hash & ~0xFFFF_FFFF | UInt64(items.count + 1)
    return true
  }
}
