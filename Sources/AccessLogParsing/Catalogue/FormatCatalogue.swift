/// A format that has a name: what one server writes unless it is told otherwise.
package struct CatalogueEntry: Sendable {
  /// What `--format` takes.
  package var name: String
  /// Which server writes it, for people.
  package var producer: String
  package var format: LogFormat
  /// Where its facts come from: a page of the server's documentation or a file of its source.
  package var source: String
  /// Whether it is looked for in logs whose format nobody has named. A format whose lines look like
  /// those of another that means something else is not.
  package var isDetected: Bool
  /// What lines of the format hold somewhere, where its shape alone does not tell it from others.
  package var marks: [String]
  /// What the sizes in the log are, for people.
  package var sizes: Sizes

  package enum Sizes: String, Sendable {
    case bodies
    /// The log has sizes, but with headers, which are no sizes of bodies: they are not counted.
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

/// Every format with a name. Each family's definitions are data, in a file of their own.
package enum FormatCatalogue {
  package static let entries = commonEntries + textEntries + jsonEntries
}
