import Addressing
@testable import Messaging
import TestSupport
import Testing

struct IdentityTests {
  private static let clientID = "76b5cb91-a0a4-4ea0-a894-57d2b9fcb2c9"

  /// A golden: a new instance would count as another running process.
  @Test func `an application and environment have one instance for ever`() {
    let app = App(clientID: Self.clientID, environment: "prod")
    #expect(app.instanceUUID == "e216a9c2-ac34-521e-9ece-afe5aeb3e564")
    let upper = App(clientID: Self.clientID.uppercased(), environment: "prod")
    #expect(upper.instanceUUID == app.instanceUUID)
    let other = App(clientID: Self.clientID, environment: "Prod")
    #expect(other.instanceUUID != app.instanceUUID)
  }

  @Test(arguments: ["prod", "dev", "", "a-b_c", "x1"])
  func `an instance is a UUID of version 5 in lower case`(_ environment: String) {
    let uuid = App(clientID: Self.clientID, environment: environment).instanceUUID
    #expect(Self.version(of: uuid) == "5")
  }

  @Test func `messages have random UUIDs of version 4`() {
    var generator = SeededGenerator(seed: 27)
    let uuids = (0..<1_000).map { _ in randomUUID(using: &generator) }
    #expect(uuids.allSatisfy { Self.version(of: $0) == "4" })
    #expect(Set(uuids).count == uuids.count)
    var again = SeededGenerator(seed: 27)
    #expect(randomUUID(using: &again) == uuids[0])
  }

  /// The version, if the text is a UUID of the variant of RFC 9562.
  private static func version(of uuid: String) -> Substring? {
    let pattern = /[0-9a-f]{8}-[0-9a-f]{4}-([0-9a-f])[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}/
    return uuid.wholeMatch(of: pattern)?.1
  }

  @Test func `messages travel as the protocol wants them`() {
    let app = App(clientID: Self.clientID, environment: "prod")
    let json = [Envelope.Header.contentType("application/json")]
    let startup = app.envelope(of: .startup)
    #expect(startup.path == "/v2/\(Self.clientID)/prod/startup" && startup.query == nil)
    #expect(startup.headers == json && startup.goesFirst && !startup.isDroppable)
    let sync = app.envelope(of: .sync)
    #expect(sync.path == "/v2/\(Self.clientID)/prod/sync" && sync.query == nil)
    #expect(sync.headers == json && !sync.goesFirst && !sync.isDroppable)
    let log = app.envelope(of: .log, uuid: "7c")
    #expect(log.path == "/v2/\(Self.clientID)/prod/log" && log.query == "uuid=7c")
    #expect(log.headers == [] && !log.goesFirst && log.isDroppable)
  }
}
