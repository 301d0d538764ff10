import AsyncHTTPClient
import Diagnostics
import NIOCore
import NIOHTTP1
import Testing
import TestSupport

@testable import HubServing

/// The hub over a socket.
struct LocalHubTests {
  private struct Answer: Equatable {
    var status: UInt
    var body: String
  }

  private static let path = "/v2/\(Messages.clientID)/prod"
  private static let logPath = "\(path)/log?uuid=e63a7fe1-c00e-42ad-bdf8-ffa1244a6e8a"
  private static let taken = Answer(status: 202, body: #"{"status":"ok"}"#)

  private func send(
    _ method: HTTPMethod, _ url: String, _ body: HTTPClientRequest.Body? = nil,
    headers: HTTPHeaders = [:]
  ) async throws -> HTTPClientResponse {
    var request = HTTPClientRequest(url: url)
    request.method = method
    request.headers = headers
    if method == .POST, !url.contains("/log"), !headers.contains(name: "Content-Type") {
      request.headers.add(name: "Content-Type", value: "application/json")
    }
    request.body = body
    // Seconds at most, but others may be at work on the machine.
    return try await HTTPClient.shared.execute(request, timeout: .seconds(120))
  }

  private func answer(
    _ method: HTTPMethod, _ url: String, _ body: HTTPClientRequest.Body? = nil,
    headers: HTTPHeaders = [:]
  ) async throws -> Answer {
    let response = try await send(method, url, body, headers: headers)
    let buffer = try await response.body.collect(upTo: 1 << 26)
    return Answer(status: response.status.code, body: String(buffer: buffer))
  }

  private func body(_ text: String) -> HTTPClientRequest.Body {
    .bytes(ByteBuffer(string: text))
  }

  /// A body of unknown length, which goes out chunked.
  private func chunked(_ bytes: [UInt8]) -> HTTPClientRequest.Body {
    let chunks = stride(from: 0, to: bytes.count, by: 100).map { start in
      ByteBuffer(bytes: bytes[start..<min(start + 100, bytes.count)])
    }
    return .stream(
      AsyncStream { continuation in
        for chunk in chunks { continuation.yield(chunk) }
        continuation.finish()
      }, length: .unknown)
  }

  @Test func `messages are taken, and the totals say what they were`() async throws {
    try await LocalHub().serving { url async throws in
      let base = url + Self.path
      #expect(try await answer(.POST, base + "/startup", body(Messages.startup)) == Self.taken)
      #expect(try await answer(.POST, base + "/sync", body(Messages.sync)) == Self.taken)
      #expect(try await answer(.POST, base + "/sync", body(Messages.sync)) == Self.taken)
      let log = chunked(Gzip.stored(Messages.logItem + "\n"))
      #expect(try await answer(.POST, url + Self.logPath, log) == Self.taken)
      let group = """
        "consumer":"acme","method":"GET","path":"/users/{user_id}","status_code":200,\
        "request_count":3,"request_size_sum":0,"response_size_sum":2500,\
        "response_times":{"0":2,"10":1},"request_sizes":{},"response_sizes":{"0":2,"1":1}
        """
      func totals(_ group: String) -> String {
        """
        {"messages":{"startup":1,"sync":1,"log":1,"duplicate":1},"totals":[{\(group)}],\
        "startup":\(Messages.startup),\
        "consumers":[{"identifier":"acme","name":"Acme Inc.","group":null}],"log_items":1}
        """
      }
      #expect(
        try await answer(.GET, base + "/totals") == Answer(status: 200, body: totals(group)))
      #expect(
        try await answer(.GET, base + "/totals?by=bucket")
          == Answer(status: 200, body: totals(#""bucket":1795425360,\#(group)"#)))
      #expect(
        try await answer(.GET, base + "/messages?kind=sync")
          == Answer(status: 200, body: Messages.sync + "\n"))
      #expect(
        try await answer(.GET, base + "/messages?kind=log&limit=1")
          == Answer(status: 200, body: Messages.logItem + "\n"))
    }
  }

