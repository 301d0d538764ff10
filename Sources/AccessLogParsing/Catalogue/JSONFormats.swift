/// Formats with one JSON object per line.
extension FormatCatalogue {
  static let jsonEntries: [CatalogueEntry] =
    [
      CatalogueEntry(
        "json", producer: "nginx, with a JSON template", .json(.nginx, .end),
        source: "https://nginx.org/en/docs/http/ngx_http_log_module.html#log_format"),
      CatalogueEntry(
        "json-collected", producer: "JSON with the same keys, and the time of a collector",
        .json(.nginx.untimed, .end),
        source: "https://nginx.org/en/docs/http/ngx_http_log_module.html#log_format"),
    ] + proxyObjects + edgeObjects + cloudObjects + platformObjects + frameworkObjects
    + applicationObjects + pairEntries

  static func mapping(_ change: (inout FieldMapping) -> Void) -> FieldMapping {
    var mapping = FieldMapping()
    change(&mapping)
    return mapping
  }

  private static let proxyObjects: [CatalogueEntry] = [
    CatalogueEntry(
      "caddy", producer: "Caddy",
      .json(
        mapping {
          $0.time = ["ts"]
          $0.method = ["request.method"]
          $0.target = ["request.uri"]
          $0.status = ["status"]
          $0.requestSize = ["bytes_read", "request.headers.Content-Length"]
          $0.responseSize = ["size"]
          $0.duration = ["duration"]
          // `duration_format`: seconds with decimals, unless it selects nanoseconds, milliseconds,
          // or a text with the unit (Caddy's modules/logging/encoders.go, and zap's
          // DurationEncoder).
          $0.durationUnit = .seconds
          $0.wholeNumberUnits = [.nanoseconds, .milliseconds]
          $0.host = ["request.host"]
          $0.userAgent = ["request.headers.User-Agent"]
          $0.remoteAddress = ["request.client_ip", "request.remote_ip"]
          $0.headerPrefix = "request.headers."
          // A request that failed has a line of `http.log.error` as well (caddyserver/caddy#3748).
          $0.condition = FieldCondition("logger", "http.log.access")
        }, .end),
      source: "https://caddyserver.com/docs/caddyfile/directives/log"),
    CatalogueEntry(
      "traefik-json", producer: "Traefik, JSON",
      .json(
        mapping {
          $0.time = ["StartUTC", "StartLocal"]
          $0.method = ["RequestMethod"]
          $0.target = ["RequestPath"]
          $0.status = ["DownstreamStatus"]
          $0.requestSize = ["RequestContentSize"]
          $0.responseSize = ["DownstreamContentSize"]
          $0.duration = ["Duration"]
          $0.durationUnit = .nanoseconds
          $0.host = ["RequestHost"]
          $0.scheme = ["RequestScheme"]
          $0.userAgent = ["request_User-Agent"]
          $0.remoteAddress = ["ClientHost"]
          $0.dashMeansAbsent = true
          $0.headerPrefix = "request_"
          $0.aliases = ["remote_user": "ClientUsername"]
        }, .start),
      source: "https://doc.traefik.io/traefik/observability/access-logs/"),
    CatalogueEntry(
      "envoy-json", producer: "Envoy, JSON",
      .json(
        mapping {
          // Contour calls it as Elasticsearch does.
          $0.time = ["start_time", "@timestamp"]
          $0.method = ["method", ":method"]
          $0.target = ["x-envoy-original-path", "x-envoy-origin-path", "path", ":path"]
          $0.status = ["response_code"]
          $0.requestSize = ["bytes_received"]
          $0.responseSize = ["bytes_sent"]
          $0.duration = ["duration"]
          $0.durationUnit = .milliseconds
          $0.host = ["authority", ":authority"]
          $0.userAgent = ["user_agent", "user-agent"]
          $0.remoteAddress = ["downstream_remote_address"]
          $0.dashMeansAbsent = true
        }, .start),
      source:
        "https://www.envoyproxy.io/docs/envoy/latest/configuration/observability/access_log/usage"),
    CatalogueEntry(
      "kong", producer: "Kong, file-log and http-log",
      .json(
        mapping {
          $0.time = ["started_at"]
          $0.method = ["request.method"]
          $0.target = ["request.uri"]
          $0.status = ["response.status"]
          $0.requestSize = ["request.headers.content-length"]
          $0.responseSize = ["response.headers.content-length"]
          $0.duration = ["latencies.request"]
          $0.durationUnit = .milliseconds
          $0.host = ["request.headers.host"]
          $0.userAgent = ["request.headers.user-agent"]
          $0.remoteAddress = ["client_ip"]
          $0.headerPrefix = "request.headers."
        }, .start),
      source: "https://developer.konghq.com/plugins/file-log/"),
  ]

