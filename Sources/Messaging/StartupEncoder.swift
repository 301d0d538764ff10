package import Addressing
package import Attribution

/// What an application tells the hub about itself when it starts.
package struct StartupFacts: Equatable, Sendable {
  /// The client's name in the hub's sense, `language:framework`, unless the user gives another.
  package static let client = "swift:backtally"
  /// The largest message, in bytes: servers commonly refuse bodies over a megabyte. Paths that have no
  /// room are left out, and so is a document.
  package static let byteLimit = 1_000_000
  /// More than the UUIDs in front take, with what is around them.
  private static let identitySize = 256

  package var routes: [KnownRoute]
  /// Names and versions of software.
  package var versions: [(name: String, version: String)]
  package var client: String
  /// The OpenAPI document that the routes come from.
  package var openAPI: String?

  package init(
    routes: [KnownRoute], versions: [(name: String, version: String)],
    client: String = StartupFacts.client, openAPI: String? = nil
  ) {
    self.routes = routes
    self.versions = versions
    self.client = client
    self.openAPI = openAPI
  }

  package static func == (left: StartupFacts, right: StartupFacts) -> Bool {
    left.routes == right.routes && left.client == right.client && left.openAPI == right.openAPI
      && left.versions.elementsEqual(right.versions) { $0 == $1 }
  }

  /// The `/startup` message. As the middleware does, it spells methods in lower case and templates
  /// without converters, and does not name `HEAD`. `OPTIONS` it names, although it does not count its
  /// requests.
  package func message(
    from app: App, using generator: inout some RandomNumberGenerator
  ) -> HubMessage {
    let uuid = randomUUID(using: &generator)
    var json = Array(
      "{\"instance_uuid\":\"\(app.instanceUUID)\",\"message_uuid\":\"\(uuid)\"".utf8)
    json += content
    return HubMessage(
      kind: .startup, envelope: app.envelope(of: .startup), uuid: uuid,
      content: MessageContent(copying: json.span),
      requestCount: 0, contentDigest: digestText(of: content))
  }

  /// The message without its identity: two starts are the same if these bytes are.
  var content: [UInt8] {
    var json = Array(",\"paths\":[".utf8)
    for (index, path) in paths.prefix(namedPathCount).enumerated() {
      if index > 0 { json.append(UInt8(ascii: ",")) }
      json += path
    }
    json += ending
    if let document, Self.identitySize + json.count + document.count < Self.byteLimit {
      json += document
    }
    json.append(UInt8(ascii: "}"))
    return json
  }

  /// How many paths have no room in the message.
  package var omittedPathCount: Int { paths.count - namedPathCount }

  /// How many of the paths have room; those that come first.
  var namedPathCount: Int {
    var size = Self.identitySize + ending.count
    return paths.firstIndex { path in
      size += path.count + 1
      return size > Self.byteLimit
    } ?? paths.count
  }

  private var paths: [[UInt8]] {
    reportedRoutes.map { route in
      var json = Array("{\"path\":".utf8)
      appendJSONString(route.template.utf8, to: &json)
      json += Array(",\"method\":".utf8)
      appendJSONString(route.method.utf8, to: &json)
      json.append(UInt8(ascii: "}"))
      return json
    }
  }

  /// What follows the paths.
  private var ending: [UInt8] {
    var json = Array("],\"versions\":{".utf8)
    for (index, entry) in versions.enumerated() {
      if index > 0 { json.append(UInt8(ascii: ",")) }
      appendJSONString(entry.name.utf8, to: &json)
      json.append(UInt8(ascii: ":"))
      appendJSONString(entry.version.utf8, to: &json)
    }
    json += Array("},\"client\":".utf8)
    appendJSONString(client.utf8, to: &json)
    return json
  }

  /// The document, if it is to be sent.
  var document: [UInt8]? {
    openAPI.map { openAPI in
      var json = Array(",\"openapi\":".utf8)
      appendJSONString(openAPI.utf8, to: &json)
      return json
    }
  }

  var reportedRoutes: [KnownRoute] {
    var seen: Set<KnownRoute> = []
    return routes.compactMap { route in
      guard route.method != "HEAD" else { return nil }
      let reported = KnownRoute(
        method: route.method.lowercased(), template: startupPath(ofTemplate: route.template))
      return seen.insert(reported).inserted ? reported : nil
    }
  }
}
