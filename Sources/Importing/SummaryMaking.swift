internal import Addressing
internal import Configuring
internal import Diagnostics
internal import Ingesting
internal import Messaging
internal import Reporting

extension ImportSummary {
  /// Sums up an import.
  ///
  /// - Parameters:
  ///   - delivery: nil if nothing was to be delivered.
  ///   - seconds: how long the whole run took.
  init(
    _ outcome: IngestionOutcome, _ writer: HubMessageWriter, _ delivery: DeliveryResult?,
    _ options: ImportOptions, seconds: Double
  ) {
    self.init()
    linesRead = outcome.counts.linesRead
    linesTallied = outcome.counts.linesTallied
    linesRejected = outcome.counts.rejectedCount
    coverage = outcome.parts.map { part in
      Part(
        name: part.name, requestCount: part.requestCount,
        field: part.fields.isEmpty ? nil : part.fields.joined(separator: ", "), unit: part.unit)
    }
    notTaken = outcome.notTaken
    unmatched = outcome.unmatchedPaths.map {
      UnmatchedPath(path: $0.path, requestCount: $0.requestCount)
    }
    error = outcome.sources.compactMap(\.failure).first { $0.severity == .error }?.message
    leftOut = outcome.leftOut
    explanations = outcome.explanations
    bytesRead = outcome.bytesRead
    bytesUncompressed = outcome.bytesUncompressed
    sourceCount = outcome.sources.count { !$0.isArchive }
    requestCount = writer.committed.requests
    consumerCount = outcome.consumerCount
    routeCount = outcome.coverage.routeCount
    bucketCount = outcome.coverage.bucketCount
    bucketSeconds = options.settings.bucketSeconds
    consumersPerDay = outcome.coverage.consumerDays?.most
    if options.settings.requestLogs != nil {
      requestLogs = RequestLogs(writer.requestLogs, sends: options.destination == .hub)
    }
    messages.queued = writer.committed.messages
    if let delivery { messages = delivery.messages(queued: messages.queued) }
    if options.settings.telemetry != nil, options.destination == .nowhere {
      sending = Sending(
        bytes: writer.committed.bytes, messages: writer.committed.messages,
        environment: options.settings.target?.environment ?? "")
    }
    firstRequest = outcome.requestPeriod?.lowerBound
    lastRequest = outcome.requestPeriod?.upperBound
    self.seconds = seconds
    destination =
      switch options.destination {
      case .hub: .hub
      case .payloads: .payloads
      case .nowhere: .nowhere
      }
  }
}

extension ImportSummary.RequestLogs {
  /// - Parameter sends: whether the items were to be sent, in files.
  fileprivate init(_ outcome: HubDetails.Outcome, sends: Bool) {
    self.init()
    items = outcome.counts.items
    files = sends ? outcome.fileCount : 0
    excluded = outcome.counts.excluded
    notSampled = outcome.counts.notSampled
    overLimit = outcome.counts.overLimit
    tooLong = outcome.counts.tooLong
  }
}
