/// Who may talk to the hub.
///
/// A browser on this machine reaches the hub's loopback address for any page that it shows. So a page of
/// another site could send numbers, and with a name of its own that it makes resolve to this machine
/// (DNS rebinding) read all of them. What gives such a page away is what the browser says: the name it
/// asked for (`Host`), and where the request comes from (`Origin`, `Sec-Fetch-Site`). Clients that
/// are no browsers send neither of the latter.
///
/// Beyond loopback, names say nothing, and everyone has to show a token.
struct RequestGuard: Sendable {
  /// The names, beside those of loopback, that the hub may be asked by; in lower case.
  let allowedHosts: Set<String>
  /// nil on loopback.
  let token: String?

  /// What a request says of where it comes from.
  struct Signs {
    /// `Host`; empty if there is none.
    var authority = ""
    /// With its query.
    var path = ""
    var origin: String?
    /// `Sec-Fetch-Site`.
    var site: String?
    var authorization: String?
  }

  enum Objection: String, Sendable {
    case noToken = "a token is required, as for --token-file"
    case foreignName = "not asked for by a name of this machine; see --allow-host"
    case foreignPage = "requests of other sites' pages are refused"
  }

  /// Why the request is refused; nil if it is not.
  func objection(to request: Signs) -> Objection? {
    if let token {
      guard shows(token, request) else { return .noToken }
    } else {
      let name = hostName(of: request.authority)
      guard isLoopback(host: name) || allowedHosts.contains(name) else { return .foreignName }
    }
    if let site = request.site, site != "same-origin" && site != "none" { return .foreignPage }
    if let origin = request.origin,
      origin.lowercased() != "http://\(request.authority.lowercased())"
    {
      return .foreignPage
    }
    return nil
  }

  /// As `Authorization: Bearer TOKEN`, or, for clients that know no such header, as the first segment of
  /// the path: `http://HOST:PORT/TOKEN`.
  private func shows(_ token: String, _ request: Signs) -> Bool {
    if let header = request.authorization, header.lowercased().hasPrefix("bearer ") {
      // By OTLP it is the app's, and then the hub's is in the path.
      if Self.isSame(header.dropFirst("bearer ".count), token) { return true }
    }
    let path = request.path.prefix { $0 != "?" && $0 != "#" }
    return path.split(separator: "/").first.map { Self.isSame($0, token) } ?? false
  }

  /// Takes as long whatever the difference is.
  static func isSame(_ left: Substring, _ right: String) -> Bool {
    let (left, right) = (Array(left.utf8), Array(right.utf8))
    guard left.count == right.count else { return false }
    return zip(left, right).reduce(0) { $0 | ($1.0 ^ $1.1) } == 0
  }
}
