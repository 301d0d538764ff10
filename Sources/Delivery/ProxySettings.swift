package import Diagnostics

/// The proxy on the way to the hub, if there is one.
package struct ProxySettings: Equatable, Sendable {
  package struct Credentials: Equatable, Sendable {
    package var user: String
    package var password: String
  }

  package var host: String
  package var port: Int
  package var credentials: Redacted<Credentials>?
}

/// A variable whose value is not the URL of a proxy that we can use. The value is not shown: it may
/// hold a password.
package struct ProxyProblem: Error, Equatable, Sendable {
  package enum Reason: Equatable, Sendable {
    /// Not `http://`, which is all that is supported (it carries `https` to the hub all the same).
    case unsupportedScheme
    case invalidAddress
  }

  package var variable: String
  package var reason: Reason
}

extension ProxySettings {
  /// The proxy that the environment names for this hub, or nil for none.
  ///
  /// `https_proxy` or `HTTPS_PROXY` for `https`, `http_proxy` or `HTTP_PROXY` for `http`: lower case
  /// first, as in curl; an empty value is none. `no_proxy` or `NO_PROXY` lists, with commas, hosts that
  /// are reached directly: a name (with all names below it, a dot in front or not), an address, an
  /// IPv4 network (`10.0.0.0/8`), each with or without a port, or `*`. Without a port in the proxy's
  /// URL it is 80. This machine itself is reached directly unless `proxiesLoopback`.
  package static func proxy(
    for hub: HubURL, environment: [String: String], proxiesLoopback: Bool = false
  ) throws(ProxyProblem) -> ProxySettings? {
    guard proxiesLoopback || !hub.isLoopback,
      !isListed(hub, in: first(["no_proxy", "NO_PROXY"], of: environment)?.value ?? ""),
      let (variable, url) = first(
        hub.isSecure ? ["https_proxy", "HTTPS_PROXY"] : ["http_proxy", "HTTP_PROXY"],
        of: environment)
    else { return nil }
    return try ProxySettings(url, from: variable)
  }

  private static func first(
    _ variables: [String], of environment: [String: String]
  ) -> (variable: String, value: String)? {
    for variable in variables {
      if let value = environment[variable] { return value.isEmpty ? nil : (variable, value) }
    }
    return nil
  }

  private init(_ url: String, from variable: String) throws(ProxyProblem) {
    let (scheme, behindScheme) = HubURL.split(url, at: "://")
    guard behindScheme == nil || scheme.lowercased() == "http" else {
      throw ProxyProblem(variable: variable, reason: .unsupportedScheme)
    }
    let authority = String((behindScheme ?? url).prefix { !"/?#".contains($0) })
    let at = authority.lastIndex(of: "@")
    let address = at.map { String(authority[authority.index(after: $0)...]) } ?? authority
    guard let place = HostAndPort(address), place.isValidHost else {
      throw ProxyProblem(variable: variable, reason: .invalidAddress)
    }
    host = place.host
    port = place.port ?? 80
    credentials = at.map { Redacted(Self.credentials(String(authority[..<$0]))) }
  }

  private static func credentials(_ text: String) -> Credentials {
    let (user, password) = HubURL.split(text, at: ":")
    return Credentials(user: percentDecoded(user), password: percentDecoded(password ?? ""))
  }

  private static func isListed(_ hub: HubURL, in list: String) -> Bool {
    list.split(separator: ",").contains { entry in
      let entry = String(entry.filter { $0 != " " }).lowercased()
      return entry == "*" || matches(hub, entry)
    }
  }

  private static func matches(_ hub: HubURL, _ entry: String) -> Bool {
    let (network, length) = HubURL.split(entry, at: "/")
    if let length = length.flatMap(Int.init), (0...32).contains(length),
      let network = IPv4Address(network), let address = IPv4Address(hub.host)
    {
      return address.shares(length, bitsWith: network)
    }
    // More than one colon without brackets is an IPv6 address without a port.
    let isIPv6 = entry.count { $0 == ":" } > 1 && !entry.hasPrefix("[")
    let name = entry.hasPrefix(".") ? String(entry.dropFirst()) : entry
    guard let place = isIPv6 ? HostAndPort("[\(name)]") : HostAndPort(name) else { return false }
    guard place.port == nil || place.port == hub.port else { return false }
    if hub.host == place.host { return true }
    return IPv4Address(hub.host) == nil && hub.host.hasSuffix("." + place.host)
  }
}

/// `text` with `%41` read as `A`; what is not such a triplet stays as it is.
private func percentDecoded(_ text: String) -> String {
  var bytes: [UInt8] = []
  var rest = Array(text.utf8)[...]
  while let byte = rest.popFirst() {
    let hex = String(decoding: rest.prefix(2), as: UTF8.self)
    if byte == UInt8(ascii: "%"), hex.utf8.count == 2, hex.allSatisfy(\.isHexDigit),
      let decoded = UInt8(hex, radix: 16)
    {
      bytes.append(decoded)
      rest = rest.dropFirst(2)
    } else {
      bytes.append(byte)
    }
  }
  return String(decoding: bytes, as: UTF8.self)
}
