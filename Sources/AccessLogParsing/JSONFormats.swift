/// Formats of one JSON object a line.
extension FormatCatalogue {
  static let jsonEntries: [CatalogueEntry] = [
    CatalogueEntry(
      "json", producer: "nginx, with a JSON template", .json(.nginx, .end),
      source: "https://nginx.org/en/docs/http/ngx_http_log_module.html#log_format")
  ]
}

extension FieldMapping {
  /// The names that nginx's own variables have, as most JSON templates for it use them, and the
  /// spellings that stand beside them in the field.
  ///
  /// Sizes of bodies only: `$request_length` and `$bytes_sent` include the headers, which the
  /// middleware does not count. (nginx documentation, ngx_http_core_module, ngx_http_log_module.)
  package static let nginx: FieldMapping = {
    var mapping = FieldMapping()
    mapping.time = [
      "msec", "time_iso8601", "time_local", "timestamp", "@timestamp", "time", "ts",
    ]
    mapping.method = ["request_method", "method"]
    mapping.target = ["request_uri", "uri", "path", "url"]
    mapping.request = ["request"]
    mapping.status = ["status", "status_code"]
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
