internal import Delivery
internal import Diagnostics

/// The way to a hub. It is checked before anything is opened, because it is the user who names it.
struct HubConnection: Sendable {
  let settings: HTTPTransport.Settings

  /// - Parameters:
  ///   - version: this program's, for the hub to see.
  ///   - environment: names the proxy, if there is one.
  /// - Throws: if the hub's address or the proxy's cannot be used.
  init(hubURL: String, version: String, environment: [String: String]) throws(Diagnostic) {
    let hub = try Self.hub(hubURL)
    settings = HTTPTransport.Settings(
      hub: hub, proxy: try Self.proxy(for: hub, environment), userAgent: "backtally/\(version)")
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

  private static func hub(_ text: String) throws(Diagnostic) -> HubURL {
    do throws(HubURL.Problem) {
      return try HubURL(text)
    } catch {
      throw Diagnostic(
        .error, code: "invalid-hub-url",
        // Not the address itself: it may hold a password.
        "the hub's address cannot be used: \(error.explanation)",
        hint: "it looks like https://hub.apitally.io", exitStatus: .wrongUsage)
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
