import Diagnostics
import TestSupport
import Testing

@testable import Reporting

private let hour: Int64 = 3_600_000_000_000
/// 2026-11-30T06:00:00Z
private let now: Int64 = 1_796_018_400_000_000_000

private func run(
  _ state: StatusSummary.Run.State = .ended, hoursAgo: Int64 = 2, exitStatus: Int32? = 0,
  checkpointed: Int64? = nil
) -> StatusSummary.Run {
  var run = StatusSummary.Run(
    command: "import", state: state, started: now - hoursAgo * hour - hour / 60,
    finished: state == .ended ? now - hoursAgo * hour : nil,
    exitStatus: state == .ended ? exitStatus : nil, lines: 10, requests: 9, queued: 3,
    delivered: 2)
  run.checkpointed = checkpointed.map { now - $0 * hour }
  return run
}

private func status(
  _ runs: StatusSummary.Run?..., change: (inout StatusSummary.AppStatus) -> Void = { _ in }
) -> StatusSummary {
  var status = StatusSummary(directory: "/state")
  status.apps = runs.enumerated().map { index, run in
    var app = StatusSummary.AppStatus(
      name: "id\(index)/prod", clientID: "id\(index)", environment: "prod",
      hub: "https://hub.test")
    app.lastImport = run
    change(&app)
    return app
  }
  return status
}

struct StatusCheckTests {
  private func verdict(
    _ status: StatusSummary, maxWaiting: Int? = nil
  ) -> StatusCheck.Verdict {
    StatusCheck(now: now, maxAge: 26 * 3_600, maxWaiting: maxWaiting).verdict(on: status)
  }

  @Test func `a night that went well`() {
    let verdict = verdict(status(run()))
    #expect(verdict.isGood)
    #expect(verdict.text == "ok: the last import ended 2 h ago, 0 messages wait")
  }

  @Test func `the app with the oldest import counts`() {
    let verdict = verdict(status(run(hoursAgo: 1), run(hoursAgo: 25)))
    #expect(verdict.text == "ok: 2 apps, the last import ended 25 h ago, 0 messages wait")
  }

  @Test(arguments: [
    (status(nil), "id0/prod: no import is recorded"),
    (status(run(hoursAgo: 27)), "id0/prod: the last import ended 27 h ago"),
    (status(run(.killed)), "id0/prod: the last import, begun 2 h 1 min ago, was killed"),
    (status(run(exitStatus: 4)), "id0/prod: the last import ended 2 h ago with exit status 4"),
    (
      status(run(exitStatus: 5), change: { $0.waiting = 1 }),
      "id0/prod: the last import ended 2 h ago with exit status 5"
    ),
    (
      status(run(exitStatus: 5), change: { $0.refused = 1 }),
      "id0/prod: the last import ended 2 h ago with exit status 5"
    ),
    (
      status(run(exitStatus: 5), change: { $0.uncertain = 1 }),
      "id0/prod: the last import ended 2 h ago with exit status 5"
    ),
    (
      status(run(.running, hoursAgo: 40)),
      "id0/prod: the import that is running has saved nothing for 40 h 1 min"
    ),
    (
      status(run(.running, hoursAgo: 80, checkpointed: 30)),
      "id0/prod: the import that is running has saved nothing for 30 h"
    ),
    (
      status(run(.killed), run(exitStatus: 1), run()),
      "id0/prod: the last import, begun 2 h 1 min ago, was killed; "
        + "id1/prod: the last import ended 2 h ago with exit status 1"
    ),
  ])
  func `what is wrong is said, of each app`(_ status: StatusSummary, _ problems: String) {
    let verdict = verdict(status)
    #expect(!verdict.isGood)
    #expect(verdict.text == "failed: \(problems)")
  }

  @Test func `nothing at all is not well`() {
    var nothing = StatusSummary(directory: "/state")
    #expect(verdict(nothing).text == "failed: no import is recorded in /state")
    nothing.onlyApp = "id/dev"
    #expect(verdict(nothing).text == "failed: no import of id/dev is recorded in /state")
    #expect(!verdict(nothing).isGood)
  }

  @Test func `what was delivered since is well, and so is a run that saves`() {
    #expect(verdict(status(run(exitStatus: 5))).isGood)
    #expect(verdict(status(run(.running, hoursAgo: 1))).isGood)
    let endless = verdict(status(run(.running, hoursAgo: 800, checkpointed: 1)))
    #expect(endless.text == "ok: an import is running, 0 messages wait")
  }

  @Test func `waiting messages are judged if a limit is given`() {
    let waiting = status(run(), change: { $0.waiting = 12 })
    #expect(verdict(waiting).isGood && verdict(waiting, maxWaiting: 12).isGood)
    #expect(
      verdict(waiting, maxWaiting: 11).text == "failed: id0/prod: 12 messages wait (at most 11)")
  }

  /// Exactly the age is not over it, and a clock that was set back makes nothing old.
  @Test func `the age is inclusive`() {
    #expect(verdict(status(run(hoursAgo: 26))).isGood)
    #expect(verdict(status(run(hoursAgo: -3))).isGood)
  }

  @Test func `names are made safe for a terminal`() {
    let hostile = status(nil) { $0.name = "a\u{1B}[2J\nb" }
    #expect(
      verdict(hostile).text == "failed: a\\u{1B}[2J\\u{A}b: no import is recorded")
  }
}

