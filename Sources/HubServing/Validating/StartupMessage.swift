/// The message that an application sends once when it starts.
struct StartupMessage: Equatable {
  var messageUUID: String
  /// Stable for a process of the application.
  var instanceUUID: String

  init(_ body: JSONValue) throws(InvalidMessage) {
    var inspection = Inspection()
    let message = inspection.object(body).flatMap { Self.read($0, &inspection) }
    self = try inspection.verdict(message)
  }

  private init(messageUUID: String, instanceUUID: String) {
    self.messageUUID = messageUUID
    self.instanceUUID = instanceUUID
  }

  private static func read(_ body: JSONObject, _ inspection: inout Inspection) -> Self? {
    let instance = inspection.required("instance_uuid", of: body) { $0.uuid($1) }
    let uuid = inspection.required("message_uuid", of: body) { $0.uuid($1) }
    _ = inspection.required("paths", of: body) { inspection, value in
      inspection.list(value).map { inspection.elements(of: $0) { $0.knownPath($1) } }
    }
    _ = inspection.required("versions", of: body) { $0.versions($1) }
    _ = inspection.required("client", of: body) { $0.client($1) }
    if body["openapi"] != nil {
      _ = inspection.required("openapi", of: body) { $0.string($1) }
    }
    guard let uuid, let instance else { return nil }
    return StartupMessage(messageUUID: uuid, instanceUUID: instance)
  }
}

extension Inspection {
  /// `{"path", "method"}`; only here is the method in lower case.
  fileprivate mutating func knownPath(_ value: JSONValue) -> Void? {
    guard let item = object(value) else { return nil }
    _ = required("path", of: item) { $0.template($1) }
    _ = required("method", of: item) { inspection, value in
      guard let method = inspection.label(value) else { return nil as Void? }
      guard isToken(method), method == method.lowercased() else {
        inspection.complain(.wrongValue, "not an HTTP method in lower case")
        return nil
      }
      return ()
    }
    return ()
  }

  fileprivate mutating func versions(_ value: JSONValue) -> Void? {
    guard let versions = object(value) else { return nil }
    for member in versions.members where !isFull {
      at(.name(member.key)) { _ = $0.string(member.value) }
    }
    return ()
  }

  /// `language:framework`.
  fileprivate mutating func client(_ value: JSONValue) -> Void? {
    guard let client = string(value) else { return nil }
    let parts = client.split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count == 2, parts.allSatisfy({ !$0.isEmpty }) else {
      complain(.wrongValue, "not of the form language:framework")
      return nil
    }
    return ()
  }
}
