/// How a source's lines are to be parsed.
package enum LogFormat: Equatable, Sendable {
  case common(CommonLogLayout)
  case json(FieldMapping, TimestampMoment)
  /// Lines of text with a fixed layout.
  case text(TextLayout)
  /// Columns that the file itself names.
  case columns(ColumnLayout)
  /// `key=value` pairs.
  case pairs(FieldMapping, TimestampMoment)
  /// Lines of another format, each wrapped in something by the software that collected them.
  indirect case wrapped(LineWrapping, LogFormat)

  /// The names that `--format` and the configuration accept, in addition to `auto`.
  package static var names: [String] { FormatCatalogue.entries.map(\.name) }

  /// The format called `name` in the catalogue.
  package init?(name: String) {
    guard let entry = FormatCatalogue.entries.first(where: { $0.name == name }) else { return nil }
    self = entry.format
  }

  /// The format's name in the catalogue, or the kind of format that it is.
  package var name: String {
    if let entry = FormatCatalogue.entries.first(where: { $0.format == self }) { return entry.name }
    switch self {
    case .common(let layout) where layout.hasVirtualHost: return "vhost_combined"
    case .common(let layout): return layout.hasRefererAndAgent ? "combined" : "common"
    case .json(let mapping, _): return mapping.name ?? "json"
    case .text(let layout): return layout.name
    case .columns: return "w3c"
    case .pairs(let mapping, _): return mapping.name ?? "logfmt"
    case .wrapped(let wrapping, let inner): return "\(inner.name) in \(wrapping.name)"
    }
  }

  /// The same for people: a format without a name of its own is described by its producer.
  package var displayName: String {
    switch self {
    case .columns(let layout) where !layout.columns.isEmpty: return "w3c (\(layout.producer))"
    case .wrapped(let wrapping, let inner): return "\(inner.displayName) in \(wrapping.name)"
    default: return name
    }
  }

  /// The format inside all wrappings.
  package var unwrapped: LogFormat {
    if case .wrapped(_, let inner) = self { inner.unwrapped } else { self }
  }

  /// The format with the one inside all wrappings replaced.
  package func replacingUnwrapped(by format: LogFormat) -> LogFormat {
    guard case .wrapped(let wrapping, let inner) = self else { return format }
    return .wrapped(wrapping, inner.replacingUnwrapped(by: format))
  }

  /// Whether the lines themselves contain the time of their request.
  package var hasTime: Bool {
    switch self {
    case .common, .columns: true
    case .json(let mapping, _), .pairs(let mapping, _): !mapping.time.isEmpty
    case .text(let layout): layout.hasTime
    case .wrapped(_, let inner): inner.hasTime
    }
  }
}
