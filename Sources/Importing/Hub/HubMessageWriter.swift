internal import Attribution
internal import Diagnostics
internal import Ingesting
internal import Messaging
internal import Synchronization
internal import Tallying

/// Makes hub v2 messages of what a reading finds, and gives them to an outlet.
final class HubMessageWriter: TallySink {
  let measures = TallyMeasures.linearBins

  private let plan: HubRecordPlan
  private let outlet: any MessageSink
  private var encoder: SyncEncoder<SystemRandomNumberGenerator>
  private let details: HubDetails
  private let queued = Atomic<Int>(0)
  /// Requests in the messages so far, and those of the messages that a checkpoint has made count.
  private(set) var requestCount: Int64 = 0
  private(set) var committed: (messages: Int, requests: Int64) = (0, 0)

  init(_ plan: HubRecordPlan, consumerNames: ConsumerNames?, outlet: any MessageSink) {
    self.plan = plan
    self.outlet = outlet
    encoder = SyncEncoder(
      app: plan.app, width: plan.width, names: plan.names,
      generator: SystemRandomNumberGenerator())
    details = HubDetails(
      DetailEncoder(app: plan.app, width: plan.width, names: plan.names),
      names: plan.names, consumerNames: consumerNames)
  }

  /// How many messages the outlet has taken so far. From any thread.
  var messageCount: Int { queued.load(ordering: .relaxed) }
  /// The fate of the requests that could have an item in the request logs.
  var requestLogs: HubDetails.Outcome { details.outcome }
  var isOverConsumerLimit: Bool { details.isOverConsumerLimit }

  func makeObserver() throws -> (any RecordObserver)? { try plan.makeObserver() }

  /// Tells the hub about the application: its routes, and the software that reports.
  func announce(_ facts: StartupFacts) throws(Diagnostic) {
    var generator = SystemRandomNumberGenerator()
    try send(facts.message(from: plan.app, using: &generator))
  }

  func take(_ table: borrowing TallyTable, before end: Int64) throws(Diagnostic) {
    try encoder.encode(table, before: end) { (message) throws(Diagnostic) in
      requestCount += message.requestCount
      try send(message)
    }
    for message in details.messages(plan.handedOver.takeAll()) { try send(message) }
  }

  func checkpoint(_ facts: CheckpointFacts) throws(Diagnostic) {
    let routes = facts.isLast && plan.rules.routes.infers ? try foundRoutes(facts.coverage) : nil
    if let routes, !routes.isEmpty { try announce(plan.startup.naming(routes)) }
    if let bucket = facts.coverage.newest {
      for message in try details.consumerMessages(for: outlet, bucket: bucket) {
        try send(message)
      }
    }
    try outlet.checkpoint(
      OutletCheckpoint(
        facts: facts, foundRoutes: routes, requestCount: requestCount, messageCount: messageCount))
    committed = (messageCount, requestCount)
  }

  private func send(_ message: HubMessage) throws(Diagnostic) {
    if try outlet.accept(message) { queued.add(1, ordering: .relaxed) }
  }

  /// The routes that were found in the log. The hub takes the newest startup message for the whole
  /// truth, so those that earlier imports of the application found are among them.
  private func foundRoutes(_ coverage: Coverage) throws(Diagnostic) -> [KnownRoute] {
    let templates = plan.names.routes.names(from: 1)
    let methods = plan.names.methods.names(from: 1)
    var routes = Set(try outlet.rememberedRoutes()).union(plan.rules.routes.known)
    for (index, mask) in coverage.methodsOfRoutes.enumerated() where mask != 0 && index > 0 {
      for (number, method) in methods.enumerated() where mask & (2 << UInt64(number)) != 0 {
        routes.insert(
          KnownRoute(
            method: String(decoding: method, as: UTF8.self),
            template: String(decoding: templates[index - 1], as: UTF8.self)))
      }
    }
    return routes.sorted { ($0.template, $0.method) < ($1.template, $1.method) }
  }
}

extension StartupFacts {
  /// The same application, with these routes.
  func naming(_ routes: [KnownRoute]) -> StartupFacts {
    var facts = self
    facts.routes = routes
    facts.openAPI = nil
    return facts
  }
}
