internal import Addressing
internal import Attribution
package import ByteScanning
package import Tallying

/// The bodies of the `/sync` messages that a table makes, one after another.
///
/// Apart from ``SyncEncoder``, because a generic type's code runs unspecialized in other modules, and
/// this is half of what a line costs.
struct SyncBodies: ~Copyable {
  private let instanceUUID: String
  private let envelope: Envelope
  private let width: BucketWidth
  private var consumers: NameCatalog
  private var methods: NameCatalog
  private var routes: NameCatalog
  private var order = ItemOrder()
  /// How many entries of `order` went into bodies.
  private var position = 0
  /// How much room the last body took, in bytes.
  private var lastCapacity = 4096
  private var bins = OwnedBuffer<UInt64>(capacity: 64)

  /// - Parameter routes: the table that the tallies' routes have their numbers from; nil for that of `names`.
  init(app: App, width: BucketWidth, names: RunNames, routes table: NameTable? = nil) {
    instanceUUID = app.instanceUUID
    envelope = app.envelope(of: .sync)
    self.width = width
    consumers = NameCatalog(names.consumers, prefix: "{\"consumer\":", suffix: ",\"method\":")
    methods = NameCatalog(names.methods, suffix: ",\"path\":")
    routes = Self.catalog(ofRoutes: table ?? names.routes)
  }

  private static func catalog(ofRoutes table: NameTable) -> NameCatalog {
    NameCatalog(table, suffix: ",\"status_code\":")
  }

  /// Takes routes from `table` from now on. All other names stay as they are written and sorted.
  mutating func change(routes table: NameTable) { routes = Self.catalog(ofRoutes: table) }

  // MARK: Order

  /// Begins with the tallies of `table` in buckets before `end`.
  ///
  /// - Parameter lastRoute: the greatest number of a route that is taken.
  mutating func begin(
    _ table: borrowing TallyTable, before end: Int64, lastRoute: UInt32 = .max
  ) {
    rankNames(of: table, before: end, lastRoute)
    position = 0
    order.removeAll()
    var firstBucket = Int64.max
    var lastBucket = Int64.min
    let tallies = table.all
    for index in tallies.indices {
      let bucket = tallies[index].key.bucket
      guard bucket < end, tallies[index].key.route <= lastRoute else { continue }
      firstBucket = min(firstBucket, bucket)
      lastBucket = max(lastBucket, bucket)
    }
    if firstBucket <= lastBucket {
      sort(table, from: firstBucket, through: lastBucket, lastRoute)
    }
  }

  /// Tallies so few hardly ever have all of the names that a run comes to know.
  private static let fewTallies = 1024

  private mutating func rankNames(
    of table: borrowing TallyTable, before end: Int64, _ lastRoute: UInt32
  ) {
    methods.refresh()
    if table.count > Self.fewTallies {
      consumers.refresh()
      routes.refresh()
      return
    }
    var askedConsumers = OwnedBuffer<UInt32>(capacity: table.count + 1)
    var askedRoutes = OwnedBuffer<UInt32>(capacity: table.count + 1)
    let tallies = table.all
    for index in tallies.indices {
      let key = tallies[index].key
      guard key.bucket < end, key.route <= lastRoute else { continue }
      askedConsumers.append(key.consumer)
      askedRoutes.append(key.route)
    }
    consumers.refresh(for: askedConsumers)
    routes.refresh(for: askedRoutes)
  }

