/// Which member of the common log family a line belongs to.
package struct CommonLogLayout: Equatable, Sendable {
  package enum Duration: Equatable, Sendable {
    case none
    /// The field is nginx's `$request_time` if it looks like it: seconds with three decimals.
    case requestTime(CommonLogField)
    /// The configuration names the field and its unit.
    case field(CommonLogField, DurationUnit)
    /// The first lines have shown field and unit: `12.345 ms`, `rt=0.038`, `(38 ms)`. Text that is no
    /// duration means that a line has none.
    case found(CommonLogField, DurationUnit)
  }

  /// Whether `host:port` precedes everything else.
  package var hasVirtualHost = false
  /// Whether two quoted strings follow the size: referer and user agent.
  package var hasRefererAndAgent = true
  package var duration = Duration.requestTime(.extra(1))
  /// nginx writes a line when the request has ended; Apache's `%t` is when it was received. The
  /// moment only matters if there is a duration.
  package var timestampMoment = TimestampMoment.end

  package init() {}

  /// A field that lines of this layout do not have, which represents unknown ones.
  var absentField: CommonLogField {
    if !hasVirtualHost { return .virtualHost }
    return hasRefererAndAgent ? .extra(CommonLogField.extraLimit) : .referer
  }
}

/// A field of a line in the common log family, by the name that nginx gives it.
package enum CommonLogField: Equatable, Sendable {
  case virtualHost, remoteAddress, ident, remoteUser, time, request, status, size, referer
  case userAgent
  /// A field after the format's own, counted from 1.
  case extra(Int)

  /// How many fields after the format's own have a name.
  static let extraLimit = 8

  /// Every name that the configuration may use, without the numbered ones.
  package static let names: [(name: String, field: CommonLogField)] = [
    ("host", .virtualHost), ("server_name", .virtualHost), ("remote_addr", .remoteAddress),
    ("ident", .ident), ("remote_user", .remoteUser), ("time_local", .time),
    ("request", .request), ("status", .status), ("body_bytes_sent", .size),
    ("http_referer", .referer), ("http_user_agent", .userAgent), ("user_agent", .userAgent),
    ("remote_address", .remoteAddress), ("referer", .referer),
  ]

  /// The field called `name`: one of ``names``, or `extra_1` to `extra_8`.
  package init?(name: String) {
    if let known = Self.names.first(where: { $0.name == name }) {
      self = known.field
      return
    }
    guard name.hasPrefix("extra_"), let number = Int(name.dropFirst(6)),
      (1...CommonLogField.extraLimit).contains(number)
    else { return nil }
    self = .extra(number)
  }
}
