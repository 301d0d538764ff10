/// The numbers of one interval: what the hub adds up.
struct SyncMessage: Equatable {
  var messageUUID: String
  /// Stable for a process of the application.
  var instanceUUID: String
  /// Seconds since 1970.
  var timestamp: Double
  var requests: [RequestItem]
  /// Requests that were read without making items of them (``SyncScanning``); then there are no others.
  var batch: TrafficBatch?
  var consumers: [ConsumerItem]
  var errors: [ReportedError]

  /// The start of the minute that the numbers belong to.
  var bucket: Int { Int((timestamp / 60).rounded(.down)) * 60 }

  init(_ body: JSONValue) throws(InvalidMessage) {
    var inspection = Inspection()
    let message = inspection.object(body).flatMap { Self.read($0, &inspection) }
    self = try inspection.verdict(message)
  }

  /// Reads a message, its requests the fast way if they are such as clients send.
  static func message(of body: [UInt8]) throws(InvalidMessage) -> SyncMessage {
    if var scanned = SyncScanning.result(of: body),
      let rest = try? JSONReading.value(of: scanned.rest),
      var message = try? SyncMessage(rest)
    {
      scanned.batch.put(in: Int64(message.bucket))
      message.batch = scanned.batch
      return message
    }
    var inspection = Inspection()
    let value = inspection.json(body)
    return try SyncMessage(inspection.verdict(value))
  }

  private init(
    messageUUID: String, instanceUUID: String, timestamp: Double, requests: [RequestItem],
    consumers: [ConsumerItem], errors: [ReportedError]
  ) {
    self.messageUUID = messageUUID
    self.instanceUUID = instanceUUID
    self.timestamp = timestamp
    self.requests = requests
    self.consumers = consumers
    self.errors = errors
  }

  private static func read(_ body: JSONObject, _ inspection: inout Inspection) -> Self? {
    let instance = inspection.required("instance_uuid", of: body) { $0.uuid($1) }
    let uuid = inspection.required("message_uuid", of: body) { $0.uuid($1) }
    let timestamp = inspection.required("timestamp", of: body) { $0.timestamp($1) }
    let requests = inspection.required("requests", of: body) { $0.requestItems($1) }
    let errors = inspection.errorLists(of: body)
    let consumers = inspection.required("consumers", of: body) { inspection, value in
      inspection.list(value).map { inspection.elements(of: $0) { $0.consumerItem($1) } }
    }
    _ = inspection.required("resources", of: body) { $0.resources($1) }
    guard let uuid, let instance, let timestamp, let requests, let consumers else { return nil }
    return SyncMessage(
      messageUUID: uuid, instanceUUID: instance, timestamp: timestamp, requests: requests,
      consumers: consumers, errors: errors)
  }
}

/// A consumer's name or group, when it is new or has changed. A nil says nothing about it.
struct ConsumerItem: Equatable {
  var identifier: String
  var name: String?
  var group: String?
}

extension Inspection {
  fileprivate mutating func consumerItem(_ value: JSONValue) -> ConsumerItem? {
    guard let item = object(value) else { return nil }
    let identifier = required("identifier", of: item) { $0.consumerIdentifier($1) }
    let name = optional("name", of: item) { $0.strippedLabel($1, maximumLength: 64) }
    let group = optional("group", of: item) { $0.strippedLabel($1, maximumLength: 64) }
    return identifier.map { ConsumerItem(identifier: $0, name: name, group: group) }
  }

  fileprivate mutating func resources(_ value: JSONValue) -> Void? {
    if value == .null { return () }
    guard let resources = object(value) else { return nil }
    _ = required("cpu_percent", of: resources) { $0.number($1) }
    _ = required("memory_rss", of: resources) { $0.integer($1, atLeast: 0) }
    return ()
  }
}
