import Messaging
import TestSupport
import Testing

struct ReporterTests {
  private static let clientID = "76b5cb91-a0a4-4ea0-a894-57d2b9fcb2c9"

  /// A golden: a new instance would count as another running process.
  @Test func `an application and environment have one instance for ever`() {
    let reporter = Reporter(clientID: Self.clientID, environment: "prod")
    #expect(reporter.instanceUUID == "e216a9c2-ac34-521e-9ece-afe5aeb3e564")
    let upper = Reporter(clientID: Self.clientID.uppercased(), environment: "prod")
    #expect(upper.instanceUUID == reporter.instanceUUID)
    let other = Reporter(clientID: Self.clientID, environment: "Prod")
    #expect(other.instanceUUID != reporter.instanceUUID)
  }

  @Test(arguments: ["prod", "dev", "", "a-b_c", "x1"])
  func `an instance is a UUID of version 5 in lower case`(_ environment: String) {
    let uuid = Reporter(clientID: Self.clientID, environment: environment).instanceUUID
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

  @Test func `messages are posted to the paths of the protocol`() {
    let reporter = Reporter(clientID: Self.clientID, environment: "prod")
    #expect(reporter.path(of: .startup) == "/v2/\(Self.clientID)/prod/startup")
    #expect(reporter.path(of: .sync) == "/v2/\(Self.clientID)/prod/sync")
  }
}
