import TelemetryDecoding

// Events and spans.

extension TelemetryInspection {
  // MARK: Logs

  private static let events: Set<String> = [
    "apitally.app.startup", "apitally.consumer.update", "apitally.request.server_error",
    "apitally.request.validation_error",
  ]

  mutating func read(_ request: OTLPLogsRequest, into message: inout TelemetryMessage?) {
    if request.resourceLogs.isEmpty { inspection.complain(.missing, "the message is empty") }
    for resource in request.resourceLogs where !inspection.isFull {
      check(resource.resource)
      for scope in resource.scopeLogs {
        check(scope.scope, scope.unknownFields)
        for record in scope.logRecords { read(record, into: &message) }
      }
    }
  }

  private mutating func read(_ record: OTLPLogRecord, into message: inout TelemetryMessage?) {
    guard Self.events.contains(record.eventName) else {
      // Lines of an application's own log: not a hub's business.
      if isOwn { inspection.complain(.wrongValue, "unknown event \(record.eventName.prefix(64))") }
      return
    }
    if !Self.times.contains(record.timeUnixNano) {
      inspection.complain(.wrongValue, "an event has no time of this century")
    }
    if !record.traceID.isEmpty || !record.spanID.isEmpty {
      inspection.complain(.wrongValue, "an event has a trace context")
    }
    switch record.eventName {
    case "apitally.app.startup":
      var json = Inspection()
      guard case .object? = json.json(Array(record.body.stringValue.utf8)) else {
        return inspection.complain(.wrongType, "the startup's body is not JSON in a text")
      }
      message?.startups.append(record.body.stringValue)
    case "apitally.consumer.update":
      let texts = texts(of: record)
      guard let identifier = texts["identifier"], !identifier.isEmpty, texts.count > 1,
        isOwn == false || !texts.values.contains("")
      else { return inspection.complain(.missing, "a consumer update says nothing") }
      message?.consumers.append(
        HubTotals.Consumer(identifier: identifier, name: texts["name"], group: texts["group"]))
    default:
      if isOwn {
        return inspection.complain(.wrongValue, "a log does not know of \(record.eventName)")
      }
      message?.errors += errors(record)
    }
  }

  private func texts(of event: OTLPLogRecord) -> [String: String] {
    Dictionary(
      event.body.kvlistValue.values.map { ($0.key, $0.value.stringValue) },
      uniquingKeysWith: { $1 })
  }

  /// An error that an application reports, once for each consumer.
  private mutating func errors(_ record: OTLPLogRecord) -> [TelemetryMessage.DatedError] {
    let texts = texts(of: record)
    let counts =
      record.body.kvlistValue.values.last { $0.key == "counts" }?.value.arrayValue.values ?? []
    guard let method = texts["method"], let path = texts["path"], let type = texts["type"],
      !method.isEmpty, !path.isEmpty, !counts.isEmpty
    else {
      inspection.complain(.missing, "an error has no method, path, type or counts")
      return []
    }
    let isServers = record.eventName == "apitally.request.server_error"
    let place = [texts["source"] ?? "", texts["field"] ?? ""].filter { !$0.isEmpty }
    var error = ReportedError(
      kind: isServers ? .server : .validation, consumer: nil, method: method, path: path,
      type: ReportedError.cut(type), message: ReportedError.cut(texts["message"] ?? ""),
      detail: ReportedError.cut(
        isServers ? texts["stacktrace"] ?? "" : place.joined(separator: ".")),
      count: 0)
    return counts.compactMap { entry in
      let values = entry.kvlistValue.values
      let consumer = values.last { $0.key == "consumer" }?.value.stringValue
      guard let count = values.last(where: { $0.key == "count" })?.value.intValue, count > 0 else {
        inspection.complain(.wrongValue, "an error's count is not a number above 0")
        return nil
      }
      error.consumer = consumer?.isEmpty == false ? consumer : nil
      error.count = Int(count)
      return TelemetryMessage.DatedError(
        error: error, second: Int(record.timeUnixNano / 1_000_000_000))
    }
  }

