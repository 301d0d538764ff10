internal import Addressing

/// Where the hub is: `https://host[:port][/base]`.
package struct HubURL: Equatable, Sendable, CustomStringConvertible {
  /// Why a text is not the URL of a hub.
  package enum Problem: Error, Equatable, Sendable {
    /// Neither `https://` nor `http://`.
    case unsupportedScheme
    case missingHost
    /// A character that a host cannot have.
    case invalidHost
    case invalidPort
    /// A user name or password: the hub knows us by the client ID.
    case holdsCredentials
    /// A query or fragment, or a path with a space or a control character.
    case invalidPath
  }

  package let isSecure: Bool
  /// Lower case; an IPv6 address without its brackets.
  package let host: String
  package let port: Int
  /// Empty, or `/…` without a slash at the end.
  package let basePath: String

  package init(_ text: String) throws(Problem) {
    let (scheme, rest) = Self.split(text, at: "://")
    guard let rest, ["http", "https"].contains(scheme.lowercased()) else {
      throw .unsupportedScheme
    }
    let authority = String(rest.prefix { !"/?#".contains($0) })
    guard !authority.contains("@") else { throw .holdsCredentials }
    guard let place = HostAndPort(authority) else {
      throw authority.isEmpty || authority.hasPrefix(":") ? .missingHost : .invalidPort
    }
    guard place.isValidHost else { throw .invalidHost }
    isSecure = scheme.lowercased() == "https"
    host = place.host.lowercased()
    port = place.port ?? (isSecure ? 443 : 80)
    basePath = try Self.basePath(String(rest.dropFirst(authority.count)))
  }

  private static func basePath(_ text: String) throws(Problem) -> String {
    guard text.utf8.allSatisfy({ (0x21...0x7E).contains($0) && !"?#\\\"<>".utf8.contains($0) })
    else { throw .invalidPath }
    return String(text.reversed().drop { $0 == "/" }.reversed())
  }

  /// The parts before and behind the first `separator`; no second part if there is none.
  static func split(_ text: String, at separator: String) -> (String, String?) {
    guard let range = text.firstRange(of: separator) else { return (text, nil) }
    return (String(text[..<range.lowerBound]), String(text[range.upperBound...]))
  }

  /// Whether the hub is on this machine.
  package var isLoopback: Bool {
    host == "localhost" || host.hasSuffix(".localhost") || host == "::1"
      || IPv4Address(host)?.isLoopback == true
  }

  /// Whether messages would cross a network in the clear. Worth a warning.
  package var isInsecure: Bool { !isSecure && !isLoopback }

  package var description: String {
    let host = host.contains(":") ? "[\(host)]" : host
    let isUsualPort = port == (isSecure ? 443 : 80)
    return "\(isSecure ? "https" : "http")://\(host)\(isUsualPort ? "" : ":\(port)")\(basePath)"
  }

  func url(of message: OutgoingMessage) -> String {
    description + message.envelope.path + (message.envelope.query.map { "?" + $0 } ?? "")
  }
}

/// `host`, `host:port`, `[IPv6]` or `[IPv6]:port`.
struct HostAndPort: Equatable {
  var host: String
  var port: Int?

  /// Nil without a host, or with a port that is not one.
  init?(_ text: String) {
    let isBracketed = text.hasPrefix("[")
    let (host, rest) = HubURL.split(
      isBracketed ? String(text.dropFirst()) : text, at: isBracketed ? "]" : ":")
    guard !host.isEmpty else { return nil }
    self.host = host
    guard let rest, !(isBracketed && rest.isEmpty) else {
      if isBracketed && rest == nil { return nil }
      return
    }
    guard !isBracketed || rest.hasPrefix(":"),
      let port = Int(isBracketed ? String(rest.dropFirst()) : rest), (1...65_535).contains(port)
    else { return nil }
    self.port = port
  }

  /// Whether the host has only the characters of names and addresses. A name in another alphabet
  /// has to be given in its ASCII form (`xn--…`), as it goes over the wire.
  var isValidHost: Bool {
    host.utf8.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "-"),
        UInt8(ascii: "_"), UInt8(ascii: ":"):
        true
      default: false
      }
    }
  }
}

/// An IPv4 address in the usual four decimal parts.
struct IPv4Address: Equatable {
  var number: UInt32 = 0

  init?(_ text: String) {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count == 4 else { return nil }
    for part in parts {
      guard let byte = UInt8(part), !part.hasPrefix("+") else { return nil }
      number = number << 8 | UInt32(byte)
    }
  }

  var isLoopback: Bool { number >> 24 == 127 }

  /// Whether it begins with the same `length` bits as `other`.
  func shares(_ length: Int, bitsWith other: IPv4Address) -> Bool {
    length == 0 || (number ^ other.number) >> UInt32(32 - length) == 0
  }
}