  /// Sorts the tallies of these buckets by bucket, consumer, method, route and status.
  private mutating func sort(
    _ table: borrowing TallyTable, from firstBucket: Int64, through lastBucket: Int64,
    _ lastRoute: UInt32
  ) {
    // A status is below 1,000.
    let routeShift = UInt64(10)
    let methodShift = routeShift + bitWidth(of: routes.lastRank)
    let consumerShift = methodShift + bitWidth(of: methods.lastRank)
    let bucketShift = consumerShift + bitWidth(of: consumers.lastRank)
    let bucketBits = bitWidth(of: Int(lastBucket - firstBucket))
    // The limits of the names keep all but the bucket within a word.
    precondition(bucketShift <= 64)
    let holdsBucket = bucketShift + bucketBits <= 64
    let tallies = table.all
    for index in tallies.indices {
      let key = tallies[index].key
      guard key.bucket <= lastBucket, key.route <= lastRoute else { continue }
      var place =
        UInt64(consumers.rank(of: key.consumer)) &<< consumerShift
        | UInt64(methods.rank(of: key.method)) &<< methodShift
        | UInt64(routes.rank(of: key.route)) &<< routeShift | UInt64(key.status)
      if holdsBucket { place |= UInt64(key.bucket - firstBucket) << bucketShift }
      order.append(index, at: place)
    }
    order.sort(bits: Int(holdsBucket ? bucketShift + bucketBits : bucketShift))
    if !holdsBucket {
      for position in 0..<order.count {
        order.replacePlace(
          at: position, by: UInt64(tallies[order.index(at: position)].key.bucket - firstBucket))
      }
      order.sort(bits: Int(bucketBits))
    }
  }

  // MARK: Bodies

  var hasMore: Bool { position < order.count }

  /// The next message of `table`, which will be known as `uuid`; nil when there are no more.
  mutating func next(of table: borrowing TallyTable, uuid: String) -> HubMessage? {
    guard hasMore else { return nil }
    // As much room as the last one took, so that it seldom has to grow.
    var json = OwnedBuffer<UInt8>(capacity: lastCapacity)
    let tallies = table.all
    let bucket = tallies[order.index(at: position)].key.bucket
    begin(&json, bucket: bucket, uuid: uuid)
    var requestCount: Int64 = 0
    var isFirst = true
    while position < order.count {
      let tally = tallies[order.index(at: position)]
      guard tally.key.bucket == bucket else { break }
      let end = json.count
      if !isFirst { json.append(UInt8(ascii: ",")) }
      appendItem(tally, in: table, to: &json)
      if json.count + SyncLimits.frame > SyncLimits.body && !isFirst {
        // It begins the next message.
        json.truncate(to: end)
        break
      }
      isFirst = false
      requestCount += tally.requestCount
      position += 1
    }
    SyncFrame.appendEnding(to: &json)
    lastCapacity = json.capacity
    return HubMessage(
      kind: .sync, envelope: envelope, uuid: uuid, content: MessageContent(json),
      requestCount: requestCount)
  }

  /// The next items of `table`, of one bucket: appended to `json` with commas between, until that has at
  /// least `limit` bytes.
  ///
  /// - Returns: of which bucket, and how many requests they count; nil when there are no more.
  mutating func appendItems(
    of table: borrowing TallyTable, upTo limit: Int, to json: inout OwnedBuffer<UInt8>
  ) -> (bucket: Int64, requestCount: Int64)? {
    guard hasMore else { return nil }
    let tallies = table.all
    let bucket = tallies[order.index(at: position)].key.bucket
    let start = json.count
    var requestCount: Int64 = 0
    while position < order.count {
      let tally = tallies[order.index(at: position)]
      guard tally.key.bucket == bucket else { break }
      let end = json.count
      if end > start { json.append(UInt8(ascii: ",")) }
      if table.measures.contains(.exponentialBins) {
        appendBeginning(of: tally, to: &json)
        appendDistributions(of: tally, in: table, to: &json)
      } else {
        appendItem(tally, in: table, to: &json)
      }
      if json.count > limit && end > start {
        json.truncate(to: end)
        break
      }
      requestCount += tally.requestCount
      position += 1
    }
    return (bucket, requestCount)
  }

  private func begin(_ json: inout OwnedBuffer<UInt8>, bucket: Int64, uuid: String) {
    json.removeAll()
    SyncFrame.appendBeginning(
      instanceUUID: instanceUUID, uuid: uuid, bucket: bucket, width, to: &json)
  }

