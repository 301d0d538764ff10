/// An application in one environment, on one hub: whom numbers belong to.
///
/// The same application on another hub is another one: what was tried on a hub of one's own has not been
/// counted by Apitally's.
package struct App: Hashable, Sendable {
  /// A UUID.
  package var clientID: String
  /// 1 to 32 letters, digits, `_` or `-`.
  package var environment: String
  /// The base URL of the hub, in one spelling (`hubIdentity`); empty where it does not matter or is not
  /// known.
  package var hub: String

  package init(clientID: String, environment: String, hub: String = "") {
    self.clientID = clientID
    self.environment = environment
    self.hub = hub
  }

  /// `client_id/env`, as users see it. The hub is named beside it where there are several.
  package var text: String { "\(clientID)/\(environment)" }
}

/// Whether two hubs (`hubIdentity`) are of one receiver, which may take the same application by several
/// protocols: the same host and port, or Apitally's.
package func isSameReceiver(_ left: String, _ right: String) -> Bool {
  let hosts = [left, right].map { hub in
    let parts = hub.split(separator: "/", maxSplits: 3, omittingEmptySubsequences: false)
    let host = parts.count > 2 ? String(parts[2]) : ""
    // Names of this machine.
    guard let name = ["localhost", "[::1]"].first(where: host.hasPrefix) else { return host }
    return "127.0.0.1" + host.dropFirst(name.count)
  }
  return hosts[0] == hosts[1] || hosts.allSatisfy { $0.hasSuffix(".apitally.io") }
}

/// One spelling of the base URL of a hub: scheme and host in lower case, without the port that goes
/// without saying and without trailing slashes.
package func hubIdentity(_ url: String) -> String {
  let parts = url.split(separator: "/", maxSplits: 3, omittingEmptySubsequences: false)
  // `http:`, nothing, the host with its port, and the path.
  guard parts.count >= 3, parts[1].isEmpty else { return url }
  let scheme = parts[0].lowercased()
  var host = parts[2].lowercased()
  let port = scheme == "https:" ? ":443" : ":80"
  if host.hasSuffix(port) { host.removeLast(port.count) }
  var path = parts.count == 4 ? parts[3] : ""
  while path.hasSuffix("/") { path.removeLast() }
  return "\(scheme)//\(host)" + (path.isEmpty ? "" : "/\(path)")
}
