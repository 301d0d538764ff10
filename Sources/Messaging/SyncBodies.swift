internal import Attribution
internal import ByteScanning
internal import Tallying

/// The bodies of the `/sync` messages that a table makes, one after another.
///
/// Apart from ``SyncEncoder``, because a generic type's code runs unspecialized in other modules, and
/// this is half of what a line costs.
struct SyncBodies: ~Copyable {
  private let instanceUUID: String
  private let width: BucketWidth
  private var consumers: NameCatalog
  private var methods: NameCatalog
  private var routes: NameCatalog
  private var order = ItemOrder()
  /// How many entries of `order` went into bodies.
  private var position = 0
  private var json = OwnedBuffer<UInt8>(capacity: 64 * 1024)
  private var bins: [UInt64] = []

  init(instanceUUID: String, width: BucketWidth, names: RunNames) {
    self.instanceUUID = instanceUUID
    self.width = width
    consumers = NameCatalog(names.consumers, prefix: "{\"consumer\":", suffix: ",\"method\":")
    methods = NameCatalog(names.methods, suffix: ",\"path\":")
    routes = NameCatalog(names.routes, suffix: ",\"status_code\":")
  }

  // MARK: Order

  /// Begins with the tallies of `table` in buckets before `end`.
  mutating func begin(_ table: borrowing TallyTable, before end: Int64) {
    consumers.refresh()
    routes.refresh()
    methods.refresh()
    position = 0
    order.removeAll()
    var firstBucket = Int64.max
    var lastBucket = Int64.min
    for index in 0..<table.count {
      let key = table[index].key
      guard key.bucket < end else { continue }
      firstBucket = min(firstBucket, key.bucket)
      lastBucket = max(lastBucket, key.bucket)
      order.append(index, at: 0)
    }
    guard order.count > 0 else { return }
    sort(table, from: firstBucket, through: lastBucket)
  }

  /// Sorts by bucket, consumer, method, route and status.
  private mutating func sort(
    _ table: borrowing TallyTable, from firstBucket: Int64, through lastBucket: Int64
  ) {
    // A status is below 1,000.
    let routeShift = UInt64(10)
    let methodShift = routeShift + bitWidth(of: routes.lastRank)
    let consumerShift = methodShift + bitWidth(of: methods.lastRank)
    let bucketShift = consumerShift + bitWidth(of: consumers.lastRank)
    let bucketBits = bitWidth(of: Int(lastBucket - firstBucket))
    func place(_ key: TallyKey) -> UInt64 {
      UInt64(consumers.rank(of: key.consumer)) << consumerShift
        | UInt64(methods.rank(of: key.method)) << methodShift
        | UInt64(routes.rank(of: key.route)) << routeShift | UInt64(key.status)
    }
    if bucketShift + bucketBits <= 64 {
      order.replacePlaces { index in
        let key = table[index].key
        return UInt64(key.bucket - firstBucket) << bucketShift | place(key)
      }
      order.sort(bits: Int(bucketShift + bucketBits))
    } else {
      // The limits of the names keep these within a word.
      precondition(bucketShift <= 64)
      order.replacePlaces { index in place(table[index].key) }
      order.sort(bits: Int(bucketShift))
      order.replacePlaces { index in UInt64(table[index].key.bucket - firstBucket) }
      order.sort(bits: Int(bucketBits))
    }
  }

  // MARK: Bodies

  var hasMore: Bool { position < order.count }

