/// The numbers of one message, packed: names are ranges of one text, and bins are in one list, since an
/// item with strings and lists of its own costs more than all that is done with it.
struct TrafficBatch: Equatable, Sendable {
  struct Item: Equatable, Sendable {
    /// Empty for none.
    var consumer: Range<Int> = 0..<0
    var method: Range<Int> = 0..<0
    var path: Range<Int> = 0..<0
    /// The start of a minute, in seconds since 1970.
    var bucket: Int64 = 0
    var status: Int64 = 0
    var requestCount: Int64 = 0
    var requestSizeSum: Int64 = 0
    var responseSizeSum: Int64 = 0
    /// Of OTLP, in seconds.
    var durationSum = 0.0
    var bins: Range<Int> = 0..<0
  }

  /// A bar of a histogram.
  struct Bin: Equatable, Sendable {
    var histogram: Histogram
    var bin: Int64
    var count: Int64
  }

  /// What the names are ranges of, in UTF-8.
  var text: [UInt8] = []
  var items: [Item] = []
  var bins: [Bin] = []

  mutating func append(_ name: String) -> Range<Int> {
    let start = text.count
    text += name.utf8
    return start..<text.count
  }

  /// Makes all items those of the minute that begins with `bucket`.
  mutating func put(in bucket: Int64) {
    for place in items.indices { items[place].bucket = bucket }
  }

  mutating func add(_ request: RequestItem, bucket: Int) {
    var item = Item()
    item.consumer = append(request.key.consumer ?? "")
    item.method = append(request.key.method)
    item.path = append(request.key.path)
    item.bucket = Int64(bucket)
    item.status = Int64(request.key.statusCode)
    item.requestCount = Int64(request.requestCount)
    item.requestSizeSum = Int64(request.requestSizeSum)
    item.responseSizeSum = Int64(request.responseSizeSum)
    let start = bins.count
    for (histogram, bars) in request.histograms {
      for bar in bars {
        bins.append(
          Bin(histogram: histogram, bin: Int64(bar.bin), count: Int64(bar.count)))
      }
    }
    item.bins = start..<bins.count
    items.append(item)
  }
}
