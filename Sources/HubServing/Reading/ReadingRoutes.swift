import Diagnostics
import FoundationEssentials
import HTTPTypes
import Hummingbird

/// Apitally's API, by which programs read what has arrived: the same paths and shapes, over what this hub
/// holds.
///
/// | request | response |
/// |---|---|
/// | `GET /v1/team` | the team, of which there is one |
/// | `GET /v1/apps` | each client ID with its environments |
/// | `GET /v1/apps/{id}/consumers`, `/endpoints` | a list, in pages by `limit` and `next_token` |
/// | `GET /v1/apps/{id}/traffic` | sums by hour or day, in pages |
/// | `POST /v1/apps/{id}/metrics` | sums by interval and groups, NDJSON |
///
/// The header `Api-Key` is required, with the hub's own key if it has one.
extension HubRoutes {
  func addReading(to router: some RouterMethods<HubRequestContext>) {
    router.get("v1/team") { request, _ in
      try await read(request) { HubAnswer.json(.ok, #"{"id":1,"name":"local"}"#) }
    }
    router.get("v1/apps") { request, _ in
      try await read(request) { HubAnswer.json(.ok, try await store.appList()) }
    }
    router.get("v1/apps/{app_id}/consumers") { request, context in
      try await read(request) {
        let app = try await app(context)
        return HubAnswer.json(.ok, try await store.consumerList(of: app, page(request)))
      }
    }
    router.get("v1/apps/{app_id}/endpoints") { request, context in
      try await read(request) {
        let app = try await app(context)
        return HubAnswer.json(.ok, try await store.endpointList(of: app, page(request)))
      }
    }
    router.get("v1/apps/{app_id}/traffic") { request, context in
      try await read(request) {
        let app = try await app(context)
        let query = try TrafficQuery(request.uri.queryParameters, now: Date.now)
        return HubAnswer.json(.ok, try await store.traffic(of: app, query, page(request)))
      }
    }
    router.post("v1/apps/{app_id}/metrics") { request, context in
      try await read(request) {
        let app = try await app(context)
        var size = 0
        defer { budget.giveBack(size) }
        let body = try await body(of: request, taking: &size)
        let query = try MetricsQuery(body, now: Date.now)
        return Response(
          status: .ok, headers: [.contentType: "application/x-ndjson"],
          body: ResponseBody(
            byteBuffer: ByteBuffer(string: try await store.metrics(of: app, query))))
      }
    }
  }

  private func read(
    _ request: Request, _ handle: () async throws -> Response
  ) async throws -> Response {
    try await answer {
      guard let name = HTTPField.Name("Api-Key"), let key = request.headers[name], !key.isEmpty
      else { throw Refusal(.unauthorized, "the header Api-Key is required") }
      if let own = readingKey, !RequestGuard.isSame(key[...], own.secret) {
        throw Refusal(.unauthorized, "unknown API key")
      }
      return try await handle()
    }
  }

  private func app(_ context: HubRequestContext) async throws -> ReadApp {
    guard let number = context.parameters.get("app_id").flatMap({ Int64($0) }),
      let app = try await store.app(number)
    else { throw Refusal(.notFound, "unknown app") }
    return app
  }

  private func page(_ request: Request) throws -> ReadPage {
    let parameters = request.uri.queryParameters
    let limit = parameters["limit"].map { Int($0) } ?? 100
    guard let limit, (1...1_000).contains(limit) else {
      throw invalid(query: "limit", "not a number from 1 to 1000")
    }
    let offset = parameters["next_token"].map { Int($0) } ?? 0
    guard let offset, offset >= 0 else { throw invalid(query: "next_token", "unknown") }
    return ReadPage(offset: offset, limit: limit)
  }
}

/// An app by its number: the least of its environments' numbers.
struct ReadApp: Sendable {
  var number: Int64
  var clientID: String
}

/// A part of a list.
struct ReadPage: Sendable {
  var offset: Int
  var limit: Int
}
