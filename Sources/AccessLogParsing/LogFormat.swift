/// How a source's lines are read.
package enum LogFormat: Equatable, Sendable {
  case common(CommonLogLayout)
  case json(FieldMapping, StampMoment)

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
    case .json: return "json"
    }
  }
}
