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
  /// Whether lines name further header fields themselves.
  let namesHeadersInLines: Bool
  let encoding: HeaderEncoding

  /// - Parameter start: how many fields are captured before these.
  package init(format: LogFormat, capturedAfter start: Int) {
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