struct TimeSpanTests {
  @Test(arguments: [
    (0.0, "0 s"), (51.4, "51 s"), (119, "119 s"), (120, "2 min"), (7_199, "119 min"),
    (7_200, "2 h"), (11_100, "3 h 5 min"), (172_800, "2 d"), (188_000, "2 d 4 h"),
    (.infinity, "11,574 d 1 h"), (-5, "0 s"),
  ])
  func `a time has its two largest units`(_ seconds: Double, _ text: String) {
    #expect(timeSpan(seconds) == text)
  }
}

struct LogLineTests {
  private let diagnostic = Diagnostic(
    .warning, code: "odd", "a \"b\"\u{1B}", hint: "do it",
    at: Place(source: "x\n.log", lineNumber: 3, byteOffset: 7))

  @Test func `a line for a log is one line, dated, with the code`() {
    #expect(
      LogLineFormat.text.line(diagnostic, at: now)
        == "2026-11-30T06:00:00.000Z warning: x\\u{A}.log:3, byte 7: a \"b\"\\u{1B} [odd] (hint: do it)"
    )
    let plain = Diagnostic(.note, code: "imported", "3 lines read")
    #expect(
      LogLineFormat.text.line(plain, at: now + 1_234_567)
        == "2026-11-30T06:00:00.001Z note: 3 lines read [imported]")
  }

  @Test func `an object for a log has all keys, and escapes what it must`() {
    #expect(
      LogLineFormat.json.line(diagnostic, at: now)
        == #"{"time":"2026-11-30T06:00:00.000Z","severity":"warning","code":"odd","#
        + #""message":"a \"b\"\u001b","hint":"do it","#
        + #""place":{"source":"x\u000a.log","line":3,"byte":7}}"#)
    #expect(
      LogLineFormat.json.line(Diagnostic(.error, code: "e", "m"), at: now)
        == #"{"time":"2026-11-30T06:00:00.000Z","severity":"error","code":"e","message":"m","#
        + #""hint":null,"place":null}"#)
  }
}

struct StatusMetricsTests {
  @Test func `every family has help and type, and each app its series`() throws {
    var status = status(run(), run(.killed)) { app in
      (app.sources, app.waiting, app.delivered) = (3, 2, 41)
    }
    status.apps[0].newestRequest = now - hour
    status.apps[0].lastSuccess = now - 2 * hour
    let families = try PrometheusText.parse(StatusMetrics(status).text)
    #expect(families.count == 12)
    #expect(families.allSatisfy { $0.name.hasPrefix("backtally_") && !$0.help.isEmpty })
    func values(_ name: String) -> [[String: String]: Double] {
      families.first { $0.name == "backtally_\(name)" }?.samples ?? [:]
    }
    let labels = { (number: Int) in
      ["client_id": "id\(number)", "env": "prod", "hub": "https://hub.test"]
    }
    #expect(values("messages_delivered_total") == [labels(0): 41, labels(1): 41])
    #expect(values("last_import_exit_status") == [labels(0): 0])
    #expect(values("last_import_success_timestamp_seconds") == [labels(0): 1_796_011_200])
    #expect(values("newest_request_timestamp_seconds") == [labels(0): 1_796_014_800])
    #expect(
      values("last_import_state")[labels(1).merging(["state": "killed"]) { $1 }] == 1)
    #expect(values("last_import_state").values.reduce(0, +) == 2)
    #expect(values("messages")[labels(0).merging(["state": "waiting"]) { $1 }] == 2)
    let counters = families.filter { $0.type == "counter" }.map(\.name)
    #expect(counters == ["backtally_messages_delivered_total"])
    #expect(StatusMetrics(StatusSummary(directory: "/")).text.isEmpty)
  }

  @Test func `labels are escaped`() throws {
    let hostile = "a\"b\\c\nd}{e,f=\"\u{1B}ü"
    let status = status(run()) { $0.environment = hostile }
    let text = StatusMetrics(status).text
    #expect(!text.contains("\u{1B}"))
    let names = try PrometheusText.parse(text).flatMap { $0.samples.keys.compactMap { $0["env"] } }
    #expect(Set(names) == ["a\"b\\c\nd}{e,f=\"\\u{1B}ü"])
  }

  @Test(arguments: [
    "a 1\n", "# TYPE a gauge\na 1\n", "# HELP a b\n# TYPE a gauge\na{b=\"c\"} x\n",
    "# HELP a b\n# TYPE a gauge\na{b=\"c} 1\n", "# HELP a b\n# TYPE a gauge\na{b=\"c\"} 1",
    "# HELP a b\n# TYPE a gauge\na{b=\"c\"} 1\na{b=\"c\"} 2\n",
    "# HELP a b\n# TYPE a gauge\na{b=\"c\\x\"} 1\n", "# HELP a b\n# TYPE a thing\na{b=\"c\"} 1\n",
  ])
  func `the parser of these tests is strict`(_ text: String) {
    #expect(throws: PrometheusText.Malformed.self) { try PrometheusText.parse(text) }
  }
}

