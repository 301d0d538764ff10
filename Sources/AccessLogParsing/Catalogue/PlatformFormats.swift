/// Formats with one JSON object per line that content delivery networks, platforms and frameworks write.
extension FormatCatalogue {
  /// Content delivery networks.
  static let edgeObjects: [CatalogueEntry] = [
    // The timestamps may be nanoseconds, seconds or RFC 3339; only as nanoseconds is their difference a
    // duration, so the time to the first byte stands for it in all of them.
    CatalogueEntry(
      "cloudflare", producer: "Cloudflare Logpush, HTTP requests",
      .json(
        mapping {
          $0.time = ["EdgeStartTimestamp"]
          $0.method = ["ClientRequestMethod"]
          $0.target = ["ClientRequestURI", "ClientRequestPath"]
          $0.status = ["EdgeResponseStatus"]
          $0.responseSize = ["EdgeResponseBodyBytes"]
          $0.duration = ["EdgeTimeToFirstByteMs"]
          $0.durationUnit = .milliseconds
          $0.host = ["ClientRequestHost"]
          $0.scheme = ["ClientRequestScheme"]
          $0.userAgent = ["ClientRequestUserAgent"]
          $0.remoteAddress = ["ClientIP"]
          $0.referer = ["ClientRequestReferer"]
        }, .start),
      source:
        "https://developers.cloudflare.com/logs/reference/log-fields/zone/http_requests/"),
    CatalogueEntry(
      "cloudfront-json", producer: "CloudFront, standard logging v2, JSON",
      .json(
        mapping {
          $0.time = ["timestamp(ms)", "timestamp", "time"]
          $0.date = ["date"]
          $0.method = ["cs-method"]
          $0.target = ["cs-uri-stem"]
          $0.status = ["sc-status"]
          $0.responseSize = ["sc-content-len"]
          $0.duration = ["time-taken"]
          $0.durationUnit = .seconds
          $0.host = ["x-host-header", "cs(Host)"]
          $0.scheme = ["cs-protocol"]
          $0.userAgent = ["cs(User-Agent)"]
          $0.remoteAddress = ["c-ip"]
          $0.referer = ["cs(Referer)"]
          $0.dashMeansAbsent = true
        }, .end),
      source:
        "https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/standard-logging.html",
      marks: ["\"sc-status\":"]),
    // The three timers of a request are logged apart, and each of them is optional.
    CatalogueEntry(
      "akamai", producer: "Akamai DataStream 2, JSON",
      .json(
        mapping {
          $0.time = ["reqTimeSec"]
          $0.method = ["reqMethod"]
          $0.target = ["reqPath"]
          $0.status = ["statusCode"]
          $0.responseSize = ["rspContentLen"]
          $0.host = ["reqHost"]
          $0.scheme = ["proto"]
          $0.userAgent = ["UA"]
          $0.remoteAddress = ["cliIP"]
          $0.referer = ["referer"]
          $0.dashMeansAbsent = true
        }, .start),
      source: "https://techdocs.akamai.com/datastream2/docs/data-set-parameters"),
    CatalogueEntry(
      "fastly", producer: "Fastly, the JSON of its documentation",
      .json(
        mapping {
          $0.time = ["timestamp"]
          $0.method = ["request_method"]
          $0.target = ["url"]
          $0.status = ["response_status"]
          $0.responseSize = ["response_body_size"]
          $0.host = ["host"]
          $0.userAgent = ["request_user_agent"]
          $0.remoteAddress = ["client_ip"]
          $0.referer = ["request_referer"]
        }, .start),
      source: "https://www.fastly.com/documentation/guides/integrations/logging-endpoints/",
      marks: ["\"response_status\":", "\"response_body_size\":"]),
  ]

