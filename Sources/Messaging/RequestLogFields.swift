package import AccessLogParsing

/// Where the parts of an item stand among a record's captured fields, for one format.
package struct RequestLogFields: Sendable {
  /// A header field, and which captured field it is.
  struct Header: Sendable {
    var captureIndex: Int
    var name: [UInt8]
    var isOfResponse: Bool
  }

  /// What the parser has to capture behind the fields of the rules.
  package let names: [String]
  let headers: [Header]
  let host: Int?
  let scheme: Int?
  let userAgent: Int?
  /// Of spans only.
  let telemetry: SpanFields?
  /// Whether lines name further header fields themselves.
  let namesHeadersInLines: Bool
  let encoding: HeaderEncoding

  /// What only a span tells of a request.
  struct SpanFields: Sendable {
    var remoteAddress: [Int] = []
    var version: [Int] = []
    var traceParent: Int?
    var traceID: Int?
    var spanID: Int?
  }

  /// - Parameters:
  ///   - start: how many fields are captured before these.
  ///   - areSpans: whether items are spans.
  package init(format: LogFormat, capturedAfter start: Int, areSpans: Bool = false) {
    var names: [String] = []
    func index(of field: String) -> Int? {
      if let known = names.firstIndex(of: field) { return start + known }
      guard format.hasField(field), start + names.count < AccessRecord.capturedLimit else {
        return nil
      }
      names.append(field)
      return start + names.count - 1
    }
    host = index(of: "host")
    scheme = index(of: "scheme")
    userAgent = index(of: "user_agent")
    telemetry =
      areSpans
      ? SpanFields(
        remoteAddress: [index(of: "remote_address"), index(of: "remote_addr")].compactMap { $0 },
        version: [index(of: "server_protocol"), index(of: "protocol")].compactMap { $0 },
        traceParent: index(of: "http_traceparent") ?? index(of: "traceparent"),
        traceID: index(of: "trace_id"), spanID: index(of: "span_id")) : nil
    var headers: [Header] = []
    for header in format.headerFields {
      guard let captureIndex = index(of: header.field) else { continue }
      headers.append(
        Header(
          captureIndex: captureIndex, name: Array(header.name.utf8),
          isOfResponse: header.isOfResponse))
    }
    self.headers = headers
    self.names = names
    namesHeadersInLines = format.namesHeadersInLines
    encoding = format.headerEncoding
  }
}
