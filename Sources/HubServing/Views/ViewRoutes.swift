import FoundationEssentials
import HTTPTypes
import Hummingbird

/// What people and the dashboard are shown, as JSON, below `/api/v1/{client_id}/{env}/`.
///
/// | request | response |
/// |---|---|
/// | `summary` | totals with response times, and how many endpoints and consumers |
/// | `series` | the same by step |
/// | `endpoints`, `consumers` | the same by endpoint, and by consumer: those with the most requests first |
/// | `endpoint`, `consumer` | one of them, with its statuses and consumers, or its endpoints |
/// | `figures`, `audience` | what a page shows of requests, and of consumers, in one pass |
/// | `comparison` | how endpoints differ from a time before, beyond chance |
/// | `findings` | what stands out |
/// | `reports` | server and validation errors that the application has reported |
/// | `routes` | the routes that the application has, and how often each was called |
/// | `errors` | 4xx and 5xx by endpoint and status |
///
/// Each takes the parameters of ``ViewQuery``: `comparison` the baseline in place of a status and a step, and
/// `findings` the time only.
extension HubRoutes {
  func addViews(to router: some RouterMethods<HubRequestContext>) {
    let views: [(String, @Sendable (Origin, ViewQuery) async throws -> String)] = [
      ("summary", { try await store.summary(of: $0, $1) }),
      ("series", { try await store.series(of: $0, $1) }),
      ("endpoints", { try await store.endpoints(of: $0, $1) }),
      ("consumers", { try await store.consumers(of: $0, $1) }),
      ("endpoint", { try await store.endpoint(of: $0, $1) }),
      ("consumer", { try await store.consumer(of: $0, $1) }),
      ("errors", { try await store.errors(of: $0, $1) }),
      ("figures", { try await store.figures(of: $0, $1) }),
      ("audience", { try await store.audience(of: $0, $1) }),
      ("reports", { try await store.reports(of: $0, $1) }),
      ("routes", { try await store.routes(of: $0, $1) }),
    ]
    for (name, view) in views { add(name, to: router, view) }
    add(
      "comparison", to: router,
      keys: ViewQuery.usualKeys.subtracting(["status", "step"]).union(["baseline"])
    ) { try await store.comparison(of: $0, $1) }
    add("findings", to: router, keys: ["since", "until", "limit"]) {
      try await store.findings(of: $0, $1)
    }
  }

  private func add(
    _ name: String, to router: some RouterMethods<HubRequestContext>,
    keys: Set<Substring> = ViewQuery.usualKeys,
    _ view: @escaping @Sendable (Origin, ViewQuery) async throws -> String
  ) {
    router.get("api/v1/{client_id}/{env}/\(name)") { request, context in
      try await answer {
        let origin = try origin(context)
        let query = try ViewQuery(request.uri.queryParameters, now: Date.now, keys: keys)
        guard query.isOfFixedTime else {
          return HubAnswer.json(.ok, try await view(origin, query))
        }
        // A page asks every few seconds, and mostly nothing has changed. The address is the browser's key.
        let tag = "\"\(run)-\(try await store.revision())\""
        if request.headers[.ifNoneMatch] == tag { return HubAnswer.unchanged(tag) }
        var response = HubAnswer.json(.ok, try await view(origin, query))
        response.headers[.eTag] = tag
        response.headers[.cacheControl] = "no-cache"
        return response
      }
    }
  }
}
