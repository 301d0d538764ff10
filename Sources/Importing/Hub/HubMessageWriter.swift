internal import Addressing
internal import Attribution
internal import Diagnostics
internal import Ingesting
internal import Messaging
internal import Synchronization
internal import Tallying

/// Makes messages of what a reading finds, and gives them to an outlet.
final class HubMessageWriter: TallySink {
  var measures: TallyMeasures { maker.measures }

  private let plan: HubRecordPlan
  private let outlet: any MessageSink
  private let maker: any MessageMaking
  private let details: HubDetails
  private var sums: RunningSums
  /// What observers have handed over and is not sent yet; and errors of templates that are provisional.
  private var noted: [NotedDetails] = []
  private var provisionalErrors = ErrorTallies()
  private let queued = Atomic<Int>(0)
  /// Requests in the messages so far, and what of the messages a checkpoint has made count.
  private(set) var requestCount: Int64 = 0
  private(set) var committed: (messages: Int, requests: Int64, bytes: Int) = (0, 0, 0)
  private var byteCount = 0
  /// How many routes the startup message had no room for.
  private(set) var omittedPathCount = 0
  /// How many routes are remembered from import to import: several methods for each template that a run
  /// may find.
  static let rememberedLimit = 4_000

  init(_ plan: HubRecordPlan, consumerNames: ConsumerNames?, outlet: any MessageSink) {
    self.plan = plan
    self.outlet = outlet
    maker = plan.makeMaker()
    details = HubDetails(maker, names: plan.names, consumerNames: consumerNames)
    sums = RunningSums(width: plan.width, names: plan.names, moment: maker.filedBy)
  }

  /// How many requests count as 0 s because the log has no duration of them.
  var timelessCount: Int64 { maker.timelessCount }
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
    guard maker.announcesFirst else { return }
    if !rules.known.isEmpty { try announce(rules.infers ? outlet.rememberedRoutes() : []) }
  }

  /// Tells the hub about the application: its known routes, and those that were found.
  private func announce(
    _ found: [KnownRoute], lastBucket: Int64? = nil
  ) throws(Diagnostic) {
    var facts = plan.startup
    let known = Set(plan.rules.routes.known)
    facts.routes = plan.rules.routes.known + found.filter { !known.contains($0) }
    omittedPathCount = facts.omittedPathCount
    if let message = maker.startup(facts, lastBucket: lastBucket) { try send(message) }
  }

  func take(_ table: borrowing TallyTable, before end: Int64) throws(Diagnostic) {
    try maker.encode(table, before: end, for: outlet) { (message) throws(Diagnostic) in
      try sendNumbers(message)
    }
    if outlet.keepsSums {
      try sums.add(table, before: end) { (rows) throws(Diagnostic) in try outlet.add(rows) }
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
    try maker.finish { (message) throws(Diagnostic) in try sendNumbers(message) }
    let rows = sums.take()
    if !rows.isEmpty { try outlet.add(rows) }
    let newest = facts.coverage.newest
    let routes = facts.isLast && plan.rules.routes.infers ? try foundRoutes(facts.coverage) : nil
    if maker.announcesFirst { try announceFound(routes, newest, isLast: facts.isLast) }
    if let newest {
      for message in try details.consumerMessages(for: outlet, bucket: newest) {
        try send(message)
      }
    }
    if !maker.announcesFirst { try announceFound(routes, newest, isLast: facts.isLast) }
    try outlet.checkpoint(
      OutletCheckpoint(
        facts: facts, foundRoutes: routes, requestCount: requestCount, messageCount: messageCount))
    committed = (messageCount, requestCount, byteCount)
  }

  private func announceFound(
    _ routes: [KnownRoute]?, _ newest: Int64?, isLast: Bool
  ) throws(Diagnostic) {
    let isKnown = !plan.rules.routes.known.isEmpty
    if let routes {
      if !routes.isEmpty || isKnown { try announce(routes, lastBucket: newest) }
    } else if isLast && isKnown && !maker.announcesFirst {
      try announce([], lastBucket: newest)
    }
  }

  private func sendNumbers(_ message: HubMessage) throws(Diagnostic) {
    requestCount += message.requestCount
    try send(message)
  }

  private func send(_ message: HubMessage) throws(Diagnostic) {
    guard try outlet.accept(message) else { return }
    queued.add(1, ordering: .relaxed)
    byteCount += message.content.count
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