  /// Platforms, meshes and the parts of Kubernetes.
  static let platformObjects: [CatalogueEntry] = [
    CatalogueEntry(
      "app-engine", producer: "Google App Engine, request_log",
      .json(
        mapping {
          $0.time = ["protoPayload.startTime"]
          $0.method = ["protoPayload.method"]
          $0.target = ["protoPayload.resource"]
          $0.status = ["protoPayload.status"]
          $0.duration = ["protoPayload.latency"]
          $0.durationUnit = .seconds
          $0.host = ["protoPayload.host"]
          $0.userAgent = ["protoPayload.userAgent"]
          $0.remoteAddress = ["protoPayload.ip"]
        }, .start),
      source:
        "https://cloud.google.com/logging/docs/reference/audit/appengine/rest/Shared.Types/google.appengine.logging.v1#RequestLog",
      sizes: .withHeaders),
    CatalogueEntry(
      "azure-app-service", producer: "Azure App Service, AppServiceHTTPLogs",
      .json(
        mapping {
          $0.time = ["time", "TimeGenerated"]
          $0.method = ["properties.CsMethod", "CsMethod"]
          $0.target = ["properties.CsUriStem", "CsUriStem"]
          $0.status = ["properties.ScStatus", "ScStatus"]
          $0.duration = ["properties.TimeTaken", "TimeTaken"]
          $0.durationUnit = .milliseconds
          $0.host = ["properties.CsHost", "CsHost"]
          $0.userAgent = ["properties.UserAgent", "UserAgent"]
          $0.remoteAddress = ["properties.CIp", "CIp"]
          $0.dashMeansAbsent = true
        }, .end),
      source: "https://learn.microsoft.com/azure/azure-monitor/reference/tables/appservicehttplogs",
      sizes: .withHeaders),
    CatalogueEntry(
      "railway", producer: "Railway, HTTP logs",
      .json(
        mapping {
          $0.time = ["timestamp"]
          $0.method = ["method"]
          $0.target = ["path"]
          $0.status = ["httpStatus"]
          $0.duration = ["totalDuration"]
          $0.durationUnit = .milliseconds
          $0.host = ["host"]
          $0.userAgent = ["clientUa"]
          $0.remoteAddress = ["srcIp"]
        }, .end),
      source: "https://docs.railway.com/guides/logs", sizes: .withHeaders),
    // A request has an entry without a type; those with one are of what its function, or the middleware,
    // printed meanwhile.
    CatalogueEntry(
      "vercel", producer: "Vercel, log drains",
      .json(
        mapping {
          $0.time = ["proxy.timestamp", "timestamp"]
          $0.method = ["proxy.method"]
          $0.target = ["proxy.path"]
          $0.status = ["proxy.statusCode", "statusCode"]
          $0.responseSize = ["proxy.responseByteSize"]
          $0.host = ["proxy.host", "host"]
          $0.scheme = ["proxy.scheme"]
          $0.userAgent = ["proxy.userAgent"]
          $0.remoteAddress = ["proxy.clientIp"]
          $0.referer = ["proxy.referer"]
          $0.condition = FieldCondition("type")
        }, .start),
      source: "https://vercel.com/docs/drains/reference/logs"),
    CatalogueEntry(
      "netlify", producer: "Netlify, log drains, traffic",
      .json(
        mapping {
          $0.time = ["timestamp"]
          $0.method = ["method"]
          $0.target = ["url"]
          $0.status = ["status_code"]
          $0.undecidedDuration = ["duration"]
          $0.userAgent = ["user_agent"]
          $0.remoteAddress = ["client_ip"]
          $0.referer = ["referrer"]
          $0.condition = FieldCondition("log_type", "traffic")
        }, .end),
      source: "https://docs.netlify.com/manage/monitoring/log-drains",
      marks: ["\"deploy_id\":", "\"site_id\":", "\"status_code\":"], sizes: .none),
    CatalogueEntry(
      "cloud-storage", producer: "Google Cloud Storage, usage logs (CSV)",
      .json(
        mapping {
          $0.time = ["time_micros"]
          $0.method = ["cs_method"]
          $0.target = ["cs_uri"]
          $0.status = ["sc_status"]
          $0.responseSize = ["sc_bytes"]
          $0.duration = ["time_taken_micros"]
          $0.durationUnit = .microseconds
          $0.host = ["cs_host"]
          $0.userAgent = ["cs_user_agent"]
          $0.remoteAddress = ["c_ip"]
          $0.referer = ["cs_referer"]
        }, .end),
      source: "https://cloud.google.com/storage/docs/access-logs",
      marks: ["\"time_micros\":"]),
    CatalogueEntry(
      "linkerd-json", producer: "Linkerd proxy, json",
      .json(
        mapping {
          $0.time = ["timestamp"]
          $0.method = ["method"]
          $0.target = ["uri"]
          $0.status = ["status"]
          $0.requestSize = ["request_bytes"]
          $0.responseSize = ["response_bytes"]
          $0.duration = ["total_ns"]
          $0.durationUnit = .nanoseconds
          $0.host = ["host"]
          $0.userAgent = ["user_agent"]
          $0.remoteAddress = ["client.addr"]
          $0.aliases = ["remote_user": "client.id"]
        }, .start),
      source: "https://linkerd.io/2/features/access-logging/", marks: ["\"total_ns\":"]),
    // A flow of a request and one of its response; the latter has what a record needs.
    CatalogueEntry(
      "hubble", producer: "Cilium Hubble, flows of HTTP",
      .json(
        mapping {
          $0.time = ["flow.time", "time"]
          $0.method = ["flow.l7.http.method"]
          $0.target = ["flow.l7.http.url"]
          $0.status = ["flow.l7.http.code"]
          $0.duration = ["flow.l7.latency_ns"]
          $0.durationUnit = .nanoseconds
          $0.remoteAddress = ["flow.IP.destination"]
          $0.condition = FieldCondition("flow.l7.type", "RESPONSE")
        }, .end),
      source: "https://docs.cilium.io/en/stable/_api/v1/flow/README/", sizes: .none),
    // Each request has an event for every stage; the last one is counted.
    CatalogueEntry(
      "kubernetes-audit", producer: "Kubernetes, audit log",
      .json(
        mapping {
          $0.time = ["requestReceivedTimestamp"]
          $0.method = ["verb"]
          $0.methodIsVerb = true
          $0.target = ["requestURI"]
          $0.status = ["responseStatus.code"]
          $0.userAgent = ["userAgent"]
          $0.aliases = ["remote_user": "user.username"]
          $0.condition = FieldCondition("stage", "ResponseComplete", "Panic")
        }, .start),
      source: "https://kubernetes.io/docs/reference/config-api/apiserver-audit.v1/",
      marks: ["\"auditID\":"], sizes: .none),
    CatalogueEntry(
      "gitlab", producer: "GitLab, api_json.log and production_json.log",
      .json(
        mapping {
          $0.time = ["time"]
          $0.method = ["method"]
          $0.target = ["path"]
          $0.route = ["route"]
          $0.status = ["status"]
          $0.duration = ["duration_s"]
          $0.durationUnit = .seconds
          $0.host = ["host"]
          $0.userAgent = ["ua"]
          $0.remoteAddress = ["remote_ip"]
          $0.aliases = ["remote_user": "username"]
        }, .end),
      source: "https://docs.gitlab.com/administration/logs/#api_jsonlog",
      marks: ["\"duration_s\":", "\"db_duration_s\":"], sizes: .none),
    // What Logstash's pattern COMBINEDAPACHELOG makes of a line, before it knew ECS.
    CatalogueEntry(
      "logstash", producer: "Logstash, COMBINEDAPACHELOG",
      .json(
        mapping {
          $0.time = ["timestamp", "@timestamp"]
          $0.method = ["verb"]
          $0.target = ["request"]
          $0.status = ["response"]
          $0.responseSize = ["bytes"]
          $0.userAgent = ["agent"]
          $0.remoteAddress = ["clientip"]
          $0.referer = ["referrer"]
          $0.dashMeansAbsent = true
          $0.aliases = ["remote_user": "auth"]
        }, .start),
      source:
        "https://github.com/logstash-plugins/logstash-patterns-core/blob/main/patterns/legacy/httpd",
      marks: ["\"verb\":", "\"response\":"]),
  ]

