/// A format that has a name: what one server writes unless it is told otherwise.
package struct CatalogueEntry: Sendable {
  /// What `--format` takes.
  package var name: String
  /// Which server writes it, for people.
  package var producer: String
  package var format: LogFormat
  /// Where its facts come from: a page of the server's documentation or a file of its source.
  package var source: String

  package init(_ name: String, producer: String, _ format: LogFormat, source: String) {
    self.name = name
    self.producer = producer
    self.format = format
    self.source = source
  }
}

/// Every format with a name. Each family's definitions are data, in a file of their own.
package enum FormatCatalogue {
  package static let entries = commonEntries + textEntries + jsonEntries
}
