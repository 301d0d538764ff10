package import Diagnostics
internal import NIOCore

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

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
  /// Another program listens there.
  case portInUse(host: String, port: Int)
  /// No interface of this machine has the address, or the name is not known.
  case noSuchAddress(host: String)
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
    case .portInUse(let host, let port):
      Diagnostic(
        .error, code: "hub-port-in-use", "another program is listening on \(host) port \(port)",
        hint: "end it, or choose another port with --port (0 for any free one)",
        exitStatus: .wrongUsage)
    case .noSuchAddress(let host):
      Diagnostic(
        .error, code: "hub-no-such-address", "this machine has no address \(host)",
        hint: "leave --host out for 127.0.0.1, or choose one that `ip address` lists",
        exitStatus: .wrongUsage)
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

extension LocalHubError {
  /// - Parameter error: what NIO says of why it cannot listen.
  init(listening error: any Error, host: String, port: Int) {
    switch error {
    case let error as IOError where error.errnoCode == EADDRINUSE:
      self = .portInUse(host: host, port: port)
    case let error as IOError where error.errnoCode == EADDRNOTAVAIL:
      self = .noSuchAddress(host: host)
    case let error as IOError:
      self = .cannotListen(host: host, port: port, reason: systemMessage(error.errnoCode))
    case is SocketAddressError, is SocketAddressError.UnknownHost: self = .noSuchAddress(host: host)
    default: self = .cannotListen(host: host, port: port, reason: "\(error)")
    }
  }
}
