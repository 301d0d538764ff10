/// A part of a record, and where lines of a format have it.
package struct FormatPart: Equatable, Sendable {
  /// By the names that configurations use.
  package enum Name: String, CaseIterable, Sendable {
    case time, method, target, route, request, status
    case requestSize = "request_size"
    case responseSize = "response_size"
    case duration, host, scheme
    case userAgent = "user_agent"
    case remoteAddress = "remote_address"
  }

  package var name: Name
  /// Fields of the log that a parser can capture, in the order in which they are asked. Empty if the
  /// format has no field for the part.
  package var fields: [String]
}

/// What there is to tell of a format: where its parts stand, and in which unit.
extension LogFormat {
  /// Every part of a record, in the order in which people think of them.
  package var parts: [FormatPart] {
    switch self {
    case .common(let layout):
      FormatPart.Name.allCases.map { FormatPart(name: $0, fields: layout.fields(of: $0)) }
    case .json(let mapping, _):
      FormatPart.Name.allCases.map {
        FormatPart(name: $0, fields: mapping.keys(ofPart: $0.rawValue) ?? [])
      }
    }
  }

  /// Every field that a line may have, by the names that rules use; of JSON those that are mapped.
  package var fieldNames: [String] {
    switch self {
    case .common(let layout):
      let names = layout.fields.map(\.name)
      return names + (1...CommonLogPlaces.extraLimit).map { "extra_\($0)" }
    case .json: return parts.flatMap(\.fields)
    }
  }

  /// The unit of durations; nil if the format has none.
  package var durationUnit: DurationUnit? {
    switch self {
    case .common(let layout):
      switch layout.duration {
      case .none: nil
      case .requestTime: .seconds
      case .field(_, let unit): unit
      }
    case .json(let mapping, _): mapping.duration.isEmpty ? nil : mapping.durationUnit
    }
  }

  package var stampMoment: StampMoment {
    switch self {
    case .common(let layout): layout.stampMoment
    case .json(_, let moment): moment
    }
  }

  /// Where the format's facts come from, if it has a name.
  package var catalogueEntry: CatalogueEntry? {
    FormatCatalogue.entries.first { $0.format == self }
      ?? FormatCatalogue.entries.first { $0.name == name }
  }

  /// Whether lines are objects with keys of the user's own, so that there may be more than are mapped.
  package var hasKeys: Bool {
    switch self {
    case .common: false
    case .json: true
    }
  }
}

extension CommonLogLayout {
  /// The format's own fields, each by its first name.
  fileprivate var fields: [(name: String, field: CommonLogField)] {
    var fields: [(name: String, field: CommonLogField)] = []
    for candidate in CommonLogField.names
    where !fields.contains(where: { $0.field == candidate.field }) && has(candidate.field) {
      fields.append(candidate)
    }
    return fields
  }

  private func has(_ field: CommonLogField) -> Bool {
    switch field {
    case .virtualHost: hasVirtualHost
    case .referer, .userAgent: hasRefererAndAgent
    default: true
    }
  }

  fileprivate func fields(of part: FormatPart.Name) -> [String] {
    switch part {
    case .time: names(.time)
    case .request: names(.request)
    case .status: names(.status)
    case .responseSize: names(.size)
    case .host: names(.virtualHost)
    case .userAgent: names(.userAgent)
    case .remoteAddress: names(.remoteAddress)
    case .duration: durationFields
    case .method, .target, .route, .requestSize, .scheme: []
    }
  }

  private var durationFields: [String] {
    switch duration {
    case .none: []
    case .requestTime(let field), .field(let field, _): names(field)
    }
  }

  private func names(_ field: CommonLogField) -> [String] {
    if case .extra(let number) = field { return ["extra_\(number)"] }
    return fields.filter { $0.field == field }.map(\.name)
  }
}
