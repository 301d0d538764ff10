import AccessLogParsing
import Attribution
import Messaging
import SwiftProtobuf
import TelemetryDecoding
import Testing

/// Spans of lines.
struct SpanTests {
  private static func spans(
    _ lines: [String], format: String = "json", rules: RequestLogRules = RequestLogRules(),
    route: String? = "/users/{id:int}", consumer: String? = nil
  ) throws -> [OTLPSpan] {
    var harness = try LogHarness(format, rules: rules, telemetry: MetricsHarness.source)
    for line in lines { try harness.add(line, route: route, consumer: consumer) }
    return try harness.take().files.flatMap { file in
      let request = try OTLPTracesRequest(serializedBytes: file.body)
      let bytes: [UInt8] = try request.serializedBytes()
      #expect(bytes == file.body)
      return request.resourceSpans.flatMap(\.scopeSpans).flatMap(\.spans)
    }
  }

  private static func line(
    _ members: String = "", target: String = "/users/1", status: Int = 200, method: String = "GET"
  ) -> String {
    #"{"msec":1795425013.533,"request_method":"\#(method)","request_uri":"\#(target)","#
      + #""status":\#(status),"request_time":0.032,"host":"api.test"\#(members)}"#
  }

  @Test func `a span says what the line holds, in the middleware's order`() throws {
    let spans = try Self.spans(
      [
        Self.line(
          #","scheme":"https","content_length":"80","body_bytes_sent":51,"http_referer":"r","#
            + #""http_user_agent":"curl/8 é","http_x_api_user":"acme","remote_addr":"192.0.2.1","#
            + #""server_protocol":"HTTP/1.1","sent_http_content_type":"text/plain""#,
          target: "/users/%31?a=1&token=x&b", status: 503)
      ], consumer: "acme")
    let span = try #require(spans.first)
    #expect(span.name == "GET /users/{id:int}")
    #expect(span.kind == 2)
    #expect((span.flags, span.status.code) == (256, 2))
    #expect(span.startTimeUnixNano == 1_795_425_013_501_000_000)
    #expect(span.endTimeUnixNano == 1_795_425_013_533_000_000)
    #expect((span.traceID.count, span.spanID.count, span.parentSpanID.count) == (16, 8, 0))
    #expect(
      span.attributes.text == [
        "url.scheme=https", "server.address=api.test", "network.protocol.version=1.1",
        "url.path=/users/1", "url.query=a=1&token=[REDACTED]&b", "http.request.method=GET",
        "user_agent.original=curl/8 é", "apitally.consumer.identifier=acme",
        "http.response.status_code=#503", "error.type=503", "http.route=/users/{id:int}",
        "client.address=192.0.2.1", "http.request.body.size=#80", "http.response.body.size=#51",
        #"http.request.header.referer=["r"]"#, #"http.request.header.user-agent=["curl/8 Ã©"]"#,
        #"http.request.header.x-api-user=["acme"]"#, #"http.request.header.host=["api.test"]"#,
        #"http.response.header.content-type=["text/plain"]"#,
      ])
  }

  @Test func `a request without a route is named by its method, and an unknown method is another`()
    throws
  {
    let span = try #require(
      Self.spans([Self.line(status: 405, method: "PROPFIND")], route: nil).first)
    #expect(span.name == "PROPFIND")
    let attributes = span.attributes.text
    #expect(attributes.contains("http.request.method=_OTHER"))
    #expect(attributes.contains("http.request.method_original=PROPFIND"))
    #expect(!attributes.contains { $0.hasPrefix("http.route") })
  }

  /// However short the value is.
  @Test(arguments: [
    ("api_key=1", "api_key=[REDACTED]"), ("API-KEY=", "API-KEY=[REDACTED]"),
    ("x%5Ftoken=a%20b&c=%C3%A9", "x%5Ftoken=[REDACTED]&c=%C3%A9"), ("pwd", "pwd"),
    ("a=&b==&&c", "a=&b==&&c"), ("m=me%40example.com", "m=[REDACTED]"),
  ])
  func `secrets in the query are redacted, and the rest stays as it came`(
    _ query: String, _ expected: String
  ) throws {
    let span = try #require(Self.spans([Self.line(target: "/a?\(query)")]).first)
    #expect(span.attributes.text.contains("url.query=\(expected)"))
  }

  @Test func `headers that hold secrets are redacted`() throws {
    let span = try #require(
      Self.spans([
        Self.line(#","http_authorization":"Bearer abc","http_cookie":"a=b","http_x_secret":"s""#)
      ]).first)
    let attributes = span.attributes.text
    for name in ["authorization", "cookie", "x-secret"] {
      #expect(attributes.contains(#"http.request.header.\#(name)=["[REDACTED]"]"#))
    }
  }

  @Test(arguments: ["/healthz/", "/api/live", "/ping/?a=1", "/favicon.ico"])
  func `what the middleware leaves out by its path is left out, whatever its route`(
    target: String
  ) throws {
    #expect(try Self.spans([Self.line(target: target)]).isEmpty)
  }

  // MARK: Identity

  @Test func `the identity follows from the line, and from how often it came`() throws {
    let spans = try Self.spans([Self.line(), Self.line(), Self.line(target: "/users/2")])
    #expect(Set(spans.map(\.traceID)).count == 3)
    #expect(Set(spans.map(\.spanID)).count == 3)
    #expect(try Self.spans([Self.line()])[0].traceID == spans[0].traceID)
  }

  @Test func `a span is a child of the one in its traceparent`() throws {
    let span = try Self.spans([
      Self.line(
        #","http_traceparent":"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01""#)
    ])[0]
    #expect(Self.hex(Array(span.traceID)) == "0af7651916cd43dd8448eb211c80319c")
    #expect(Self.hex(Array(span.parentSpanID)) == "b7ad6b7169203331")
    #expect(span.flags == 768)
    #expect(Self.hex(Array(span.spanID)) != "b7ad6b7169203331")
  }

  @Test func `a span that the log names is that span`() throws {
    let span = try Self.spans([
      Self.line(#","trace_id":"0af7651916cd43dd8448eb211c80319c","span_id":"b7ad6b7169203331""#)
    ])[0]
    #expect(Self.hex(Array(span.traceID)) == "0af7651916cd43dd8448eb211c80319c")
    #expect(Self.hex(Array(span.spanID)) == "b7ad6b7169203331")
    #expect((span.parentSpanID.count, span.flags) == (0, 256))
  }

  @Test(arguments: [
    "00-00000000000000000000000000000000-b7ad6b7169203331-01",
    "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    "00-0af7651916cd43dd8448eb211c80319c-b7ad6b716920333-01", "x",
  ])
  func `a traceparent that is none is no parent`(value: String) throws {
    let span = try Self.spans([Self.line(#","http_traceparent":"\#(value)""#)])[0]
    #expect(span.parentSpanID.isEmpty)
  }

  private static func hex(_ bytes: [UInt8]) -> String {
    bytes.map { $0 < 16 ? "0" + String($0, radix: 16) : String($0, radix: 16) }.joined()
  }
}
