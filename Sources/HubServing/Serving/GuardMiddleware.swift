import HTTPTypes
import Hummingbird

/// Refuses what the guard does, before the request's body is read.
struct GuardMiddleware: RouterMiddleware {
  let requestGuard: RequestGuard

  @concurrent func handle(
    _ request: Request, context: HubRequestContext,
    next: @concurrent (Request, HubRequestContext) async throws -> Response
  ) async throws -> Response {
    let fields = request.head.headerFields
    let signs = RequestGuard.Signs(
      authority: request.head.authority ?? "", path: request.head.path ?? "",
      origin: fields[.origin], site: fields[.secFetchSite], authorization: fields[.authorization])
    guard let objection = requestGuard.objection(to: signs) else {
      return try await next(request, context)
    }
    return HubAnswer.failed(
      objection == .noToken ? .unauthorized : .forbidden, objection.rawValue)
  }
}

extension HTTPField.Name {
  fileprivate static var secFetchSite: HTTPField.Name { name("Sec-Fetch-Site") }

  private static func name(_ text: String) -> HTTPField.Name {
    guard let name = HTTPField.Name(text) else { preconditionFailure("a token of RFC 9110") }
    return name
  }
}
