/// A field of a format that holds a header field of the request or the response.
package struct HeaderField: Equatable, Sendable {
  /// The format's name for it.
  package var field: String
  /// HTTP's name for it, in lower case.
  package var name: String
  package var isOfResponse: Bool

  package init(field: String, name: String, isOfResponse: Bool = false) {
    (self.field, self.name, self.isOfResponse) = (field, name, isOfResponse)
  }

  /// The header field in one of nginx's variables: `http_x_api_user`, `sent_http_etag`.
  init?(nginx variable: String) {
    let isOfResponse = variable.hasPrefix("sent_http_")
    guard isOfResponse || variable.hasPrefix("http_") else { return nil }
    let name = variable.dropFirst(isOfResponse ? 10 : 5).lowercased()
    guard !name.isEmpty else { return nil }
    self.init(
      field: variable, name: String(name.map { $0 == "_" ? "-" : $0 }), isOfResponse: isOfResponse)
  }
}

extension HeaderField {
  /// The header field in a column of an extended log file: `cs(User-Agent)`, `sc(Server)`.
  init?(column: String) {
    let isOfResponse = column.hasPrefix("sc(")
    guard isOfResponse || column.hasPrefix("cs("), column.hasSuffix(")"), column.utf8.count > 4
    else { return nil }
    self.init(
      field: column, name: column.dropFirst(3).dropLast().lowercased(), isOfResponse: isOfResponse)
  }
}

extension LogFormat {
  /// How values of header fields are encoded, in addition to the escapes that all formats share.
  package var headerEncoding: HeaderEncoding {
    guard case .columns(let layout) = unwrapped else { return .plain }
    if layout.columns.contains("x-edge-location") { return .percent }
    return layout.isIIS ? .plus : .plain
  }

  /// The fields that hold header fields, if their names can be known beforehand.
  package var headerFields: [HeaderField] {
    switch self {
    case .common(let layout):
      layout.hasRefererAndAgent
        ? [
          HeaderField(field: "http_referer", name: "referer"),
          HeaderField(field: "http_user_agent", name: "user-agent"),
        ] : []
    case .json:
      [
        HeaderField(field: "host", name: "host"),
        HeaderField(field: "user_agent", name: "user-agent"),
        HeaderField(field: "referer", name: "referer"),
      ]
    case .text(let layout): layout.fieldNames.compactMap { HeaderField(nginx: $0) }
    case .columns(let layout): layout.columns.compactMap { HeaderField(column: $0) }
    case .pairs: []
    case .wrapped(_, let inner): inner.headerFields
    }
  }

  /// Whether each line names its own header fields, which ``JSONMembers`` finds.
  package var namesHeadersInLines: Bool {
    if case .json = unwrapped { true } else { false }
  }

  /// Whether lines have a field of that name.
  package func hasField(_ name: String) -> Bool {
    (try? LineParser(format: self, capturing: [name])) != nil
  }

  /// Those of `names` that lines of this format never have.
  package func lacking(_ names: [String]) -> [String] { names.filter { !hasField($0) } }

  /// The keys for the exception behind a 500, and for the reasons of a 422.
  package var errorMapping: FieldMapping? {
    guard case .json(let mapping, _) = unwrapped,
      !mapping.exceptionType.isEmpty || !mapping.validationErrors.isEmpty
    else { return nil }
    return mapping
  }
}
