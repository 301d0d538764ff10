internal import AccessLogParsing
internal import Attribution
internal import Diagnostics
internal import Messaging
internal import Tallying

/// Merges what the threads hand over and writes it to the sink as messages.
///
/// Between checkpoints the newest buckets are held back, since lines of them are still to come and
/// their tallies would be split over two messages; everything older goes out, so that memory is
/// bounded by a flush and not by the length of the log.
final class MessageWriter {
  private let sink: any MessageSink
  private var encoder: SyncEncoder<SystemRandomNumberGenerator>
  private var held = TallyTable()
  /// Lines are written when requests end, so a few lines belong to the bucket before.
  private static let heldBuckets: Int64 = 2
  /// What may be held back, in bytes.
  private static let heldLimit = 24 << 20

  private let details: DetailWriter
  private(set) var messageCount = 0
  private(set) var requestCount: Int64 = 0
  private var coverage: Coverage

  var bucketCount: Int { coverage.buckets.count }
  var routeCount: Int { coverage.methodsOfRoutes.count { $0 != 0 } }
  /// For each route, by number, a bit for each method that it was tallied with.
  var methodsOfRoutes: [UInt64] { coverage.methodsOfRoutes }

  init(
    sink: any MessageSink, encoder: consuming SyncEncoder<SystemRandomNumberGenerator>,
    details: DetailWriter, countsConsumersOfDays: Bool, width: BucketWidth
  ) {
    self.sink = sink
    self.encoder = encoder
    self.details = details
    coverage = Coverage(width: width, consumerDays: countsConsumersOfDays ? ConsumerDays() : nil)
  }

  /// What became of the requests that could have an item in the request logs.
  var requestLogs: DetailWriter.Outcome { details.outcome }
  var isOverConsumerLimit: Bool { details.isOverConsumerLimit }
  /// nil if nobody wants to know.
  var consumerDays: ConsumerDays? { coverage.consumerDays }

  /// Takes over the tables of all workers, and leaves empty ones in their boxes.
  ///
  /// - Parameter holdsBack: whether the newest buckets wait for more lines.
  func absorb(_ tables: [TableBox], holdsBack: Bool) throws(Diagnostic) {
    merge(tables)
    let newest = coverage.note(held)
    let end =
      holdsBack && held.memory <= Self.heldLimit ? newest - Self.heldBuckets + 1 : Int64.max
    try encoder.encode(held, before: end) { (message) throws(Diagnostic) in
      requestCount += message.requestCount
      try send(message)
    }
    // The rest moves into a small table, and the large one's room serves a thread again.
    var rest = held.tallies(from: end)
    swap(&rest, &held)
    rest.removeAll()
    give(rest, to: tables)
    for message in details.messages(tables.compactMap { $0.takeDetails() }) { try send(message) }
  }

  /// Leaves `table`, which is empty, in a box whose own is smaller.
  private func give(_ table: consuming TallyTable, to boxes: [TableBox]) {
    guard let box = boxes.min(by: { $0.table.memory < $1.table.memory }),
      box.table.memory < table.memory
    else { return }
    box.table = table
  }

  func rememberedRoutes() throws(Diagnostic) -> [KnownRoute] { try sink.rememberedRoutes() }

  /// Makes all that was sent so far count.
  func checkpoint(_ facts: CheckpointFacts) throws(Diagnostic) {
    precondition(held.isEmpty, "a checkpoint leaves nothing behind")
    if let bucket = coverage.newest {
      for message in try details.consumerMessages(for: sink, bucket: bucket) { try send(message) }
    }
    var facts = facts
    facts.totals.requests = Int(requestCount)
    facts.totals.messagesQueued = messageCount
    try sink.checkpoint(facts)
  }

  /// Gives a message to the sink.
  func send(_ message: HubMessage) throws(Diagnostic) {
    if try sink.accept(message) { messageCount += 1 }
  }

  /// Merges into the largest table: usually one thread has done most of the parsing.
  private func merge(_ tables: [TableBox]) {
    for box in tables.sorted(by: { $0.table.count > $1.table.count }) {
      if box.table.isEmpty { continue }
      if held.count < box.table.count {
        var larger = TallyTable()
        swap(&larger, &box.table)
        larger.merge(held)
        held = larger
      } else {
        held.merge(box.table)
        box.table.removeAll()
      }
    }
  }
}

/// Which buckets, routes and consumers an import's tallies are of.
private struct Coverage {
  private let width: BucketWidth
  private(set) var buckets: Set<Int64> = []
  /// The newest of the buckets.
  private(set) var newest: Int64?
  /// nil if nobody wants to know.
  private(set) var consumerDays: ConsumerDays?
  /// For each route, by number, a bit for each method that it was tallied with.
  private(set) var methodsOfRoutes: [UInt64] = []

  init(width: BucketWidth, consumerDays: ConsumerDays?) {
    self.width = width
    self.consumerDays = consumerDays
  }

  /// Notes what `table` holds; the newest bucket of it.
  mutating func note(_ table: borrowing TallyTable) -> Int64 {
    var newest: Int64 = 0
    var last: Int64 = -1
    let tallies = table.all
    for index in tallies.indices {
      let key = tallies[index].key
      if key.bucket != last {
        last = key.bucket
        buckets.insert(last)
        newest = max(newest, last)
        consumerDays?.begin(at: width.start(of: last))
      }
      consumerDays?.note(key.consumer)
      let route = Int(key.route)
      while methodsOfRoutes.count <= route { methodsOfRoutes.append(0) }
      methodsOfRoutes[route] |= 1 << UInt64(key.method)
    }
    if !table.isEmpty { self.newest = max(self.newest ?? 0, newest) }
    return newest
  }
}