  /// The next message of `table`, which will be known as `uuid`; nil when there are no more.
  mutating func next(of table: borrowing TallyTable, uuid: String) -> HubMessage? {
    guard hasMore else { return nil }
    let bucket = table[order.index(at: position)].key.bucket
    begin(bucket: bucket, uuid: uuid)
    var requestCount: Int64 = 0
    var isFirst = true
    while position < order.count {
      let tally = table[order.index(at: position)]
      guard tally.key.bucket == bucket else { break }
      let end = json.count
      if !isFirst { json.append(UInt8(ascii: ",")) }
      appendItem(tally, in: table)
      if json.count + SyncLimits.frame > SyncLimits.body && !isFirst {
        // It begins the next message.
        json.truncate(to: end)
        break
      }
      isFirst = false
      requestCount += tally.requestCount
      position += 1
    }
    json.append(literal: "],\"validation_errors\":[],\"server_errors\":[],")
    json.append(literal: "\"consumers\":[],\"resources\":null}")
    return HubMessage(
      kind: .sync, uuid: uuid, body: json.copied(), requestCount: requestCount)
  }

  private mutating func begin(bucket: Int64, uuid: String) {
    json.removeAll()
    json.append(literal: "{\"instance_uuid\":\"")
    json.append(instanceUUID)
    json.append(literal: "\",\"message_uuid\":\"")
    json.append(uuid)
    json.append(literal: "\",\"timestamp\":")
    let end = width.start(of: bucket) + Int64(width.seconds)
    json.appendDecimal(end - 1)
    json.append(literal: ".999,\"requests\":[")
  }

  @inline(__always)
  private mutating func appendItem(_ tally: Tally, in table: borrowing TallyTable) {
    if tally.key.consumer == 0 {
      json.append(literal: "{\"consumer\":null,\"method\":")
    } else {
      consumers.appendLiteral(of: tally.key.consumer, to: &json)
    }
    methods.appendLiteral(of: tally.key.method, to: &json)
    routes.appendLiteral(of: tally.key.route, to: &json)
    json.appendDecimal(Int64(tally.key.status))
    json.append(literal: ",\"request_count\":")
    json.appendDecimal(tally.requestCount)
    json.append(literal: ",\"request_size_sum\":")
    json.appendDecimal(tally.requestSizeSum)
    json.append(literal: ",\"response_size_sum\":")
    json.appendDecimal(tally.responseSizeSum)
    json.append(literal: ",\"response_times\":{")
    appendHistogram(tally.responseTimes, scale: 10, of: table)
    json.append(literal: "},\"request_sizes\":{")
    appendHistogram(tally.requestSizes, scale: 1, of: table)
    json.append(literal: "},\"response_sizes\":{")
    appendHistogram(tally.responseSizes, scale: 1, of: table)
    json.append(literal: "}}")
  }

  /// `"0":12,"10":2`, sorted by bin.
  @inline(__always)
  private mutating func appendHistogram(
    _ histogram: Histogram, scale: Int64, of table: borrowing TallyTable
  ) {
    if histogram.count == 0 { return }
    if histogram.hasOneBin {
      appendBin(histogram.bin, histogram.count, scale: scale)
    } else {
      appendBins(histogram, scale: scale, of: table)
    }
  }

  private mutating func appendBins(
    _ histogram: Histogram, scale: Int64, of table: borrowing TallyTable
  ) {
    bins.removeAll(keepingCapacity: true)
    table.forEachBin(of: histogram) { bin, count in
      bins.append(UInt64(bin) << 32 | UInt64(count))
    }
    bins.sort()
    for (index, cell) in bins.enumerated() {
      if index > 0 { json.append(UInt8(ascii: ",")) }
      appendBin(
        UInt32(cell >> 32), UInt32(truncatingIfNeeded: cell), scale: scale)
    }
  }

  @inline(__always)
  private mutating func appendBin(_ bin: UInt32, _ count: UInt32, scale: Int64) {
    json.append(UInt8(ascii: "\""))
    json.appendDecimal(Int64(bin) * scale)
    json.append(literal: "\":")
    json.appendDecimal(Int64(count))
  }
}

/// How large a message may be, in bytes.
enum SyncLimits {
  static let body = 1_000_000
  /// What a message holds around its items, at most.
  static let frame = 512
}

/// How many bits it takes to write `number`, which is not negative.
private func bitWidth(of number: Int) -> UInt64 {
  UInt64(Int.bitWidth - number.leadingZeroBitCount)
}
