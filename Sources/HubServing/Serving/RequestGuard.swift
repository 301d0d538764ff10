import HTTPTypes
import Hummingbird

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

  /// Why the request is refused; nil if it is not.
  func refusal(of head: HTTPRequest) -> Refusal? {
    let authority = head.authority ?? ""
    if let token {
      guard shows(token, head) else {
        return Refusal(.unauthorized, "a token is required, as for --token-file")
      }
    } else {
      let name = hostName(of: authority)
      guard isLoopback(host: name) || allowedHosts.contains(name) else {
        return Refusal(.forbidden, "not asked for by a name of this machine; see --allow-host")
      }
    }
    if let site = head.headerFields[.secFetchSite], site != "same-origin" && site != "none" {
      return Refusal(.forbidden, "requests of other sites' pages are refused")
    }
    if let origin = head.headerFields[.origin],
      origin.lowercased() != "http://\(authority.lowercased())"
    {
      return Refusal(.forbidden, "requests of other sites' pages are refused")
    }
    return nil
  }

  /// As `Authorization: Bearer TOKEN`, or, for clients that know no such header, as the first segment of
  /// the path: `http://HOST:PORT/TOKEN`.
  private func shows(_ token: String, _ head: HTTPRequest) -> Bool {
    if let header = head.headerFields[.authorization], header.lowercased().hasPrefix("bearer ") {
      // By OTLP it is the app's, and then the hub's is in the path.
      if isSame(header.dropFirst("bearer ".count), token) { return true }
    }
    let path = (head.path ?? "").prefix { $0 != "?" && $0 != "#" }
    return path.split(separator: "/").first.map { isSame($0, token) } ?? false
  }

  /// Takes as long whatever the difference is.
  private func isSame(_ left: Substring, _ right: String) -> Bool {
    let (left, right) = (Array(left.utf8), Array(right.utf8))
    guard left.count == right.count else { return false }
    return zip(left, right).reduce(0) { $0 | ($1.0 ^ $1.1) } == 0
  }
}

/// Refuses what the guard does, before the request's body is read.
struct GuardMiddleware: RouterMiddleware {
  let requestGuard: RequestGuard

  @concurrent func handle(
    _ request: Request, context: HubRequestContext,
    next: @concurrent (Request, HubRequestContext) async throws -> Response
  ) async throws -> Response {
    guard let refusal = requestGuard.refusal(of: request.head) else {
      return try await next(request, context)
    }
    return HubAnswer.failed(refusal.status, refusal.reason)
  }
}

extension HTTPField.Name {
  fileprivate static var secFetchSite: HTTPField.Name { name("Sec-Fetch-Site") }

  private static func name(_ text: String) -> HTTPField.Name {
    guard let name = HTTPField.Name(text) else { preconditionFailure("a token of RFC 9110") }
    return name
  }
}
