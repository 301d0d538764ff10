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
