import AccessLogParsing
import Yams

/// The `format` section of the configuration.
extension ConfigurationReader {
  mutating func format(_ node: Node) -> FormatChoice? {
    let keys = ["type", "string", "fields", "time_is", "duration"]
    guard let section = section(node, "format", keys: keys) else { return nil }
    let names = FormatChoice.names(catalogue: formatNames)
    let type = choice("type", among: names, in: section, isRequired: true)
    let string = text("string", in: section)
    let fields = section["fields"].flatMap { fieldMapping($0) }
    let timeIs = choice("time_is", of: TimestampMoment.self, in: section)
    let duration = section["duration"].flatMap { durationField($0) }
    guard let type else { return nil }
    let server = FormatServer(rawValue: type)
    if server != nil, section["string"] == nil { reportMissing("string", in: section) }
    if server == nil, let node = section["string"] {
      report(.requires("`type: nginx` or `type: apache`"), "string", at: node)
    }
    if type != "json", type != "logfmt", let node = section["fields"] {
      report(.requires("`type: json` or `type: logfmt`"), "fields", at: node)
    }
    for key in ["time_is", "duration"] where type == "auto" && section[key] != nil {
      report(.requires("a named format"), key, at: section[key])
    }
    if type == "json" {
      if let node = section["duration"] {
        report(
          .requires("a format other than JSON, where it belongs in `fields`"), "duration", at: node)
      }
      return .json(fields, timeIs: timeIs)
    }
    if type == "logfmt", let fields {
      if let node = section["duration"] {
        report(
          .requires("a format without `fields`, where it belongs"), "duration", at: node)
      }
      return .format(.pairs(fields, timeIs ?? .end))
    }
    if server == nil, timeIs == nil, duration == nil { return FormatChoice(name: type) }
    return format(type, server, string, timeIs, duration, section)
  }

  /// A format string, or a catalogue format that is refined.
  private mutating func format(
    _ type: String, _ server: FormatServer?, _ string: String?, _ timeIs: TimestampMoment?,
    _ duration: DurationField?, _ section: Section
  ) -> FormatChoice? {
    var format: LogFormat?
    do throws(FormatStringError) {
      if let string, let server { format = try server.format(of: string) }
    } catch {
      report(.formatString(error), "string", at: section["string"])
    }
    if server == nil { format = LogFormat(name: type) }
    guard var format else { return nil }
    if let duration {
      if let decided = format.deciding(duration.field, unit: duration.unit) {
        format = decided
      } else {
        report(.noField(duration.field), "duration", at: section["duration"])
      }
    }
    if let timeIs { format = format.timestamped(timeIs) }
    return .format(format)
  }

  private struct DurationField {
    var field: String
    var unit: DurationUnit
  }

  private mutating func durationField(_ node: Node) -> DurationField? {
    guard node.mapping != nil else {
      report(.durationWithoutUnit, "duration", at: node)
      return nil
    }
    guard let section = section(node, "duration", keys: ["field", "unit"]) else { return nil }
    for key in ["field", "unit"] where section[key] == nil { reportMissing(key, in: section) }
    let field = text("field", in: section)
    let unit = choice("unit", of: DurationUnit.self, in: section)
    guard let field, let unit else { return nil }
    return DurationField(field: field, unit: unit)
  }

  /// The keys of a JSON log. A mapping that could not turn any line into a record is refused; the
  /// time may be missing, because a wrapper around the line can supply it.
  private mutating func fieldMapping(_ node: Node) -> FieldMapping? {
    let keys = [
      "time", "method", "target", "route", "request", "status", "request_size", "response_size",
      "duration", "host", "scheme", "user_agent", "remote_address", "referer", "exception_type",
      "exception_message", "exception_traceback", "validation_errors",
    ]
    guard let section = section(node, "fields", keys: keys) else { return nil }
    var mapping = FieldMapping()
    mapping.time = texts("time", in: section, mayStandAlone: true)
    mapping.method = texts("method", in: section, mayStandAlone: true)
    mapping.target = texts("target", in: section, mayStandAlone: true)
    mapping.route = texts("route", in: section, mayStandAlone: true)
    mapping.request = texts("request", in: section, mayStandAlone: true)
    mapping.status = texts("status", in: section, mayStandAlone: true)
    mapping.requestSize = texts("request_size", in: section, mayStandAlone: true)
    mapping.responseSize = texts("response_size", in: section, mayStandAlone: true)
    mapping.host = texts("host", in: section, mayStandAlone: true)
    mapping.scheme = texts("scheme", in: section, mayStandAlone: true)
    mapping.userAgent = texts("user_agent", in: section, mayStandAlone: true)
    mapping.remoteAddress = texts("remote_address", in: section, mayStandAlone: true)
    mapping.referer = texts("referer", in: section, mayStandAlone: true)
    mapping.exceptionType = texts("exception_type", in: section, mayStandAlone: true)
    mapping.exceptionMessage = texts("exception_message", in: section, mayStandAlone: true)
    mapping.exceptionTraceback = texts("exception_traceback", in: section, mayStandAlone: true)
    mapping.validationErrors = texts("validation_errors", in: section, mayStandAlone: true)
    for key in ["exception_message", "exception_traceback"]
    where section[key] != nil && section["exception_type"] == nil {
      report(.requires("`exception_type`"), key, at: section[key])
    }
    if let node = section["duration"] { duration(node, into: &mapping) }
    requireRequest(in: section)
    return mapping
  }

  private mutating func duration(_ node: Node, into mapping: inout FieldMapping) {
    guard node.mapping != nil else { return report(.durationWithoutUnit, "duration", at: node) }
    guard let section = section(node, "duration", keys: ["field", "unit"]) else { return }
    for key in ["field", "unit"] where section[key] == nil { reportMissing(key, in: section) }
    mapping.duration = texts("field", in: section, mayStandAlone: true)
    mapping.durationUnit = choice("unit", of: DurationUnit.self, in: section) ?? .seconds
  }

  private mutating func requireRequest(in section: Section) {
    if section["status"] == nil { reportMissing("status", in: section) }
    guard section["request"] == nil else { return }
    if section["method"] == nil { reportMissing("method", in: section) }
    if section["target"] == nil, section["route"] == nil {
      reportMissing("target", in: section)
    }
  }
}

extension FormatChoice {
  /// The names that a format may have: our own, and the catalogue's.
  static func names(catalogue: [String]) -> [String] {
    ["auto", "json", "nginx", "apache"]
      + catalogue.filter { !["auto", "json", "nginx", "apache"].contains($0) }
  }

  init(name: String) {
    switch name {
    case "auto": self = .detect
    case "json": self = .json(nil, timeIs: nil)
    default: self = .named(name)
    }
  }
}
