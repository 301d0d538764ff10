import Foundation
import Testing
import TestSupport

/// A folder with a state directory, a hub, and what a test does with them.
struct DurabilityHarness {
  let folder: TemporaryFolder
  let hub: RunningHub

  static func use(
    _ options: [String] = [], _ body: (DurabilityHarness) async throws -> Void
  ) async throws {
    let folder = try TemporaryFolder()
    try await folder.withHub(options) { hub in
      try await body(DurabilityHarness(folder: folder, hub: hub))
    }
  }

  /// Imports into the hub: what it said on standard error.
  @discardableResult
  func run(
    _ arguments: String..., input: String? = nil, status: Int32 = 0,
    sourceLocation: SourceLocation = #_sourceLocation
  ) async throws -> String {
    let outcome = try await folder.backtally(command(arguments), input: input)
    #expect(outcome.status == status, "\(outcome.errors)", sourceLocation: sourceLocation)
    return outcome.errors
  }

  /// The words of an import into the hub.
  func command(_ arguments: [String]) -> [String] {
    ["import", "--hub-url", hub.url] + Program.target + arguments
  }

  /// An import of a pipe whose end the test decides: by what it writes to it, and by closing it.
  func start(_ arguments: String...) throws -> (RunningProcess, pipe: FileHandle) {
    let failure = unsafe mkfifo(folder.path(of: "pipe"), 0o600)
    try #require(failure == 0)
    // A pipe that is opened for both does not wait for its other end.
    let pipe = try #require(FileHandle(forUpdatingAtPath: folder.path(of: "pipe")))
    let running = try RunningProcess(
      Program.url, command(arguments), in: folder, input: folder.path(of: "pipe"))
    return (running, pipe)
  }

  /// Sends SIGTERM to `running` as soon as the file `name` is there. From a thread of its own: the tasks of
  /// a busy test run may come too late.
  func terminate(_ running: RunningProcess, whenThereIs name: String) async {
    await withCheckedContinuation { continuation in
      Thread.detachNewThread {
        while running.isRunning, !folder.exists(name) { Thread.sleep(forTimeInterval: 0.001) }
        running.terminate()
        continuation.resume()
      }
    }
  }

  func expect(_ count: Int, sourceLocation: SourceLocation = #_sourceLocation) async throws {
    #expect(
      try await hub.totals().sums.requestCount == count, sourceLocation: sourceLocation)
  }

  /// A run as `status` shows it.
  struct Run: Decodable, Equatable {
    var state: String
    var lines: Int
    var requests: Int
  }

  /// The latest runs, latest first.
  func runs() async throws -> [Run] {
    struct Status: Decodable { var runs: [Run] }
    let outcome = try await folder.backtally(["status", "--summary", "json"])
    #expect(outcome.status == 0, "\(outcome.errors)")
    return try JSONDecoder().decode(Status.self, from: outcome.output).runs
  }

  /// Waits until the hub has so many requests.
  func wait(for count: Int, sourceLocation: SourceLocation = #_sourceLocation) async throws {
    let deadline = ContinuousClock.now + .seconds(30)
    while try await hub.totals().sums.requestCount < count, ContinuousClock.now < deadline {
      try await Task.sleep(for: .milliseconds(20))
    }
    try await expect(count, sourceLocation: sourceLocation)
  }

  /// Writes a log, or appends to it.
  func write(_ text: some StringProtocol, to name: String, appending: Bool = false) throws {
    let earlier = appending ? try folder.text(of: name) : ""
    // In place, as servers write: another file at the same path would have another inode.
    guard folder.exists(name) else {
      try folder.write(earlier + text, to: name)
      return
    }
    let file = try FileHandle(forWritingTo: URL(filePath: folder.path(of: name)))
    try file.truncate(atOffset: 0)
    try file.write(contentsOf: Data((earlier + text).utf8))
    try file.close()
  }

  func append(_ text: some StringProtocol, to name: String) throws {
    try write(text, to: name, appending: true)
  }

  /// As if the file had been left alone for two hours.
  func age(_ name: String) throws {
    try FileManager.default.setAttributes(
      [.modificationDate: Date(timeIntervalSinceNow: -7200)], ofItemAtPath: folder.path(of: name))
  }
}

extension Log {
  /// Lines with targets from `first` on, all different.
  static func numbered(_ range: Range<Int>, _ name: String = "users") -> String {
    range.map { line(minute: $0 % 60, "/\(name)/\($0)") }.joined()
  }
}
