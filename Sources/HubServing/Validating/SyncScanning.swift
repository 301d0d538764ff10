import ByteScanning

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Reads the requests of a `/sync` message without making values of them, which would take most of the time
/// that a message takes.
///
/// It reads what clients send: items with the ten keys, each once and in any order, white space anywhere,
/// names of ASCII without escapes. Whatever else there is, right or wrong, it does not judge: then it returns
/// nil, and the message is read the long way, which says what is wrong with it.
struct SyncScanning {
  /// The message without its requests, to be read the long way, and the requests.
  struct Result {
    var rest: [UInt8]
    var batch: TrafficBatch
  }

  private let bytes: [UInt8]
  private var index = 0
  private var batch = TrafficBatch()
  /// What no two items have in common, by its hash: index + 1 of the last item with it, and for each item
  /// that of the one before.
  private var lastItems: [UInt64: Int] = [:]
  private var earlierItems: [Int] = []
  private let seed = UInt64.random(in: .min ... .max)

  private init(_ bytes: [UInt8]) { self.bytes = bytes }

  /// - Parameter bytes: UTF-8.
  static func result(of bytes: [UInt8]) -> Result? {
    var scanning = SyncScanning(bytes)
    guard let requests = scanning.requests(), !scanning.batch.items.isEmpty else { return nil }
    var rest = Array(bytes[..<requests.lowerBound])
    rest += "[]".utf8
    rest += bytes[requests.upperBound...]
    scanning.batch.text = bytes
    return Result(rest: rest, batch: scanning.batch)
  }

  // MARK: The message

  /// Where the list of the requests is, all of which was read.
  private mutating func requests() -> Range<Int>? {
    skipSpace()
    guard take(UInt8(ascii: "{")) else { return nil }
    repeat {
      skipSpace()
      guard let key = name() else { return nil }
      skipSpace()
      guard take(UInt8(ascii: ":")) else { return nil }
      skipSpace()
      if isName(key, "requests") {
        let start = index
        return items() ? start..<index : nil
      }
      guard skipValue() else { return nil }
      skipSpace()
    } while take(UInt8(ascii: ","))
    return nil
  }

