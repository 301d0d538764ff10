import Foundation
import Synchronization
import Testing

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

  /// The folder of the package, which this file finds its way to by its own path.
  static let root = URL(filePath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  static func fixture(_ path: String) -> String { root.appending(path: "fixtures/\(path)").path }
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

/// A process whose output goes to files, so that no pipe can fill up while nobody reads it.
final class RunningProcess: Sendable {
  let output: URL
  let errors: URL
  private let process: Process
  private let ended: AsyncStream<Int32>

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
    let process = Process()
    process.executableURL = executable
    process.arguments = arguments
    process.currentDirectoryURL = URL(filePath: folder.path)
    process.environment = Self.environment(folder).merging(environment) { $1 }
    process.standardInput = try input.map { try FileHandle(forReadingFrom: URL(filePath: $0)) }
    if input == nil { process.standardInput = FileHandle.nullDevice }
    process.standardOutput = try FileHandle(forWritingTo: output)
    process.standardError = try FileHandle(forWritingTo: errors)
    let (ended, continuation) = AsyncStream.makeStream(of: Int32.self)
    process.terminationHandler = { process in
      // As a shell has it: 128 and the signal's number.
      let isSignal = process.terminationReason == .uncaughtSignal
      continuation.yield((isSignal ? 128 : 0) + process.terminationStatus)
      continuation.finish()
    }
    self.process = process
    self.ended = ended
    try process.run()
  }

  /// Nothing of whoever runs these tests but where to find programs: no configuration, no state.
  private static func environment(_ folder: TemporaryFolder) -> [String: String] {
    let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
    return [
      "PATH": "\(Program.url.deletingLastPathComponent().path):\(path)", "HOME": folder.path,
      "TMPDIR": folder.path, "LC_ALL": "C.UTF-8", "COLUMNS": "80",
    ]
  }

  var isRunning: Bool { process.isRunning }

  func terminate() { process.terminate() }

  /// Sends SIGKILL, which the process cannot hear.
  func kill() { Foundation.kill(process.processIdentifier, SIGKILL) }

  /// Sends SIGINT, as Ctrl-C does.
  func interrupt() { process.interrupt() }

  /// The exit status; the process is killed if it does not end in time.
  func end(within limit: Duration) async -> Int32 {
    let guardian = Task { [process] in
      try await Task.sleep(for: limit)
      Issue.record("a process did not end within \(limit)")
      Foundation.kill(process.processIdentifier, SIGKILL)
    }
    defer { guardian.cancel() }
    for await status in ended { return status }
    return -1
  }
}
