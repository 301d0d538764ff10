internal import Attribution

/// The hub that messages go to by default.
let publicHubURL = "https://hub.apitally.io"

/// Where Apitally can be asked what it has, by default.
let publicReadingURL = "https://api.apitally.io"

/// Whether this can be an API key: the value of a header.
func isAPIKey(_ text: String) -> Bool {
  (1...256).contains(text.utf8.count) && text.utf8.allSatisfy { (0x21...0x7E).contains($0) }
}

/// Whether this is a UUID in its canonical spelling (RFC 9562, section 4).
func isUUID(_ text: String) -> Bool {
  let groups = text.utf8.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
  return groups.map(\.count) == [8, 4, 4, 4, 12] && groups.joined().allSatisfy(isHexadecimal)
}

private func isHexadecimal(_ byte: UInt8) -> Bool {
  (0x30...0x39).contains(byte) || (0x41...0x46).contains(byte & 0xDF)
}

/// Whether the hub accepts this as an environment: `^[\w-]{1,32}$`, restricted to ASCII here so
/// that it needs no escaping in a message's path.
func isEnvironmentName(_ text: String) -> Bool {
  (1...32).contains(text.utf8.count)
    && text.utf8.allSatisfy { byte in
      (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte & 0xDF)
        || byte == UInt8(ascii: "_") || byte == UInt8(ascii: "-")
    }
}

/// Whether messages can be sent to paths below this address: http or https, a host, and optionally
/// a port and a path. No query or fragment, which would end up in the middle; no user name, which
/// would appear in messages.
func isHubURL(_ text: String) -> Bool {
  guard let scheme = ["http://", "https://"].first(where: { text.lowercased().hasPrefix($0) })
  else { return false }
  let rest = text.utf8.dropFirst(scheme.utf8.count)
  let isAllowed = { (byte: UInt8) in byte > 0x20 && byte < 0x7F && !"?#@\\\"<>".utf8.contains(byte)
  }
  let authority = rest.prefix { $0 != UInt8(ascii: "/") }
  return rest.allSatisfy(isAllowed) && isAuthority(Substring(authority))
}

/// Scheme and host of an address that alerts can be posted to; nil if this is none. It begins with https, or
/// with http and names this machine, and may hold secrets anywhere but in its host: a user's name and password,
/// a path, a query. No fragment, which is not sent.
func webhookOrigin(_ text: String) -> String? {
  let lower = text.lowercased()
  guard let scheme = ["http://", "https://"].first(where: { lower.hasPrefix($0) }),
    text.utf8.count <= 2_048,
    text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && !"#\\\"<>^`{|}".utf8.contains($0) })
  else { return nil }
  let authority = text.utf8.dropFirst(scheme.utf8.count).prefix { !"/?".utf8.contains($0) }
  let host = Substring(
    authority.split(separator: UInt8(ascii: "@"), omittingEmptySubsequences: false)
      .last ?? authority)
  guard isAuthority(host), authority.count(where: { $0 == UInt8(ascii: "@") }) <= 1,
    scheme == "https://" || isThisMachine(host.lowercased())
  else { return nil }
  return scheme + host.lowercased()
}

/// Whether a host with or without a port is this machine whatever a name server says.
private func isThisMachine(_ authority: String) -> Bool {
  if authority.hasPrefix("[") { return authority.hasPrefix("[::1]") }
  let host = authority.prefix { $0 != ":" }
  let parts = host.split(separator: ".", omittingEmptySubsequences: false)
  return host == "localhost"
    || parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
}

/// Whether this can name an alert rule.
func isRuleName(_ text: String) -> Bool {
  (1...64).contains(text.unicodeScalars.count)
    && text.unicodeScalars.allSatisfy { scalar in
      switch scalar.properties.generalCategory {
      case .control, .format, .surrogate, .lineSeparator, .paragraphSeparator: false
      default: true
      }
    }
}

/// Whether this has the form `https://api.example.com`: scheme, host, and optionally a port.
func isBaseURL(_ text: String) -> Bool {
  let schemeLength = text.lowercased().hasPrefix("https://") ? 8 : 7
  return isHubURL(text) && !text.dropFirst(schemeLength).contains("/")
}

/// Whether this can name a client: `language:framework`, as Apitally's clients call themselves.
func isClientName(_ text: String) -> Bool {
  let parts = text.split(separator: ":", omittingEmptySubsequences: false)
  return parts.count == 2 && text.utf8.count <= 64
    && parts.allSatisfy { part in
      !part.isEmpty
        && part.utf8.allSatisfy { byte in
          (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte & 0xDF)
            || "._-".utf8.contains(byte)
        }
    }
}

/// Whether this can be an application's version.
func isVersion(_ text: String) -> Bool {
  (1...64).contains(text.unicodeScalars.count)
    && text.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7F }
}

private func isAuthority(_ authority: Substring) -> Bool {
  guard authority.hasPrefix("[") else {
    let parts = authority.split(separator: ":", omittingEmptySubsequences: false)
    return parts.count <= 2 && !parts[0].isEmpty && parts.dropFirst().allSatisfy(isPort)
  }
  guard let close = authority.firstIndex(of: "]") else { return false }
  let port = authority[close...].dropFirst()
  return port.isEmpty || port.hasPrefix(":") && isPort(port.dropFirst())
}

private func isPort(_ text: Substring) -> Bool {
  text.utf8.allSatisfy { (0x30...0x39).contains($0) } && (1...65_535).contains(Int(text) ?? 0)
}

/// Why a pattern cannot be used, or nil if it can.
func problem(withPattern pattern: String, needsGroup: Bool) -> ConfigurationProblem.Reason? {
  do throws(PatternError) {
    let groupCount = try Pattern(pattern, takesGroup: needsGroup).groupCount
    return needsGroup && groupCount == 0 ? .patternWithoutGroup : nil
  } catch {
    return .invalidPattern(error.reason)
  }
}

/// Whether this can stand before paths: it begins with a slash, and has no query.
func isPathPrefix(_ text: String) -> Bool {
  text.hasPrefix("/") && text.count > 1 && !text.contains(where: { "?#{} ".contains($0) })
}

func withoutTrailingSlash(_ path: String) -> String {
  var path = path
  while path.hasSuffix("/") { path.removeLast() }
  return path
}
