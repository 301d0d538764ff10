internal import Attribution
internal import Diagnostics
internal import Messaging

/// Makes messages of what observers have noted beside tallies. Used by one thread at a time.
final class HubDetails {
  /// The request logs of a run, counted.
  struct Outcome {
    var counts = RequestLogBuilder.Counts()
    var fileCount = 0
    /// Whether URLs had to do without a host.
    var isHostMissing = false
  }

  private let maker: any MessageMaking
  private let names: RunNames
  private let consumerNames: ConsumerNames?
  private var consumers = ConsumerDetailTable()
  /// Names and groups that the hub has been sent; nil until they are needed.
  private var reported: [String: ConsumerDetails]?
  /// How many consumers were looked up in the file of names.
  private var namedCount = 0
  private(set) var outcome = Outcome()

  init(_ maker: any MessageMaking, names: RunNames, consumerNames: ConsumerNames?) {
    self.maker = maker
    self.names = names
    self.consumerNames = consumerNames
  }

  var isOverConsumerLimit: Bool { consumers.isOverLimit }

  /// Files of request logs and messages with errors. Names of consumers are kept for the next
  /// checkpoint.
  func messages(_ noted: [NotedDetails]) -> [HubMessage] {
    guard var all = noted.first else { return [] }
    for other in noted.dropFirst() { all.merge(other) }
    outcome.counts.add(all.logCounts)
    outcome.fileCount += all.logFiles.count
    outcome.isHostMissing = outcome.isHostMissing || all.isHostMissing
    consumers.merge(all.consumers)
    return maker.messages(all.errors) + all.logFiles
  }

  /// Messages that tell what is new of consumers, or has changed. `sink` remembers it.
  func consumerMessages(
    for sink: any MessageSink, bucket: Int64
  ) throws(Diagnostic) -> [HubMessage] {
    var details: [(identifier: String, details: ConsumerDetails)] = consumers.details.map {
      (identifier($0.id), $0.details)
    }
    consumers = ConsumerDetailTable(keepingLimitOf: consumers)
    details += newlyNamed()
    guard !details.isEmpty else { return [] }
    var reported: [String: ConsumerDetails] =
      if let known = self.reported { known } else { try sink.reportedConsumers() }
    var news: [String: ConsumerDetails] = [:]
    for (identifier, detail) in details {
      let known = reported[identifier]
      // As in the middleware, a name or group that is not sent again stays as it was.
      let update = ConsumerDetails(
        name: detail.name ?? known?.name, group: detail.group ?? known?.group)
      if !update.isEmpty && update != known {
        reported[identifier] = update
        news[identifier] = update
      }
    }
    self.reported = reported
    guard !news.isEmpty else { return [] }
    let list = news.sorted { $0.key < $1.key }.map { (identifier: $0.key, details: $0.value) }
    try sink.remember(list)
    return maker.messages(list, bucket: bucket)
  }

  /// Details from the file of names, for consumers that have turned up since the last time.
  private func newlyNamed() -> [(identifier: String, details: ConsumerDetails)] {
    guard let consumerNames else { return [] }
    let identifiers = names.consumers.names(from: NameTable.ID(namedCount + 1))
    namedCount += identifiers.count
    return identifiers.compactMap { bytes in
      let identifier = String(decoding: bytes, as: UTF8.self)
      return consumerNames.entries[identifier].map { (identifier, $0) }
    }
  }

  private func identifier(_ id: NameTable.ID) -> String {
    String(decoding: names.consumers.name(id), as: UTF8.self)
  }
}
