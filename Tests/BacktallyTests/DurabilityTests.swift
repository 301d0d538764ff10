import Foundation
import Testing
import TestSupport

/// Logs that grow, are rotated and resemble one another: each request is counted once.
struct DurabilityTests {
  @Test func `a line without an end is left for the next run, and counted once`() async throws {
    try await DurabilityHarness.use { harness in
      let line = Log.line(minute: 7, "/half")
      try harness.write(Log.numbered(0..<5) + line.prefix(40), to: "access.log")
      try await harness.run("access.log")
      try await harness.expect(5)
      try harness.append(line.dropFirst(40) + Log.numbered(5..<7), to: "access.log")
      try await harness.run("access.log")
      try await harness.expect(8)
    }
  }

  /// A server that has died leaves such a line for good.
  @Test func `a line without an end counts when nobody has written for an hour`() async throws {
    try await DurabilityHarness.use { harness in
      try harness.write(Log.numbered(0..<5).dropLast(), to: "access.log")
      try await harness.run("access.log")
      try await harness.expect(4)
      try harness.age("access.log")
      try await harness.run("access.log")
      try await harness.run("access.log")
      try await harness.expect(5)
    }
  }

  @Test func `a compressed log is finished, and so is its last line`() async throws {
    try await DurabilityHarness.use { harness in
      try harness.write(Log.numbered(0..<5).dropLast(), to: "access.log")
      try await harness.run("access.log")
      #expect(try await harness.folder.bash("gzip access.log").status == 0)
      try await harness.run("access.log.gz")
      try await harness.expect(5)
    }
  }

  @Test func `a log is known from its first line on, and after it has grown`() async throws {
    try await DurabilityHarness.use { harness in
      try harness.write("", to: "access.log")
      try await harness.run("access.log")
      for count in [1, 2, 30, 31, 200] {
        try harness.write(Log.numbered(0..<count), to: "access.log")
        try await harness.run("access.log")
        try await harness.expect(count)
      }
    }
  }

  @Test func `a log that was copied and truncated goes on under both names`() async throws {
    try await DurabilityHarness.use { harness in
      try harness.write(Log.numbered(0..<100), to: "access.log")
      try await harness.run("access.log*")
      try harness.append(Log.numbered(100..<110), to: "access.log")
      let rotated = try await harness.folder.bash("cp access.log access.log.1 && : > access.log")
      #expect(rotated.status == 0)
      try await harness.run("access.log*")
      try await harness.expect(110)
      try harness.append(Log.numbered(110..<150), to: "access.log")
      try await harness.run("access.log*")
      try await harness.expect(150)
    }
  }

  @Test func `another log of the same name is another log`() async throws {
    try await DurabilityHarness.use { harness in
      try harness.write(Log.numbered(0..<60), to: "access.log")
      try await harness.run("access.log")
      try harness.write(Log.numbered(0..<60, "orders"), to: "access.log")
      try await harness.run("access.log")
      try await harness.expect(120)
    }
  }

  /// They have 4 KiB and more in common; which of the two grows is found at the place where each
  /// was left.
  @Test func `two logs that begin alike grow side by side`() async throws {
    try await DurabilityHarness.use { harness in
      let common = Log.numbered(0..<100)
      try harness.write(common + Log.numbered(100..<300), to: "a.log")
      try await harness.run("a.log")
      try await harness.expect(300)
      // Shorter than what is known of the first, it cannot be told from a shrunk one.
      try harness.write(common + Log.numbered(100..<200, "orders"), to: "b.log")
      let errors = try await harness.run("b.log")
      #expect(errors.contains("is shorter than the part that was already imported"))
      try await harness.expect(300)
      try harness.append(Log.numbered(200..<400, "orders"), to: "b.log")
      try await harness.run("b.log")
      try await harness.expect(700)
      try harness.append(Log.numbered(300..<320), to: "a.log")
      try await harness.run("a.log")
      try await harness.expect(720)
      try harness.append(Log.numbered(400..<410, "orders"), to: "b.log")
      try await harness.run("a.log", "b.log")
      try await harness.expect(730)
    }
  }

