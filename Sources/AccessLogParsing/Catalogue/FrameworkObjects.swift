/// Formats with one JSON object per line that frameworks and application servers write.
extension FormatCatalogue {
  static let frameworkObjects: [CatalogueEntry] = [
    CatalogueEntry(
      "serilog", producer: "Serilog, request logging in compact JSON",
      .json(
        mapping {
          $0.time = ["@t", "Timestamp"]
          $0.method = ["RequestMethod", "Properties.RequestMethod"]
          $0.target = ["RequestPath", "Properties.RequestPath"]
          $0.status = ["StatusCode", "Properties.StatusCode"]
          $0.duration = ["Elapsed", "Properties.Elapsed"]
          $0.durationUnit = .milliseconds
          $0.userAgent = ["UserAgent", "Properties.UserAgent"]
        }, .end),
      source: "https://github.com/serilog/serilog-aspnetcore#request-logging",
      marks: ["\"StatusCode\":", "\"Elapsed\":"], sizes: .none),
    CatalogueEntry(
      "tower-http-json", producer: "tower-http, TraceLayer, JSON",
      .json(
        mapping {
          $0.time = ["timestamp"]
          $0.method = ["span.method"]
          $0.target = ["span.uri"]
          $0.status = ["fields.status"]
          // With its unit: `20 ms`.
          $0.duration = ["fields.latency"]
          $0.durationUnit = .milliseconds
          $0.condition = FieldCondition("fields.message", "finished processing request")
        }, .end),
      source: "https://docs.rs/tower-http/latest/tower_http/trace/index.html", sizes: .none),
    // Event 2 is "Request finished"; event 1, "Request starting", is of the same request.
    CatalogueEntry(
      "kestrel", producer: "ASP.NET Core, JSON console",
      .json(
        mapping {
          $0.time = ["Timestamp"]
          $0.method = ["State.Method"]
          $0.target = ["State.Path"]
          $0.status = ["State.StatusCode"]
          $0.responseSize = ["State.ContentLength"]
          $0.duration = ["State.ElapsedMilliseconds"]
          $0.durationUnit = .milliseconds
          $0.host = ["State.Host"]
          $0.scheme = ["State.Scheme"]
          $0.condition = FieldCondition("EventId", "2")
        }, .end),
      source:
        "https://github.com/dotnet/aspnetcore/blob/main/src/Hosting/Hosting/src/Internal/HostingRequestFinishedLog.cs",
      marks: ["\"ElapsedMilliseconds\":"]),
    CatalogueEntry(
      "roadrunner", producer: "RoadRunner, HTTP access log",
      .json(
        mapping {
          $0.time = ["start", "ts"]
          $0.method = ["method"]
          $0.target = ["URI"]
          $0.status = ["status"]
          $0.requestSize = ["read_bytes"]
          $0.responseSize = ["write_bytes"]
          $0.duration = ["elapsed"]
          $0.durationUnit = .milliseconds
          $0.userAgent = ["user_agent"]
          $0.remoteAddress = ["remote_address"]
        }, .start),
      source: "https://docs.roadrunner.dev/docs/http-server/http",
      marks: ["\"URI\":", "\"write_bytes\":"]),
    CatalogueEntry(
      "tomcat-json", producer: "Tomcat, JsonAccessLogValve",
      .json(
        mapping {
          $0.time = ["time"]
          $0.request = ["request"]
          $0.method = ["method"]
          $0.target = ["path"]
          $0.status = ["statusCode"]
          $0.responseSize = ["size"]
          $0.undecidedDuration = ["elapsedTime"]
          $0.remoteAddress = ["host", "remoteAddr"]
          $0.dashMeansAbsent = true
          $0.aliases = ["remote_user": "user"]
        }, .start),
      source: "https://tomcat.apache.org/tomcat-10.1-doc/config/valve.html#JSON_Access_Log_Valve",
      marks: ["\"logicalUserName\":", "\"statusCode\":"]),
    CatalogueEntry(
      "express-winston", producer: "express-winston",
      .json(
        mapping {
          $0.time = ["timestamp"]
          $0.method = ["meta.req.method"]
          $0.target = ["meta.req.originalUrl", "meta.req.url"]
          $0.status = ["meta.res.statusCode"]
          $0.duration = ["meta.responseTime"]
          $0.durationUnit = .milliseconds
          $0.host = ["meta.req.headers.host"]
          $0.userAgent = ["meta.req.headers.user-agent"]
          $0.headerPrefix = "meta.req.headers."
        }, .end),
      source: "https://github.com/bithavoc/express-winston", marks: ["\"meta\":"], sizes: .none),
    // `message` is the line in the common format, which says less.
    CatalogueEntry(
      "logback-access", producer: "Logback and Spring Boot, LogstashAccessEncoder",
      .json(
        mapping {
          $0.time = ["@timestamp"]
          $0.method = ["method", "@fields.method"]
          $0.target = ["requested_uri", "@fields.requested_uri"]
          $0.status = ["status_code", "@fields.status_code"]
          $0.responseSize = ["content_length", "@fields.content_length"]
          $0.duration = ["elapsed_time", "@fields.elapsed_time"]
          $0.durationUnit = .milliseconds
          $0.remoteAddress = ["remote_host", "@fields.remote_host"]
        }, .end),
      source: "https://github.com/logfellow/logstash-logback-encoder#standard-fields",
      marks: ["requested_uri\":", "elapsed_time\":"]),
    fluentd("fluentd-nginx", "", time: ["date", "time", "@timestamp", "timestamp"]),
    fluentd("fluentd-nginx-collected", ", with the time in front", time: []),
    CatalogueEntry(
      "rails-semantic-logger", producer: "Rails Semantic Logger, JSON",
      .json(
        mapping {
          $0.time = ["timestamp"]
          $0.method = ["payload.method"]
          $0.target = ["payload.path"]
          $0.status = ["payload.status"]
          $0.duration = ["duration_ms"]
          $0.durationUnit = .milliseconds
          $0.remoteAddress = ["payload.remote_ip"]
        }, .end),
      source: "https://logger.rocketjob.io/rails.html",
      marks: ["\"payload\":", "\"duration_ms\":"], sizes: .none),
    CatalogueEntry(
      "httplog", producer: "chi, httplog, JSON",
      .json(
        mapping {
          $0.time = ["timestamp", "time", "@timestamp"]
          $0.method = ["httpRequest.requestMethod", "httpRequest.method"]
          $0.target = ["httpRequest.requestURL", "httpRequest.requestPath", "httpRequest.path"]
          $0.status = ["httpResponse.status"]
          $0.responseSize = ["httpResponse.bytes"]
          $0.duration = ["httpResponse.elapsed"]
          $0.durationUnit = .milliseconds
          $0.scheme = ["httpRequest.scheme"]
          $0.userAgent = ["httpRequest.userAgent", "httpRequest.header.user-agent"]
          $0.remoteAddress = ["httpRequest.remoteIP"]
        }, .end),
      source: "https://github.com/go-chi/httplog", marks: ["\"httpResponse\":"]),
  ]

  /// What the parser `nginx` of Fluentd and of Fluent Bit makes of nginx's combined format.
  private static func fluentd(
    _ name: String, _ difference: String, time: [String]
  ) -> CatalogueEntry {
    CatalogueEntry(
      name, producer: "Fluentd and Fluent Bit, parser nginx\(difference)",
      .json(
        mapping {
          $0.time = time
          $0.method = ["method"]
          $0.target = ["path"]
          $0.status = ["code"]
          $0.responseSize = ["size"]
          $0.userAgent = ["agent"]
          $0.remoteAddress = ["remote"]
          $0.referer = ["referer"]
          $0.dashMeansAbsent = true
          $0.aliases = ["remote_user": "user"]
        }, .end),
      source: "https://docs.fluentd.org/parser/nginx",
      marks: ["\"remote\":", "\"code\":", "\"agent\":"])
  }
}
