/// The host of `host:port`, in lower case, without a dot at its end; empty if it is neither that nor a host.
func hostName(of authority: String) -> String {
  var name = authority.lowercased()[...]
  let end =
    name.hasPrefix("[")
    ? name.firstIndex(of: "]").map(name.index(after:)) : name.firstIndex(of: ":")
  let port = name[(end ?? name.endIndex)...]
  guard port.isEmpty || port.first == ":" && port.dropFirst().utf8.allSatisfy(isDigit) else {
    return ""
  }
  name = name[..<port.startIndex]
  if name.hasSuffix(".") { name = name.dropLast() }
  return String(name)
}

/// Whether this can name nothing but this machine: `localhost` and names below it (RFC 6761, 6.3), and
/// the addresses of loopback.
func isLoopback(host: String) -> Bool {
  if ["localhost", "[::1]", "::1"].contains(host) || isBelowLocalhost(host) { return true }
  let parts = host.split(separator: ".", omittingEmptySubsequences: false)
  return parts.count == 4 && parts[0] == "127"
    && parts.allSatisfy { (1...3).contains($0.utf8.count) && $0.utf8.allSatisfy(isDigit) }
}

/// A name of letters, digits, hyphens and dots, and no part of an address before or behind one.
private func isBelowLocalhost(_ host: String) -> Bool {
  host.hasSuffix(".localhost")
    && host.utf8.allSatisfy { byte in
      isDigit(byte) || (0x61...0x7A).contains(byte) || "-._".utf8.contains(byte)
    }
}

private func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }
