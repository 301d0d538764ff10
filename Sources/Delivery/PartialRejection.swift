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
