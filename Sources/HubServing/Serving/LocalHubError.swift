package import Diagnostics

/// Why the hub could not start or continue.
package enum LocalHubError: Error, Equatable, Sendable {
  case invalidClientID(String)
  case tokenRequired(host: String)
  case invalidToken
  case databaseUnusable(path: String, reason: String)
  /// The file is an SQLite database that belongs to something else.
  case databaseForeign(path: String)
  /// The file was written by a later version.
  case databaseTooNew(path: String)
  case cannotListen(host: String, port: Int, reason: String)
  case stopped(reason: String)

  package var diagnostic: Diagnostic {
    switch self {
    case .invalidClientID(let text):
      Diagnostic(
        .error, code: "invalid-client-id", "\(text) is not a client ID",
        hint: "a client ID is a UUID, such as 00000000-0000-4000-8000-000000000000",
        exitStatus: .wrongUsage)
    case .tokenRequired(let host):
      Diagnostic(
        .error, code: "hub-token-required", "others can reach \(host), so a token is required",
        hint: "give one with --token-file, or listen on 127.0.0.1", exitStatus: .wrongUsage)
    case .invalidToken:
      Diagnostic(
        .error, code: "hub-token-invalid", "the token cannot be used",
        hint: "a token has at least \(LocalHub.shortestToken) letters, digits, `-` and `_`",
        exitStatus: .wrongUsage)
    case .databaseUnusable(let path, let reason):
      Diagnostic(
        .error, code: "hub-database-unusable", "the hub's database cannot be used: \(reason)",
        hint: "check the folder and its permissions, or choose another file",
        at: Place(source: path), exitStatus: .wrongUsage)
    case .databaseForeign(let path):
      Diagnostic(
        .error, code: "hub-database-foreign", "this is a database, but not one of backtally's hub",
        hint: "choose another file; the hub creates it if it does not exist",
        at: Place(source: path), exitStatus: .wrongUsage)
    case .databaseTooNew(let path):
      Diagnostic(
        .error, code: "hub-database-too-new", "a later version of backtally wrote this database",
        hint: "use that version, or choose another file",
        at: Place(source: path), exitStatus: .wrongUsage)
    case .cannotListen(let host, let port, let reason):
      Diagnostic(
        .error, code: "hub-cannot-listen",
        "the hub cannot listen on \(host) port \(port): \(reason)",
        hint: "choose another port, or 0 for any free one", exitStatus: .wrongUsage)
    case .stopped(let reason):
      Diagnostic(.error, code: "hub-stopped", "the hub stopped: \(reason)")
    }
  }
}
