internal import Diagnostics

// Why nothing is read of a source, for the user.

extension SourceMatching.Refusal {
  func diagnostic(_ path: String) -> Diagnostic {
    switch self {
    case .shrunk:
      Diagnostic(
        .warning, code: "source-shrunk",
        "is shorter than the part that was already imported; nothing was counted",
        hint: "if it is a different log that begins the same way, import it with --no-ledger",
        at: Place(source: path))
    case .rotated:
      Diagnostic(
        .note, code: "rotated-meanwhile",
        "has the same content as another file of this run, because the logs were rotated meanwhile; "
          + "it is left for the next run",
        at: Place(source: path))
    case .parted:
      Diagnostic(
        .error, code: "source-parted",
        "begins like a source that was imported before, but then differs; none of it is counted",
        hint: "import it with --no-ledger, or from a file", at: Place(source: path),
        exitStatus: .inputUnreadable)
    case .passedOver:
      Diagnostic(
        .error, code: "source-passed-over",
        "an earlier import has left out requests that this one is to count, and they cannot be had "
          + "from a pipe any more; nothing of it is counted",
        hint: "import it from a file, or with the --since, --until, routes and filters of before",
        at: Place(source: path), exitStatus: .inputUnreadable)
    case .tooManyParts:
      Diagnostic(
        .error, code: "too-many-windows",
        "was imported with so many different --since and --until that no more can be kept apart; "
          + "nothing of it is counted",
        hint: "import it with --no-ledger and a window that was not counted yet",
        at: Place(source: path), exitStatus: .inputUnreadable)
    }
  }
}
