import FoundationEssentials
import HTTPTypes
import Hummingbird

/// The request logs, below `/api/v1/{client_id}/{env}/`.
///
/// | request | response |
/// |---|---|
/// | `requests` | lines, the newest first, in pages by `before`; `format=csv` |
/// | `request?id=` | one line as it was sent |
extension HubRoutes {
  func addRequests(to router: some RouterMethods<HubRequestContext>) {
    router.get("api/v1/{client_id}/{env}/requests") { request, context in
      try await answer {
        let origin = try origin(context)
        let query = try RequestQuery(request.uri.queryParameters, now: Date.now)
        return query.isCSV ? csv(origin, query) : try await requests(origin, query)
      }
    }
    router.get("api/v1/{client_id}/{env}/request") { request, context in
      try await answer {
        let origin = try origin(context)
        guard let id = request.uri.queryParameters["id"] else {
          throw invalid(query: "id", "required")
        }
        guard let line = try await store.requestLine(of: origin, uuid: String(id)) else {
          throw Refusal(.notFound, "no such request")
        }
        return HubAnswer.json(.ok, line)
      }
    }
  }

  private func requests(_ origin: Origin, _ query: RequestQuery) async throws -> Response {
    let page = try await store.requestPage(of: origin, query, limit: query.view.limit)
    var json = JSONWriting()
    json.object { json in
      json.member("since", HubStore.moment(query.view.span.lowerBound))
      json.member("until", HubStore.moment(query.view.span.upperBound))
      json.member("requests") { $0.list(page.lines) { $1.write(to: &$0) } }
      json.member("looked_at", page.looked)
      json.member("next", page.next?.text)
    }
    return HubAnswer.json(.ok, json.text)
  }

  private func csv(_ origin: Origin, _ query: RequestQuery) -> Response {
    var headers: HTTPFields = [.contentType: "text/csv; charset=utf-8"]
    headers[.contentDisposition] = "attachment; filename=\"requests.csv\""
    headers[.xContentTypeOptions] = "nosniff"
    return Response(
      status: .ok, headers: headers,
      body: ResponseBody { writer in
        var query = query
        var left = RequestQuery.csvLimit
        try await writer.write(ByteBuffer(string: RequestLine.csvHeader))
        while left > 0 {
          let page = try await store.requestPage(of: origin, query, limit: min(left, 1_000))
          let text = page.lines.map(\.csv).joined()
          if !text.isEmpty { try await writer.write(ByteBuffer(string: text)) }
          left -= page.lines.count
          guard let next = page.next else { break }
          query.before = next
        }
        try await writer.finish(nil)
      })
  }
}
