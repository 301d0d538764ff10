import AsyncHTTPClient
import Configuring
import Diagnostics
import FoundationEssentials
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL

/// Posts alerts to webhooks, directly: no proxy, no redirects.
struct WebhookPosting: Sendable {
  /// How long one attempt may take, from connecting to the answer's header, and how long to connect.
  var timeout: Duration = .seconds(10)
  var connectTimeout: Duration = .seconds(5)
  /// Certificates (PEM) of the authorities to trust; nil for the system's.
  var authorities = ProcessInfo.processInfo.environment["SSL_CERT_FILE"]

  /// One attempt: whatever is answered but success is a failure, and what the answer says is not read.
  ///
  /// - Returns: what went wrong; nil if it was taken. The address is not in it.
  func post(_ body: String, to webhook: AlertRule.Webhook) async -> String? {
    let client = HTTPClient(
      eventLoopGroup: MultiThreadedEventLoopGroup.singleton, configuration: configuration)
    let failure: String?
    do {
      let response = try await client.execute(
        Self.request(body, webhook), timeout: TimeAmount(timeout))
      let status = Int(response.status.code)
      failure = (200..<300).contains(status) ? nil : "the answer was \(status)"
    } catch {
      failure = Self.reason(error)
    }
    // The only error is that it has been shut down before.
    try? await client.shutdown()
    return failure
  }

  private var configuration: HTTPClient.Configuration {
    var configuration = HTTPClient.Configuration(redirectConfiguration: .disallow)
    configuration.httpVersion = .http1Only
    configuration.tracing.tracer = nil
    configuration.timeout.connect = TimeAmount(connectTimeout)
    configuration.timeout.read = TimeAmount(timeout)
    configuration.connectionPool.retryConnectionEstablishment = false
    if let authorities, !authorities.isEmpty {
      var tls = TLSConfiguration.makeClientConfiguration()
      tls.trustRoots = .file(authorities)
      configuration.tlsConfiguration = tls
    }
    return configuration
  }

  private static func request(_ body: String, _ webhook: AlertRule.Webhook) -> HTTPClientRequest {
    let address = WebhookAddress(webhook.url.secret)
    var request = HTTPClientRequest(url: address.url)
    request.method = .POST
    request.headers.add(name: "User-Agent", value: "backtally-hub")
    request.headers.add(name: "Content-Type", value: "application/json")
    if let credentials = address.credentials {
      let text = Data(credentials.utf8).base64EncodedString()
      request.headers.add(name: "Authorization", value: "Basic \(text)")
    }
    request.body = .bytes(ByteBuffer(string: body))
    return request
  }

  /// The texts are our own: the client's may hold addresses.
  private static func reason(_ error: any Error) -> String {
    switch error {
    case let error as HTTPClientError:
      switch error {
      case .deadlineExceeded, .readTimeout, .writeTimeout: "no answer in time"
      case .connectTimeout, .tlsHandshakeTimeout: "no connection in time"
      case .remoteConnectionClosed: "the connection was closed before the answer"
      case .cancelled: "broken off"
      default: "the exchange failed (\(error.shortDescription))"
      }
    case let error as IOError: systemMessage(error.errnoCode)
    case let error as NIOConnectionError:
      error.connectionErrors.lazy.compactMap { $0.error as? IOError }.first
        .map { systemMessage($0.errnoCode) } ?? "no connection"
    case ChannelError.connectTimeout: "no connection in time"
    case is NIOSSLError, is NIOSSLExtraError: "no secure connection"
    case is CancellationError: "broken off"
    default: "the exchange failed"
    }
  }
}

/// An address with a user's name and password kept apart from it.
struct WebhookAddress: Equatable {
  var url: String
  /// `name:password`; nil if there is none.
  var credentials: String?

  init(_ text: String) {
    url = text
    guard let scheme = text.firstRange(of: "://") else { return }
    let rest = text[scheme.upperBound...]
    let authority = rest.prefix { $0 != "/" && $0 != "?" }
    guard let at = authority.lastIndex(of: "@") else { return }
    url = String(text[..<scheme.upperBound] + rest[rest.index(after: at)...])
    credentials = Self.decoded(authority[..<at])
  }

  /// Without percent-encoding (RFC 3986, 2.1); what is none stays as it is.
  private static func decoded(_ text: Substring) -> String {
    var bytes: [UInt8] = []
    var rest = text.utf8
    while let byte = rest.popFirst() {
      if byte == UInt8(ascii: "%"), let code = UInt8(text: rest.prefix(2)) {
        bytes.append(code)
        rest = rest.dropFirst(2)
      } else {
        bytes.append(byte)
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}

extension UInt8 {
  /// That of two hexadecimal digits.
  fileprivate init?(text: Substring.UTF8View) {
    let digits = String(decoding: Array(text), as: UTF8.self)
    guard digits.utf8.count == 2, digits.allSatisfy(\.isHexDigit) else { return nil }
    self.init(digits, radix: 16)
  }
}
