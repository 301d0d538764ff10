package import Addressing
package import Attribution
package import Tallying

/// Encodes what `/sync` messages say besides requests: errors, and names of consumers. Messages of
/// their own hold it, since the hub adds up what it gets.
package struct DetailEncoder: Sendable {
  private let app: App
  private let width: BucketWidth
  private let names: RunNames

  package init(app: App, width: BucketWidth, names: RunNames) {
    (self.app, self.width, self.names) = (app, width, names)
  }

  /// The messages that `errors` make, each of one bucket.
  package func messages(
    _ errors: ErrorTallies, using generator: inout some RandomNumberGenerator
  ) -> [HubMessage] {
    var messages: [HubMessage] = []
    var body = Body()
    var bucket: Int64?
    func close() {
      guard let bucket, !body.isEmpty else { return }
      messages.append(message(body, bucket: bucket, using: &generator))
      body = Body()
    }
    for item in errors.items(names) {
      if item.bucket != bucket || body.size + item.json.count > SyncLimits.body - SyncLimits.frame {
        close()
      }
      bucket = item.bucket
      body.add(item)
    }
    close()
    return messages
  }

  /// The messages that tell names and groups of consumers, stamped with the end of `bucket`.
  package func messages(
    _ consumers: [(identifier: String, details: ConsumerDetails)], bucket: Int64,
    using generator: inout some RandomNumberGenerator
  ) -> [HubMessage] {
    var messages: [HubMessage] = []
    var body = Body()
    for (identifier, details) in consumers {
      let json = json(identifier, details)
      if body.size + json.count > SyncLimits.body - SyncLimits.frame {
        messages.append(message(body, bucket: bucket, using: &generator))
        body = Body()
      }
      body.add(consumer: json)
    }
    if !body.isEmpty { messages.append(message(body, bucket: bucket, using: &generator)) }
    return messages
  }

  private func json(_ identifier: String, _ details: ConsumerDetails) -> [UInt8] {
    var json = Array("{\"identifier\":".utf8)
    appendJSONString(identifier.utf8, to: &json)
    for (name, value) in [("name", details.name), ("group", details.group)] {
      json += Array(",\"\(name)\":".utf8)
      if let value { appendJSONString(value.utf8, to: &json) } else { json += Array("null".utf8) }
    }
    json.append(UInt8(ascii: "}"))
    return json
  }

  /// Items of a message.
  private struct Body {
    private(set) var validationErrors: [[UInt8]] = []
    private(set) var serverErrors: [[UInt8]] = []
    private(set) var consumers: [[UInt8]] = []
    /// In bytes, with the commas.
    private(set) var size = 0

    var isEmpty: Bool { size == 0 }

    mutating func add(_ item: ErrorTallies.Item) {
      if item.isServerError {
        serverErrors.append(item.json)
      } else {
        validationErrors.append(item.json)
      }
      size += item.json.count + 1
    }

    mutating func add(consumer json: [UInt8]) {
      consumers.append(json)
      size += json.count + 1
    }
  }

  private func message(
    _ body: Body, bucket: Int64, using generator: inout some RandomNumberGenerator
  ) -> HubMessage {
    let uuid = randomUUID(using: &generator)
    let end = width.start(of: bucket) + Int64(width.seconds)
    func list(_ items: [[UInt8]]) -> [UInt8] { Array(items.joined(separator: Array(",".utf8))) }
    var json = Array(
      "{\"instance_uuid\":\"\(app.instanceUUID)\",\"message_uuid\":\"\(uuid)\"".utf8)
    json += Array(",\"timestamp\":\(end - 1).999,\"requests\":[],\"validation_errors\":[".utf8)
    json += list(body.validationErrors)
    json += Array("],\"server_errors\":[".utf8)
    json += list(body.serverErrors)
    json += Array("],\"consumers\":[".utf8)
    json += list(body.consumers)
    json += Array("],\"resources\":null}".utf8)
    return HubMessage(
      kind: .sync, envelope: app.envelope(of: .sync), uuid: uuid,
      content: MessageContent(copying: json.span), requestCount: 0)
  }
}
