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
  private let width: BucketWidth
  /// nil if nobody wants to know.
  private(set) var consumerDays: ConsumerDays?
  private var newestBucket: Int64 = 0

  private(set) var messageCount = 0
  private(set) var requestCount: Int64 = 0
  private var buckets: Set<Int64> = []
  /// For each route, by number, a bit for each method that it was tallied with.
  private(set) var methodsOfRoutes: [UInt64] = []

  var bucketCount: Int { buckets.count }
  var routeCount: Int { methodsOfRoutes.count { $0 != 0 } }

  init(
    sink: any MessageSink, encoder: consuming SyncEncoder<SystemRandomNumberGenerator>,
    details: DetailWriter, countsConsumersOfDays: Bool, width: BucketWidth
  ) {
    self.sink = sink
    self.encoder = encoder
    self.details = details
    self.width = width
    consumerDays = countsConsumersOfDays ? ConsumerDays() : nil
  }

  /// What became of the requests that could have an item in the request logs.
  var requestLogs: DetailWriter.Outcome { details.outcome }
  var isOverConsumerLimit: Bool { details.isOverConsumerLimit }

  /// Takes over the tables of all threads.
  ///
  /// - Parameter holdsBack: whether the newest buckets wait for more lines.
  func absorb(_ tables: [ReadingCrew.TableBox], holdsBack: Bool) throws(Diagnostic) {
    merge(tables)
    let newest = noteContents()
    let end =
      holdsBack && held.memory <= Self.heldLimit ? newest - Self.heldBuckets + 1 : Int64.max
    try encoder.encode(held, before: end) { (message) throws(Diagnostic) in
      requestCount += message.requestCount
      try send(message)
    }
    let rest = held.tallies(from: end)
    held = rest
    for message in details.messages(tables.compactMap(\.details)) { try send(message) }
  }

  func rememberedRoutes() throws(Diagnostic) -> [KnownRoute] { try sink.rememberedRoutes() }

  /// Makes all that was sent so far count.
  func checkpoint(_ facts: CheckpointFacts) throws(Diagnostic) {
    precondition(held.isEmpty, "a checkpoint leaves nothing behind")
    if !buckets.isEmpty {
      for message in try details.consumerMessages(for: sink, bucket: newestBucket) {
        try send(message)
      }
    }
    try sink.checkpoint(facts)
  }

  /// Gives a message to the sink.
  func send(_ message: HubMessage) throws(Diagnostic) {
    if try sink.accept(message) { messageCount += 1 }
  }

  /// Merges into the largest table: usually one thread has done most of the parsing.
  private func merge(_ tables: [ReadingCrew.TableBox]) {
    for box in tables.sorted(by: { $0.table.count > $1.table.count }) {
      if box.table.isEmpty { continue }
      if held.count < box.table.count {
        var larger = TallyTable()
        swap(&larger, &box.table)
        larger.merge(held)
        held = larger
      } else {
        held.merge(box.table)
      }
    }
  }

  /// Notes which buckets and routes there are; the newest bucket.
  private func noteContents() -> Int64 {
    var newest: Int64 = 0
    var last: Int64 = -1
    for index in 0..<held.count {
      let key = held[index].key
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
    newestBucket = max(newestBucket, newest)
    return newest
  }
}
