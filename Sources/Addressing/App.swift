/// An application in one environment: whom numbers belong to.
package struct App: Hashable, Sendable {
  /// A UUID.
  package var clientID: String
  /// 1 to 32 letters, digits, `_` or `-`.
  package var environment: String

  package init(clientID: String, environment: String) {
    self.clientID = clientID
    self.environment = environment
  }

  /// `client_id/env`, as users see it.
  package var text: String { "\(clientID)/\(environment)" }
}
