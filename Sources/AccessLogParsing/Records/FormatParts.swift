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
  /// Fields of the log that a parser can capture, in order of preference. Empty if the format has
  /// no field for the part.
  package var fields: [String]
}

/// Facts about a format for display: where its parts are, and in which unit.
extension LogFormat {
  /// Every part of a record, in the order in which people think of them.
  package var parts: [FormatPart] {
    FormatPart.Name.allCases.map { FormatPart(name: $0, fields: fields(of: $0)) }
  }

  private func fields(of part: FormatPart.Name) -> [String] {
    switch self {
    case .common(let layout): layout.fields(of: part)
    case .json(let mapping, _), .pairs(let mapping, _): mapping.keys(ofPart: part.rawValue) ?? []
    case .text(let layout): layout.fields(of: part)
    case .columns(let layout): layout.fields(of: part)
    case .wrapped(let wrapping, let inner):
      (wrapping.passesTime ? inner.afterTimestamp : inner).fields(of: part)
    }
  }

  /// Every field that a line may have, by the names that rules use; for JSON, those that are
  /// mapped.
  package var fieldNames: [String] {
    switch self {
    case .common(let layout):
      let names = layout.fields.map(\.name)
      return names + (1...CommonLogField.extraLimit).map { "extra_\($0)" }
    case .json, .pairs:
      var seen: Set<String> = []
      return parts.flatMap(\.fields).filter { seen.insert($0).inserted }
    case .text(let layout): return layout.fields.compactMap(\.names.first)
    case .columns(let layout): return layout.columns
    case .wrapped(let wrapping, let inner):
      return (wrapping.passesTime ? inner.afterTimestamp : inner).fieldNames
    }
  }

  /// The unit of durations; nil if the format has none.
  package var durationUnit: DurationUnit? {
    switch self {
    case .common(let layout):
      switch layout.duration {
      case .none: nil
      case .requestTime: .seconds
      case .field(_, let unit), .found(_, let unit): unit
      }
    case .json(let mapping, _), .pairs(let mapping, _):
      mapping.duration.isEmpty ? nil : mapping.durationUnit
    case .text(let layout): layout.durationUnit
    case .columns(let layout): layout.durationColumn == nil ? nil : layout.unitOfTimeTaken
    case .wrapped(_, let inner): inner.durationUnit
    }
  }

  /// Whether the duration is the sum of several fields.
  package var sumsDurations: Bool {
    switch self {
    case .text(let layout):
      layout.fields.count { if case .duration = $0.role { true } else { false } } > 1
    case .pairs(let mapping, _): mapping.sumsDurations
    case .wrapped(_, let inner): inner.sumsDurations
    case .common, .json, .columns: false
    }
  }

  package var timestampMoment: TimestampMoment {
    switch self {
    case .common(let layout): layout.timestampMoment
    case .json(_, let moment), .pairs(_, let moment): moment
    case .text(let layout): layout.timestampMoment
    case .columns(let layout): layout.timestampMoment
    case .wrapped(_, let inner): inner.timestampMoment
    }
  }

  /// Where the facts about the format come from, if it has a name.
  package var catalogueEntry: CatalogueEntry? {
    FormatCatalogue.entries.first { $0.format == unwrapped }
      ?? FormatCatalogue.entries.first { $0.name == unwrapped.name }
  }

  /// Whether lines are objects with keys of the user's own, so that there may be more than are
  /// mapped.
  package var hasKeys: Bool {
    switch self {
    case .common, .text, .columns, .pairs: false
    case .json: true
    case .wrapped(_, let inner): inner.hasKeys
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
    case .requestTime(let field), .field(let field, _), .found(let field, _): names(field)
    }
  }

  private func names(_ field: CommonLogField) -> [String] {
    if case .extra(let number) = field { return ["extra_\(number)"] }
    return fields.filter { $0.field == field }.map(\.name)
  }
}

extension TextLayout {
  fileprivate func fields(of part: FormatPart.Name) -> [String] {
    fields.filter {
      $0.role.isPart(part) || $0.names.contains { Self.names(of: part).contains($0) }
    }
    .compactMap(\.names.first)
  }

  fileprivate var durationUnit: DurationUnit? {
    for field in fields {
      if case .duration(let unit) = field.role { return unit }
    }
    return nil
  }

  /// Parts that do not go into a record are found by their names.
  private static func names(of part: FormatPart.Name) -> [String] {
    switch part {
    case .host: ["host", "http_host", "server_name"]
    case .scheme: ["scheme"]
    case .userAgent: ["http_user_agent"]
    case .remoteAddress: ["remote_addr"]
    default: []
    }
  }
}

extension TextField.Role {
  fileprivate func isPart(_ part: FormatPart.Name) -> Bool {
    switch (self, part) {
    case (.commonTime, .time), (.time, .time), (.patternedTime, .time), (.request, .request),
      (.method, .method), (.target, .target), (.route, .route), (.status, .status),
      (.requestSize, .requestSize), (.responseSize, .responseSize),
      (.responseSizeOrNone, .responseSize), (.declaredResponseSize, .responseSize),
      (.duration, .duration):
      true
    default: false
    }
  }
}

extension ColumnLayout {
  fileprivate func fields(of part: FormatPart.Name) -> [String] {
    let names: [String] =
      switch part {
      case .time: ["time", "x-timestamp", "timestamp", "timestamp(ms)"]
      case .method: ["cs-method"]
      case .target: ["cs-uri-stem", "cs-uri"]
      case .status: ["sc-status"]
      case .responseSize: ["sc-content-len"]
      case .duration: unitOfTimeTaken == nil ? [] : durationColumn.map { [$0] } ?? []
      case .host: ["cs-host", "cs(Host)", "x-host-header"]
      case .scheme: ["cs-protocol"]
      case .userAgent: ["cs(User-Agent)"]
      case .remoteAddress: ["c-ip"]
      case .route, .request, .requestSize: []
      }
    return names.filter { columns.contains($0) }
  }
}
