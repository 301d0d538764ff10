import Foundation
import Synchronization
import Testing
import TestSupport

/// The built program, run as users run it: as a process of its own.
enum Program {
  /// `BACKTALLY_BINARY` in the environment, else the program beside this test bundle.
  static let url: URL = {
    if let path = ProcessInfo.processInfo.environment["BACKTALLY_BINARY"], !path.isEmpty {
      return URL(filePath: path)
    }
    let bundle = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
    return bundle.deletingLastPathComponent().appending(path: "backtally")
  }()

  /// The folder of the package.
  static let root = Repository.root

  static func fixture(_ path: String) -> String { Repository.fixture(path).path }
  static func script(_ name: String) -> String { root.appending(path: "scripts/\(name)").path }

  static let clientID = "00000000-0000-4000-8000-00000000b477"
  /// For whom the imports of these tests are.
  static let target = ["--client-id", clientID, "--env", "test"]
}

/// What a process left behind.
struct Outcome {
  var status: Int32
  var output: Data
  var errors: String

  var text: String { String(decoding: output, as: UTF8.self) }
  var lines: [Substring] { text.split(separator: "\n") }
  /// The summary that `--summary json` prints.
  var summary: Summary {
    get throws { try JSONDecoder().decode(Summary.self, from: output) }
  }
}

extension TemporaryFolder {
  /// Runs `backtally` with `arguments` in this folder and waits for its end.
  func backtally(
    _ arguments: [String], input: String? = nil, environment: [String: String] = [:]
  ) async throws -> Outcome {
    try await run(Program.url, arguments, input: input, environment: environment)
  }

  /// Runs a command line of bash, in which `backtally` is the program.
  func bash(
    _ command: String, environment: [String: String] = [:]
  ) async throws -> Outcome {
    try await run(
      URL(filePath: "/bin/bash"), ["-c", "set -uo pipefail\n" + command], environment: environment)
  }

  /// Runs a script of the package.
  func script(_ name: String, _ arguments: [String]) async throws -> Outcome {
    try await run(URL(filePath: Program.script(name)), arguments)
  }

  private func run(
    _ executable: URL, _ arguments: [String], input: String? = nil,
    environment: [String: String] = [:]
  ) async throws -> Outcome {
    await Turnstile.shared.enter()
    defer { Turnstile.shared.leave() }
    let running = try RunningProcess(
      executable, arguments, in: self, input: input, environment: environment)
    let status = await running.end(within: .seconds(180))
    return Outcome(
      status: status, output: try Data(contentsOf: running.output),
      errors: String(decoding: try Data(contentsOf: running.errors), as: UTF8.self))
  }
}

/// Lets a few processes run at a time. All tests begin at once, and dozens of processes together
/// would be so slow that none of their time limits said anything.
private final class Turnstile: Sendable {
  static let shared = Turnstile(width: 4)

  private struct State {
    var free: Int
    var waiting: [CheckedContinuation<Void, Never>] = []
  }

  private let state: Mutex<State>

  init(width: Int) { state = Mutex(State(free: width)) }

  func enter() async {
    await withCheckedContinuation { continuation in
      let mayEnter = state.withLock { state in
        if state.free == 0 {
          state.waiting.append(continuation)
          return false
        }
        state.free -= 1
        return true
      }
      if mayEnter { continuation.resume() }
    }
  }

  func leave() {
    let next = state.withLock { state -> CheckedContinuation<Void, Never>? in
      if state.waiting.isEmpty {
        state.free += 1
        return nil
      }
      return state.waiting.removeFirst()
    }
    next?.resume()
  }
}

/// A program that runs in a test's folder and writes to files there.
final class RunningProcess: Sendable {
  let output: URL
  let errors: URL
  private let process: ChildProcess

  init(
    _ executable: URL, _ arguments: [String], in folder: TemporaryFolder, input: String? = nil,
    environment: [String: String] = [:]
  ) throws {
    try #require(
      FileManager.default.isExecutableFile(atPath: Program.url.path),
      "\(Program.url.path) is no program: build the package, or name it in BACKTALLY_BINARY")
    let number = folder.nextNumber()
    output = try folder.emptyFile("\(number).out")
    errors = try folder.emptyFile("\(number).err")
    process = try ChildProcess(
      executable, arguments, in: folder.path,
      environment: Self.environment(folder).merging(environment) { $1 },
      input: input ?? "/dev/null", output: output, errors: errors)
  }

  /// Nothing of the environment that these tests run in but where to find programs, and the mark by
  /// which `scripts/test` knows what they start: no configuration, no state.
  private static func environment(_ folder: TemporaryFolder) -> [String: String] {
    let inherited = ProcessInfo.processInfo.environment
    let path = inherited["PATH"] ?? "/usr/bin:/bin"
    return [
      "PATH": "\(Program.url.deletingLastPathComponent().path):\(path)", "HOME": folder.path,
      "TMPDIR": folder.path, "LC_ALL": "C.UTF-8", "COLUMNS": "80",
      "BACKTALLY_TEST_RUN": inherited["BACKTALLY_TEST_RUN"] ?? "",
    ]
  }

  var isRunning: Bool { process.isRunning }

  func terminate() { process.send(SIGTERM) }

  /// Sends SIGKILL, which the process cannot hear.
  func kill() { process.send(SIGKILL) }

  /// Sends SIGINT, as Ctrl-C does.
  func interrupt() { process.send(SIGINT) }

  /// The exit status; the process is ended if it does not end in time.
  func end(within limit: Duration) async -> Int32 { await process.end(within: limit) }
}
