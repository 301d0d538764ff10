internal import Addressing
package import Attribution
internal import ByteScanning

/// Encodes events (OTLP logs): names of consumers, and what the application is.
package struct EventEncoder: Sendable {
  private let source: TelemetrySource

  package init(_ source: TelemetrySource) { self.source = source }

  /// The messages that tell names and groups of consumers.
  ///
  /// - Parameter time: when they were learned, in nanoseconds since 1970.
  package func messages(
    _ consumers: [(identifier: String, details: ConsumerDetails)], at time: Int64,
    using generator: inout some RandomNumberGenerator
  ) -> [HubMessage] {
    var messages: [HubMessage] = []
    var events = OwnedBuffer<UInt8>(capacity: 4096)
    func close() {
      guard !events.isEmpty else { return }
      messages.append(message(events, kind: .sync, using: &generator))
      events.removeAll()
    }
    for (identifier, details) in consumers {
      var event = OwnedBuffer<UInt8>(capacity: 512)
      append(event: "apitally.consumer.update", at: time, to: &event) { body in
        body.append(field: AnyValueField.pairs) { pairs in
          pairs.append(field: 1, attribute: "identifier", text: identifier)
          if let name = details.name { pairs.append(field: 1, attribute: "name", text: name) }
          if let group = details.group { pairs.append(field: 1, attribute: "group", text: group) }
        }
      }
      if events.count + event.count > TelemetryLimits.body / 2 { close() }
      events.append(event)
    }
    close()
    return messages
  }

  /// The message that tells what an application is: its paths and versions, as JSON in the event's body.
  ///
  /// - Parameter time: as above.
  package func message(
    _ facts: StartupFacts, at time: Int64, using generator: inout some RandomNumberGenerator
  ) -> HubMessage {
    let content = facts.eventContent
    var event = OwnedBuffer<UInt8>(capacity: content.count + 128)
    append(event: "apitally.app.startup", at: time, to: &event) { body in
      body.append(field: AnyValueField.text, bytes: content.span)
    }
    var message = message(event, kind: .startup, using: &generator)
    message.contentDigest = digestText(of: content)
    return message
  }

  /// Field 2 of `ScopeLogs`, whose body's value `body` appends.
  private func append(
    event name: StaticString, at time: Int64, to scope: inout OwnedBuffer<UInt8>,
    _ body: (inout OwnedBuffer<UInt8>) -> Void
  ) {
    scope.append(field: 2) { record in
      record.append(field: 1, fixed64: UInt64(time))
      record.append(field: 5, body)
      record.append(field: 11, fixed64: UInt64(time))
      record.append(field: 12, literal: name)
    }
  }

  private func message(
    _ events: borrowing OwnedBuffer<UInt8>, kind: MessageKind,
    using generator: inout some RandomNumberGenerator
  ) -> HubMessage {
    let body = source.request { $0.append(events) }
    return HubMessage(
      kind: kind, envelope: source.envelope(to: "/v1/logs"), uuid: randomUUID(using: &generator),
      content: BodyEncoder(source.encoding).encode(body), requestCount: 0)
  }
}

extension StartupFacts {
  /// What the middleware's event says: methods in upper case and first, templates without converters, no
  /// `HEAD`; the document if there is room for it.
  var eventContent: [UInt8] {
    var json = Array("{\"framework\":".utf8)
    appendJSONString(framework.utf8, to: &json)
    json += Array(",\"versions\":{".utf8)
    for (index, entry) in versions.enumerated() {
      if index > 0 { json.append(UInt8(ascii: ",")) }
      appendJSONString(entry.name.utf8, to: &json)
      json.append(UInt8(ascii: ":"))
      appendJSONString(entry.version.utf8, to: &json)
    }
    json += Array("},\"paths\":[".utf8)
    for (index, route) in reportedRoutes.prefix(namedPathCount).enumerated() {
      if index > 0 { json.append(UInt8(ascii: ",")) }
      json += Array("{\"method\":".utf8)
      appendJSONString(route.method.uppercased().utf8, to: &json)
      json += Array(",\"path\":".utf8)
      appendJSONString(route.template.utf8, to: &json)
      json.append(UInt8(ascii: "}"))
    }
    json.append(UInt8(ascii: "]"))
    if let document, json.count + document.count < Self.byteLimit { json += document }
    json.append(UInt8(ascii: "}"))
    return json
  }

  /// Behind the language in the client's name.
  private var framework: String {
    client.split(separator: ":", maxSplits: 1).last.map(String.init) ?? client
  }
}
