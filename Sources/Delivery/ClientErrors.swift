internal import AsyncHTTPClient
internal import NIOCore
internal import NIOPosix

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

// What the HTTP client's errors mean for a message. The texts are our own: the client's may hold
// addresses.

extension AttemptOutcome {
  init(_ error: any Error) {
    switch error {
    case is CancellationError: self = .cancelled
    case let error as HTTPClientError:
      self = error == .cancelled ? .cancelled : .failed(TransportFault(error))
    case let error as NIOConnectionError: self = .failed(TransportFault(error))
    case let error as IOError: self = .failed(TransportFault(error))
    case ChannelError.connectTimeout:
      self = .failed(TransportFault(.notConnected, "no connection in time"))
    case is ChannelError:
      self = .failed(TransportFault(.interrupted, TransportFault.closedText))
    default: self = .failed(TransportFault(unknown: error))
    }
  }
}

extension TransportFault {
  fileprivate static let closedText = "the connection was closed before the answer"

  fileprivate init(_ error: HTTPClientError) {
    switch error {
    case .deadlineExceeded, .readTimeout, .writeTimeout:
      self.init(.timedOut, "no answer in time")
    case .connectTimeout, .tlsHandshakeTimeout, .httpProxyHandshakeTimeout,
      .getConnectionFromPoolTimeout:
      self.init(.notConnected, "no connection in time")
    case .remoteConnectionClosed:
      self.init(.interrupted, Self.closedText)
    case .proxyAuthenticationRequired:
      self.init(.misconfigured, "the proxy asks for a user name and password")
    case .invalidProxyResponse:
      self.init(.notConnected, "the proxy did not connect to the hub")
    default:
      self.init(.interrupted, "the exchange failed (\(error.shortDescription))")
    }
  }

  /// An error of a socket that may have been connected: then it says nothing of what was sent before.
  fileprivate init(_ error: IOError) {
    self.init(errno: error.errnoCode)
    let isOfConnecting =
      error.errnoCode == ECONNREFUSED || error.description.contains("connect(")
      || error.description.contains("non-blocking connect")
    if kind == .notConnected && !isOfConnecting { kind = .interrupted }
  }

  fileprivate init(_ error: NIOConnectionError) {
    switch error.connectionErrors.last?.error {
    case nil:
      self.init(.notConnected, "the hub's host name cannot be resolved")
    case let error as IOError:
      self.init(.notConnected, TransportFault(errno: error.errnoCode).text)
    default:
      self.init(.notConnected, "no connection in time")
    }
  }

  fileprivate init(errno code: CInt) {
    switch code {
    case ECONNREFUSED: self.init(.notConnected, "connection refused")
    case EHOSTUNREACH, ENETUNREACH, ENETDOWN, EADDRNOTAVAIL:
      self.init(.notConnected, "no route to the hub")
    case ETIMEDOUT: self.init(.notConnected, "no connection in time")
    case ECONNRESET, EPIPE, ECONNABORTED: self.init(.interrupted, "the connection was reset")
    default: self.init(.interrupted, "the connection failed (errno \(code))")
    }
  }

  /// TLS and parsing errors come from modules that we do not import, so they are recognised by their text.
  fileprivate init(unknown error: any Error) {
    let description = "\(error)"
    if description.contains("CERTIFICATE_VERIFY_FAILED") {
      self.init(.notConnected, "the hub's TLS certificate is not trusted")
    } else if description.contains("handshakeFailed") {
      self.init(.notConnected, "the TLS handshake failed")
    } else {
      self.init(.interrupted, "the exchange failed (\(type(of: error)))")
    }
  }
}