  private static let cloudObjects: [CatalogueEntry] = [
    CatalogueEntry(
      "api-gateway", producer: "AWS API Gateway, JSON",
      .json(
        mapping {
          $0.time = ["requestTimeEpoch", "requestTime"]
          $0.method = ["httpMethod"]
          $0.target = ["path"]
          $0.route = ["resourcePath"]
          $0.request = ["routeKey"]
          $0.status = ["status"]
          $0.responseSize = ["responseLength"]
          $0.duration = ["responseLatency"]
          $0.durationUnit = .milliseconds
          $0.host = ["domainName"]
          $0.userAgent = ["userAgent"]
          $0.remoteAddress = ["ip", "sourceIp"]
          $0.dashMeansAbsent = true
        }, .start),
      source:
        "https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html"),
    // `timestamp` is "the time when the first layer GFE receives the request", according to the
    // page; sizes include headers (LogEntry's HttpRequest).
    CatalogueEntry(
      "gcp", producer: "Google Cloud HTTP load balancer, Cloud Run",
      .json(
        mapping {
          $0.time = ["timestamp"]
          $0.method = ["httpRequest.requestMethod"]
          $0.target = ["httpRequest.requestUrl"]
          $0.status = ["httpRequest.status"]
          $0.duration = ["httpRequest.latency"]
          $0.durationUnit = .seconds
          $0.userAgent = ["httpRequest.userAgent"]
          $0.remoteAddress = ["httpRequest.remoteIp"]
        }, .start),
      source: "https://cloud.google.com/load-balancing/docs/https/https-logging-monitoring",
      sizes: .withHeaders),
    // The timestamp is when the log was created (`TimeGenerated` of the table AGWAccessLogs), so
    // the end. `timeTaken` is in milliseconds up to v1 and in seconds from v2 on; the marks are
    // fields, and an instance name, that the page lists for only one of them. Sizes are those of
    // packets.
    CatalogueEntry(
      "azure-app-gateway", producer: "Azure Application Gateway",
      .json(
        mapping {
          $0.time = ["timeStamp", "time"]
          $0.method = ["properties.httpMethod"]
          $0.target = ["properties.originalRequestUriWithArgs", "properties.requestUri"]
          $0.unitMarks =
            ["serverResponseLatency", "WAFEvaluationTime", "sslClientVerify"].map { key in
              UnitMark(
                text: "\"\(key)\":", unit: .seconds,
                meaning: "\(key) is logged by v2 gateways, whose times are in seconds")
            } + [
              UnitMark(
                text: "\"ApplicationGatewayRole_", unit: .milliseconds,
                meaning: "the instance belongs to a v1 gateway, whose times are in milliseconds")
            ]
          $0.status = ["properties.httpStatus"]
          $0.undecidedDuration = ["properties.timeTaken"]
          $0.host = ["properties.originalHost", "properties.host"]
          $0.userAgent = ["properties.userAgent"]
          $0.remoteAddress = ["properties.clientIP"]
          $0.dashMeansAbsent = true
        }, .end),
      source:
        "https://learn.microsoft.com/azure/application-gateway/monitor-application-gateway-reference",
      sizes: .withHeaders),
    CatalogueEntry(
      "azure-front-door", producer: "Azure Front Door",
      .json(
        mapping {
          $0.time = ["time"]
          $0.method = ["properties.httpMethod"]
          $0.target = ["properties.requestUri"]
          $0.status = ["properties.httpStatusCode"]
          $0.duration = ["properties.timeTaken"]
          $0.durationUnit = .seconds
          $0.host = ["properties.hostName"]
          $0.userAgent = ["properties.userAgent"]
          $0.remoteAddress = ["properties.clientIp"]
          $0.dashMeansAbsent = true
        }, .end),
      source: "https://learn.microsoft.com/azure/frontdoor/monitor-front-door-reference",
      sizes: .withHeaders),
    CatalogueEntry(
      "azure-api-management", producer: "Azure API Management, GatewayLogs",
      .json(
        mapping {
          $0.time = ["time", "TimeGenerated"]
          $0.method = ["properties.method", "Method"]
          $0.target = ["properties.url", "Url"]
          $0.status = ["properties.responseCode", "ResponseCode"]
          $0.duration = ["durationMs", "DurationMs", "TotalTime"]
          $0.durationUnit = .milliseconds
          $0.remoteAddress = ["callerIpAddress", "CallerIpAddress"]
        }, .start),
      source:
        "https://learn.microsoft.com/azure/azure-monitor/reference/tables/apimanagementgatewaylogs",
      sizes: .withHeaders),
  ]