  /// Steps over a value: what it is worth is judged later.
  private mutating func skipValue() -> Bool {
    var depth = 0
    while let byte = peek() {
      switch byte {
      case UInt8(ascii: "\""):
        guard skipString() else { return false }
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

  private mutating func skipString() -> Bool {
    index += 1
    while let byte = peek() {
      index += byte == UInt8(ascii: "\\") ? 2 : 1
      if byte == UInt8(ascii: "\"") { return true }
    }
    return false
  }

  // MARK: Items

  private mutating func items() -> Bool {
    guard take(UInt8(ascii: "[")) else { return false }
    repeat {
      skipSpace()
      guard let item = item(), isNew(item) else { return false }
      batch.items.append(item)
      skipSpace()
    } while take(UInt8(ascii: ","))
    return take(UInt8(ascii: "]"))
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

  private mutating func item() -> TrafficBatch.Item? {
    guard take(UInt8(ascii: "{")) else { return nil }
    var item = TrafficBatch.Item()
    var seen: UInt16 = 0
    let start = batch.bins.count
    repeat {
      skipSpace()
      guard let name = name(), let key = key(name), seen & key.rawValue == 0 else { return nil }
      seen |= key.rawValue
      skipSpace()
      guard take(UInt8(ascii: ":")) else { return nil }
      skipSpace()
      guard read(key, into: &item) else { return nil }
      skipSpace()
    } while take(UInt8(ascii: ","))
    guard take(UInt8(ascii: "}")), seen == Key.all else { return nil }
    item.bins = start..<batch.bins.count
    return isConsistent(item) ? item : nil
  }

  private mutating func read(_ key: Key, into item: inout TrafficBatch.Item) -> Bool {
    switch key {
    case .consumer:
      if takeNull() { return true }
      guard let name = name(), isConsumer(name) else { return false }
      item.consumer = name
    case .method:
      guard let name = name(), isMethod(name) else { return false }
      item.method = name
    case .path:
      guard let name = name(), !name.isEmpty, bytes[name.lowerBound] == UInt8(ascii: "/") else {
        return false
      }
      item.path = name
    case .status:
      guard let number = integer(), (100...999).contains(number) else { return false }
      item.status = number
    case .count:
      guard let number = integer(), number >= 1 else { return false }
      item.requestCount = number
    case .received:
      guard let number = integer() else { return false }
      item.requestSizeSum = number
    case .sent:
      guard let number = integer() else { return false }
      item.responseSizeSum = number
    case .times: return histogram(.responseTimes, binsAreMultiplesOf: 10)
    case .requestSizes: return histogram(.requestSizes, binsAreMultiplesOf: 1)
    case .responseSizes: return histogram(.responseSizes, binsAreMultiplesOf: 1)
    }
    return true
  }

  /// Keys by their lengths, which differ but for three pairs.
  private func key(_ name: Range<Int>) -> Key? {
    switch name.count {
    case 4 where isName(name, "path"): .path
    case 6 where isName(name, "method"): .method
    case 8 where isName(name, "consumer"): .consumer
    case 11 where isName(name, "status_code"): .status
    case 13 where isName(name, "request_count"): .count
    case 13 where isName(name, "request_sizes"): .requestSizes
    case 14 where isName(name, "response_times"): .times
    case 14 where isName(name, "response_sizes"): .responseSizes
    case 16 where isName(name, "request_size_sum"): .received
    case 17 where isName(name, "response_size_sum"): .sent
    default: nil
    }
  }

  private mutating func histogram(
    _ histogram: Histogram, binsAreMultiplesOf width: Int64
  ) -> Bool {
    guard take(UInt8(ascii: "{")) else { return false }
    skipSpace()
    if take(UInt8(ascii: "}")) { return true }
    let start = batch.bins.count
    repeat {
      skipSpace()
      guard take(UInt8(ascii: "\"")), let bin = integer(), take(UInt8(ascii: "\"")),
        bin % width == 0
      else { return false }
      skipSpace()
      guard take(UInt8(ascii: ":")) else { return false }
      skipSpace()
      guard let count = integer(), count >= 1 else { return false }
      // Mostly they are in order; what comes twice is for the long way.
      for place in start..<batch.bins.count where batch.bins[place].bin == bin { return false }
      if batch.bins.count - start >= 64 { return false }
      batch.bins.append(TrafficBatch.Bin(histogram: histogram, bin: bin, count: count))
      skipSpace()
    } while take(UInt8(ascii: ","))
    return take(UInt8(ascii: "}"))
  }

  // MARK: Rules

  /// As ``RequestItem`` has them: no more in a histogram than requests, and sums of sizes that fit their
  /// histograms.
  private func isConsistent(_ item: TrafficBatch.Item) -> Bool {
    var counts: (times: Int64, received: Int64, sent: Int64) = (0, 0, 0)
    var least: (received: Int128, sent: Int128) = (0, 0)
    for bin in batch.bins[item.bins] {
      let bytes = Int128(bin.bin) * 1_000 * Int128(bin.count)
      switch bin.histogram {
      case .responseTimes: counts.times = cappedSum(counts.times, bin.count)
      case .requestSizes:
        counts.received = cappedSum(counts.received, bin.count)
        least.received += bytes
      default:
        counts.sent = cappedSum(counts.sent, bin.count)
        least.sent += bytes
      }
    }
    let received = Int128(item.requestSizeSum)
    let sent = Int128(item.responseSizeSum)
    return max(counts.times, counts.received, counts.sent) <= item.requestCount
      && received >= least.received && received <= least.received + 999 * Int128(counts.received)
      && sent >= least.sent && sent <= least.sent + 999 * Int128(counts.sent)
  }

  /// 1 to 128 characters of ASCII that are not stripped: whose ends are no white space.
  private func isConsumer(_ name: Range<Int>) -> Bool {
    (1...128).contains(name.count) && bytes[name.lowerBound] > 0x20
      && bytes[name.upperBound - 1] > 0x20
  }

  private func isMethod(_ name: Range<Int>) -> Bool {
    !name.isEmpty && !isName(name, "OPTIONS")
      && bytes[name].allSatisfy { (0x41...0x5A).contains($0) || $0 == UInt8(ascii: "_") }
  }

  private mutating func isNew(_ item: TrafficBatch.Item) -> Bool {
    var hash = seed ^ UInt64(bitPattern: item.status)
    hash = bytes.span.hash(of: item.consumer, seed: hash)
    hash = bytes.span.hash(of: item.method, seed: hash)
    hash = bytes.span.hash(of: item.path, seed: hash)
    var place = lastItems[hash] ?? 0
    // Hashes can be chosen, so that there would be many: then it is the long way.
    var steps = 0
    let first = place
    while place > 0 {
      let other = batch.items[place - 1]
      if other.status == item.status && isSame(other.consumer, item.consumer)
        && isSame(other.method, item.method) && isSame(other.path, item.path) || steps > 8
      {
        return false
      }
      place = earlierItems[place - 1]
      steps += 1
    }
    earlierItems.append(first)
    lastItems[hash] = batch.items.count + 1
    return true
  }

  private func isSame(_ left: Range<Int>, _ right: Range<Int>) -> Bool {
    left.count == right.count && bytes[left].elementsEqual(bytes[right])
  }

  // MARK: Bytes

  private func isName(_ range: Range<Int>, _ name: StaticString) -> Bool {
    guard range.count == name.utf8CodeUnitCount else { return false }
    // SAFETY: both have so many bytes: the range is within `bytes`, and the text is as long.
    return unsafe bytes.withUnsafeBufferPointer { bytes in
      unsafe memcmp(
        bytes.baseAddress.unsafelyUnwrapped + range.lowerBound, name.utf8Start, range.count) == 0
    }
  }

  /// The bytes between quotes: ASCII without escapes and control characters.
  private mutating func name() -> Range<Int>? {
    guard take(UInt8(ascii: "\"")) else { return nil }
    let start = index
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
  private mutating func integer() -> Int64? {
    let start = index
    var number: Int64 = 0
    while index < bytes.count, (0x30...0x39).contains(bytes[index]) {
      guard index - start < 15 else { return nil }
      number = number * 10 + Int64(bytes[index] & 15)
      index += 1
    }
    guard index > start, index - start == 1 || bytes[start] != UInt8(ascii: "0"),
      index < bytes.count
    else { return nil }
    // A fraction or an exponent makes it another number.
    let next = bytes[index]
    return next == UInt8(ascii: ".") || next | 0x20 == UInt8(ascii: "e") ? nil : number
  }

  private mutating func takeNull() -> Bool {
    guard index + 4 <= bytes.count, isName(index..<index + 4, "null") else { return false }
    index += 4
    return true
  }

  private mutating func skipSpace() {
    while index < bytes.count {
      let byte = bytes[index]
      guard byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 else { return }
      index += 1
    }
  }

  private func peek() -> UInt8? { index < bytes.count ? bytes[index] : nil }

  private mutating func take(_ byte: UInt8) -> Bool {
    guard index < bytes.count, bytes[index] == byte else { return false }
    index += 1
    return true
  }
}
