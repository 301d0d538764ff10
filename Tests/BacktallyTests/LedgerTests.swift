import Foundation
import Testing
import TestSupport

/// What was imported once is not counted again.
struct LedgerTests {
  private func requests(
    _ folder: TemporaryFolder, _ hub: RunningHub, _ arguments: [String], input: String? = nil
  ) async throws -> Int {
    let outcome = try await folder.backtally(
      ["import", "--summary", "json", "--hub-url", hub.url] + Program.target + arguments,
      input: input)
    #expect(outcome.status == 0, "\(outcome.errors)")
    return try outcome.summary.requests
  }

  @Test func `a log is counted once through growth, rotation and compression`() async throws {
    let folder = try TemporaryFolder()
    try await folder.withHub { hub async throws in
      try folder.write(Log.lines(300), to: "access.log")
      #expect(try await requests(folder, hub, ["access.log"]) == 300)
      #expect(try await requests(folder, hub, ["access.log"]) == 0)
      // Grown, and then rotated with a successor that begins as it did.
      try folder.write(Log.lines(350), to: "access.log")
      #expect(try await requests(folder, hub, ["access.log"]) == 50)
      #expect(try await folder.bash("mv access.log access.log.1").status == 0)
      try folder.write(Log.line(minute: 30, "/new"), to: "access.log")
      #expect(try await requests(folder, hub, ["access.log*"]) == 1)
      #expect(try await folder.bash("gzip access.log.1").status == 0)
      #expect(try await requests(folder, hub, ["access.log*"]) == 0)
      #expect(try await hub.totals().sums.requestCount == 351)
    }
  }

  /// An application's log of one day shows that it holds other lines; the next day hardly anything else
  /// is written for a long time.
  @Test(arguments: [[], ["--format", "uvicorn-asctime"]])
  func `that a source holds other lines is remembered`(options: [String]) async throws {
    func request(_ second: Int) -> String {
      #"2026-11-27 10:00:\#(second),100 INFO 203.0.113.7:5000 - "GET /v1/orders HTTP/1.1" 200 OK"#
        + "\n"
    }
    func other(_ second: Int) -> String { "2026-11-27 11:00:\(second),100 WARNING cache is gone\n" }
    let seconds = Array(10..<60)
    let folder = try TemporaryFolder()
    let arguments = ["--timezone", "UTC", "app.log"] + options
    try await folder.withHub { hub async throws in
      let first = seconds.map { request($0) + other($0) }.joined()
      try folder.write(first, to: "app.log")
      #expect(try await requests(folder, hub, arguments) == 50)
      let chatty = (0..<30).flatMap { _ in seconds.map(other) }.joined()
      try folder.write(first + chatty + request(59) + chatty, to: "app.log")
      #expect(try await requests(folder, hub, arguments) == 1)
    }
  }

  @Test func `nothing is counted twice when the same content has two names`() async throws {
    let folder = try TemporaryFolder()
    try folder.write(Log.lines(300), to: "access.log.1")
    #expect(try await folder.bash("gzip -k access.log.1").status == 0)
    try await folder.withHub { hub async throws in
      #expect(try await requests(folder, hub, ["access.log.1", "access.log.1.gz"]) == 300)
    }
  }

  @Test func `without the ledger it is counted again, and after forgetting too`() async throws {
    let folder = try TemporaryFolder()
    try folder.write(Log.lines(10), to: "access.log")
    try await folder.withHub { hub async throws in
      #expect(try await requests(folder, hub, ["access.log"]) == 10)
      #expect(try await requests(folder, hub, ["--no-ledger", "access.log"]) == 10)
      #expect(try await requests(folder, hub, ["access.log"]) == 0)
      let forgotten = try await folder.backtally(["forget", "access.log"])
      #expect(forgotten.text == "forgot \(folder.path(of: "access.log"))\n")
      #expect(try await requests(folder, hub, ["access.log"]) == 10)
    }
  }

