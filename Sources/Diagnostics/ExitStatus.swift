/// All exit statuses of the program. Scripts and cron jobs rely on these numbers.
package enum ExitStatus: Int32, Sendable {
  case done = 0
  /// Our own failure: a bug, or a resource of the machine that gave out.
  case unexpectedFault = 1
  /// Incorrect usage or configuration: nothing was read or sent.
  case wrongUsage = 2
  /// The hub does not know the client ID or token.
  case credentialsRefused = 3
  /// Input could not be read, or too much of it was rejected.
  case inputUnreadable = 4
  /// The hub could not be reached or refused messages. What was read is safe in the outbox.
  case undelivered = 5
  /// What was read is as `--fail-if` says it must not be.
  case thresholdPassed = 6
  /// Another run is using the state directory: `EX_TEMPFAIL` of sysexits.h.
  case stateInUse = 75
}