  /// `key=value` lines with the usual names.
  static let pairEntries: [CatalogueEntry] = [
    CatalogueEntry(
      "logfmt", producer: "logfmt with usual keys, such as Go's log/slog", .pairs(.logfmt, .end),
      source: "https://pkg.go.dev/log/slog#TextHandler"),
    CatalogueEntry(
      "logfmt-collected", producer: "logfmt with the same keys, and the time of a collector",
      .pairs(.logfmt.untimed, .end), source: "https://pkg.go.dev/log/slog#TextHandler"),
  ]
}

extension FieldMapping {
  /// The usual keys of `key=value` lines. Whichever key is the duration, and in which unit, the lines
  /// have to show.
  package static let logfmt: FieldMapping = {
    var mapping = FieldMapping()
    mapping.name = "logfmt"
    mapping.time = ["time", "ts", "timestamp", "t", "@timestamp", "datetime", "date"]
    mapping.method = [
      "method", "http_method", "request_method", "http.method", "req.method", "http.request.method",
    ]
    mapping.target = [
      "request_uri", "uri", "path", "url", "request_path", "http_path", "http.path", "http.target",
      "req.url", "target", "http.request.uri", "url.path",
    ]
    mapping.route = ["route", "http.route"]
    mapping.request = ["request"]
    mapping.status = [
      "status", "status_code", "http_status", "code", "statusCode", "http.status_code",
      "response_code", "resp_status", "response.status", "http.response.status",
      "http.response.status_code",
    ]
    mapping.requestSize = ["content_length", "request_size"]
    mapping.responseSize = [
      "body_bytes_sent", "response_size", "resp_bytes", "http.response.written",
    ]
    mapping.host = ["host", "http_host"]
    mapping.userAgent = ["user_agent", "http_user_agent", "ua"]
    mapping.remoteAddress = ["remote_addr", "remote_address", "remote_ip", "client_ip", "ip"]
    mapping.referer = ["referer", "http_referer"]
    return mapping
  }()

  /// The same for lines that have no time of their own.
  var untimed: FieldMapping {
    var mapping = self
    mapping.time = []
    mapping.name = (name ?? "json") + "-collected"
    return mapping
  }

  /// Whether the keys are just the usual ones, which may mean this or that.
  var isGeneric: Bool { Self.generic.contains(self) }

  private static let generic: [FieldMapping] = [nginx, logfmt, nginx.untimed, logfmt.untimed]
}
