/// Formats with one line of text per request, other than the common log family.
extension FormatCatalogue {
  static let textEntries: [CatalogueEntry] =
    serverEntries + proxyEntries + gatewayEntries + cloudEntries + frameworkEntries
    + appServerEntries

  /// How lines of the common log family begin.
  static let commonStart =
    #"{remote_addr|remote_address} {ident} {remote_user} [{time_local:clf}] "{request:request}" "#
  /// The same, including status, size, referer and user agent.
  static let combinedStart =
    commonStart
    + #"{status:status} {body_bytes_sent:sent-} "{http_referer|referer}" "{http_user_agent|user_agent}""#

  /// Web servers.
  private static let serverEntries: [CatalogueEntry] = [
    CatalogueEntry(
      "nginx, main",
      TextLayout(
        "main", combinedStart + #" "{http_x_forwarded_for:addresses}""#, .end),
      source: "https://github.com/nginx/nginx/blob/master/conf/nginx.conf"),
    CatalogueEntry(
      "nginx, combined with $time_iso8601",
      TextLayout(
        "combined-iso",
        "{remote_addr|remote_address} {ident} {remote_user} [{time_iso8601:%FT%T%z}] "
          + "\"{request:request}\" {status:status} {body_bytes_sent:sent-} "
          + "\"{http_referer|referer}\" \"{http_user_agent|user_agent}\"", .end),
      source: "https://nginx.org/en/docs/http/ngx_http_log_module.html#log_format"),
    CatalogueEntry(
      "Apache, combinedio",
      TextLayout("combinedio", combinedStart + " {bytes_received:digits} {bytes_sent:digits}"),
      source: "https://httpd.apache.org/docs/2.4/mod/mod_logio.html"),
    CatalogueEntry(
      "IIS, CloudFront and others, W3C extended", name: "w3c", .columns(ColumnLayout()),
      source: "https://www.w3.org/TR/WD-logfile.html", sizes: .withHeaders),
    // http.sys writes dates as 11/23/2026 and times as 9:10:13, in local time; the durations are in
    // milliseconds, and the sizes include headers.
    CatalogueEntry(
      "IIS, its own format",
      TextLayout(
        "iis",
        "{remote_addr|remote_address}, {remote_user}, {time:%-m/%-d/%-Y, %-H:%M:%S}, {service}, "
          + "{server_name}, {server_addr}, {time_taken:ms}, {bytes_received:digits}, "
          + "{bytes_sent:digits}, {status:status}, {win32_status:digits}, {method:method}, "
          + "{target:target}, {query},", .end),
      source: "https://learn.microsoft.com/previous-versions/iis/6.0-sdk/ms525807(v=vs.90)",
      sizes: .withHeaders),
    CatalogueEntry(
      "Tomcat, common with %D",
      TextLayout(
        "tomcat", commonStart + "{status:status} {body_bytes_sent:sent-} {duration:duration}"),
      source: "https://tomcat.apache.org/tomcat-10.1-doc/config/valve.html#Access_Logging",
      isDetected: false),
  ]

  /// Proxies.
  private static let proxyEntries: [CatalogueEntry] = [
    CatalogueEntry(
      "HAProxy, option httplog",
      TextLayout(
        "haproxy",
        "{client:word} [{accept_date:%d/%b/%Y:%T.%L}] {frontend} {backend}/{server} "
          + "{Tq:number}/{Tw:number}/{Tc:number}/{Tr:number}/{Ta:ms} {status:status} {bytes_read} "
          + "{request_cookie} {response_cookie} {termination_state} {connections} {queues} "
          + "<?{{{captured_request}}} ?><?{{{captured_response}}} ?>\"{request:request}\"",
        allowsMore: true),
      source: "https://docs.haproxy.org/2.8/configuration.html#8.2.3", sizes: .withHeaders),
    CatalogueEntry(
      "Envoy, default text",
      TextLayout(
        "envoy",
        "[{start_time:time}] \"{request:request}\" {response_code:status} {response_flags} "
          + "{bytes_received:received} {bytes_sent:sent} {duration:ms} {upstream_service_time} "
          + "\"{http_x_forwarded_for}\" \"{http_user_agent|user_agent}\" \"{http_x_request_id}\" "
          + "\"{host|authority}\" \"{upstream_host}\""),
      source:
        "https://www.envoyproxy.io/docs/envoy/latest/configuration/observability/access_log/usage"),
    CatalogueEntry(
      "Istio, default text",
      TextLayout(
        "istio",
        "[{start_time:time}] \"{request:request}\" {response_code:status} {response_flags} "
          + "{response_code_details} {connection_termination_details} "
          + "\"{upstream_transport_failure_reason}\" {bytes_received:received} {bytes_sent:sent} "
          + "{duration:ms} {upstream_service_time} \"{http_x_forwarded_for}\" "
          + "\"{http_user_agent|user_agent}\" \"{http_x_request_id}\" \"{host|authority}\" "
          + "\"{upstream_host}\" {upstream_cluster} {upstream_local_address} "
          + "{downstream_local_address} {remote_addr|remote_address} {requested_server_name} "
          + "{route_name}"),
      source: "https://istio.io/latest/docs/tasks/observability/logs/access-log/"),
    CatalogueEntry(
      "Traefik, common",
      TextLayout(
        "traefik",
        combinedStart + " {request_count:digits} \"{router}\" \"{server_url}\" {duration:ms}"),
      source: "https://doc.traefik.io/traefik/observability/access-logs/"),
    CatalogueEntry(
      "ingress-nginx, upstreaminfo",
      TextLayout(
        "ingress-nginx",
        combinedStart + " {request_length:digits} {request_time:s} [{proxy_upstream_name}] "
          + "[{proxy_alternative_upstream_name}] {upstream_addr:list} "
          + "{upstream_response_length:list} {upstream_response_time:list} {upstream_status:list} "
          + "{req_id}", .end),
      source:
        "https://kubernetes.github.io/ingress-nginx/user-guide/nginx-configuration/log-format/"),
  ]

  /// Services that clouds put in front of applications.
  private static let cloudEntries: [CatalogueEntry] = [
    CatalogueEntry(
      "AWS Application Load Balancer",
      TextLayout(
        "alb",
        "{type} {time:time} {elb} {client} {target} {request_processing_time:s} "
          + "{target_processing_time:s} {response_processing_time:s} {elb_status_code:status} "
          + "{target_status_code} {received_bytes:digits} {sent_bytes:digits} "
          + "\"{request:request}\" \"{http_user_agent|user_agent}\" {ssl_cipher} {ssl_protocol} "
          + "{target_group_arn} \"{trace_id}\" \"{host|domain_name}\" \"{chosen_cert_arn}\" "
          + "{matched_rule_priority} {request_creation_time} \"{actions_executed}\"", .end,
        allowsMore: true),
      source:
        "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-access-logs.html",
      sizes: .withHeaders),
    CatalogueEntry(
      "AWS Classic Load Balancer",
      TextLayout(
        "elb",
        "{time:time} {elb} {client} {backend} {request_processing_time:s} "
          + "{backend_processing_time:s} {response_processing_time:s} {elb_status_code:status} "
          + "{backend_status_code} {received_bytes:digits} {sent_bytes:digits} "
          + "\"{request:request}\"<? \"{http_user_agent|user_agent}\" {ssl_cipher} {ssl_protocol}?>",
        .end),
      source:
        "https://docs.aws.amazon.com/elasticloadbalancing/latest/classic/access-log-collection.html",
      sizes: .withHeaders),
    CatalogueEntry(
      "AWS S3, server access",
      TextLayout(
        "s3",
        "{bucket_owner} {bucket} [{time:clf}] {remote_addr|remote_address} "
          + "{requester|remote_user} {request_id} {operation} {key} \"{request:request}\" "
          + "{status:status} {error_code} {bytes_sent:sent-} {object_size} {total_time:ms} "
          + "{turn_around_time} \"{http_referer|referer}\" \"{http_user_agent|user_agent}\"",
        allowsMore: true),
      source: "https://docs.aws.amazon.com/AmazonS3/latest/userguide/LogFormat.html"),
    // The fields of the standard log in their order, as they are left when a pipeline drops the lines that
    // begin with `#`. `time-taken` is in seconds; only the response's Content-Length is without headers.
    CatalogueEntry(
      "CloudFront, standard logging without its header",
      TextLayout(
        "cloudfront",
        "{time:utc%F\t%T}\t{x-edge-location}\t{sc-bytes:digits}\t{c-ip|remote_addr|remote_address}"
          + "\t{method:method}\t{cs(Host)}\t{target:target}\t{sc-status:status}"
          + "\t{cs(Referer)|http_referer|referer}\t{cs(User-Agent)|http_user_agent|user_agent}"
          + "\t{cs-uri-query}\t{cs(Cookie)}\t{x-edge-result-type}\t{x-edge-request-id}"
          + "\t{x-host-header|host}\t{cs-protocol|scheme}\t{cs-bytes}\t{time-taken:s}"
          + "\t{x-forwarded-for}\t{ssl-protocol}\t{ssl-cipher}\t{x-edge-response-result-type}"
          + "\t{cs-protocol-version}<?\t{fle-status}\t{fle-encrypted-fields}\t{c-port}"
          + "\t{time-to-first-byte}\t{x-edge-detailed-result-type}\t{sc-content-type}"
          + "\t{sc-content-len:sent}\t{sc-range-start}\t{sc-range-end}?>", .end),
      source:
        "https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/standard-logs-reference.html"
    ),
    CatalogueEntry(
      "heroku", producer: "Heroku router", .pairs(.heroku, .end),
      source: "https://devcenter.heroku.com/articles/http-routing#heroku-router-log-format",
      marks: ["dyno=", "connect=", "service="], sizes: .withHeaders),
  ]

  /// Application servers and frameworks.
  private static let frameworkEntries: [CatalogueEntry] = [
    CatalogueEntry(
      "gunicorn, default", TextLayout("gunicorn", combinedStart),
      source: "https://docs.gunicorn.org/en/stable/settings.html#access-log-format",
      isDetected: false),
    CatalogueEntry(
      "uvicorn",
      TextLayout(
        "uvicorn",
        "INFO: {~}{client:word} - \"{request:request}\" {status:status}<? {reason}?>"),
      source: "https://github.com/encode/uvicorn/blob/master/uvicorn/logging.py"),
    CatalogueEntry(
      "uvicorn, preceded by the time",
      TextLayout(
        "uvicorn-asctime",
        "{asctime:%F %T,%L} {levelname} {client:word} - \"{request:request}\" {status:status}"
          + "<? {reason}?>"),
      source: "https://docs.python.org/3/library/logging.html#logrecord-attributes"),
    CatalogueEntry(
      "morgan, dev",
      TextLayout(
        "morgan-dev",
        "{method:method} {target:target} {status:status} {response_time:ms} ms - "
          + "{content_length:sent}", .end),
      source: "https://github.com/expressjs/morgan#predefined-formats"),
    CatalogueEntry(
      "morgan, tiny",
      TextLayout(
        "morgan-tiny",
        "{method:method} {target:target} {status:status} {content_length:sent} - "
          + "{response_time:ms} ms", .end),
      source: "https://github.com/expressjs/morgan#predefined-formats"),
    CatalogueEntry(
      "morgan, short",
      TextLayout(
        "morgan-short",
        "{remote_addr|remote_address} {remote_user} {method:method} {target:target} "
          + "HTTP/{http_version} {status:status} {content_length:sent} - {response_time:ms} ms",
        .end),
      source: "https://github.com/expressjs/morgan#predefined-formats"),
    CatalogueEntry(
      "gin",
      TextLayout(
        "gin",
        "[GIN] {time:%Y/%m/%d - %T} |{~}{status:status} |{~}{latency:s} |{~}"
          + "{client_ip|remote_addr|remote_address} |{~}{method:method} {~}\"{target:target}\"",
        .end),
      source: "https://github.com/gin-gonic/gin/blob/master/logger.go"),
    CatalogueEntry(
      "Django, runserver",
      TextLayout(
        "django",
        "[{time:%d/%b/%Y %T}] \"{request:request}\" {status:status} {content_length:sent}"),
      source:
        "https://github.com/django/django/blob/main/django/core/servers/basehttp.py"),
    CatalogueEntry(
      "Flask, development server",
      TextLayout(
        "werkzeug",
        "{remote_addr|remote_address} - - [{time:%d/%b/%Y %T}] \"{request:request}\" "
          + "{status:status} {content_length:sent}"),
      source: "https://github.com/pallets/werkzeug/blob/main/src/werkzeug/serving.py"),
    CatalogueEntry(
      "OpenStack, wsgi server", TextLayout("openstack", openStack, .end),
      source: "https://docs.openstack.org/oslo.log/latest/configuration/index.html",
      sizes: .withHeaders),
    CatalogueEntry(
      "OpenStack, wsgi server, preceded by the file's name",
      TextLayout("openstack-named", "{file} " + openStack, .end),
      source: "https://docs.openstack.org/oslo.log/latest/configuration/index.html",
      sizes: .withHeaders),
  ]

  private static let openStack =
    "{asctime:%F %T.%L} {process} {levelname} {name} [{context}] {client_ip|remote_address} "
    + "\"{request:request}\" status: {status:status} len: {len} time: {time:s}"
}

extension CatalogueEntry {
  fileprivate init(
    _ producer: String, name: String, _ format: LogFormat, source: String, sizes: Sizes
  ) {
    self.init(name, producer: producer, format, source: source, sizes: sizes)
  }
}

extension FieldMapping {
  /// Heroku's router: how long it took to connect to the dyno, and how long the dyno took. `bytes`
  /// are those "transferred from the backend web process to the client", including headers: a 304
  /// has a few hundred.
  fileprivate static let heroku: FieldMapping = {
    var mapping = FieldMapping()
    mapping.method = ["method"]
    mapping.target = ["path"]
    mapping.status = ["status"]
    mapping.duration = ["connect", "service"]
    mapping.durationUnit = .milliseconds
    mapping.sumsDurations = true
    mapping.host = ["host"]
    mapping.scheme = ["protocol"]
    mapping.remoteAddress = ["fwd"]
    return mapping
  }()
}
