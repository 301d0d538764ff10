/// The fields of an answer's body, a small protobuf message that may be anything.
struct AnswerFields {
  enum Value {
    case number(UInt64)
    case bytes(ArraySlice<UInt8>)
  }

  private var rest: ArraySlice<UInt8>

  init(_ bytes: ArraySlice<UInt8>) { rest = bytes }

  /// The first field of that number; nil if there is none, or the message is damaged before it.
  mutating func value(ofField wanted: UInt64) -> Value? {
    while let tag = varint() {
      guard let value = value(ofType: tag & 7) else { return nil }
      if tag >> 3 == wanted { return value }
    }
    return nil
  }

  private mutating func value(ofType type: UInt64) -> Value? {
    switch type {
    case 0: return varint().map { .number($0) }
    case 1: return take(8).map { .bytes($0) }
    case 2: return varint().flatMap { take(Int(exactly: $0) ?? .max) }.map { .bytes($0) }
    case 5: return take(4).map { .bytes($0) }
    default: return nil
    }
  }

  private mutating func take(_ count: Int) -> ArraySlice<UInt8>? {
    guard count <= rest.count else { return nil }
    defer { rest = rest.dropFirst(count) }
    return rest.prefix(count)
  }

  private mutating func varint() -> UInt64? {
    var value: UInt64 = 0
    for shift in stride(from: UInt64(0), to: 64, by: 7) {
      guard let byte = rest.popFirst() else { return nil }
      value |= UInt64(byte & 0x7F) << shift
      if byte < 0x80 { return value }
    }
    return nil
  }
}

extension AnswerFields {
  /// The text of an error, which a receiver of OTLP says as a `google.rpc.Status`; nil if there is none.
  static func statusMessage(_ body: [UInt8]) -> [UInt8]? {
    var fields = Self(body[...])
    guard case .bytes(let message)? = fields.value(ofField: 2) else { return nil }
    return Array(message)
  }
}
