internal import Diagnostics

/// Judges whether imports run as they should: for monitoring plugins, which read one line and an exit
/// status.
package struct StatusCheck: Equatable, Sendable {
  /// Nanoseconds since 1970.
  package var now: Int64
  /// Seconds that the last import may have ended ago, or a running one may have saved nothing.
  package var maxAge: Int64
  /// How many messages of an app may wait; nil if that does not matter.
  package var maxWaiting: Int?

  package init(now: Int64, maxAge: Int64, maxWaiting: Int?) {
    (self.now, self.maxAge, self.maxWaiting) = (now, maxAge, maxWaiting)
  }

  package struct Verdict: Equatable, Sendable {
    package var isGood: Bool
    /// One line.
    package var text: String
  }

  /// `ok: …` if the last import of each app ended well and lately, else `failed: …` with the reasons.
  package func verdict(on status: StatusSummary) -> Verdict {
    if status.apps.isEmpty {
      let of = status.onlyApp.map { " of \(terminalSafe($0))" } ?? ""
      return Verdict(
        isGood: false,
        text: "failed: no import\(of) is recorded in \(terminalSafe(status.directory))")
    }
    let problems = status.apps.flatMap { app in
      self.problems(of: app).map { "\(terminalSafe(app.name)): \($0)" }
    }
    if !problems.isEmpty {
      return Verdict(isGood: false, text: "failed: " + problems.joined(separator: "; "))
    }
    let ended = status.apps.compactMap(\.lastImport?.finished).min()
    let waiting = status.apps.reduce(0) { $0 + $1.waiting }
    let isRunning = status.apps.contains { $0.lastImport?.state == .running }
    var parts: [String] = []
    if let ended { parts.append("the last import ended \(ago(ended))") }
    if isRunning { parts.append("an import is running") }
    parts.append("\(counted(waiting, "message")) \(waiting == 1 ? "waits" : "wait")")
    let apps = status.apps.count == 1 ? "" : "\(counted(status.apps.count, "app")), "
    return Verdict(isGood: true, text: "ok: \(apps)\(parts.joined(separator: ", "))")
  }

  private func problems(of app: StatusSummary.AppStatus) -> [String] {
    var problems: [String] = []
    if let run = app.lastImport {
      if let problem = problem(of: run, of: app) { problems.append(problem) }
    } else {
      problems.append("no import is recorded")
    }
    if let maxWaiting, app.waiting > maxWaiting {
      problems.append(
        "\(counted(app.waiting, "message")) \(app.waiting == 1 ? "waits" : "wait") "
          + "(at most \(grouped(maxWaiting)))")
    }
    return problems
  }

  private func problem(
    of run: StatusSummary.Run, of app: StatusSummary.AppStatus
  ) -> String? {
    switch run.state {
    case .killed: return "the last import, begun \(ago(run.started)), was killed"
    case .running:
      let saved = run.checkpointed ?? run.started
      return isOld(saved)
        ? "the import that is running has saved nothing for \(span(since: saved))" : nil
    case .ended: break
    }
    let status = run.exitStatus ?? 1
    // What could not be sent at the end of the import may have been sent since, by `deliver`.
    let isSent =
      status == ExitStatus.undelivered.rawValue
      && app.waiting + app.refused + app.uncertain == 0
    if status != ExitStatus.done.rawValue && !isSent {
      return "the last import ended \(run.finished.map(ago) ?? "") with exit status \(status)"
    }
    guard let finished = run.finished, isOld(finished) else { return nil }
    return "the last import ended \(ago(finished))"
  }

  private func isOld(_ moment: Int64) -> Bool { (now - moment) / 1_000_000_000 > maxAge }

  private func ago(_ moment: Int64) -> String { "\(span(since: moment)) ago" }

  private func span(since moment: Int64) -> String {
    timeSpan(Double(max(0, now - moment)) / 1e9)
  }
}
