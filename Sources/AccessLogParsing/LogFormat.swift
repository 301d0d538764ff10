/// How a source's lines are read.
package enum LogFormat: Equatable, Sendable {
  case common(CommonLogLayout)
  case json(FieldMapping, StampMoment)

  /// The names that `--format` and the configuration take, besides `auto`.
  package static let names = ["common", "combined", "vhost_combined", "json"]

  /// The format called `name` in its usual form.
  package init?(name: String) {
    var layout = CommonLogLayout()
    switch name {
    case "common":
      layout.hasRefererAndAgent = false
      self = .common(layout)
    case "combined":
      self = .common(layout)
    case "vhost_combined":
      layout.hasVirtualHost = true
      self = .common(layout)
    case "json":
      self = .json(.nginx, .end)
    default:
      return nil
    }
  }

  /// One of ``names``.
  package var name: String {
    switch self {
    case .common(let layout) where layout.hasVirtualHost: "vhost_combined"
    case .common(let layout): layout.hasRefererAndAgent ? "combined" : "common"
    case .json: "json"
    }
  }
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
    return mapping
  }()

  /// The keys of the part of a record that is called `name` in configurations, so that a rule can
  /// say `remote_address` whatever the log calls it; nil if there is no such part.
  package func keys(ofPart name: String) -> [String]? {
    switch name {
    case "time": time
    case "method": method
    case "target": target
    case "route": route
    case "request": request
    case "status": status
    case "request_size": requestSize
    case "response_size": responseSize
    case "duration": duration
    case "host": host
    case "scheme": scheme
    case "user_agent": userAgent
    case "remote_address": remoteAddress
    default: nil
    }
  }
}
