/// Where messages come from: an application and its environment.
package struct Origin: Hashable, Sendable {
  /// A UUID in lower case.
  package let clientID: String
  package let env: String

  /// nil unless `clientID` is a UUID and `env` is 1 to 32 ASCII letters, digits, `_` and `-`.
  package init?(clientID: String, env: String) {
    guard let uuid = canonicalUUID(clientID), Self.isValid(env: env) else { return nil }
    self.clientID = uuid
    self.env = env
  }

  static func isValid(env: String) -> Bool {
    (1...32).contains(env.utf8.count)
      && env.utf8.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
          UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
          true
        default: false
        }
      }
  }
}
