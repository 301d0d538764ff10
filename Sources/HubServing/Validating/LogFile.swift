/// A file of request logs: NDJSON, one item per line.
struct LogFile: Equatable {
  struct Item: Equatable {
    var uuid: String
    /// The line as it was sent, without its terminator.
    var line: String
    var fields: LogItemFields?
  }

  /// The name that the sender gave the file.
  var uuid: String
  var items: [Item]

  /// - Parameter lines: the decompressed body. The terminator of the last line may be missing.
  init(uuid: String, lines: [UInt8]) throws(InvalidMessage) {
    var inspection = Inspection()
    var items: [Item] = []
    var rest = lines[...]
    var index = 0
    while !rest.isEmpty, !inspection.isFull {
      let line = rest.prefix { $0 != UInt8(ascii: "\n") }
      rest = rest.dropFirst(line.count + 1)
      if let item = inspection.at(.index(index), { $0.logItem(Array(line)) }) { items.append(item) }
      index += 1
    }
    if items.isEmpty, inspection.complaints.isEmpty {
      inspection.complain(.missing, "a file must contain at least one item")
    }
    self.uuid = uuid
    self.items = try inspection.verdict(items)
  }
}

extension Inspection {
  fileprivate mutating func logItem(_ line: [UInt8]) -> LogFile.Item? {
    guard let value = json(line), let item = object(value) else { return nil }
    let uuid = required("uuid", of: item) { $0.uuid($1) }
    _ = required("request", of: item) { inspection, value in
      inspection.object(value).map { inspection.logRequest($0) }
    }
    _ = required("response", of: item) { inspection, value in
      inspection.object(value).map { inspection.logResponse($0) }
    }
    _ = optional("exception", of: item) { inspection, value in
      inspection.object(value).map { inspection.logException($0) }
    }
    _ = optional("logs", of: item) { $0.list($1) }
    _ = optional("spans", of: item) { $0.list($1) }
    _ = optional("trace_id", of: item) { $0.string($1) }
    return uuid.map {
      LogFile.Item(
        uuid: $0, line: String(decoding: line, as: UTF8.self), fields: LogItemFields(value))
    }
  }

  /// The value of a complete JSON text.
  mutating func json(_ text: [UInt8]) -> JSONValue? {
    do {
      return try JSONReading.value(of: text)
    } catch {
      at(.index(error.byteOffset)) { $0.complain(.jsonInvalid, error.reason.rawValue) }
      return nil
    }
  }

  private mutating func logRequest(_ request: JSONObject) {
    _ = required("timestamp", of: request) { $0.timestamp($1) }
    _ = required("method", of: request) { $0.sentMethod($1) }
    _ = required("url", of: request) { $0.absoluteURL($1) }
    _ = optional("path", of: request) { $0.template($1) }
    _ = optional("consumer", of: request) { $0.consumerIdentifier($1) }
    _ = optional("size", of: request) { $0.integer($1, atLeast: 0) }
    _ = optional("headers", of: request) { $0.headers($1) }
    _ = optional("body", of: request) { $0.string($1) }
  }

  private mutating func logResponse(_ response: JSONObject) {
    _ = required("status_code", of: response) { $0.statusCode($1) }
    _ = optional("response_time", of: response) { inspection, value in
      guard let seconds = inspection.number(value) else { return nil as Void? }
      if seconds < 0 { inspection.complain(.wrongValue, "less than 0") }
      return ()
    }
    _ = optional("size", of: response) { $0.integer($1, atLeast: 0) }
    _ = optional("headers", of: response) { $0.headers($1) }
    _ = optional("body", of: response) { $0.string($1) }
  }

  private mutating func logException(_ exception: JSONObject) {
    for key in ["type", "message", "traceback"] {
      _ = required(key, of: exception) { $0.string($1) }
    }
  }

  /// A method as the client sent it: recordings of the middleware contain a `get` that the server
  /// answered with 405. In `/sync`, where only requests that match a route are counted, methods are
  /// in upper case.
  private mutating func sentMethod(_ value: JSONValue) -> String? {
    guard let method = string(value) else { return nil }
    guard isToken(method), method != "OPTIONS" else {
      complain(.wrongValue, "not an HTTP method that is logged")
      return nil
    }
    return method
  }

  private mutating func absoluteURL(_ value: JSONValue) -> String? {
    guard let url = string(value) else { return nil }
    guard url.hasPrefix("http://") || url.hasPrefix("https://") else {
      complain(.wrongValue, "not an absolute http or https URL")
      return nil
    }
    return url
  }

  /// `[[name, value], …]`.
  private mutating func headers(_ value: JSONValue) -> Void? {
    guard let headers = list(value) else { return nil }
    _ = elements(of: headers) { inspection, value -> Void? in
      guard let pair = inspection.list(value) else { return nil }
      guard pair.count == 2 else {
        inspection.complain(.wrongValue, "not a pair of name and value")
        return nil
      }
      return inspection.elements(of: pair) { $0.string($1) }.count == 2 ? () : nil
    }
    return ()
  }
}
