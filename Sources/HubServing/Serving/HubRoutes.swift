import Compressing
import Diagnostics
import FoundationEssentials
import HTTPTypes
import Hummingbird
import Logging
import NIOCore

/// What a handler knows in addition to the request: the connection it came over, which a fault may
/// close.
struct HubRequestContext: RequestContext {
  var coreContext: CoreRequestContextStorage
  let channel: any Channel
  /// Closes the connection, unless the body has come to its end before.
  var bodyDeadline: Scheduled<Void>?

  init(source: Source) {
    coreContext = CoreRequestContextStorage(source: source)
    channel = source.channel
  }
}

/// The paths of the hub, and the way of a message from its arrival to its response.
struct HubRoutes: Sendable {
  /// The largest body, as sent and (except for request logs) decompressed.
  static let maximumBodyByteCount = 16 << 20
  /// The size that a request-log file may decompress to. Clients send about 1 MB compressed.
  static let maximumLogByteCount = 32 << 20

  /// The known client IDs, in lower case; if empty, every UUID is known.
  let allowedClientIDs: Set<String>
  let store: HubStore
  let faults: FaultInjection
  let requestGuard: RequestGuard
  /// How long a body may take.
  let bodyTimeout: Duration
  let turns = Turns()
  /// Tells this run's answers from those of others, whose databases may have the same numbers of rows.
  let run = UInt64.random(in: .min ... .max)
  let budget = BodyBudget()
  /// What a program has to show that reads; nil if any key will do.
  let readingKey: Redacted<String>?

  init(
    allowedClientIDs: Set<String>, store: HubStore, faults: FaultInjection,
    requestGuard: RequestGuard, readingKey: Redacted<String>?, bodyTimeout: Duration
  ) {
    self.readingKey = readingKey
    self.bodyTimeout = bodyTimeout
    self.allowedClientIDs = allowedClientIDs
    self.store = store
    self.faults = faults
    self.requestGuard = requestGuard
  }

  func router() -> Router<HubRequestContext> {
    let router = Router(context: HubRequestContext.self)
    router.add(middleware: BodyDeadline(limit: TimeAmount(bodyTimeout)))
    router.add(middleware: GuardMiddleware(requestGuard: requestGuard))
    add(to: router)
    // The guard has looked at it.
    if requestGuard.token != nil { add(to: router.group(":token")) }
    return router
  }

  private func add(to router: some RouterMethods<HubRequestContext>) {
    for endpoint in Endpoint.allCases {
      router.post("v2/{client_id}/{env}/\(endpoint.rawValue)") { request, context in
        try await answer { try await receive(request, at: endpoint, context) }
      }
    }
    for signal in TelemetrySignal.allCases {
      router.post("v1/\(signal.rawValue)") { request, context in
        try await answerTelemetry { try await receive(request, signal, context) }
      }
    }
    router.get("v2/{client_id}/{env}/totals") { request, context in
      try await answer { try await totals(request, context) }
    }
    router.get("v2/{client_id}/{env}/messages") { request, context in
      try await answer { try await messages(request, context) }
    }
    addReading(to: router)
    addViews(to: router)
    addUptime(to: router)
    addAlerts(to: router)
    addRequests(to: router)
    addPages(to: router)
  }

  // MARK: Accepting messages

  private func receive(
    _ request: Request, at endpoint: Endpoint, _ context: HubRequestContext
  ) async throws -> Response {
    let origin = try origin(context)
    try checkContentType(of: request, at: endpoint)
    return try await receive(request, at: endpoint, context) { body in
      try await store(body, of: request, at: endpoint, from: origin, context)
    }
  }

  /// Reads a body and has `store` keep it, unless a fault is injected.
  func receive(
    _ request: Request, at endpoint: Endpoint, _ context: HubRequestContext,
    answering taken: Response = HubAnswer.taken, _ store: ([UInt8]) async throws -> Void
  ) async throws -> Response {
    var size = 0
    defer { budget.giveBack(size) }
    let body = try await body(of: request, taking: &size)
    context.bodyDeadline?.cancel()
    switch faults.next(at: endpoint) {
    case .answered(let status, let retryAfter):
      return HubAnswer.fault(status: status, retryAfter: retryAfter, now: Date.now)
    case .delayed(let duration):
      try await Task.sleep(for: duration)
    case .closedBeforeStoring:
      try await close(context)
    case .closedAfterStoring:
      try await store(body)
      try await close(context)
    case nil:
      break
    }
    try await store(body)
    return taken
  }