  @Test func `a body may be gzipped and chunked`() async throws {
    try await LocalHub().serving { url async throws in
      let sync = url + Self.path + "/sync"
      let gzip: HTTPHeaders = ["Content-Encoding": "gzip"]
      let whole = HTTPClientRequest.Body.bytes(ByteBuffer(bytes: Gzip.stored(Messages.sync)))
      #expect(try await answer(.POST, sync, whole, headers: gzip) == Self.taken)
      let pieces = chunked(Gzip.stored(Messages.sync(uuid: 2)))
      #expect(try await answer(.POST, sync, pieces, headers: gzip) == Self.taken)
      let refused = try await answer(
        .POST, sync, body(Messages.sync(uuid: 3)), headers: ["Content-Encoding": "br"])
      #expect(refused.status == 415)
      let damaged = try await answer(.POST, sync, body("no gzip"), headers: gzip)
      #expect(
        damaged
          == Answer(
            status: 422,
            body:
              #"{"detail":[{"loc":["body"],"msg":"not exactly one complete gzip stream","type":"gzip_invalid"}]}"#
          ))
    }
  }

  @Test(arguments: [
    ("POST", "/v2/no-uuid/prod/sync", #"["path","client_id"]"#),
    ("POST", "/v2/\(Messages.clientID)/pr.od/sync", #"["path","env"]"#),
    (
      "POST", "/v2/\(Messages.clientID)/\(String(repeating: "e", count: 33))/sync",
      #"["path","env"]"#
    ),
    ("POST", "\(path)/log", #"["query","uuid"]"#),
    ("POST", "\(path)/log?uuid=1", #"["query","uuid"]"#),
    ("POST", logPath, #"["body"]"#),
    ("POST", "\(path)/sync", #"["body",0]"#),
    ("POST", "\(path)/startup", #"["body",0]"#),
    ("GET", "\(path)/totals?by=hour", #"["query","by"]"#),
    ("GET", "\(path)/messages", #"["query","kind"]"#),
    ("GET", "\(path)/messages?kind=sync&limit=0", #"["query","limit"]"#),
  ])
  func `a request that is not valid is answered with 422 and the place`(
    method: String, path: String, location: String
  ) async throws {
    try await LocalHub().serving { url async throws in
      let answer = try await answer(HTTPMethod(rawValue: method), url + path, body("x"))
      #expect(answer.status == 422)
      #expect(answer.body.hasPrefix(#"{"detail":[{"loc":\#(location),"#), "\(answer.body)")
    }
  }

  @Test func `an unknown client ID is answered with 404`() async throws {
    var options = LocalHub.Options()
    options.allowedClientIDs = [Messages.clientID.uppercased()]
    try await LocalHub(options: options).serving { url async throws in
      #expect(try await answer(.POST, url + Self.path + "/sync", body(Messages.sync)) == Self.taken)
      let other = "/v2/00000000-0000-4000-8000-000000000000/prod"
      let unknown = Answer(status: 404, body: #"{"detail":"unknown client ID"}"#)
      #expect(try await answer(.POST, url + other + "/sync", body(Messages.sync)) == unknown)
      #expect(try await answer(.GET, url + other + "/totals") == unknown)
    }
  }

  @Test func `bodies have a limit, as sent and decompressed`() async throws {
    try await LocalHub().serving { url async throws in
      let sync = url + Self.path + "/sync"
      let limit = HubRoutes.maximumBodyByteCount
      let padding = String(repeating: " ", count: limit - Messages.sync.utf8.count)
      #expect(try await answer(.POST, sync, body(Messages.sync + padding)) == Self.taken)
      #expect(try await answer(.POST, sync, body(Messages.sync + padding + " ")).status == 413)
      let bomb = HTTPClientRequest.Body.bytes(ByteBuffer(bytes: Gzip.bomb(byteCount: limit)))
      let gzip: HTTPHeaders = ["Content-Encoding": "gzip"]
      #expect(try await answer(.POST, sync, bomb, headers: gzip).status == 413)
      let logBomb = Gzip.bomb(byteCount: HubRoutes.maximumLogByteCount)
      let file = HTTPClientRequest.Body.bytes(ByteBuffer(bytes: logBomb))
      #expect(try await answer(.POST, url + Self.logPath, file).status == 413)
    }
  }

  @Test func `faults answer instead of the hub`() async throws {
    var options = LocalHub.Options()
    options.faults = HubFaults(opening: [
      .answered(status: 500), .answered(status: 429, retryAfter: .seconds(7)),
      .answered(status: 402, retryAfter: .date(secondsFromNow: 60)), .answered(status: 422),
    ])
    let hub = try LocalHub(options: options)
    try await hub.serving { url async throws in
      let sync = url + Self.path + "/sync"
      #expect(try await answer(.POST, sync, body(Messages.sync)).status == 500)
      let busy = try await send(.POST, sync, body(Messages.sync))
      #expect(busy.status == .tooManyRequests && busy.headers["Retry-After"] == ["7"])
      let unpaid = try await send(.POST, sync, body(Messages.sync))
      #expect(unpaid.status == .paymentRequired)
      #expect(unpaid.headers["Retry-After"].first?.hasSuffix(" GMT") == true)
      let invalid = try await answer(.POST, sync, body(Messages.sync))
      #expect(
        invalid
          == Answer(
            status: 422,
            body: #"{"detail":[{"loc":["body"],"msg":"fault injected","type":"value_error"}]}"#))
      #expect(try await answer(.POST, sync, body(Messages.sync)) == Self.taken)
    }
    #expect(hub.injectedFaultCount == 4)
    let origin = try #require(Origin(clientID: Messages.clientID, env: "prod"))
    #expect(
      try await hub.store.totals(of: origin).messages == HubTotals.MessageCounts(sync: 1))
  }

  @Test(arguments: [(HubFaults.Fault.closedBeforeStoring, 0), (.closedAfterStoring, 1)])
  func `a connection is closed without an answer, and the message kept or not`(
    fault: HubFaults.Fault, kept: Int
  ) async throws {
    var options = LocalHub.Options()
    options.faults = HubFaults(opening: [fault])
    let hub = try LocalHub(options: options)
    let origin = try #require(Origin(clientID: Messages.clientID, env: "prod"))
    try await hub.serving { url async throws in
      let sync = url + Self.path + "/sync"
      await #expect(throws: HTTPClientError.remoteConnectionClosed) {
        try await answer(.POST, sync, body(Messages.sync))
      }
      #expect(try await hub.store.totals(of: origin).messages.sync == kept)
      #expect(try await answer(.POST, sync, body(Messages.sync)) == Self.taken)
      #expect(
        try await hub.store.totals(of: origin).messages
          == HubTotals.MessageCounts(sync: 1, duplicate: kept))
    }
  }

  @Test func `a request in flight is answered when the hub stops`() async throws {
    var options = LocalHub.Options()
    options.faults = HubFaults(opening: [.delayed(.milliseconds(300))])
    let hub = try LocalHub(options: options)
    let request = try await hub.serving { url async throws in
      let sync = url + Self.path + "/sync"
      let request = Task { try await answer(.POST, sync, body(Messages.sync)) }
      while hub.injectedFaultCount == 0 { await Task.yield() }
      return request
    }
    #expect(try await request.value == Self.taken)
  }

  @Test func `a port that is taken is named`() async throws {
    try await LocalHub().serving { url async throws in
      var options = LocalHub.Options()
      options.port = try #require(url.split(separator: ":").last.flatMap { Int($0) })
      let second = try LocalHub(options: options)
      let error = await #expect(throws: LocalHubError.self) { try await second.serving { _ in } }
      #expect(error?.diagnostic.code == "hub-port-in-use")
    }
  }

  @Test(arguments: ["/", "/alerts", "/apps/\(Messages.clientID)/prod"])
  func `pages allow nothing but what the hub serves`(path: String) async throws {
    try await LocalHub().serving { url async throws in
      let response = try await send(.GET, url + path)
      #expect(response.status == .ok)
      let policy = response.headers["Content-Security-Policy"].first ?? ""
      #expect(policy.hasPrefix("default-src 'none'; script-src 'self'; style-src 'self';"))
      #expect(!policy.contains("unsafe") && policy.contains("frame-ancestors 'none'"))
      #expect(response.headers["X-Content-Type-Options"] == ["nosniff"])
    }
  }

  @Test func `what pages load is served, and sent once`() async throws {
    try await LocalHub().serving { url async throws in
      for (name, type) in [
        ("hub.css", "text/css"), ("dashboard.js", "text/javascript"),
        ("alerts.js", "text/javascript"),
        ("icon.svg", "image/svg+xml"),
      ] {
        let response = try await send(.GET, url + "/assets/" + name)
        #expect(response.status == .ok)
        #expect(response.headers["Content-Type"] == ["\(type); charset=utf-8"])
        let tag = try #require(response.headers["ETag"].first)
        let again = try await send(.GET, url + "/assets/" + name, headers: ["If-None-Match": tag])
        #expect(again.status == .notModified)
      }
      #expect(try await send(.GET, url + "/apps/x/prod").status.code == 422)
      #expect(try await send(.GET, url + "/assets/other.js").status == .notFound)
    }
  }

  @Test func `a view that has not changed is not computed again`() async throws {
    try await LocalHub().serving { url async throws in
      let view = url + "/api/v1/\(Messages.clientID)/prod/figures?since=0&until=86400"
      let first = try await send(.GET, view)
      let tag = try #require(first.headers["ETag"].first)
      #expect(try await send(.GET, view, headers: ["If-None-Match": tag]).status == .notModified)
      #expect(try await answer(.POST, url + Self.path + "/sync", body(Messages.sync)) == Self.taken)
      let next = try await send(.GET, view, headers: ["If-None-Match": tag])
      #expect(next.status == .ok && next.headers["ETag"].first != tag)
      // Up to now: another time whenever it is asked for.
      let open = try await send(
        .GET, url + "/api/v1/\(Messages.clientID)/prod/figures", headers: ["If-None-Match": tag])
      #expect(open.status == .ok && open.headers["ETag"].isEmpty)
    }
  }

  @Test func `a client ID that is allowed must be one`() {
    var options = LocalHub.Options()
    options.allowedClientIDs = ["x"]
    #expect(throws: LocalHubError.invalidClientID("x")) { try LocalHub(options: options) }
  }

  // MARK: Who may talk to it

  @Test(
    arguments: [
      ["Host": "evil.example"], ["Host": "evil.example:8000"], ["Host": "127.0.0.1.evil.example"],
      ["Host": "localhost.evil.example"], ["Host": "128.0.0.1"], ["Host": "127.1"],
      ["Host": "0.0.0.0"],
      ["Host": "[::2]"], ["Host": "[fe80::1]:8000"], ["Host": "127.0.0.1@evil.example"],
      ["Host": "127.0.0.1:80@evil.example"], ["Host": "[::1]evil.example"],
      ["Host": "localhost:x"], ["Host": "evil.example#.localhost"],
      ["Host": "evil.example/.localhost"],
      ["Origin": "http://evil.example"], ["Origin": "null"], ["Origin": "http://localhost:3000"],
      ["Origin": "https://127.0.0.1"], ["Origin": ""], ["Sec-Fetch-Site": "cross-site"],
      ["Sec-Fetch-Site": "same-site"], ["Sec-Fetch-Site": ""],
      ["Authorization": "Bearer x", "Host": "x"],
    ] as [HTTPHeaders])
  func `a page of another site neither reads nor writes`(_ headers: HTTPHeaders) async throws {
    let hub = try LocalHub()
    let origin = try #require(Origin(clientID: Messages.clientID, env: "prod"))
    try await hub.serving { url async throws in
      for path in ["/sync", "/startup", "/log?uuid=e63a7fe1-c00e-42ad-bdf8-ffa1244a6e8a"] {
        let answer = try await answer(
          .POST, url + Self.path + path, body(Messages.sync), headers: headers)
        #expect(answer.status == 403)
      }
      for path in ["/", "\(Self.path)/totals", "\(Self.path)/messages?kind=sync", "/elsewhere"] {
        #expect(try await answer(.GET, url + path, headers: headers).status == 403)
      }
      #expect(try await hub.store.totals(of: origin) == HubTotals())
    }
  }

  @Test(arguments: [
    "localhost", "LOCALHOST:1", "localhost.", "hub.localhost", "127.0.0.1", "127.255.255.254:80",
    "[::1]", "[::1]:8000", "hub.internal", "HUB.internal:8000",
  ])
  func `names of this machine, and those that were allowed, are answered`(
    _ host: String
  ) async throws {
    var options = LocalHub.Options()
    options.allowedHosts = ["Hub.internal:8000"]
    try await LocalHub(options: options).serving { url async throws in
      for headers in [
        ["Host": host],
        ["Host": host, "Origin": "http://\(host)", "Sec-Fetch-Site": "same-origin"],
        ["Host": host, "Sec-Fetch-Site": "none"],
      ] as [HTTPHeaders] {
        #expect(try await answer(.GET, url + "/", headers: headers).status == 200)
      }
    }
  }

  @Test(arguments: [
    "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "",
    "text/plain; application/json", "application/jsonx",
  ])
  func `a body says that it is JSON`(_ type: String) async throws {
    try await LocalHub().serving { url async throws in
      for path in ["/sync", "/startup", "/log?uuid=e63a7fe1-c00e-42ad-bdf8-ffa1244a6e8a"] {
        let answer = try await answer(
          .POST, url + Self.path + path, body(Messages.sync), headers: ["Content-Type": type])
        #expect(answer.status == 415)
      }
      let headers: HTTPHeaders = ["Content-Type": "Application/JSON; charset=utf-8"]
      let taken = try await answer(
        .POST, url + Self.path + "/sync", body(Messages.sync), headers: headers)
      #expect(taken == Self.taken)
    }
  }

  @Test func `beyond this machine a token is required`() async throws {
    for host in ["0.0.0.0", "::", "192.0.2.1", "hub.example"] {
      var options = LocalHub.Options()
      options.host = host
      #expect(throws: LocalHubError.tokenRequired(host: host)) { try LocalHub(options: options) }
    }
    for token in ["", "short", "fifteen-letters", "with a space in it", "sixteen/letters/"] {
      var options = LocalHub.Options()
      options.token = Redacted(token)
      #expect(throws: LocalHubError.invalidToken) { try LocalHub(options: options) }
    }
  }

  @Test func `only who shows the token is answered`() async throws {
    var options = LocalHub.Options()
    let token = "Abcdefgh-123_456"
    options.token = Redacted(token)
    try await LocalHub(options: options).serving { url async throws in
      let sync = Self.path + "/sync"
      let others: [(String, HTTPHeaders)] = [
        (sync, [:]), (sync, ["Authorization": "Bearer \(token)x"]), ("/\(token)x\(sync)", [:]),
        ("/x/\(token)\(sync)", [:]), ("\(sync)?token=\(token)", [:]),
        (sync, ["Authorization": "Basic \(token)"]), ("/\(token.lowercased())\(sync)", [:]),
        ("/\(token)\(sync)", ["Origin": "http://evil.example"]),
      ]
      for (path, headers) in others {
        let answer = try await answer(.POST, url + path, body(Messages.sync), headers: headers)
        #expect([401, 403].contains(answer.status), "\(path) \(headers)")
      }
      #expect(try await answer(.GET, url + "/").status == 401)
      let bearer: HTTPHeaders = ["Authorization": "Bearer \(token)"]
      #expect(
        try await answer(.POST, url + sync, body(Messages.sync), headers: bearer) == Self.taken)
      let path = "\(url)/\(token)"
      #expect(try await answer(.POST, path + sync, body(Messages.sync(uuid: 2))) == Self.taken)
      // Without the slash, what the page loads would stand beside it.
      for page in ["", "/", "/alerts", "/apps/\(Messages.clientID)/prod", "/assets/hub.css"] {
        #expect(try await answer(.GET, path + page).status == 200, "\(page)")
      }
      let totals = try await answer(.GET, path + Self.path + "/totals")
      #expect(totals.body.contains(#""sync":2"#))
    }
  }

  // MARK: What it takes

  @Test func `sums that no longer fit are cut, and every page is shown`() async throws {
    let hub = try LocalHub()
    let limit = Inspection.maximumInteger
    try await hub.serving { url async throws in
      // Each is a message of its own; together they are more than 64 bits hold.
      let items = (0..<1_500).map { number in
        #"{"consumer":null,"method":"GET","path":"/\#(number)","status_code":\#(400 + number % 200),"#
          + #""request_count":\#(limit),"request_size_sum":0,"response_size_sum":0,"#
          + #""response_times":{"0":\#(limit)},"request_sizes":{},"response_sizes":{}}"#
      }
      let message = """
        {"instance_uuid":"1b06791e-06dc-43ad-93fc-2573010b1f06",\
        "message_uuid":"00000000-0000-4000-8000-000000000001","timestamp":0,\
        "requests":[\(items.joined(separator: ","))],\
        "validation_errors":[],"server_errors":[],"consumers":[],"resources":null}
        """
      let answer = try await answer(.POST, url + Self.path + "/sync", body(message))
      #expect(answer == Self.taken)
      let page = try await self.answer(.GET, url + "/")
      #expect(page.status == 200)
      #expect(
        page.body.contains("9,223,372,036,854,775,807"))
      for path in ["/totals", "/totals?by=bucket"] {
        #expect(try await self.answer(.GET, url + Self.path + path).status == 200)
      }
    }
  }

  @Test func `a text of very many values is refused`() async throws {
    try await LocalHub().serving { url async throws in
      let zeros = "[" + String(repeating: "0,", count: JSONReading.maximumValueCount) + "0]"
      let answer = try await answer(.POST, url + Self.path + "/sync", body(zeros))
      #expect(answer.status == 422 && answer.body.contains("more values than a message has"))
    }
  }
}