  private static let applicationObjects: [CatalogueEntry] = [
    CatalogueEntry(
      "ecs", producer: "Elastic Common Schema, also in a dump of Elasticsearch",
      .json(
        mapping {
          $0.time = documents("event.start", "@timestamp")
          $0.method = documents("http.request.method")
          $0.target = documents("url.original", "url.path")
          $0.status = documents("http.response.status_code")
          $0.requestSize = documents("http.request.body.bytes")
          $0.responseSize = documents("http.response.body.bytes")
          $0.duration = documents("event.duration")
          $0.durationUnit = .nanoseconds
          $0.host = documents("url.domain")
          $0.scheme = documents("url.scheme")
          $0.userAgent = documents("user_agent.original")
          $0.remoteAddress = documents("client.ip", "source.ip")
          $0.aliases = ["remote_user": "user.name"]
        }, .start),
      source: "https://www.elastic.co/guide/en/ecs/current/ecs-http.html"),
    CatalogueEntry(
      "otel", producer: "OpenTelemetry semantic conventions",
      .json(
        mapping {
          $0.time = ["startTimeUnixNano", "timeUnixNano", "Timestamp", "timestamp", "time"]
          $0.method = attributes("http.request.method", "http.method")
          $0.target = attributes("url.path", "http.target", "url.full", "http.url")
          $0.route = attributes("http.route")
          $0.status = attributes("http.response.status_code", "http.status_code")
          $0.requestSize = attributes(
            "http.request.body.size", "http.request_content_length")
          $0.responseSize = attributes(
            "http.response.body.size", "http.response_content_length")
          $0.duration = ["duration", "Duration"]
          $0.durationUnit = .nanoseconds
          $0.host = attributes("server.address", "http.host")
          $0.scheme = attributes("url.scheme", "http.scheme")
          $0.userAgent = attributes("user_agent.original", "http.user_agent")
          $0.remoteAddress = attributes("client.address", "http.client_ip")
        }, .start),
      source: "https://opentelemetry.io/docs/specs/semconv/http/http-spans/"),
    CatalogueEntry(
      "pino-http", producer: "pino-http",
      .json(
        mapping {
          $0.time = ["time"]
          // `customAttributeKeys` renames the objects.
          $0.method = ["req.method", "request.method"]
          $0.target = ["req.url", "request.url"]
          $0.status = ["res.statusCode", "response.statusCode", "res.status"]
          $0.requestSize = ["req.headers.content-length"]
          $0.responseSize = ["res.headers.content-length"]
          $0.duration = ["responseTime"]
          $0.durationUnit = .milliseconds
          $0.host = ["req.headers.host"]
          $0.userAgent = ["req.headers.user-agent"]
          $0.remoteAddress = ["req.remoteAddress"]
          $0.headerPrefix = "req.headers."
        }, .end),
      source: "https://github.com/pinojs/pino-http"),
    CatalogueEntry(
      "lograge", producer: "lograge, JSON",
      .json(
        mapping {
          $0.time = ["@timestamp", "time", "timestamp"]
          $0.method = ["method"]
          $0.target = ["path"]
          $0.status = ["status"]
          $0.duration = ["duration"]
          $0.durationUnit = .milliseconds
          $0.host = ["host"]
          $0.remoteAddress = ["remote_ip", "ip"]
        }, .end),
      source: "https://github.com/roidrage/lograge",
      marks: ["\"controller\":", "\"action\":", "\"duration\":"], sizes: .none),
    CatalogueEntry(
      "lograge-pairs", producer: "lograge, key=value",
      .pairs(
        mapping {
          $0.method = ["method"]
          $0.target = ["path"]
          $0.status = ["status"]
          $0.duration = ["duration"]
          $0.durationUnit = .milliseconds
        }, .end),
      source: "https://github.com/roidrage/lograge",
      marks: ["controller=", "action=", "duration="], sizes: .none),
    CatalogueEntry(
      "echo", producer: "echo, default logger",
      .json(
        mapping {
          $0.time = ["time"]
          $0.method = ["method"]
          $0.target = ["uri"]
          $0.status = ["status"]
          $0.requestSize = ["bytes_in"]
          $0.responseSize = ["bytes_out"]
          $0.duration = ["latency"]
          $0.durationUnit = .nanoseconds
          $0.host = ["host"]
          $0.userAgent = ["user_agent"]
          $0.remoteAddress = ["remote_ip"]
        }, .end),
      source: "https://github.com/labstack/echo/blob/master/middleware/logger.go",
      marks: ["\"latency_human\":"]),
    CatalogueEntry(
      "slog", producer: "Go, log/slog",
      .json(
        mapping {
          $0.time = ["time"]
          $0.method = ["method", "request.method"]
          $0.target = ["path", "uri", "url", "request.path"]
          $0.route = ["route", "request.route"]
          $0.status = ["status", "response.status"]
          $0.responseSize = ["size", "bytes", "response.length"]
          $0.duration = ["duration", "latency", "elapsed", "response.latency"]
          $0.durationUnit = .nanoseconds
          $0.host = ["host", "request.host"]
          $0.userAgent = ["user_agent", "request.user-agent"]
          $0.remoteAddress = ["remote_addr", "ip", "request.ip"]
        }, .end),
      source: "https://pkg.go.dev/log/slog#JSONHandler", isDetected: false),
  ]