  @Test func `a log that has shrunk is not counted again, and goes on when it is whole`()
    async throws
  {
    try await DurabilityHarness.use { harness in
      try harness.write(Log.numbered(0..<100), to: "access.log")
      try await harness.run("access.log")
      try harness.write(Log.numbered(0..<60), to: "access.log")
      let errors = try await harness.run("access.log")
      #expect(errors.contains("is shorter than the part that was already imported"))
      try await harness.expect(100)
      try harness.write(Log.numbered(0..<105), to: "access.log")
      try await harness.run("access.log")
      try await harness.expect(105)
    }
  }

  @Test func `a log, its longer copy and its compressed copy count once in one run`() async throws {
    try await DurabilityHarness.use { harness in
      // Fewer bytes may be alike by chance, and would make it two logs.
      try harness.write(Log.numbered(0..<70), to: "access.log.1")
      try harness.write(Log.numbered(0..<90), to: "access.log.2")
      #expect(try await harness.folder.bash("gzip -k access.log.2").status == 0)
      try await harness.run("access.log.1", "access.log.2", "access.log.2.gz")
      try await harness.expect(90)
    }
  }

  @Test func `a gzip that ended too early goes on when it is whole`() async throws {
    try await DurabilityHarness.use { harness in
      try harness.write(Log.numbered(0..<4000), to: "access.log")
      let cut = try await harness.folder.bash(
        "gzip -k access.log && cp access.log.gz whole.gz && truncate -s 9000 access.log.gz")
      #expect(cut.status == 0)
      try await harness.run("access.log.gz", status: 4)
      let part = try await harness.hub.totals().sums.requestCount
      #expect(part > 0 && part < 4000)
      try await harness.run("access.log.gz", status: 4)
      try await harness.expect(part)
      #expect(try await harness.folder.bash("mv whole.gz access.log.gz").status == 0)
      try await harness.run("access.log.gz", "access.log")
      try await harness.expect(4000)
    }
  }

  /// A pipe gives its bytes once: looking at its beginning must not take them away.
  @Test func `a pipe with a path is read from its first line on`() async throws {
    try await DurabilityHarness.use { harness in
      try harness.write(Log.numbered(0..<3000), to: "access.log")
      let words = harness.command(["<(cat access.log)", "<(head -n 10 access.log)"])
      let outcome = try await harness.folder.bash("backtally \(words.joined(separator: " "))")
      #expect(outcome.status == 0, "\(outcome.errors)")
      try await harness.expect(3010)
    }
  }

  @Test func `standard input counts again without a name, and once with one`() async throws {
    try await DurabilityHarness.use { harness in
      try harness.write(Log.numbered(0..<100), to: "access.log")
      for count in [100, 200] {
        let words = harness.command(["-"]).joined(separator: " ")
        #expect(try await harness.folder.bash("cat access.log | backtally \(words)").status == 0)
        try await harness.expect(count)
      }
      try harness.write(Log.numbered(0..<100, "orders"), to: "access.log")
      // A pipe may come out with its beginning in small pieces.
      let pieces = "{ head -c 500 access.log; sleep 0.5; tail -c +501 access.log; }"
      for source in ["cat access.log", pieces, "gzip -c access.log"] {
        let words = harness.command(["--source", "web", "-"]).joined(separator: " ")
        let outcome = try await harness.folder.bash("\(source) | backtally \(words)")
        #expect(outcome.status == 0, "\(outcome.errors)")
        try await harness.expect(300)
      }
    }
  }

  @Test func `a pipe that parts from what it began like is refused, not half counted`() async throws
  {
    try await DurabilityHarness.use { harness in
      let common = Log.numbered(0..<100)
      try harness.write(common + Log.numbered(100..<200), to: "a.log")
      try harness.write(common + Log.numbered(100..<250, "orders"), to: "b.log")
      let words = harness.command(["--source", "web", "-"]).joined(separator: " ")
      #expect(try await harness.folder.bash("cat a.log | backtally \(words)").status == 0)
      let outcome = try await harness.folder.bash("cat b.log | backtally \(words)")
      #expect(outcome.status == 4)
      #expect(outcome.errors.contains("begins like a source that was imported before"))
      try await harness.expect(200)
    }
  }
}
