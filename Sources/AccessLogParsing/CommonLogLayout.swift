/// Which member of the common log family a line belongs to.
package struct CommonLogLayout: Equatable, Sendable {
  package enum Duration: Equatable, Sendable {
    case none
    /// The field holds nginx's `$request_time` if it looks like one: seconds with three decimals.
    case requestTime(CommonLogField)
    /// The configuration says so.
    case field(CommonLogField, DurationUnit)
  }

  /// `host:port` stands before everything else.
  package var hasVirtualHost = false
  /// Two quoted strings follow the size: referer and user agent.
  package var hasRefererAndAgent = true
  package var duration = Duration.requestTime(.extra(1))
  /// nginx writes a line when the request has ended, Apache's `%t` is when it was received. The
  /// moment matters only where there is a duration.
  package var stampMoment = StampMoment.end

  package init() {}
}

/// A field of a line in the common log family, by the names that nginx gives them.
package enum CommonLogField: Equatable, Sendable {
  case virtualHost, remoteAddress, ident, remoteUser, time, request, status, size, referer
  case userAgent
  /// A field behind the format's own, counted from 1.
  case extra(Int)

  /// Every name that configurations may use, without the numbered ones.
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
      (1...CommonLogPlaces.extraLimit).contains(number)
    else { return nil }
    self = .extra(number)
  }
}

/// Where the fields of one line stand.
struct CommonLogPlaces {
  /// How many fields behind the format's own can be named; more are passed over.
  static let extraLimit = 8

  var virtualHost = FieldSlice.absent
  var remoteAddress = FieldSlice.absent
  var ident = FieldSlice.absent
  var remoteUser = FieldSlice.absent
  var time = FieldSlice.absent
  var request = FieldSlice.absent
  var status = FieldSlice.absent
  var size = FieldSlice.absent
  var referer = FieldSlice.absent
  var userAgent = FieldSlice.absent
  private var extras = InlineArray<8, FieldSlice>(repeating: .absent)
  private(set) var extraCount = 0

  mutating func addExtra(_ slice: FieldSlice) {
    extras[extraCount] = slice
    extraCount += 1
  }

  subscript(field: CommonLogField) -> FieldSlice {
    switch field {
    case .virtualHost: virtualHost
    case .remoteAddress: remoteAddress
    case .ident: ident
    case .remoteUser: remoteUser
    case .time: time
    case .request: request
    case .status: status
    case .size: size
    case .referer: referer
    case .userAgent: userAgent
    case .extra(let number): number <= extraCount ? extras[number - 1] : .absent
    }
  }
}
