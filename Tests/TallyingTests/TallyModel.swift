import AccessLogParsing
import Attribution
import ByteScanning
import Tallying

/// A request reduced to what is counted of it.
struct CountedRequest: Hashable {
  var bucket: Int64 = 0
  var consumer: NameTable.ID = 0
  var method: NameTable.ID = 1
  var route: NameTable.ID = 1
  var status: UInt16 = 200
  var duration: Int64 = AccessRecord.absent
  var requestSize: Int64 = AccessRecord.absent
  var responseSize: Int64 = AccessRecord.absent

  var key: TallyKey {
    TallyKey(bucket: bucket, consumer: consumer, method: method, route: route, status: status)
  }

  var record: AccessRecord {
    var record = AccessRecord()
    record.duration = duration
    record.requestSize = requestSize
    record.responseSize = responseSize
    return record
  }
}

/// What a tally holds, in plain dictionaries.
struct PlainTally: Equatable {
  var requestCount: Int64 = 0
  var requestSizeSum: Int64 = 0
  var responseSizeSum: Int64 = 0
  var responseTimes: [UInt32: Int] = [:]
  var requestSizes: [UInt32: Int] = [:]
  var responseSizes: [UInt32: Int] = [:]

  mutating func add(_ request: CountedRequest) {
    requestCount += 1
    if request.duration >= 0 {
      responseTimes[UInt32(clamping: request.duration / 10_000_000), default: 0] += 1
    }
    if request.requestSize >= 0 {
      requestSizeSum = Self.sum(requestSizeSum, request.requestSize)
      requestSizes[UInt32(clamping: request.requestSize / 1000), default: 0] += 1
    }
    if request.responseSize >= 0 {
      responseSizeSum = Self.sum(responseSizeSum, request.responseSize)
      responseSizes[UInt32(clamping: request.responseSize / 1000), default: 0] += 1
    }
  }

  private static func sum(_ left: Int64, _ right: Int64) -> Int64 {
    left > .max - right ? .max : left + right
  }
}

/// All that is counted, by what it is counted under.
struct TallyModel: Equatable {
  struct Key: Hashable {
    var bucket: Int64
    var consumer: NameTable.ID
    var method: NameTable.ID
    var route: NameTable.ID
    var status: UInt16
  }

  private(set) var tallies: [Key: PlainTally] = [:]

  init(_ requests: some Sequence<CountedRequest>) {
    for request in requests {
      let key = Key(
        bucket: request.bucket, consumer: request.consumer, method: request.method,
        route: request.route, status: request.status)
      tallies[key, default: PlainTally()].add(request)
    }
  }

  /// What `table` holds.
  init(_ table: borrowing TallyTable) {
    for index in 0..<table.count {
      let tally = table.all[index]
      var plain = PlainTally()
      plain.requestCount = tally.requestCount
      plain.requestSizeSum = tally.requestSizeSum
      plain.responseSizeSum = tally.responseSizeSum
      plain.responseTimes = table.bins(of: tally.responseTimes)
      plain.requestSizes = table.bins(of: tally.requestSizes)
      plain.responseSizes = table.bins(of: tally.responseSizes)
      let key = Key(
        bucket: tally.key.bucket, consumer: tally.key.consumer, method: tally.key.method,
        route: tally.key.route, status: tally.key.status)
      precondition(tallies[key] == nil, "a key stands in the table twice")
      tallies[key] = plain
    }
  }
}

extension TallyTable {
  /// The bins of a histogram and their counts.
  func bins(of histogram: Histogram) -> [UInt32: Int] {
    var cells = OwnedBuffer<UInt64>()
    append(histogram, to: &cells)
    var bins: [UInt32: Int] = [:]
    for index in 0..<cells.count {
      bins[UInt32(cells[index] >> 32), default: 0] += Int(cells[index] & 0xFFFF_FFFF)
    }
    precondition(bins.count == cells.count, "a bin stands in the histogram twice")
    return bins
  }

  init(_ requests: some Sequence<CountedRequest>) {
    self.init()
    for request in requests { add(request.record, at: request.key) }
  }
}
