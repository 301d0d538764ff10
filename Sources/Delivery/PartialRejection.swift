/// What a receiver of OTLP says that it has not taken of a message, although it has taken the rest
/// (`ExportMetricsPartialSuccess` and the like).
package struct PartialRejection: Equatable, Sendable {
  /// Data points, spans or events.
  package var count: Int64
  /// Safe to print; empty if it does not say.
  package var reason: String

  package init(count: Int64, reason: String) { (self.count, self.reason) = (count, reason) }

  /// - Parameter body: of the answer: protobuf, since that is what was sent.
  /// - Returns: nil if it says that all was taken, or is something else.
  init?(_ body: [UInt8]) {
    var count: Int64 = 0
    var text: [UInt8] = []
    var fields = AnswerFields(body[...])
    guard case .bytes(let success)? = fields.value(ofField: 1) else { return nil }
    fields = AnswerFields(success)
    if case .number(let rejected)? = fields.value(ofField: 1) {
      count = Int64(truncatingIfNeeded: rejected)
    }
    fields = AnswerFields(success)
    if case .bytes(let message)? = fields.value(ofField: 2) { text = Array(message) }
    guard count > 0 || !text.isEmpty else { return nil }
    self.init(count: max(count, 0), reason: HTTPTransport.reason(text))
  }
}

/// The fields of a small protobuf message, which may be anything.
private struct AnswerFields {
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
