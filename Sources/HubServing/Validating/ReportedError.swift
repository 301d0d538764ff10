/// An error that an application reports with its numbers: what it answered with 500 for, or what of a request
/// it did not accept.
struct ReportedError: Equatable, Sendable {
  enum Kind: String, Sendable {
    case server, validation
  }

  /// Scalars of a traceback that are kept apart from the message; clients cut them at as many.
  static let detailLimit = 65_536

  var kind: Kind
  /// nil if the request named none.
  var consumer: String?
  var method: String
  var path: String
  var type: String
  var message: String
  /// The traceback; or where in the request the mistake was, its steps joined by dots.
  var detail: String
  var count: Int

  /// What is stored of a text.
  static func cut(_ text: String) -> String {
    guard text.utf8.count > detailLimit else { return text }
    return String(text.unicodeScalars.prefix(detailLimit))
  }
}

extension Inspection {
  /// `validation_errors` and `server_errors`.
  mutating func errorLists(of body: JSONObject) -> [ReportedError] {
    let lists = [
      required("validation_errors", of: body) { inspection, value in
        inspection.list(value).map { inspection.elements(of: $0) { $0.validationError($1) } }
      },
      required("server_errors", of: body) { inspection, value in
        inspection.list(value).map { inspection.elements(of: $0) { $0.serverError($1) } }
      },
    ]
    return lists.flatMap { $0 ?? [] }
  }

  private mutating func validationError(_ value: JSONValue) -> ReportedError? {
    guard let item = object(value) else { return nil }
    var error = errorKey(of: item, .validation)
    let steps = required("loc", of: item) { inspection, value in
      inspection.list(value).map { inspection.elements(of: $0) { $0.string($1) } }
    }
    error?.detail = ReportedError.cut((steps ?? []).joined(separator: "."))
    return error
  }

  private mutating func serverError(_ value: JSONValue) -> ReportedError? {
    guard let item = object(value) else { return nil }
    var error = errorKey(of: item, .server)
    let traceback = required("traceback", of: item) { $0.string($1) }
    _ = optional("sentry_event_id", of: item) { $0.string($1) }
    error?.detail = ReportedError.cut(traceback ?? "")
    return error
  }

  private mutating func errorKey(
    of item: JSONObject, _ kind: ReportedError.Kind
  ) -> ReportedError? {
    let consumer = required("consumer", of: item) { $0.consumerOrNull($1) }
    let method = required("method", of: item) { $0.method($1) }
    let path = required("path", of: item) { $0.template($1) }
    let type = required("type", of: item) { $0.string($1) }
    let message = required("msg", of: item) { $0.string($1) }
    let count = required("error_count", of: item) { $0.integer($1, atLeast: 1) }
    guard let method, let path, let type, let message, let count else { return nil }
    return ReportedError(
      kind: kind, consumer: consumer ?? nil, method: method, path: path, type: type,
      message: ReportedError.cut(message), detail: "", count: count)
  }
}