  @Test func `each app and environment has a ledger of its own`() async throws {
    let folder = try TemporaryFolder()
    try folder.write(Log.lines(10), to: "access.log")
    try await folder.withHub { hub async throws in
      #expect(try await requests(folder, hub, ["access.log"]) == 10)
      #expect(try await requests(folder, hub, ["--env", "other", "access.log"]) == 10)
    }
  }

  @Test func `each hub has a ledger and a queue of its own`() async throws {
    let folder = try TemporaryFolder()
    try folder.write(Log.lines(10), to: "access.log")
    // A try at a hub that is not there, and then the real one.
    let away = try await folder.backtally(
      ["import", "--hub-url", "http://127.0.0.1:9", "--give-up-after", "1", "access.log"]
        + Program.target)
    #expect(away.status == 5)
    for _ in 0..<2 {
      try await folder.withHub { hub in
        #expect(try await requests(folder, hub, ["access.log"]) == 10)
        #expect(try await requests(folder, hub, ["access.log"]) == 0)
        let deliver = try await folder.backtally(["deliver", "--hub-url", hub.url + "/"])
        #expect(deliver.text == "0 delivered, 0 waiting, 0 refused\n")
        #expect(deliver.errors.contains("other messages wait: "), "\(deliver.errors)")
        #expect(deliver.errors.contains("/test for http://127.0.0.1:9\n"), "\(deliver.errors)")
        #expect(try await hub.totals().sums.requestCount == 10)
        #expect(try await hub.totals().messages.startup == 1)
      }
    }
    let list = try await folder.backtally(["outbox", "list", "--hub-url", "http://127.0.0.1:9"])
    #expect(list.text.contains("11 waiting"), "\(list.text)")
  }

  // MARK: - Windows and rules

  /// Lines of which the first is of 09:00, the next of 09:01 and so on.
  private func log(_ minutes: some Sequence<Int>) -> String {
    minutes.map { Log.line(minute: $0, "/m/\($0)") }.joined()
  }

  private func at(_ minute: Int) -> String { String(format: "2026-11-23T09:%02d:00Z", minute) }

  /// Imports, in turn, of a log of twenty minutes that grows to forty after the first, and what each
  /// of them counts.
  private static let windows: [([(since: Int?, until: Int?)], [Int])] = [
    // Every night up to midnight, over a log that goes on after midnight.
    ([(nil, 15), (nil, 35), (nil, nil)], [15, 20, 5]),
    // A try with the end of it, and then the whole history.
    ([(12, nil), (nil, nil)], [8, 32]),
    // Two spans with a gap, what lies between, and the rest.
    ([(2, 4), (8, 10), (3, 9), (nil, nil)], [2, 2, 4, 32]),
    // A narrower one adds nothing.
    ([(nil, nil), (2, 38)], [20, 18]),
    ([(5, 10), (5, 10), (6, 9)], [5, 0, 0]),
  ]

  @Test(arguments: windows, [false, true])
  func `a wider window counts exactly what narrower ones have left out`(
    item: ([(since: Int?, until: Int?)], [Int]), isCompressed: Bool
  ) async throws {
    let folder = try TemporaryFolder()
    try await folder.withHub { hub async throws in
      var seen: [Int] = []
      for (index, window) in item.0.enumerated() {
        try folder.write(log(0..<(index == 0 ? 20 : 40)), to: "access.log")
        if isCompressed {
          #expect(try await folder.bash("gzip -f access.log").status == 0)
        }
        let options =
          (window.since.map { ["--since", at($0)] } ?? [])
          + (window.until.map { ["--until", at($0)] } ?? [])
        seen.append(try await requests(folder, hub, options + ["access.log*"]))
        // Once more, nothing new.
        #expect(try await requests(folder, hub, options + ["access.log*"]) == 0)
      }
      #expect(seen == item.1)
      let sums = try await hub.totals().sums
      #expect(sums.requestCount == item.1.reduce(0, +))
      #expect(sums.groups.values.allSatisfy { $0.request_count == 1 } || sums.groups.count == 1)
    }
  }

