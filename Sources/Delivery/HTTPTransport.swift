internal import Addressing
internal import AsyncHTTPClient
package import Diagnostics
internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix
internal import NIOSSL

/// Sends messages over HTTP. TLS certificates are verified against the system's roots, or others that the
/// user names; redirects are not followed, nothing is logged. A proxy is asked for a tunnel (`CONNECT`),
/// for `http` too.
package final class HTTPTransport: Transport {
  package struct Settings: Sendable {
    package var hub: HubURL
    package var proxy: ProxySettings?
    /// nil for the system's.
    package var authorities: TrustedAuthorities?
    /// `backtally/<version>`.
    package var userAgent: String
    /// Headers of every request that are secrets, or may be.
    package var secretHeaders: [(name: String, value: Redacted<String>)] = []
    /// Whether an answer that a message was taken may say that some of it was not (OTLP).
    package var readsPartialSuccess = false
    /// Where the answers' wish how often to send is noted; nil if nobody asks.
    package var exportInterval: ExportInterval?
    /// How long one attempt may take, from connecting to the end of the answer.
    package var attemptTimeout: Duration = .seconds(10)
    /// How long it may take to connect.
    var connectTimeout: Duration { attemptTimeout * 0.8 }
    /// How much of an answer's body is read.
    package var answerLimit = 16 * 1024

    package init(hub: HubURL, proxy: ProxySettings?, userAgent: String) {
      self.hub = hub
      self.proxy = proxy
      self.userAgent = userAgent
    }
  }

  /// The longest reason kept of an answer, in characters.
  static let reasonLimit = 300

  private let settings: Settings
  private let client: HTTPClient
  /// One thread: what there is to do for a message is little, and each change of threads costs as much.
  private let eventLoops = MultiThreadedEventLoopGroup(numberOfThreads: 1)
  package let executor: (any TaskExecutor)?
  private let secondsSince1970: @Sendable () -> Int64

  /// - Parameter secondsSince1970: the wall clock, which a `Retry-After` with a date is read by.
  package init(_ settings: Settings, secondsSince1970: @escaping @Sendable () -> Int64) {
    self.settings = settings
    self.secondsSince1970 = secondsSince1970
    client = HTTPClient(
      eventLoopGroup: eventLoops, configuration: Self.configuration(for: settings))
    executor = EventLoopExecutor(eventLoops.any())
  }

  /// Closes the connections. Must be called before the transport goes, and after all is sent.
  package func shutDown() async {
    // The only error is that it has been shut down before.
    try? await client.shutdown()
    try? await eventLoops.shutdownGracefully()
  }

  package func send(_ message: OutgoingMessage) async -> AttemptOutcome {
    let deadline = NIODeadline.now() + .nanoseconds(settings.attemptTimeout.wholeNanoseconds)
    do {
      let response = try await client.execute(request(for: message), deadline: deadline)
      if let interval = settings.exportInterval,
        let value = response.headers.first(name: ExportInterval.header)
      {
        interval.note(value)
      }
      let body = await beginning(of: response, until: deadline)
      let status = Int(response.status.code)
      let type = response.headers.first(name: "Content-Type")?.lowercased() ?? ""
      let isPage = type.hasPrefix("text/html")
      // Nobody asks why a message was taken.
      if (200..<300).contains(status) {
        var answer = HubAnswer(status: status, isForeign: isPage)
        if settings.readsPartialSuccess { answer.rejection = PartialRejection(body) }
        return .answered(answer)
      }
      return .answered(
        HubAnswer(
          status: status, isForeign: isPage || isForeign(status, body),
          retryAfter: response.headers.first(name: "Retry-After")
            .flatMap { retryAfter($0, now: secondsSince1970()) },
          reason: Self.reason(body, ofType: type)))
    } catch {
      return AttemptOutcome(error)
    }
  }

  /// Whether a 404 is of a server that has nothing at the address, and not of a hub that does not know the
  /// client ID, which says so in JSON. With a path in the hub's address it may be the path that is wrong: then
  /// the hub, too, says no more than that there is nothing.
  private func isForeign(_ status: Int, _ body: [UInt8]) -> Bool {
    guard status == 404 else { return false }
    let text = String(decoding: body, as: UTF8.self).filter { !$0.isWhitespace }
    if text.hasPrefix("{") {
      return !settings.hub.basePath.isEmpty && text.lowercased() == #"{"detail":"notfound"}"#
    }
    return !text.isEmpty || !settings.hub.basePath.isEmpty
  }

  private func request(for message: OutgoingMessage) -> HTTPClientRequest {
    var request = HTTPClientRequest(url: settings.hub.url(of: message))
    request.method = .POST
    request.headers.add(name: "User-Agent", value: settings.userAgent)
    for header in message.envelope.headers {
      request.headers.add(name: header.name, value: header.value)
    }
    for header in settings.secretHeaders {
      request.headers.add(name: header.name, value: header.value.secret)
    }
    request.body = .bytes(ByteBuffer(bytes: message.body))
    return request
  }

  /// The beginning of the body, as far as it comes in time: the status has been decided by then,
  /// so that a body that breaks off changes nothing. The client gives up on one that does not go on
  /// (`timeout.read`), which takes no timer of ours for each message.
  private func beginning(of response: HTTPClientResponse, until deadline: NIODeadline) async
    -> [UInt8]
  {
    let limit = settings.answerLimit
    var bytes: [UInt8] = []
    do {
      for try await buffer in response.body {
        bytes += buffer.readableBytesView.prefix(limit - bytes.count)
        // Leaving the loop early closes the connection.
        if bytes.count >= limit || NIODeadline.now() >= deadline { break }
      }
    } catch {}
    return bytes
  }

  static func configuration(for settings: Settings) -> HTTPClient.Configuration {
    var configuration = HTTPClient.Configuration(redirectConfiguration: .disallow)
    configuration.httpVersion = .http1Only
    configuration.tracing.tracer = nil
    configuration.timeout.read = .nanoseconds(settings.attemptTimeout.wholeNanoseconds)
    // Before the attempt is over, or it would not be known that nothing was sent.
    configuration.timeout.connect = .nanoseconds(settings.connectTimeout.wholeNanoseconds)
    // Trying again is the retry policy's business; the client would hide the error for 10 s.
    configuration.connectionPool.retryConnectionEstablishment = false
    if let authorities = settings.authorities {
      var tls = TLSConfiguration.makeClientConfiguration()
      tls.trustRoots = .certificates(authorities.certificates)
      configuration.tlsConfiguration = tls
    }
    configuration.proxy = settings.proxy.map { proxy in
      .server(
        host: proxy.host, port: proxy.port,
        authorization: proxy.credentials.map {
          .basic(username: $0.secret.user, password: $0.secret.password)
        })
    }
    return configuration
  }

  /// The text of an answer's body, on one line, without bytes that a terminal would act on.
  ///
  /// - Parameter type: its media type, in lower case.
  static func reason(_ body: [UInt8], ofType type: String = "") -> String {
    let isProtobuf = type.hasPrefix("application/x-protobuf")
    let text = isProtobuf ? AnswerFields.statusMessage(body) ?? body : body
    let words = String(decoding: text, as: UTF8.self)
      .split { $0.isWhitespace }.joined(separator: " ")
    return String(terminalSafe(String(words.prefix(reasonLimit))).prefix(reasonLimit))
  }
}

extension Duration {
  /// For the client, which counts so. 292 years are more than any limit of ours.
  fileprivate var wholeNanoseconds: Int64 { Int64(self / .nanoseconds(1)) }
}
