/// The layout of a line of text: its literal parts, and the values between them.
package struct TextLayout: Equatable, Sendable {
  package enum Piece: Equatable, Sendable {
    case literal([UInt8])
    case value(TextField)
    /// Pieces that may be missing together. They begin with a literal, whose presence decides.
    case optional([Piece])
    /// Any number of spaces, where a producer aligns its lines in columns.
    case spaces
  }

  /// The format's name in the catalogue, or the server whose format string it was.
  package var name: String
  package var pieces: [Piece]
  package var timestampMoment: TimestampMoment
  /// Whether a backslash begins an escape. Servers escape what they put between quotes, unless
  /// configured otherwise.
  package var hasEscapes = true
  /// Whether more may follow the last piece: some producers add fields over the years.
  package var allowsMore = false

  package init(name: String, pieces: [Piece], timestampMoment: TimestampMoment) {
    self.name = name
    self.pieces = pieces
    self.timestampMoment = timestampMoment
  }

  /// All values, including optional ones, in the order of the line.
  package var fields: [TextField] { Self.fields(of: pieces) }

  private static func fields(of pieces: [Piece]) -> [TextField] {
    pieces.flatMap { piece -> [TextField] in
      switch piece {
      case .literal, .spaces: []
      case .value(let field): [field]
      case .optional(let pieces): fields(of: pieces)
      }
    }
  }

  /// The names that rules may use.
  package var fieldNames: [String] { fields.flatMap(\.names) }

  /// Whether lines contain the time of their request.
  package var hasTime: Bool { fields.contains(where: \.isTime) }

  /// The layout of lines that have been prefixed with a wrapper's timestamp.
  var afterTimestamp: TextLayout {
    var layout = self
    layout.pieces =
      [.value(TextField(names: ["wrapper_time"], .time)), .literal([UInt8(ascii: " ")])] + pieces
    return layout
  }

  /// The index of the value called `name` among the fields: by its own name, or by that of the
  /// request header that it holds.
  func index(ofField name: String) -> Int? {
    let fields = fields
    func index(_ name: String) -> Int? { fields.firstIndex { $0.names.contains(name) } }
    if let found = index(name) ?? index(headerVariable(name)) { return found }
    // Values after the combined format may be called what they are called there.
    guard name.hasPrefix("extra_"), let number = Int(name.dropFirst(6)), number > 0,
      number <= CommonLogField.extraLimit, let agent = index("http_user_agent"),
      agent + number < fields.count
    else { return nil }
    return agent + number
  }
}

/// A value in a line of text.
package struct TextField: Equatable, Sendable {
  /// The value's meaning for the record.
  package enum Role: Equatable, Sendable {
    case none
    /// `23/Nov/2026:09:10:13 +0000`.
    case commonTime
    /// A timestamp whose own form shows how to read it.
    case time
    case patternedTime(TimestampPattern)
    case request, method, target, route, status
    case requestSize, responseSize
    /// A size for which `-` means zero bytes.
    case responseSizeOrNone
    /// What the response's own header says; it takes precedence over the size that was counted.
    case declaredResponseSize
    case duration(DurationUnit)
    /// A duration whose unit the format does not define. It is ignored until the user, or the log
    /// itself, has determined the unit.
    case undecidedDuration
  }

  /// What the value's text may be; text of another form belongs to another format.
  package enum Shape: UInt8, BitwiseCopyable, Sendable {
    case any
    /// Values that nginx joins with `, ` and ` : ` when a request went to several upstreams.
    case list
    case digits
    /// A number, optionally with a sign and a fraction, or `-`.
    case number
    /// `-`, or addresses.
    case addresses
    /// Without spaces, not empty.
    case word
    /// Without spaces, possibly empty.
    case unspaced
    /// Begins with a slash, at which the value before it ends.
    case path
    /// One byte.
    case byte
    /// With no quote that a backslash does not hide.
    case unquoted
  }

  package var names: [String]
  package var role: Role
  package var shape: Shape

  package init(names: [String], _ role: Role = .none, shape: Shape = .any) {
    self.names = names
    self.role = role
    self.shape = shape
  }

  var isTime: Bool {
    switch role {
    case .commonTime, .time, .patternedTime: true
    default: false
    }
  }
}