  private func store(
    _ body: [UInt8], of request: Request, at endpoint: Endpoint, from origin: Origin,
    _ context: HubRequestContext
  ) async throws {
    let message: HubStore.Message = try await turns.taking {
      try self.message(body, of: request, at: endpoint)
    }
    let receipt = try await store.keep(
      message, from: origin, client: HubStore.Client(userAgent: request.headers[.userAgent]))
    if receipt == .conflictingDuplicate {
      context.logger.warning("a message with a known UUID differs from the one stored before")
    }
  }

  /// A page of another site can send what forms send without asking: text, and forms. Clients say what
  /// they send, but for request logs, which some send without a word.
  private func checkContentType(of request: Request, at endpoint: Endpoint) throws {
    let type = request.headers[.contentType].map { type in
      type.prefix { $0 != ";" }.lowercased().filter { $0 != " " }
    }
    let known: Set<String?> =
      switch endpoint {
      case .startup, .sync: ["application/json"]
      case .log:
        [
          nil, "application/json", "application/gzip", "application/x-gzip", "application/x-ndjson",
          "application/octet-stream",
        ]
      }
    guard known.contains(type) else {
      throw Refusal(.unsupportedMediaType, "Content-Type must be application/json")
    }
  }

  private func message(
    _ body: [UInt8], of request: Request, at endpoint: Endpoint
  ) throws -> HubStore.Message {
    switch endpoint {
    case .startup:
      let (json, text) = try json(body, of: request)
      return .startup(try StartupMessage(json), body: text)
    case .sync:
      let body = try plain(body, of: request)
      let message = try SyncMessage.message(of: body)
      return .sync(message, body: String(decoding: body, as: UTF8.self))
    case .log:
      let uuid = try fileUUID(request)
      let lines = try inflatedBody(body, limit: Self.maximumLogByteCount)
      return .log(try LogFile(uuid: uuid, lines: lines))
    }
  }

  /// The body as it was before it was compressed.
  private func plain(_ body: [UInt8], of request: Request) throws -> [UInt8] {
    switch request.headers[.contentEncoding]?.lowercased() {
    case nil, "identity": return body
    case "gzip": return try inflatedBody(body, limit: Self.maximumBodyByteCount)
    default: throw Refusal(.unsupportedMediaType, "Content-Encoding is neither gzip nor identity")
    }
  }

  private func json(
    _ body: [UInt8], of request: Request
  ) throws -> (value: JSONValue, text: String) {
    let body = try plain(body, of: request)
    var inspection = Inspection()
    let value = inspection.json(body)
    return (try inspection.verdict(value), String(decoding: body, as: UTF8.self))
  }

  func inflatedBody(_ body: [UInt8], limit: Int) throws -> [UInt8] {
    do {
      return try inflated(body, limit: limit)
    } catch .tooLarge {
      throw Refusal(.contentTooLarge, "the body decompresses to more than \(limit) bytes")
    } catch .invalid {
      var inspection = Inspection()
      inspection.complain(.gzipInvalid, "not exactly one complete gzip stream")
      throw InvalidMessage(complaints: inspection.complaints)
    } catch .outOfMemory {
      throw Refusal(.serviceUnavailable, "out of memory")
    }
  }

  /// - Parameter size: how much of the budget it has taken so far.
  func body(of request: Request, taking size: inout Int) async throws -> [UInt8] {
    let limit = Self.maximumBodyByteCount
    var body: [UInt8] = []
    for try await part in request.body {
      let count = part.readableBytes
      guard body.count + count <= limit else {
        throw Refusal(.contentTooLarge, "the body is larger than \(limit) bytes")
      }
      guard budget.take(count) else {
        throw Refusal(.serviceUnavailable, "too many bodies at once; send it again later")
      }
      size += count
      body += part.readableBytesView
    }
    return body
  }