  @Test func `what a log of another list of routes has left out is said, or counted`() async throws
  {
    let folder = try TemporaryFolder()
    try folder.write(log(0..<20) + Log.line(minute: 20, "/users"), to: "access.log")
    try folder.write("GET /api/m/{n}\n", to: "none.txt")
    try folder.write("GET /users\n", to: "one.txt")
    try folder.write("GET /m/{n}\nGET /users\n", to: "both.txt")
    try await folder.withHub { hub async throws in
      func outcome(_ options: String...) async throws -> Outcome {
        try await folder.backtally(
          ["import", "--summary", "json", "--hub-url", hub.url] + Program.target
            + ["access.log"] + options)
      }
      // Nothing of it counts, so all of it is still to be counted.
      let none = try await outcome("--routes", "none.txt")
      #expect(none.status == 4)
      #expect(none.errors.contains("none of its 21 lines counted"), "\(none.errors)")
      #expect(none.errors.contains("warning: 21 of 21 requests match no known route"))
      let one = try await outcome("--routes", "one.txt")
      #expect(try one.summary.requests == 1)
      // One of it counts: which one, nobody knows any more.
      for _ in 0..<2 {
        let both = try await outcome("--routes", "both.txt")
        #expect(try both.summary.requests == 0)
        #expect(
          both.errors.contains(
            "access.log: warning: 20 requests of it were left out by other routes or filters"))
        #expect(both.errors.contains("`backtally forget 1`"))
      }
      let same = try await outcome("--routes", "one.txt")
      #expect(!same.errors.contains("warning"), "\(same.errors)")
    }
  }

  @Test func `a pipe with requests that were left out before is refused`() async throws {
    let folder = try TemporaryFolder()
    let log = try folder.write(log(0..<20), to: "access.log")
    try await folder.withHub { hub async throws in
      let until = ["--until", at(10)]
      let pipe = ["--source", "web1", "-"]
      #expect(try await requests(folder, hub, until + pipe, input: log) == 10)
      #expect(try await requests(folder, hub, until + pipe, input: log) == 0)
      let wider = try await folder.backtally(
        ["import", "--hub-url", hub.url] + Program.target + pipe, input: log)
      #expect(wider.status == 4)
      #expect(wider.errors.contains("cannot be had from a pipe any more"), "\(wider.errors)")
      #expect(try await requests(folder, hub, ["access.log"]) == 10)
    }
  }

  @Test func `a pipe is remembered if it has a name`() async throws {
    let folder = try TemporaryFolder()
    let log = try folder.write(Log.lines(10), to: "access.log")
    try await folder.withHub { hub async throws in
      #expect(try await requests(folder, hub, ["-"], input: log) == 10)
      #expect(try await requests(folder, hub, ["-"], input: log) == 10)
      #expect(try await requests(folder, hub, ["--source", "web1", "-"], input: log) == 10)
      #expect(try await requests(folder, hub, ["--source", "web1", "-"], input: log) == 0)
    }
  }

  @Test func `a last line without a newline is left, and said with a count`() async throws {
    let folder = try TemporaryFolder()
    for number in 1...3 {
      try folder.write(String(Log.line(minute: number).dropLast()), to: "\(number).log")
    }
    try folder.write(Log.lines(5) + "192.0.2.1 - - [23", to: "half.log")
    try await folder.withHub { hub async throws in
      let files = ["half.log", "1.log", "2.log", "3.log"]
      let import_ = ["import", "--hub-url", hub.url] + Program.target
      let first = try await folder.backtally(import_ + files)
      #expect(first.status == 0)
      #expect(first.errors.contains("half.log: note: its last line has no newline yet"))
      #expect(first.errors.contains("so are those of 3 more files (4 lines)"))
      #expect(first.errors.contains("--complete"))
      #expect(try await hub.totals().sums.requestCount == 5)
      let whole = ["1.log", "2.log", "3.log"]
      #expect(try await requests(folder, hub, ["--complete"] + whole) == 3)
      let again = try await folder.backtally(import_ + ["--complete"] + whole)
      #expect(!again.errors.contains("newline"), "\(again.errors)")
      #expect(try await hub.totals().sums.requestCount == 8)
      // What has not been written to for an hour is finished.
      #expect(try await folder.bash("touch -d '2 hours ago' half.log").status == 0)
      let old = try await folder.backtally(import_ + ["--max-rejected", "100", "half.log"])
      #expect(!old.errors.contains("newline"), "\(old.errors)")
    }
    let dry = try await folder.backtally(
      ["import", "--dry-run", "--complete", "1.log"] + Program.target)
    #expect(dry.status == 2)
  }

  @Test func `a path follows its source, and an ambiguous one is refused`() async throws {
    let folder = try TemporaryFolder()
    try await folder.withHub { hub async throws in
      for night in 0..<4 {
        let rotated = try await folder.bash(
          """
          for i in 3 2; do [ -f access.log.$i.gz ] && mv access.log.$i.gz access.log.$((i+1)).gz; done
          [ -f access.log.1 ] && gzip -c access.log.1 >access.log.2.gz && rm access.log.1
          [ -f access.log ] && mv access.log access.log.1
          true
          """)
        #expect(rotated.status == 0)
        try folder.write(
          (0..<10).map { Log.line(minute: $0, "/night\(night)") }.joined(), to: "access.log")
        #expect(try await requests(folder, hub, ["access.log*"]) == 10)
      }
      // Each of the four has its own name now, and one is forgotten.
      let forgotten = try await folder.backtally(["forget", "access.log.2.gz"])
      #expect(forgotten.text == "forgot \(folder.path(of: "access.log.2.gz"))\n")
      #expect(try await requests(folder, hub, ["access.log*"]) == 10)
      #expect(try await hub.totals().sums.requestCount == 50)

      // Two apps have imported it.
      #expect(try await requests(folder, hub, ["--env", "other", "access.log.3.gz"]) == 10)
      let ambiguous = try await folder.backtally(["forget", "access.log.3.gz"])
      #expect(ambiguous.status == 2)
      #expect(
        ambiguous.errors.contains(
          /several sources: \d+ \([-0-9a-f]+\/test\), \d+ \([-0-9a-f]+\/other\)/),
        "\(ambiguous.errors)")
      #expect(try await requests(folder, hub, ["access.log*"]) == 0)
      let one = try await folder.backtally(["forget", "access.log.3.gz"] + Program.target)
      #expect(one.status == 0, "\(one.errors)")
      #expect(try await requests(folder, hub, ["--env", "other", "access.log.3.gz"]) == 0)
      #expect(try await requests(folder, hub, ["access.log.3.gz"]) == 10)
    }
  }

  @Test func `that a pipe is not remembered is said`() async throws {
    let folder = try TemporaryFolder()
    let log = try folder.write(Log.lines(10), to: "access.log")
    try await folder.withHub { hub in
      let arguments = ["import", "--hub-url", hub.url] + Program.target
      let unnamed = try await folder.backtally(arguments + ["-"], input: log)
      #expect(
        unnamed.errors.contains("(standard input): note: a pipe is not remembered"),
        "\(unnamed.errors)")
      #expect(unnamed.errors.contains("--source"))
      let named = try await folder.backtally(arguments + ["--source", "a", "-"], input: log)
      #expect(!named.errors.contains("not remembered"), "\(named.errors)")
    }
  }

  @Test func `what is forgotten has to be known`() async throws {
    let folder = try TemporaryFolder()
    let none = try await folder.backtally(["forget", "access.log"])
    #expect(none.status != 0)
    try folder.write(Log.lines(10), to: "access.log")
    try await folder.withHub { hub async throws in
      #expect(try await requests(folder, hub, ["access.log"]) == 10)
    }
    let unknown = try await folder.backtally(["forget", "access.log", "77"])
    #expect(unknown.status == 2)
    #expect(unknown.errors.contains("nothing was forgotten"))
    let known = try await folder.backtally(["forget", "1"])
    #expect(known.status == 0)
  }
}
