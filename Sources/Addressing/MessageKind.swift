/// What a message tells, in any protocol. For counts and lists: delivery goes by the `Envelope`.
///
/// The raw values are stored in the outbox and shown to users.
package enum MessageKind: String, CaseIterable, Sendable {
  /// What the application is: its routes and versions.
  case startup
  /// Numbers: requests by bucket, errors, names of consumers.
  case sync
  /// Single requests.
  case log
}
