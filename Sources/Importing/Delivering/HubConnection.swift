package import Configuring
internal import Delivery
internal import Diagnostics
internal import Ingesting

/// Where messages go, and by which protocol.
package enum DeliveryTarget: Sendable {
  case hub(url: String)
  case telemetry(TelemetryTarget)

  package init(_ settings: Settings) {
    self = settings.telemetry.map { .telemetry($0) } ?? .hub(url: settings.hubURL)
  }

  var url: String {
    switch self {
    case .hub(let url): url
    case .telemetry(let target): target.endpoint
    }
  }

  /// Whose answers are to be expected.
  var receiver: RetryPolicy.Receiver {
    switch self {
    case .hub: .hub
    case .telemetry(let target): target.isApitally ? .telemetry : .otherTelemetry
    }
  }
}

/// The way to a hub. It is checked before anything is opened, because it is the user who names it.
struct HubConnection: Sendable {
  private(set) var settings: HTTPTransport.Settings
  let receiver: RetryPolicy.Receiver

  /// - Parameters:
  ///   - caFile: the authorities to trust, if an option names them.
  ///   - version: this program's, for the hub to see.
  ///   - environment: names the proxy, if there is one, and may name the authorities.
  /// - Throws: if the hub's address, the proxy's or the file cannot be used.
  init(
    to target: DeliveryTarget, caFile: String?, version: String, environment: [String: String]
  ) throws(Diagnostic) {
    let hub = try Self.hub(target.url, isTelemetry: target.receiver != .hub)
    receiver = target.receiver
    var settings = HTTPTransport.Settings(
      hub: hub, proxy: try Self.proxy(for: hub, environment), userAgent: "backtally/\(version)")
    if let caFile {
      settings.authorities = try Self.authorities(in: caFile, of: "--ca-file")
    } else if hub.isSecure, let path = environment["SSL_CERT_FILE"], !path.isEmpty {
      settings.authorities = try Self.authorities(in: path, of: "SSL_CERT_FILE")
    }
    if case .telemetry(let target) = target {
      if let token = target.token {
        settings.secretHeaders = [("Authorization", Redacted("Bearer \(token.secret)"))]
      }
      settings.secretHeaders += target.headers.map { ($0.name, $0.value) }
      settings.readsPartialSuccess = true
      if target.isApitally { settings.exportInterval = ExportInterval() }
    }
    self.settings = settings
  }

  /// What is worth knowing before anything is sent.
  var warnings: [Diagnostic] {
    guard settings.hub.isInsecure else { return [] }
    return [
      Diagnostic(
        .warning, code: "insecure-hub",
        "messages are sent to \(settings.hub.host) without encryption, "
          + "and anyone on the way can read and change them",
        hint: "use https:// in the hub's address")
    ]
  }

  private static func hub(_ text: String, isTelemetry: Bool) throws(Diagnostic) -> HubURL {
    do throws(HubURL.Problem) {
      return try HubURL(text)
    } catch {
      throw Diagnostic(
        .error, code: "invalid-hub-url",
        // Not the address itself: it may hold a password.
        "the hub's address cannot be used: \(error.explanation)",
        hint: "it looks like https://\(isTelemetry ? "otlp" : "hub").apitally.io",
        exitStatus: .wrongUsage)
    }
  }

  /// - Parameter name: the option or variable that names the file.
  private static func authorities(
    in path: String, of name: String
  ) throws(Diagnostic) -> TrustedAuthorities {
    func refusal(_ message: String) -> Diagnostic {
      Diagnostic(
        .error, code: "invalid-ca-file", "\(message) (\(name))",
        hint: "it is text with certificates between lines of `-----BEGIN CERTIFICATE-----` and "
          + "`-----END CERTIFICATE-----`",
        at: Place(source: path), exitStatus: .wrongUsage)
    }
    let limit = TrustedAuthorities.maximumByteCount
    let bytes = try readFile(path, limit: limit)
    if bytes.count > limit { throw refusal("the file is larger than \(limit >> 20) MiB") }
    do throws(TrustedAuthorities.Problem) {
      return try TrustedAuthorities(pem: bytes)
    } catch {
      switch error {
      case .noCertificate: throw refusal("there is no certificate in the file")
      case .invalidCertificate: throw refusal("a certificate in the file is damaged")
      }
    }
  }

  private static func proxy(
    for hub: HubURL, _ environment: [String: String]
  ) throws(Diagnostic) -> ProxySettings? {
    do throws(ProxyProblem) {
      return try ProxySettings.proxy(for: hub, environment: environment)
    } catch {
      throw Diagnostic(
        .error, code: "invalid-proxy",
        "the variable \(error.variable) cannot be used as the address of a proxy: "
          + error.explanation,
        hint: "it looks like http://proxy.example:3128", exitStatus: .wrongUsage)
    }
  }
}

extension HubURL.Problem {
  fileprivate var explanation: String {
    switch self {
    case .unsupportedScheme: "it does not begin with https:// or http://"
    case .missingHost: "it has no host"
    case .invalidHost: "the host has a character that hosts cannot have"
    case .invalidPort: "the port is not a number from 1 to 65535"
    case .holdsCredentials: "it has a user name or password"
    case .invalidPath: "it has a query, a fragment, or a path with a space or control character"
    }
  }
}

extension ProxyProblem {
  fileprivate var explanation: String {
    switch reason {
    case .unsupportedScheme: "only http:// proxies are supported"
    case .invalidAddress: "it is not a host with an optional port"
    }
  }
}
