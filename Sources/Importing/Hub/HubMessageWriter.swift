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
  /// What observers have handed over and is not sent yet; and errors of templates that are provisional.
  private var noted: [NotedDetails] = []
  private var provisionalErrors = ErrorTallies()
  private let queued = Atomic<Int>(0)
  /// Requests in the messages so far, and those of the messages that a checkpoint has made count.
  private(set) var requestCount: Int64 = 0
  private(set) var committed: (messages: Int, requests: Int64) = (0, 0)
  /// How many routes the startup message had no room for.
  private(set) var omittedPathCount = 0
  /// How many routes are remembered from import to import: several methods for each template that a run
  /// may find.
  static let rememberedLimit = 4_000

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

  /// Tells the hub about the application, if its routes are known: these, and what earlier imports have
  /// found beside them.
  func announceKnownRoutes() throws(Diagnostic) {
    let rules = plan.rules.routes
    if !rules.known.isEmpty { try announce(rules.infers ? outlet.rememberedRoutes() : []) }
  }

  /// Tells the hub about the application: its known routes, and those that were found.
  private func announce(_ found: [KnownRoute]) throws(Diagnostic) {
    var facts = plan.startup
    let known = Set(plan.rules.routes.known)
    facts.routes = plan.rules.routes.known + found.filter { !known.contains($0) }
    omittedPathCount = facts.omittedPathCount
    var generator = SystemRandomNumberGenerator()
    try send(facts.message(from: plan.app, using: &generator))
  }

  func take(_ table: borrowing TallyTable, before end: Int64) throws(Diagnostic) {
    try encoder.encode(table, before: end) { (message) throws(Diagnostic) in
      requestCount += message.requestCount
      try send(message)
    }
    takeHandedOver()
    let noted = noted
    self.noted = []
    for message in details.messages(noted) { try send(message) }
  }

  func settle(_ numbers: [NameTable.ID: NameTable.ID]) {
    takeHandedOver()
    provisionalErrors.settle(numbers)
    giveProvisionalErrors()
  }

  private func takeHandedOver() {
    for var details in plan.handedOver.takeAll() {
      details.errors.moveProvisional(in: plan.names.routes, to: &provisionalErrors)
      noted.append(details)
    }
    // Then they go out under the templates that their requests had when they were read.
    if provisionalErrors.memory > ErrorTallies.memoryLimit { giveProvisionalErrors() }
  }

  private func giveProvisionalErrors() {
    var details = NotedDetails()
    swap(&details.errors, &provisionalErrors)
    noted.append(details)
  }

  func checkpoint(_ facts: CheckpointFacts) throws(Diagnostic) {
    let routes = facts.isLast && plan.rules.routes.infers ? try foundRoutes(facts.coverage) : nil
    if let routes, !routes.isEmpty || !plan.rules.routes.known.isEmpty { try announce(routes) }
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
  /// truth, so those that earlier imports of the application found are among them, as far as there is room.
  private func foundRoutes(_ coverage: Coverage) throws(Diagnostic) -> [KnownRoute] {
    let found = endpoints(coverage)
    let remembered = Set(try outlet.rememberedRoutes()).subtracting(found)
    return Self.sorted(
      Self.sorted(found).prefix(Self.rememberedLimit)
        + Self.sorted(remembered).prefix(max(0, Self.rememberedLimit - found.count)))
  }

  private static func sorted(_ routes: some Sequence<KnownRoute>) -> [KnownRoute] {
    routes.sorted { ($0.template, $0.method) < ($1.template, $1.method) }
  }

  /// What is an endpoint by what was answered, or because the log itself names it.
  private func endpoints(_ coverage: Coverage) -> Set<KnownRoute> {
    let templates = plan.names.routes.names(from: 1)
    let methods = plan.names.methods.names(from: 1)
    var routes: Set<KnownRoute> = []
    for index in coverage.methodsOfRoutes.indices.dropFirst() {
      let mask =
        plan.names.routes.isGiven(NameTable.ID(index))
        ? coverage.methodsOfRoutes[index] : coverage.answeredMethodsOfRoutes[index]
      if mask == 0 { continue }
      for (number, method) in methods.enumerated() where mask & (2 << UInt64(number)) != 0 {
        routes.insert(
          KnownRoute(
            method: String(decoding: method, as: UTF8.self),
            template: String(decoding: templates[index - 1], as: UTF8.self)))
      }
    }
    return routes
  }
}
