/// A format string that produces a JSON object: which key holds which of the server's values.
struct JSONTemplate {
  /// How deep objects may be nested.
  private static let depthLimit = 16

  private enum Token {
    case byte(UInt8)
    case value(ServerValue)
  }

  private var tokens: [Token] = []
  private var index = 0
  private var found: [(path: String, value: ServerValue)] = []

  init(pieces: FormatStringPieces) {
    for piece in pieces.pieces {
      switch piece {
      case .text(let text): tokens += text.map { .byte($0) }
      case .value(let value): tokens.append(.value(value))
      }
    }
  }

  /// The mapping that the template stands for, and which moment its timestamp is.
  mutating func mapping() throws(FormatStringError) -> (
    mapping: FieldMapping, moment: TimestampMoment
  ) {
    try object(path: "", depth: 0)
    let best = BestValues(found.map(\.value))
    var mapping = FieldMapping()
    for item in found.sorted(by: { $0.value.rank < $1.value.rank }) {
      enter(item.path, item.value, isBest: best.has(item.value), into: &mapping)
    }
    return (mapping, best.moment)
  }

  private func enter(
    _ path: String, _ value: ServerValue, isBest: Bool, into mapping: inout FieldMapping
  ) {
    for name in value.names { mapping.aliases[name] = path }
    if let alias = value.alias { mapping[keyPath: alias].append(path) }
    guard isBest else { return }
    switch value.part {
    case .none: break
    case .time: mapping.time.append(path)
    case .request: mapping.request.append(path)
    case .method: mapping.method.append(path)
    case .target: mapping.target.append(path)
    case .status: mapping.status.append(path)
    case .requestSize: mapping.requestSize.append(path)
    case .responseSize: mapping.responseSize.append(path)
    case .duration:
      mapping.duration.append(path)
      if case .duration(let unit) = value.role { mapping.durationUnit = unit }
    }
  }

  // MARK: The grammar

  private mutating func object(path: String, depth: Int) throws(FormatStringError) {
    guard depth < Self.depthLimit else { throw refusal }
    try expect("{")
    if skipSpace() == UInt8(ascii: "}") {
      index += 1
      return
    }
    while true {
      let key = try self.key()
      try expect(":")
      try value(path: path.isEmpty ? key : "\(path).\(key)", depth: depth)
      guard let byte = skipSpace() else { throw refusal }
      index += 1
      if byte == UInt8(ascii: "}") { return }
      guard byte == UInt8(ascii: ",") else { throw refusal }
    }
  }

  private mutating func key() throws(FormatStringError) -> String {
    try expect("\"")
    var text: [UInt8] = []
    while index < tokens.count, case .byte(let byte) = tokens[index], byte != UInt8(ascii: "\"") {
      text.append(byte)
      index += 1
    }
    try expect("\"")
    return String(decoding: text, as: UTF8.self)
  }

  private mutating func value(path: String, depth: Int) throws(FormatStringError) {
    let byte = skipSpace()
    if byte == UInt8(ascii: "{") { return try object(path: path, depth: depth + 1) }
    if byte == UInt8(ascii: "[") { return try skipArray() }
    let isQuoted = byte == UInt8(ascii: "\"")
    if isQuoted { index += 1 }
    var values: [ServerValue] = []
    var isComposed = false
    while true {
      guard index < tokens.count else { throw refusal }
      if case .byte(let byte) = tokens[index] {
        let isEnd =
          isQuoted
          ? byte == UInt8(ascii: "\"") : byte == UInt8(ascii: ",") || byte == UInt8(ascii: "}")
        if isEnd { break }
        // Apache's `%t` is in brackets, which belong to the timestamp.
        let isBracket = byte == UInt8(ascii: "[") || byte == UInt8(ascii: "]")
        if isQuoted || byte > UInt8(ascii: " ") { isComposed = isComposed || !isBracket }
      } else if case .value(let value) = tokens[index] {
        values.append(value)
      }
      index += 1
    }
    if isQuoted { index += 1 }
    if values.count == 1, !isComposed { found.append((path, values[0])) }
    if values.count > 1 { compose(values, path: path) }
  }

  /// `"$request_method $request_uri $server_protocol"` is a request line, and several parts of a
  /// timestamp are a timestamp.
  private mutating func compose(_ values: [ServerValue], path: String) {
    if values[0].part == .method, values[1].part == .target {
      var request = values[0]
      (request.part, request.rank, request.names) = (.request, 1, [])
      found.append((path, request))
    } else if values.allSatisfy({ $0.part == .time }) {
      found.append((path, values[0]))
    } else if values[0].part == .target, values.dropFirst().allSatisfy({ $0.part == .none }) {
      found.append((path, values[0]))
    }
  }

  private mutating func skipArray() throws(FormatStringError) {
    var depth = 0
    while index < tokens.count {
      if case .byte(let byte) = tokens[index] {
        if byte == UInt8(ascii: "[") { depth += 1 }
        if byte == UInt8(ascii: "]") { depth -= 1 }
      }
      index += 1
      if depth == 0 { return }
    }
    throw refusal
  }

  /// The next byte that is not a space; nil at the end and where a value comes next.
  private mutating func skipSpace() -> UInt8? {
    while index < tokens.count {
      guard case .byte(let byte) = tokens[index] else { return nil }
      if byte > UInt8(ascii: " ") { return byte }
      index += 1
    }
    return nil
  }

  private mutating func expect(_ text: Unicode.Scalar) throws(FormatStringError) {
    guard skipSpace() == UInt8(ascii: text) else { throw refusal }
    index += 1
  }

  /// The error; its place is that of the last value before it.
  private var refusal: FormatStringError {
    let before = tokens.prefix(index).last { if case .value = $0 { true } else { false } }
    guard case .value(let value)? = before else { return FormatStringError(.notJSON, at: 0) }
    return FormatStringError(.notJSON, at: value.offset)
  }
}
