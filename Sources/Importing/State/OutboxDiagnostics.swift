package import Diagnostics
internal import Foundation
package import Outbox

extension OutboxError {
  /// The error as the user is shown it.
  package func diagnostic(stateDirectory: String) -> Diagnostic {
    let (code, message, hint): (String, String, String?) =
      switch self {
      case .noSpace:
        (
          "no-space", "the disk of the state directory is full",
          "free some space and run again; nothing that was saved is lost"
        )
      case .readOnly:
        (
          "state-read-only", "the state directory cannot be written",
          "change its permissions, or name another with --state-dir"
        )
      case .system(let number):
        (
          "state-limit", "the state directory cannot be used: \(systemMessage(number))",
          systemHint(number)
        )
      case .corrupt(let detail):
        (
          "state-corrupt", "the outbox is damaged (\(detail))",
          "restore it from a backup, or move it away to start afresh (earlier imports are then "
            + "forgotten, and importing the same logs counts them again)"
        )
      case .newerSchema(let migration):
        (
          "state-newer", "the outbox was written by a newer backtally (\(migration))",
          "use that version, or another --state-dir"
        )
      case .olderSchema:
        (
          "state-older", "the outbox was written by an older backtally, and has to be converted",
          "run an import or `backtally deliver` once with this version"
        )
      case .busy:
        (
          "state-busy", "another program has locked the outbox",
          "end it (a backup, or sqlite3 in a terminal) and run again"
        )
      case .lockHeld(let pid):
        (
          "state-locked",
          "another backtally is using the state directory"
            + (pid.map { " (process \($0))" } ?? ""),
          "wait until it has finished (or add --wait), or use another --state-dir"
        )
      case .notOurs(let path, .isNoDirectory):
        (
          "state-no-directory",
          (path == stateDirectory ? "" : "\(path) ") + "is a file, and not a directory",
          "name a directory with --state-dir; one that is missing is made"
        )
      case .notOurs(let path, let reason):
        (
          "state-not-private", "\(path) \(reason.clause), so the state directory is not used",
          "use a directory of your own (--state-dir; one that is missing is made), or see that only "
            + "you can write to this one (chown, chmod go-w)"
        )
      case .cannotMake(let path, let code):
        (
          "state-cannot-be-made",
          "the state directory cannot be made: \(path): \(systemText(code))",
          "name a directory that you can write to with --state-dir (or state_dir, or "
            + "XDG_STATE_HOME)"
        )
      case .otherProtocol(let app, let earlier):
        (
          "other-protocol",
          "\(app) was imported with --target \(earlier) before; by both protocols its numbers would be "
            + "counted twice",
          "go on with --target \(earlier); to change over, name another --state-dir, and import only "
            + "what is newer (--since)"
        )
      case .missing:
        ("state-missing", "there is no outbox here yet", "run an import first")
      case .other(let code, let isSystem, let detail):
        (
          "state-fault",
          isSystem
            ? "the state directory failed: \(systemMessage(code)) (\(detail))"
            : "the outbox failed: \(detail) (SQLite \(code))",
          isSystem ? systemHint(code) : nil
        )
      }
    let status: ExitStatus =
      switch self {
      case .lockHeld: .stateInUse
      case .cannotMake, .otherProtocol, .notOurs(_, .isNoDirectory): .wrongUsage
      default: .unexpectedFault
      }
    return Diagnostic(
      .error, code: code, message, hint: hint, at: Place(source: stateDirectory),
      exitStatus: status)
  }
}

private func systemText(_ code: Int32) -> String { unsafe String(cString: strerror(code)) }

extension NotOurs {
  fileprivate var clause: String {
    switch self {
    case .isLink: "is a symbolic link"
    case .isNoDirectory: "is not a directory"
    case .isNoFile: "is not a regular file"
    case .hasOtherOwner(let user): "belongs to another user (\(user))"
    case .isWritableByOthers: "can be written by other users"
    case .hasOtherNames: "has further names (hard links)"
    case .holdsSomethingElse: "holds something that backtally did not write"
    }
  }
}
