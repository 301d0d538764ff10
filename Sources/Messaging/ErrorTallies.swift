package import Attribution
internal import ByteScanning

/// Server errors and validation errors that the log itself tells of, counted by bucket, consumer,
/// method, route and what went wrong.
package struct ErrorTallies: Sendable {
  /// How much text different errors may have together before they are flushed, in bytes: a
  /// traceback is long.
  package static let memoryLimit = 4 << 20

  private struct Key<Detail: Hashable & Sendable>: Hashable, Sendable {
    var bucket: Int64
    var consumer: NameTable.ID
    var method: NameTable.ID
    var route: NameTable.ID
    var detail: Detail

    func settled(_ numbers: [NameTable.ID: NameTable.ID]) -> Key {
      var key = self
      key.route = numbers[route] ?? route
      return key
    }
  }

  private var serverErrors: [Key<LoggedException>: Int] = [:]
  private var validationErrors: [Key<LoggedValidationError>: Int] = [:]
  package private(set) var memory = 0

  package init() {}

  package var isEmpty: Bool { serverErrors.isEmpty && validationErrors.isEmpty }

  package mutating func count(
    _ exception: LoggedException, of request: AttributedRequest, in bucket: Int64
  ) {
    let key = Key(
      bucket: bucket, consumer: request.consumer, method: request.method, route: request.route,
      detail: exception)
    add(key, 1)
  }

  private mutating func add(_ key: Key<LoggedException>, _ count: Int) {
    if serverErrors[key] == nil {
      memory += key.detail.traceback.utf8.count + key.detail.message.utf8.count + 256
    }
    serverErrors[key, default: 0] += count
  }

  package mutating func count(
    _ error: LoggedValidationError, of request: AttributedRequest, in bucket: Int64
  ) {
    let key = Key(
      bucket: bucket, consumer: request.consumer, method: request.method, route: request.route,
      detail: error)
    add(key, 1)
  }

  private mutating func add(_ key: Key<LoggedValidationError>, _ count: Int) {
    if validationErrors[key] == nil {
      let error = key.detail
      memory += error.location.reduce(error.message.utf8.count + error.type.utf8.count + 256) {
        $0 + $1.utf8.count + 16
      }
    }
    validationErrors[key, default: 0] += count
  }

  /// Moves the errors of provisional templates to `other`.
  package mutating func moveProvisional(in routes: NameTable, to other: inout ErrorTallies) {
    var (rest, moved) = (ErrorTallies(), ErrorTallies())
    for (key, count) in serverErrors {
      if routes.isProvisional(key.route) { moved.add(key, count) } else { rest.add(key, count) }
    }
    for (key, count) in validationErrors {
      if routes.isProvisional(key.route) { moved.add(key, count) } else { rest.add(key, count) }
    }
    if moved.isEmpty { return }
    other.merge(moved)
    self = rest
  }

  /// Gives errors of provisional templates the templates that these have become.
  package mutating func settle(_ numbers: [NameTable.ID: NameTable.ID]) {
    var settled = ErrorTallies()
    for (key, count) in serverErrors { settled.add(key.settled(numbers), count) }
    for (key, count) in validationErrors { settled.add(key.settled(numbers), count) }
    self = settled
  }

  package mutating func merge(_ other: ErrorTallies) {
    serverErrors.merge(other.serverErrors, uniquingKeysWith: +)
    validationErrors.merge(other.validationErrors, uniquingKeysWith: +)
    memory += other.memory
  }

  // MARK: Items of messages

  /// An item of `server_errors` or `validation_errors`.
  package struct Item {
    package var bucket: Int64
    package var isServerError: Bool
    package var json: [UInt8]
  }

  /// All items, sorted by bucket and text, so that messages do not depend on the order of lines.
  package func items(_ names: RunNames) -> [Item] {
    var items: [Item] = []
    for (key, count) in validationErrors {
      var json = beginning(key, names)
      json += Array(",\"loc\":[".utf8)
      for (index, step) in key.detail.location.enumerated() {
        if index > 0 { json.append(UInt8(ascii: ",")) }
        appendJSONString(step.utf8, to: &json)
      }
      json.append(UInt8(ascii: "]"))
      append("msg", key.detail.message, to: &json)
      append("type", key.detail.type, to: &json)
      json += Array(",\"error_count\":\(count)}".utf8)
      items.append(Item(bucket: key.bucket, isServerError: false, json: json))
    }
    for (key, count) in serverErrors {
      var json = beginning(key, names)
      append("type", key.detail.type, to: &json)
      append("msg", key.detail.message, to: &json)
      append("traceback", key.detail.traceback, to: &json)
      json += Array(",\"sentry_event_id\":null,\"error_count\":\(count)}".utf8)
      items.append(Item(bucket: key.bucket, isServerError: true, json: json))
    }
    return items.sorted { left, right in
      if left.bucket != right.bucket { return left.bucket < right.bucket }
      return left.json.lexicographicallyPrecedes(right.json)
    }
  }

  private func beginning<Detail>(_ key: Key<Detail>, _ names: RunNames) -> [UInt8] {
    func text(_ id: NameTable.ID, _ table: NameTable) -> [UInt8] {
      var name = OwnedBuffer<UInt8>(capacity: 64)
      table.append(id, to: &name)
      return name.copied()
    }
    var json = Array("{\"consumer\":".utf8)
    if key.consumer == 0 {
      json += Array("null".utf8)
    } else {
      appendJSONString(text(key.consumer, names.consumers), to: &json)
    }
    json += Array(",\"method\":".utf8)
    appendJSONString(text(key.method, names.methods), to: &json)
    json += Array(",\"path\":".utf8)
    appendJSONString(text(key.route, names.routes), to: &json)
    return json
  }

  private func append(_ name: String, _ value: String, to json: inout [UInt8]) {
    json += Array(",\"\(name)\":".utf8)
    appendJSONString(value.utf8, to: &json)
  }
}