struct ProgressTests {
  private func line(_ sending: ProgressLine.Sending?) -> ProgressLine {
    ProgressLine(
      bytesRead: 250, bytesTotal: 1000, bytesUncompressed: 4_000_000, messagesQueued: 7,
      messagesDelivered: 3, seconds: 2, sending: sending)
  }

  @Test func `sending shows rate and rest`() {
    let line = line(.init(delivered: 1_147, total: 22_123, deliveredBefore: 327, seconds: 2))
    #expect(line.text(width: 80) == "sending 1,147 of 22,123, 410/s, 51 s left")
    #expect(line.text == "sending 1,147 of 22,123, 410/s, 51 s left")
    #expect(line.text(width: 40) == "sending 1,147 of 22,123, 410/s")
    #expect(line.text(width: 25) == "sending 1,147 of 22,123")
  }

  @Test(arguments: [
    (
      ProgressLine.Sending(delivered: 0, total: 5, deliveredBefore: 0, seconds: 9),
      "sending 0 of 5"
    ),
    (.init(delivered: 5, total: 5, deliveredBefore: 0, seconds: 2), "sending 5 of 5, 2.5/s"),
    (.init(delivered: 3, total: 5, deliveredBefore: 0, seconds: 0.5), "sending 3 of 5"),
    // More than was known of, because another app's were counted, say.
    (.init(delivered: 7, total: 5, deliveredBefore: 0, seconds: 1), "sending 7 of 7, 7.0/s"),
  ])
  func `a rate is only shown where there is one`(_ sending: ProgressLine.Sending, text: String) {
    #expect(line(sending).text == text)
  }

  @Test(arguments: [
    (120, "[#####               ] 25 %  6 s left  4 MB  2 MB/s  7 messages queued, 3 delivered"),
    (60, "[#####               ] 25 %  6 s left  4 MB  2 MB/s"),
    (40, "25 %  6 s left  4 MB  2 MB/s"), (25, "25 %  6 s left  2 MB/s"), (3, "25 "),
  ])
  func `what matters least goes first where there is no room`(_ width: Int, text: String) {
    #expect(line(nil).text(width: width) == text)
  }

  @Test func `a log has it without a bar`() {
    #expect(
      line(nil).text == "reading: 25 %, 4 MB, 2 MB/s, 6 s left, 7 messages queued, 3 delivered")
  }

  @Test func `a line is due every minute of a long run`() {
    var pacing = ProgressPacing()
    let due = stride(from: 0.0, to: 301, by: 0.2).filter { pacing.isDue(at: $0) }
    #expect(due.map { Int($0) } == [60, 120, 180, 240, 300])
    // After a pause there is one, not one for each minute.
    let later = [1_000, 1_001, 1_019.9, 1_020].map { pacing.isDue(at: $0) }
    #expect(later == [true, false, false, true])
  }
}

struct StatusTextTests {
  @Test func `of many sources the last imported are shown, and all on request`() {
    var status = StatusSummary(directory: "/state")
    status.sources = (1...3_000).map { number in
      StatusSummary.Source(
        number: Int64(number), app: "id/prod", path: "/log/\(number)", lines: 10, bytes: 900,
        requests: 9, firstRequest: nil, lastRequest: nil,
        // The last imported is none of the last in number.
        lastImported: now + Int64(number == 7 ? 4_000 : number))
    }
    let lines = status.text().split(separator: "\n")
    #expect(
      lines.contains(
        "  3,000 sources, 30,000 lines, 27,000 requests; the 20 last imported (--all shows all):"))
    let paths = lines.filter { $0.contains("  /log/") }.map { $0.split(separator: " ")[1] }
    #expect(paths.first == "/log/7" && paths[1] == "/log/3000" && paths.count == 20)
    let all = status.text(showingAll: true)
    #expect(all.contains("/log/1  id/prod"))
    #expect(all.contains("  3,000 sources, 30,000 lines, 27,000 requests\n"))
  }

  @Test func `a run at work shows its process, and how far it was at its last checkpoint`() {
    var status = StatusSummary(directory: "/state")
    var running = run(.running, checkpointed: 0)
    running.processID = 4711
    (running.bytesRead, running.bytesTotal) = (459, 1_000)
    var early = running
    early.checkpointed = nil
    early.app = "id/dev"
    status.runs = [running, early, run(.killed)]
    status.otherProcessID = 12
    let lines = status.text().split(separator: "\n").suffix(4)
    #expect(
      lines.elementsEqual([
        "  process 12 is using the state directory",
        "  2026-11-30 03:59:00 UTC  import  running (process 4711), 45 % read  10 lines, 3 queued, 2 delivered",
        "  2026-11-30 03:59:00 UTC  import  running (process 4711)  10 lines, 3 queued, 2 delivered  id/dev",
        "  2026-11-30 03:59:00 UTC  import  killed  10 lines, 3 queued, 2 delivered",
      ]))
  }
}
