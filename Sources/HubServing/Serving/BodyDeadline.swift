import HTTPTypes
import Hummingbird
import NIOCore

/// Closes a connection over which a body has not come in time, whether anybody reads it or not: one that
/// comes byte by byte is never idle, and takes one of the places that there are.
struct BodyDeadline: RouterMiddleware {
  let limit: TimeAmount

  @concurrent func handle(
    _ request: Request, context: HubRequestContext,
    next: @concurrent (Request, HubRequestContext) async throws -> Response
  ) async throws -> Response {
    let fields = request.head.headerFields
    guard fields[.transferEncoding] != nil || fields[.contentLength].map({ $0 != "0" }) ?? false
    else { return try await next(request, context) }
    var context = context
    let channel = context.channel
    context.bodyDeadline = channel.eventLoop.scheduleTask(in: limit) {
      channel.close(promise: nil)
    }
    return try await next(request, context)
  }
}
