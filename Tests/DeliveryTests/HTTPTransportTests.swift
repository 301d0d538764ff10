import Addressing
import NIOHTTP1
import Testing

@testable import Delivery

struct HTTPTransportTests {
  private let now: Int64 = 784_111_777

  private let sync = OutgoingMessage(
    id: 1,
    envelope: Envelope(
      path: "/v2/76b5cb91-a0a4-4ea0-a894-57d2b9fcb2c9/prod/sync",
      headers: [.contentType("application/json")]),
    body: Array(#"{"message_uuid":"m"}"#.utf8))

  /// Sends messages to a hub and returns the outcomes.
  private func send(
    _ messages: [OutgoingMessage], to url: String, proxy: ProxySettings? = nil,
    timeout: Duration = .seconds(10), exportInterval: ExportInterval? = nil
  ) async throws -> [AttemptOutcome] {
    var settings = HTTPTransport.Settings(
      hub: try HubURL(url), proxy: proxy, userAgent: "backtally/1.2.3")
    settings.exportInterval = exportInterval
    settings.attemptTimeout = timeout
    let transport = HTTPTransport(settings, secondsSince1970: { [now] in now })
    var outcomes: [AttemptOutcome] = []
    for message in messages { outcomes.append(await transport.send(message)) }
    await transport.shutDown()
    return outcomes
  }

  /// Answers, whether the hub's address has a path, and whether the answer is somebody else's.
  @Test(
    arguments: [
      (404, "application/json", #"{"detail":"Not Found"}"#, "", false),
      (404, "application/json", #"{"detail":"Not Found"}"#, "/wrong", true),
      (404, "application/json", #"{"detail":"Unknown client ID"}"#, "/right", false),
      (404, "text/html; charset=utf-8", "<html>", "", true),
      (404, "text/plain", "404 page not found", "", true), (404, "", "", "", false),
      (404, "", "", "/wrong", true), (405, "text/html", "<html>", "", true),
      (200, "TEXT/HTML", "<html>", "", true), (202, "application/json", "{}", "/right", false),
      (403, "application/json", "{}", "/right", false), (302, "text/html", "<html>", "", true),
    ] as [(Int, String, String, String, Bool)])
  func `another server's answer is told from a hub's`(
    _ status: Int, _ type: String, _ body: String, _ path: String, _ isForeign: Bool
  ) async throws {
    let behaviour = LoopbackHub.Behaviour.answer(
      status, headers: type.isEmpty ? [] : [("Content-Type", type)], body: body)
    let outcome = try await LoopbackHub.with({ _ in behaviour }) { hub in
      try await send([sync], to: "http://127.0.0.1:\(hub.port)\(path)").first
    }
    guard case .answered(let answer)? = outcome else { throw CancellationError() }
    #expect(answer.status == status && answer.isForeign == isForeign)
  }

  /// A receiver of OTLP answers in the encoding that it was asked in: here with code 14, as a Collector does.
  @Test(arguments: [
    ("application/x-protobuf", "\u{8}\u{E}\u{12}\u{8}no room\n", "no room"),
    ("Application/X-Protobuf; v=1", "\u{12}\u{2}no", "no"),
    ("application/x-protobuf", "no protobuf", "no protobuf"), ("text/plain", "no room", "no room"),
  ])
  func `the reason of an error is read from protobuf, too`(
    type: String, body: String, reason: String
  ) async throws {
    let outcome = try await outcome(
      of: .answer(503, headers: [("Content-Type", type)], body: body))
    guard case .answered(let answer)? = outcome else { throw CancellationError() }
    #expect(answer.reason == reason)
  }

  private func outcome(
    of behaviour: LoopbackHub.Behaviour, timeout: Duration = .seconds(10)
  ) async throws -> AttemptOutcome? {
    try await LoopbackHub.with({ _ in behaviour }) { hub in
      try await send([sync], to: "http://127.0.0.1:\(hub.port)", timeout: timeout).first
    }
  }

  @Test func `a message goes out as it was queued`() async throws {
    let log = OutgoingMessage(
      id: 2, envelope: Envelope(path: "/v2/c/prod/log", query: "uuid=u"),
      body: [0x1F, 0x8B, 0, 0xFF])
    let requests = try await LoopbackHub.with({ _ in .answer(202) }) { hub in
      let outcomes = try await send([sync, log], to: "http://127.0.0.1:\(hub.port)/base/")
      #expect(outcomes == Array(repeating: .answered(HubAnswer(status: 202)), count: 2))
      return hub.requests
    }
    try #require(requests.count == 2)
    #expect(requests.map(\.method) == ["POST", "POST"])
    #expect(requests.map(\.uri) == ["/base" + sync.envelope.path, "/base/v2/c/prod/log?uuid=u"])
    #expect(requests.map(\.body) == [sync.body, log.body])
    #expect(requests.map { $0.headers["content-type"] } == [["application/json"], []])
    #expect(requests.map { $0.headers["content-length"] } == [["20"], ["4"]])
    #expect(requests.allSatisfy { $0.headers["user-agent"] == ["backtally/1.2.3"] })
    #expect(requests.allSatisfy { !$0.headers.contains(name: "accept-encoding") })
  }

  @Test(
    arguments: [
      (200, [], "", HubAnswer(status: 200)),
      (
        422, [], #"{"detail":"no \#u{1B}[31m field"}"#,
        HubAnswer(status: 422, reason: #"{"detail":"no \u{1B}[31m field"}"#)
      ),
      (500, [], "oops\r\n\tagain ", HubAnswer(status: 500, reason: "oops again")),
      (429, [("Retry-After", "7")], "", HubAnswer(status: 429, retryAfter: .seconds(7))),
      (
        503, [("retry-after", "Sun, 06 Nov 1994 08:49:47 GMT")], "",
        HubAnswer(status: 503, retryAfter: .seconds(10))
      ),
      (503, [("Retry-After", "later")], "", HubAnswer(status: 503)),
      (302, [("Location", "/elsewhere")], "", HubAnswer(status: 302)),
    ] as [(Int, [(String, String)], String, HubAnswer)])
  func `an answer is read with its wish and its reason`(
    status: Int, headers: [(String, String)], body: String, expected: HubAnswer
  ) async throws {
    #expect(
      try await outcome(of: .answer(status, headers: headers, body: body)) == .answered(expected))
  }

  @Test(
    arguments: [
      (202, "30", 30), (503, "30", 30), (200, " 5", 5), (200, "0", 5), (200, "-1", 5),
      (200, "61", 60), (200, "86400", 60), (200, "", nil), (200, "15.5", nil), (200, "soon", nil),
      (200, "99999999999999999999", nil),
    ] as [(Int, String, Int?)])
  func `how often the receiver wants to hear of a live stream is noted`(
    status: Int, value: String, seconds: Int?
  ) async throws {
    let interval = ExportInterval()
    let behaviour = LoopbackHub.Behaviour.answer(
      status, headers: [("apitally-export-interval", value)])
    _ = try await LoopbackHub.with({ _ in behaviour }) { hub in
      try await send([sync], to: "http://127.0.0.1:\(hub.port)", exportInterval: interval)
    }
    #expect(interval.seconds == seconds)
  }

  @Test func `a long body is cut, and the next message goes all the same`() async throws {
    let outcomes = try await LoopbackHub.with({ _ in .longBody(422, size: 5_000_000) }) { hub in
      try await send([sync, sync], to: "http://127.0.0.1:\(hub.port)")
    }
    let reason = String(repeating: "x", count: HTTPTransport.reasonLimit)
    #expect(
      outcomes
        == Array(
          repeating: .answered(HubAnswer(status: 422, reason: reason)), count: 2))
  }

  @Test func `a hub that says nothing is left in time`() async throws {
    let outcome = try await outcome(of: .silence, timeout: .seconds(2))
    #expect(outcome == .failed(TransportFault(.timedOut, "no answer in time")))
  }

  @Test func `the status counts even if the body never ends`() async throws {
    let outcome = try await outcome(of: .endlessBody(202), timeout: .seconds(2))
    #expect(outcome == .answered(HubAnswer(status: 202)))
  }

  @Test func `a connection closed before the answer is a fault`() async throws {
    let outcome = try await outcome(of: .close)
    #expect(
      outcome
        == .failed(TransportFault(.interrupted, "the connection was closed before the answer")))
  }

  @Test func `a port where nobody listens is known at once`() async throws {
    let port = try await LoopbackHub.with({ _ in .silence }) { $0.port }
    let start = ContinuousClock.now
    let outcomes = try await send([sync], to: "http://127.0.0.1:\(port)")
    #expect(outcomes == [.failed(TransportFault(.notConnected, "connection refused"))])
    // Not after the time for an attempt, 10 s.
    #expect(ContinuousClock.now - start < .seconds(8))
  }

  @Test func `a hub that does not speak TLS is a fault`() async throws {
    let outcomes = try await LoopbackHub.with({ _ in .answer(200) }) { hub in
      try await send([sync], to: "https://127.0.0.1:\(hub.port)", timeout: .seconds(2))
    }
    guard case .failed(let fault) = outcomes.first else {
      Issue.record("\(outcomes)")
      return
    }
    #expect(fault.kind == .notConnected)
  }

  @Test func `cancelling ends an attempt`() async throws {
    let outcome = try await LoopbackHub.with({ _ in .silence }) { hub in
      let port = hub.port
      let task = Task { try await send([sync], to: "http://127.0.0.1:\(port)").first }
      while hub.requests.isEmpty { try await Task.sleep(for: .milliseconds(1)) }
      task.cancel()
      return try await task.value
    }
    #expect(outcome == .cancelled)
  }

  @Test(arguments: [
    (407, TransportFault(.misconfigured, "the proxy asks for a user name and password")),
    (502, TransportFault(.notConnected, "the proxy did not connect to the hub")),
  ])
  func `a proxy is asked for a tunnel to the hub, and may refuse`(
    status: Int, expected: TransportFault
  ) async throws {
    let requests = try await LoopbackHub.with({ _ in .answer(status) }) { hub in
      let proxy = try ProxySettings.proxy(
        for: HubURL("http://hub.example"),
        environment: ["http_proxy": "http://user:secret@127.0.0.1:\(hub.port)"])
      let outcomes = try await send([sync], to: "http://hub.example", proxy: proxy)
      #expect(outcomes == [.failed(expected)])
      return hub.requests
    }
    #expect(requests.first?.method == "CONNECT")
    #expect(requests.first?.uri == "hub.example:80")
    #expect(requests.first?.headers["proxy-authorization"] == ["Basic dXNlcjpzZWNyZXQ="])
  }

  @Test func `a whole queue goes over real sockets in spite of faults`() async throws {
    let queue = MemoryQueue()
    queue.append(count: 300, startup: true)
    let generator = FaultGenerator()
    let summary = try await LoopbackHub.with({ generator.behaviour(for: $0) }) { hub in
      var limits = DeliverySchedule.Limits()
      limits.retry.firstDelay = .milliseconds(2)
      var settings = HTTPTransport.Settings(
        hub: try HubURL("http://127.0.0.1:\(hub.port)"), proxy: nil, userAgent: "backtally/1")
      settings.attemptTimeout = .milliseconds(500)
      let transport = HTTPTransport(settings, secondsSince1970: { 0 })
      let courier = Courier(from: queue, over: transport, limits: limits)
      courier.finish()
      let summary = try await courier.run()
      await transport.shutDown()
      return summary
    }
    #expect(summary.outcome == .done && summary.delivered == 300 && summary.waiting == 0)
    #expect(generator.taken.count == 300)
  }
}
