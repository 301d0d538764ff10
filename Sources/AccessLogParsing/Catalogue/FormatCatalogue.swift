/// A format with a name: what a server writes by default.
package struct CatalogueEntry: Sendable {
  /// What `--format` accepts.
  package var name: String
  /// Which server writes it, for people.
  package var producer: String
  package var format: LogFormat
  /// Where the facts about it come from: a page of the server's documentation or a file of its
  /// source.
  package var source: String
  /// Whether it is considered when a log's format is detected. A format is not if its lines look
  /// like those of another format in which they mean something else.
  package var isDetected: Bool
  /// Text that lines of the format contain, if its shape alone does not distinguish it from others.
  package var marks: [String]
  /// What the sizes in the log include, for people.
  package var sizes: Sizes

  package enum Sizes: String, Sendable {
    case bodies
    /// The log has sizes, but they include headers, so they are not body sizes and are not counted.
    case withHeaders = "with headers: not counted"
    case none
  }

  package init(
    _ name: String, producer: String, _ format: LogFormat, source: String,
    isDetected: Bool = true, marks: [String] = [], sizes: Sizes = .bodies
  ) {
    self.name = name
    self.producer = producer
    self.format = format.named(name)
    self.source = source
    self.isDetected = isDetected
    self.marks = marks
    self.sizes = sizes
  }

  init(
    _ producer: String, _ layout: TextLayout, source: String, isDetected: Bool = true,
    sizes: Sizes = .bodies
  ) {
    self.init(
      layout.name, producer: producer, .text(layout), source: source, isDetected: isDetected,
      sizes: sizes)
  }
}

extension LogFormat {
  /// The format with a name that it keeps when the user, or the log, has refined it.
  fileprivate func named(_ name: String) -> LogFormat {
    switch self {
    case .json(var mapping, let moment) where mapping != .nginx:
      mapping.name = name
      return .json(mapping, moment)
    case .pairs(var mapping, let moment):
      mapping.name = name
      return .pairs(mapping, moment)
    default: return self
    }
  }
}

extension CatalogueEntry {
  /// A line of the format, the first of its fixture that is read.
  package var example: String? { FormatCatalogue.examples[name] }
}

/// All formats with a name. The definitions of each family are data, in a file of their own.
package enum FormatCatalogue {
  package static let entries = commonEntries + textEntries + pairedEntries + jsonEntries
}
