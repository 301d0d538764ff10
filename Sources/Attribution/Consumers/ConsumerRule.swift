/// How to find a record's consumer: a field of the log, and how to interpret its value. Rules are
/// tried in order; the first that yields a value wins.
package struct ConsumerRule: Equatable, Sendable {
  package enum Encoding: String, CaseIterable, Sendable {
    case utf8 = "utf-8"
    /// Each byte is one character. The middleware reads header bytes this way (Starlette decodes
    /// headers as latin-1).
    case latin1 = "latin-1"
  }

  package enum Digest: String, CaseIterable, Sendable {
    /// The first 16 hexadecimal digits of the SHA-256 of the value's UTF-8 bytes.
    case sha256
  }

  /// The log's own name for the field: a JSON key or dotted path, or a name defined by the format.
  package var field: String
  /// A regular expression to search the value with; the consumer is its first group. A value that
  /// it does not match yields no consumer.
  package var pattern: String?
  package var digest: Digest?
  package var encoding: Encoding
  /// The fields that hold the consumer's name and group, if the log has them.
  package var nameField: String?
  package var groupField: String?

  package init(
    field: String, pattern: String? = nil, digest: Digest? = nil, encoding: Encoding = .utf8,
    nameField: String? = nil, groupField: String? = nil
  ) {
    self.field = field
    self.pattern = pattern
    self.digest = digest
    self.encoding = encoding
    self.nameField = nameField
    self.groupField = groupField
  }
}
