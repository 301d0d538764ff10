internal import Diagnostics

extension StatusSummary {
  /// How many sources are shown, unless all are asked for.
  package static let shownSources = 20

  /// For people: the sources that were imported last come first.
  package func text(showingAll isAll: Bool = false) -> String {
    var lines = ["state in \(terminalSafe(directory))"]
    if let onlyApp { lines.append("only of \(terminalSafe(onlyApp))") }
    lines += ["", "sources"] + sourceLines(isAll) + ["", "queue"] + queueLines + ["", "runs"]
    return (lines + runLines).joined(separator: "\n")
  }

  private func sourceLines(_ isAll: Bool) -> [String] {
    if sources.isEmpty { return ["  none"] }
    let newest = sources.sorted { ($1.lastImported, $1.number) < ($0.lastImported, $0.number) }
    let shown = isAll ? newest : Array(newest.prefix(Self.shownSources))
    var lines: [String] = []
    if sources.count > 1 {
      lines.append(
        "  \(counted(sources.count, "source")), \(counted(total(\.lines), "line")), "
          + counted(total(\.requests), "request")
          + (shown.count < sources.count
            ? "; the \(grouped(shown.count)) last imported (--all shows all):" : ""))
    }
    for source in shown {
      lines.append(
        "  \(source.number)  \(terminalSafe(source.path))  \(terminalSafe(source.app))")
      lines.append(
        "     up to line \(grouped(source.lines)) (byte \(grouped(source.bytes))), "
          + "\(counted(source.requests, "request"))\(span(source)), "
          + "imported \(minute(source.lastImported))")
    }
    return lines
  }

  private func span(_ source: Source) -> String {
    guard let first = source.firstRequest, let last = source.lastRequest else { return "" }
    return " from \(timestamp(first, separator: " ").prefix(19)) to "
      + "\(timestamp(last, separator: " ").prefix(19))"
  }

  private var queueLines: [String] {
    if queues.isEmpty { return ["  empty"] }
    return queues.map { queue in
      "  \(terminalSafe(queue.app))  \(grouped(queue.waiting)) waiting, "
        + "\(grouped(queue.refused)) refused, "
        + (queue.uncertain > 0 ? "\(grouped(queue.uncertain)) uncertain, " : "")
        + "\(grouped(queue.delivered)) delivered so far"
    }
      + refusals.map { "  refused \($0.kind) \($0.number): \(terminalSafe($0.reason))" }
  }

  private var runLines: [String] {
    let isOne = Set(runs.map(\.app)).count < 2
    var lines = runs.map { run in
      "  \(minute(run.started))  \(run.command)  \(state(of: run))  "
        + (run.command == "deliver"
          ? "" : "\(counted(run.lines, "line")), \(grouped(run.queued)) queued, ")
        + "\(grouped(run.delivered)) delivered"
        + (isOne ? "" : run.app.map { "  \(terminalSafe($0))" } ?? "")
    }
    if let otherProcessID {
      lines.insert("  process \(otherProcessID) is using the state directory", at: 0)
    }
    return lines.isEmpty ? ["  none"] : lines
  }

  /// `exit 0`, `killed`, or of a running one its process and how far it was at its last checkpoint.
  private func state(of run: Run) -> String {
    if let status = run.exitStatus { return "exit \(status)" }
    guard run.state == .running else { return run.state.rawValue }
    let process = run.processID.map { " (process \($0))" } ?? ""
    guard let total = run.bytesTotal, total > 0, run.checkpointed != nil else {
      return "running\(process)"
    }
    let share = min(100, Double(run.bytesRead) / Double(total) * 100)
    return "running\(process), \(decimal(share.rounded(.down), places: 0)) % read"
  }

  private func minute(_ moment: Int64) -> String {
    "\(timestamp(moment, separator: " ").prefix(19)) UTC"
  }
}
