/// How a source's lines are read.
package enum LogFormat: Equatable, Sendable {
  case common(CommonLogLayout)
  case json(FieldMapping, StampMoment)
  /// Lines of text of one layout.
  case text(TextLayout)
  /// Columns that the file itself names.
  case columns(ColumnLayout)
  /// `key=value` pairs.
  case pairs(FieldMapping, StampMoment)
  /// Lines of another format, each in something that whoever collected them put around it.
  indirect case wrapped(LineWrapping, LogFormat)

  /// The names that `--format` and the configuration take, besides `auto`.
  package static var names: [String] { FormatCatalogue.entries.map(\.name) }

  /// The format called `name` in the catalogue.
  package init?(name: String) {
    guard let entry = FormatCatalogue.entries.first(where: { $0.name == name }) else { return nil }
    self = entry.format
  }

  /// What to call the format: its name in the catalogue, or the kind of format that it is.
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

  /// The same for people: what has no name of its own, by its producer.
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

  /// The format with another inside all wrappings.
  package func replacingUnwrapped(by format: LogFormat) -> LogFormat {
    guard case .wrapped(let wrapping, let inner) = self else { return format }
    return .wrapped(wrapping, inner.replacingUnwrapped(by: format))
  }

  /// Whether the lines themselves say when their request was.
  package var hasTime: Bool {
    switch self {
    case .common, .columns: true
    case .json(let mapping, _), .pairs(let mapping, _): !mapping.time.isEmpty
    case .text(let layout): layout.hasTime
    case .wrapped(_, let inner): inner.hasTime
    }
  }
}