  // MARK: Traces

  mutating func read(_ request: OTLPTracesRequest, into message: inout TelemetryMessage?) {
    if request.resourceSpans.isEmpty { inspection.complain(.missing, "the message is empty") }
    for resource in request.resourceSpans where !inspection.isFull {
      check(resource.resource)
      for scope in resource.scopeSpans {
        check(scope.scope, scope.unknownFields)
        // Those of a server become request logs; others are the application's own.
        for span in scope.spans where isOwn || span.kind == 2 { read(span, into: &message) }
      }
    }
  }

  private mutating func read(_ span: OTLPSpan, into message: inout TelemetryMessage?) {
    func require(_ isRight: Bool, _ message: String) {
      if !isRight { inspection.complain(.wrongValue, "a span: \(message)") }
    }
    require(span.kind == 2, "it is not a server's")
    require(span.traceID.count == 16 && span.traceID.contains { $0 != 0 }, "no trace ID")
    require(span.spanID.count == 8 && span.spanID.contains { $0 != 0 }, "no span ID")
    require(span.parentSpanID.isEmpty || span.parentSpanID.count == 8, "not a parent's ID")
    require(
      Self.times.contains(span.startTimeUnixNano) && Self.times.contains(span.endTimeUnixNano)
        && span.startTimeUnixNano <= span.endTimeUnixNano, "its times cannot be")
    var texts: [String: String] = [:]
    var numbers: [String: Int64] = [:]
    for pair in span.attributes {
      switch pair.value.value {
      case .stringValue(let text)?: texts[pair.key] = text
      case .intValue(let number)?: numbers[pair.key] = number
      default: break
      }
    }
    require(texts["http.request.method"] != nil && texts["url.path"] != nil, "no method or path")
    require(texts["http.request.method"] != "OPTIONS", "OPTIONS is not reported")
    let status = numbers["http.response.status_code"]
    require(status != nil, "no status")
    require(status ?? 0 < 500 || span.status.code == 2, "a 5xx without an error")
    if let query = texts["url.query"] { require(!holdsSecret(query), "a secret in the query") }
    message?.spans.append(TelemetryMessage.Span(identity: identity(span), line: line(span)))
  }

  private func holdsSecret(_ query: String) -> Bool {
    let names = ["auth", "apikey", "api-key", "api_key", "secret", "token", "password", "pwd"]
    return query.split(separator: "&").contains { parameter in
      guard let equals = parameter.firstIndex(of: "=") else { return false }
      let name = parameter[..<equals].lowercased()
      return names.contains { name.contains($0) }
        && parameter[parameter.index(after: equals)...] != "[REDACTED]"
    }
  }

  private func identity(_ span: OTLPSpan) -> String {
    (Array(span.traceID) + Array(span.spanID)).map { byte in
      byte < 16 ? "0" + String(byte, radix: 16) : String(byte, radix: 16)
    }.joined()
  }

  private func line(_ span: OTLPSpan) -> String {
    var json = JSONWriting()
    let identity = identity(span)
    json.object { json in
      json.member("trace_id", String(identity.prefix(32)))
      json.member("span_id", String(identity.suffix(16)))
      json.member("name", span.name)
      json.member("start", String(span.startTimeUnixNano))
      json.member("end", String(span.endTimeUnixNano))
      json.member("attributes") { json in
        json.object { json in
          for pair in span.attributes {
            switch pair.value.value {
            case .stringValue(let text)?: json.member(pair.key, text)
            case .intValue(let number)?: json.member(pair.key) { $0.raw(String(number)) }
            case .arrayValue(let list)?:
              json.member(pair.key) { json in
                json.list(list.values) { $0.string($1.stringValue) }
              }
            default: break
            }
          }
        }
      }
    }
    return json.text
  }
}