  /// What an item with exponential histograms begins with.
  private mutating func appendBeginning(of tally: Tally, to json: inout OwnedBuffer<UInt8>) {
    let names = consumers.longestLiteral + methods.longestLiteral + routes.longestLiteral
    json.write(atMost: names + SyncLimits.itemFrame) { writer in
      if tally.key.consumer == 0 {
        writer.put(literal: "{\"consumer\":null,\"method\":")
      } else {
        consumers.putLiteral(of: tally.key.consumer, by: &writer)
      }
      methods.putLiteral(of: tally.key.method, by: &writer)
      routes.putLiteral(of: tally.key.route, by: &writer)
      writer.putDecimal(Int64(tally.key.status))
      writer.put(literal: ",\"request_count\":")
      writer.putDecimal(tally.requestCount)
    }
  }

  /// The exponential histograms of a tally, which end the item.
  private func appendDistributions(
    of tally: Tally, in table: borrowing TallyTable, to json: inout OwnedBuffer<UInt8>
  ) {
    json.append(literal: ",\"durations\":")
    append(tally.responseTimes, in: .durations, of: table, to: &json)
    json.append(literal: ",\"request_sizes\":")
    append(tally.requestSizes, in: .sizes, of: table, to: &json)
    json.append(literal: ",\"response_sizes\":")
    append(tally.responseSizes, in: .sizes, of: table, to: &json)
    json.append(UInt8(ascii: "}"))
  }

  /// `[sum,least,largest,zeros,bin,count,…]`, sorted by bin; `[]` if there is no value.
  private func append(
    _ histogram: Histogram, in scale: ExponentialScale, of table: borrowing TallyTable,
    to json: inout OwnedBuffer<UInt8>
  ) {
    var sum = ExponentialHistogram(scale)
    table.add(histogram, to: &sum)
    json.append(UInt8(ascii: "["))
    if !sum.isEmpty {
      json.append(String(sum.sum))
      for number in [sum.least, sum.largest, sum.zeroCount] {
        json.append(UInt8(ascii: ","))
        json.appendDecimal(number)
      }
      for bin in sum.bins {
        json.append(UInt8(ascii: ","))
        json.appendDecimal(Int64(bin.number))
        json.append(UInt8(ascii: ","))
        json.appendDecimal(bin.count)
      }
    }
    json.append(UInt8(ascii: "]"))
  }

  /// Appends a tally as an item.
  @inline(__always)
  private mutating func appendItem(
    _ tally: Tally, in table: borrowing TallyTable, to json: inout OwnedBuffer<UInt8>
  ) {
    let names = consumers.longestLiteral + methods.longestLiteral + routes.longestLiteral
    json.write(atMost: names + SyncLimits.itemFrame) { writer in
      if tally.key.consumer == 0 {
        writer.put(literal: "{\"consumer\":null,\"method\":")
      } else {
        consumers.putLiteral(of: tally.key.consumer, by: &writer)
      }
      methods.putLiteral(of: tally.key.method, by: &writer)
      routes.putLiteral(of: tally.key.route, by: &writer)
      writer.putDecimal(Int64(tally.key.status))
      writer.put(literal: ",\"request_count\":")
      writer.putDecimal(tally.requestCount)
      writer.put(literal: ",\"request_size_sum\":")
      writer.putDecimal(tally.requestSizeSum)
      writer.put(literal: ",\"response_size_sum\":")
      writer.putDecimal(tally.responseSizeSum)
      writer.put(literal: ",\"response_times\":{")
      if tally.hasOneBinEach { putBins(of: tally, by: &writer) }
    }
    if !tally.hasOneBinEach { appendBins(of: tally, in: table, to: &json) }
  }

  /// The histograms of a tally that has no more than one bin in each: most have.
  @inline(__always)
  private func putBins(of tally: Tally, by writer: inout ByteWriter) {
    put(tally.responseTimes, scale: 10, by: &writer)
    writer.put(literal: "},\"request_sizes\":{")
    put(tally.requestSizes, scale: 1, by: &writer)
    writer.put(literal: "},\"response_sizes\":{")
    put(tally.responseSizes, scale: 1, by: &writer)
    writer.put(literal: "}}")
  }

  @inline(__always)
  private func put(_ histogram: Histogram, scale: Int64, by writer: inout ByteWriter) {
    if histogram.count == 0 { return }
    writer.put(literal: "\"")
    writer.putDecimal(Int64(histogram.bin) * scale)
    writer.put(literal: "\":")
    writer.putDecimal(Int64(histogram.count))
  }

