/// A line of text, described: what stands in it literally, and which values stand between.
package struct TextLayout: Equatable, Sendable {
  package enum Piece: Equatable, Sendable {
    case literal([UInt8])
    case value(TextField)
    /// Pieces that may be missing together. They begin with a literal, which tells.
    case optional([Piece])
    /// Any number of spaces, where a producer sets its lines in columns.
    case spaces
  }

  /// What to call the format: its name in the catalogue, or the server whose format string it was.
  package var name: String
  package var pieces: [Piece]
  package var stampMoment: StampMoment
  /// Whether a backslash begins an escape. Servers escape what they put between quotes, unless they
  /// are told not to.
  package var hasEscapes = true
  /// Whether more may stand behind the last piece: producers that add fields over the years.
  package var allowsMore = false

  package init(name: String, pieces: [Piece], stampMoment: StampMoment) {
    self.name = name
    self.pieces = pieces
    self.stampMoment = stampMoment
  }

  /// Every value, also those that may be missing, in the order of the line.
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

  /// Whether lines say when their request was.
  package var hasTime: Bool { fields.contains(where: \.isTime) }

  /// The layout of lines that a wrapper's stamp was put in front of.
  var behindStamp: TextLayout {
    var layout = self
    layout.pieces =
      [.value(TextField(names: ["wrapper_time"], .time)), .literal([UInt8(ascii: " ")])] + pieces
    return layout
  }

  /// Where the value called `name` stands among the fields: by its own name, or by that of the
  /// request header that it holds.
  func index(ofField name: String) -> Int? {
    let fields = fields
    func index(_ name: String) -> Int? { fields.firstIndex { $0.names.contains(name) } }
    if let found = index(name) ?? index(headerVariable(name)) { return found }
    // What stands behind the combined format may be called as it is there.
    guard name.hasPrefix("extra_"), let number = Int(name.dropFirst(6)), number > 0,
      number <= CommonLogField.extraLimit, let agent = index("http_user_agent"),
      agent + number < fields.count
    else { return nil }
    return agent + number
  }
}

/// A value in a line of text.
package struct TextField: Equatable, Sendable {
  /// What the value means for the record.
  package enum Role: Equatable, Sendable {
    case none
    /// `23/Nov/2026:09:10:13 +0000`.
    case commonTime
    /// A stamp of any shape that tells by itself which it is.
    case time
    case patternedTime(StampPattern)
    case request, method, target, route, status
    case requestSize, responseSize
    /// A size where `-` means that there were no bytes.
    case responseSizeOrNone
    /// What the response's own header says; it goes before what was counted.
    case declaredResponseSize
    case duration(DurationUnit)
    /// A duration whose unit the format does not define. It is left alone until the user, or the log
    /// itself, has told the unit.
    case undecidedDuration
  }

  /// What the text of the value may be; what is of another shape is another format's.
  package enum Shape: UInt8, BitwiseCopyable, Sendable {
    case any
    /// Values that nginx joins with `, ` and ` : ` where a request went to several upstreams.
    case list
    case digits
    /// A number, perhaps with a sign and a fraction, or `-`.
    case number
    /// `-`, or addresses.
    case addresses
    /// Without spaces.
    case word
    /// The same, or nothing.
    case unspaced
    /// Begins with a slash, where the value before it ends.
    case path
    /// One byte.
    case byte
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
