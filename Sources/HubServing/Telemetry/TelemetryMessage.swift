/// The kinds of messages of OTLP, by the last segment of the path that they are posted to.
enum TelemetrySignal: String, CaseIterable, Sendable {
  case metrics, logs, traces

  /// The message of hub v2 that tells the same; faults go by it.
  var endpoint: Endpoint {
    switch self {
    case .metrics: .sync
    case .logs: .startup
    case .traces: .log
    }
  }
}

/// A message of OTLP that has passed inspection: what the hub keeps of it.
struct TelemetryMessage: Sendable {
  /// The numbers of one combination in one minute. Points that tell of the same are added up.
  struct Group: Sendable {
    var key: RequestItem.Key
    /// The start of a minute, in seconds since 1970.
    var bucket: Int
    var requestCount = 0
    /// In seconds.
    var durationSum = 0.0
    var requestSizeSum = 0
    var responseSizeSum = 0
    var bars: [(histogram: Histogram, bin: Int, count: Int)] = []
  }

  struct Span: Sendable {
    /// Trace and span, in hexadecimal digits.
    var identity: String
    /// As JSON, on one line.
    var line: String
  }

  struct DatedError: Sendable {
    var error: ReportedError
    /// When it was reported, in seconds since 1970: within a minute after it happened.
    var second: Int
  }

  var signal: TelemetrySignal
  /// Of the bytes as they were sent: a hub drops those that it has taken in the last hour.
  var digest: [UInt8]
  /// Stable for a process of the application; nil if the message does not say.
  var instance: String?
  /// Whether backtally has made it.
  var isOwn = false
  var groups: [Group] = []
  var consumers: [HubTotals.Consumer] = []
  /// What an application says of itself, as JSON.
  var startups: [String] = []
  var spans: [Span] = []
  var errors: [DatedError] = []

  init(_ signal: TelemetrySignal, digest: [UInt8]) {
    (self.signal, self.digest) = (signal, digest)
  }
}

extension TrafficBatch {
  mutating func add(_ group: TelemetryMessage.Group) {
    var item = Item()
    item.consumer = append(group.key.consumer ?? "")
    item.method = append(group.key.method)
    item.path = append(group.key.path)
    item.bucket = Int64(group.bucket)
    item.status = Int64(group.key.statusCode)
    item.requestCount = Int64(group.requestCount)
    item.requestSizeSum = Int64(group.requestSizeSum)
    item.responseSizeSum = Int64(group.responseSizeSum)
    item.durationSum = group.durationSum
    let start = bins.count
    for bar in group.bars {
      bins.append(
        Bin(histogram: bar.histogram, bin: Int64(bar.bin), count: Int64(bar.count)))
    }
    item.bins = start..<bins.count
    items.append(item)
  }
}