  /// Fields on their own and under `_source`, as Elasticsearch's documents have them.
  private static func documents(_ names: String...) -> [String] {
    names + names.map { "_source.\($0)" }
  }

  /// Attributes on their own and under `attributes`, as exporters nest them.
  private static func attributes(_ names: String...) -> [String] {
    names + names.map { "attributes.\($0)" }
  }
}

extension FieldMapping {
  /// The names of nginx's own variables, which most JSON templates for it use, and common
  /// alternative spellings.
  ///
  /// Sizes of bodies only: `$request_length` and `$bytes_sent` include the headers, which the
  /// middleware does not count. (nginx documentation, ngx_http_core_module, ngx_http_log_module.)
  package static let nginx: FieldMapping = {
    var mapping = FieldMapping()
    mapping.time = [
      "msec", "time_iso8601", "time_local", "timestamp", "@timestamp", "time", "ts",
    ]
    mapping.method = ["request_method", "method", "http_method", "httpMethod", "verb"]
    mapping.target = ["request_uri", "uri", "path", "url", "request_path", "originalUrl"]
    mapping.request = ["request"]
    mapping.status = ["status", "status_code", "statusCode", "http_status", "response_status"]
    mapping.requestSize = ["content_length", "http_content_length", "request_size"]
    mapping.responseSize = ["sent_http_content_length", "body_bytes_sent", "response_size"]
    mapping.duration = ["request_time"]
    mapping.durationUnit = .seconds
    mapping.host = ["host", "http_host", "server_name"]
    mapping.scheme = ["scheme"]
    mapping.userAgent = ["http_user_agent", "user_agent"]
    mapping.remoteAddress = ["remote_addr", "remote_address"]
    mapping.referer = ["http_referer", "referer"]
    return mapping
  }()
}