  @inline(never)
  private mutating func appendBins(
    of tally: Tally, in table: borrowing TallyTable, to json: inout OwnedBuffer<UInt8>
  ) {
    appendHistogram(tally.responseTimes, scale: 10, of: table, to: &json)
    json.append(literal: "},\"request_sizes\":{")
    appendHistogram(tally.requestSizes, scale: 1, of: table, to: &json)
    json.append(literal: "},\"response_sizes\":{")
    appendHistogram(tally.responseSizes, scale: 1, of: table, to: &json)
    json.append(literal: "}}")
  }

  /// `"0":12,"10":2`, sorted by bin.
  private mutating func appendHistogram(
    _ histogram: Histogram, scale: Int64, of table: borrowing TallyTable,
    to json: inout OwnedBuffer<UInt8>
  ) {
    bins.removeAll()
    table.append(histogram, to: &bins)
    bins.sort()
    json.write(atMost: bins.count * SyncLimits.bin) { writer in
      for index in 0..<bins.count {
        if index > 0 { writer.put(literal: ",") }
        writer.put(literal: "\"")
        writer.putDecimal(Int64(bins[index] &>> 32) * scale)
        writer.put(literal: "\":")
        writer.putDecimal(Int64(truncatingIfNeeded: bins[index] & 0xFFFF_FFFF))
      }
    }
  }
}

extension OwnedBuffer<UInt64> {
  /// Sorts the elements, of which there are mostly a few.
  fileprivate mutating func sort() {
    if count > 16 { return sortMany() }
    var end = 1
    while end < count {
      let element = self[end]
      var place = end
      while place > 0, self[place &- 1] > element {
        self[place] = self[place &- 1]
        place &-= 1
      }
      self[place] = element
      end &+= 1
    }
  }

  private mutating func sortMany() {
    var elements = (0..<count).map { self[$0] }
    elements.sort()
    for index in elements.indices { self[index] = elements[index] }
  }
}

extension Tally {
  /// Whether none of the histograms has more than one bin.
  @inline(__always)
  fileprivate var hasOneBinEach: Bool {
    responseTimes.hasOneBin && requestSizes.hasOneBin && responseSizes.hasOneBin
  }
}

/// What stands around the items of a message.
package enum SyncFrame {
  package static func appendBeginning(
    instanceUUID: String, uuid: String, bucket: Int64, _ width: BucketWidth,
    to json: inout OwnedBuffer<UInt8>
  ) {
    json.append(literal: "{\"instance_uuid\":\"")
    json.append(instanceUUID)
    json.append(literal: "\",\"message_uuid\":\"")
    json.append(uuid)
    json.append(literal: "\",\"timestamp\":")
    let end = width.start(of: bucket) + Int64(width.seconds)
    json.appendDecimal(end - 1)
    json.append(literal: ".999,\"requests\":[")
  }

  package static func appendEnding(to json: inout OwnedBuffer<UInt8>) {
    json.append(literal: "],\"validation_errors\":[],\"server_errors\":[],")
    json.append(literal: "\"consumers\":[],\"resources\":null}")
  }
}

/// How large a message may be, in bytes.
package enum SyncLimits {
  /// A message is closed before its body grows beyond this many bytes. The middleware sends a minute
  /// of one process and never comes near; servers commonly refuse bodies over a megabyte (nginx's
  /// client_max_body_size).
  package static let body = 1_000_000
  /// What an item holds besides its names, with no more than one bin in each histogram, at most:
  /// keys, and ten numbers.
  static let itemFrame = 512
  /// What a bin of a histogram takes, at most: two numbers, quotes, colon and comma, and the room that a
  /// number is written into.
  static let bin = 64
  /// What a message holds around its items, at most.
  package static let frame = 512
}

/// How many bits it takes to write `number`, which is not negative.
private func bitWidth(of number: Int) -> UInt64 {
  UInt64(Int.bitWidth - number.leadingZeroBitCount)
}
