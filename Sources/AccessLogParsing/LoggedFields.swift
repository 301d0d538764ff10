/// A field of a format that holds a header field of the request or the response.
package struct HeaderField: Equatable, Sendable {
  /// What the format calls it.
  package var field: String
  /// What HTTP calls it, in lower case.
  package var name: String
  package var isOfResponse: Bool

  package init(field: String, name: String, isOfResponse: Bool = false) {
    (self.field, self.name, self.isOfResponse) = (field, name, isOfResponse)
  }
}

extension LogFormat {
  /// The fields that hold header fields, where their names can be known beforehand.
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
    }
  }

  /// Whether each line names its own header fields, which ``JSONMembers`` finds.
  package var namesHeadersInLines: Bool {
    if case .json = self { true } else { false }
  }

  /// Whether lines have a field of that name.
  package func hasField(_ name: String) -> Bool {
    (try? LineParser(format: self, capturing: [name])) != nil
  }

  /// The keys that hold the exception behind a 500, and what a 422 was refused for.
  package var errorMapping: FieldMapping? {
    guard case .json(let mapping, _) = self,
      !mapping.exceptionType.isEmpty || !mapping.validationErrors.isEmpty
    else { return nil }
    return mapping
  }
}