  private func close(_ context: HubRequestContext) async throws {
    try await context.channel.close()
    throw ConnectionClosed()
  }

  // MARK: Showing what has arrived

  private func totals(_ request: Request, _ context: HubRequestContext) async throws -> Response {
    let origin = try origin(context)
    let by = request.uri.queryParameters["by"]
    guard by == nil || by == "bucket" else {
      throw invalid(query: "by", "the only choice is bucket")
    }
    return HubAnswer.json(.ok, try await store.totals(of: origin, byBucket: by != nil).json)
  }

  private func messages(_ request: Request, _ context: HubRequestContext) async throws -> Response {
    let origin = try origin(context)
    let parameters = request.uri.queryParameters
    guard let endpoint = parameters["kind"].flatMap({ Endpoint(rawValue: String($0)) }) else {
      throw invalid(query: "kind", "must be startup, sync or log")
    }
    let limit = parameters["limit"].map { Int($0) } ?? .max
    guard let limit, limit > 0 else { throw invalid(query: "limit", "not a number above 0") }
    return Response(
      status: .ok, headers: [.contentType: "application/x-ndjson"],
      body: ResponseBody { writer in
        var after: Int64? = 0
        var remaining = limit
        while let start = after, remaining > 0 {
          let page = try await store.page(
            of: origin, at: endpoint, after: start, limit: remaining)
          if page.lineCount > 0 { try await writer.write(ByteBuffer(string: page.lines)) }
          remaining -= page.lineCount
          after = page.next
        }
        try await writer.finish(nil)
      })
  }

  // MARK: Origins and parameters

  func origin(_ context: HubRequestContext) throws -> Origin {
    let clientID = context.parameters.get("client_id") ?? ""
    let env = context.parameters.get("env") ?? ""
    guard canonicalUUID(clientID) != nil else {
      throw invalid(at: [.name("path"), .name("client_id")], "not a UUID")
    }
    guard let origin = Origin(clientID: clientID, env: env) else {
      throw invalid(
        at: [.name("path"), .name("env")], "not 1 to 32 letters, digits, hyphens and underscores")
    }
    guard allowedClientIDs.isEmpty || allowedClientIDs.contains(origin.clientID) else {
      throw Refusal(.notFound, "unknown client ID")
    }
    return origin
  }

  private func fileUUID(_ request: Request) throws -> String {
    guard let uuid = request.uri.queryParameters["uuid"].flatMap({ canonicalUUID(String($0)) })
    else { throw invalid(query: "uuid", "a UUID is required") }
    return uuid
  }

  func invalid(query name: String, _ message: String) -> InvalidMessage {
    invalid(at: [.name("query"), .name(name)], message)
  }

  private func invalid(at location: [Complaint.Step], _ message: String) -> InvalidMessage {
    InvalidMessage(complaints: [
      Complaint(location: location, message: message, kind: .wrongValue)
    ])
  }

  /// By OTLP a message that is not as it should be is a bad request.
  private func answerTelemetry(_ handle: () async throws -> Response) async throws -> Response {
    do {
      return try await handle()
    } catch let invalid as InvalidMessage {
      return HubAnswer.json(.badRequest, Complaint.answer(invalid.complaints))
    } catch let refusal as Refusal {
      return HubAnswer.failed(refusal.status, refusal.reason)
    }
  }

  func answer(_ handle: () async throws -> Response) async throws -> Response {
    do {
      return try await handle()
    } catch let invalid as InvalidMessage {
      return HubAnswer.refused(invalid.complaints)
    } catch let refusal as Refusal {
      return HubAnswer.failed(refusal.status, refusal.reason)
    }
  }
}

/// A request that is answered with an error status other than 422.
struct Refusal: Error {
  let status: HTTPResponse.Status
  let reason: String

  init(_ status: HTTPResponse.Status, _ reason: String) {
    self.status = status
    self.reason = reason
  }
}

/// Ends a request without a response. Hummingbird then finds the connection closed.
private struct ConnectionClosed: Error {}
