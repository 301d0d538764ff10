import Testing

@testable import HubServing

struct OverviewPageTests {
  @Test func `hostile texts do not become markup`() async throws {
    let store = try HubStore(path: nil)
    let origin = try #require(Origin(clientID: Messages.clientID, env: "prod"))
    let path = "/<script>alert('1')</script>&\u{202E}\\u0007\\\"onload=\\\"x"
    let text = Messages.sync(uuid: 1, consumer: "<b>", path: path, count: 1_234_567)
    let message = try SyncMessage(JSONReading.value(of: Array(text.utf8)))
    #expect(try await store.keep(.sync(message, body: text), from: origin) == .stored)
    let html = OverviewPage.html(try await store.overviews())
    #expect(!html.contains("<script") && !html.contains("\u{202E}") && !html.contains("\u{7}"))
    #expect(
      html.contains(
        """
        <code>/&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;&amp;\\u{202E}\\u{7}\
        &quot;onload=&quot;x</code>
        """))
    #expect(html.contains("<dt>Requests</dt><dd>1,234,567</dd>"))
    #expect(html.contains("<dt>First minute</dt><dd>1970-01-01 00:00 <small>UTC</small></dd>"))
  }

  @Test func `an overview counts what the page shows`() async throws {
    let store = try HubStore(path: nil)
    let origin = try #require(Origin(clientID: Messages.clientID, env: "prod"))
    let texts = [
      Messages.sync(uuid: 1, consumer: "a", path: "/a", timestamp: 100, count: 5),
      Messages.sync(uuid: 2, consumer: "b", path: "/b", timestamp: 400, count: 3)
        .replacing("200", with: "404"),
      Messages.sync(uuid: 3, path: "/b", timestamp: 30, count: 4).replacing("200", with: "503"),
    ]
    for text in texts {
      let message = try SyncMessage(JSONReading.value(of: Array(text.utf8)))
      #expect(try await store.keep(.sync(message, body: text), from: origin) == .stored)
    }
    var overviews = try await store.overviews()
    let bars = overviews.first?.bars ?? []
    #expect(bars.count == 24 && bars[23] == HubOverview.Bar(requests: 12, serverErrors: 4))
    #expect(bars.dropLast().allSatisfy { $0 == HubOverview.Bar() })
    overviews[0].bars = []
    #expect(
      overviews == [
        HubOverview(
          clientID: Messages.clientID, env: "prod", messageCount: 3, requestCount: 12,
          clientErrorCount: 3, serverErrorCount: 4, consumerCount: 2, routeCount: 2, firstBucket: 0,
          lastBucket: 360,
          topRoutes: [
            HubOverview.Route(
              method: "GET", path: "/b", requestCount: 7, clientErrorCount: 3, serverErrorCount: 4,
              responseSizeSum: 0),
            HubOverview.Route(
              method: "GET", path: "/a", requestCount: 5, clientErrorCount: 0, serverErrorCount: 0,
              responseSizeSum: 0),
          ], chartStart: -23 * 3_600)
      ])
  }

  @Test func `an empty hub says so`() {
    #expect(OverviewPage.html([]).contains("Nothing has arrived yet"))
  }
}
