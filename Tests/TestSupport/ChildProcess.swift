package import Foundation
internal import Glibc
internal import Synchronization
internal import Testing

/// A program that a test runs, and that is gone for sure when the test no longer needs it.
///
/// Not `Foundation.Process`, whose children inherit the signal mask of the thread that starts them. The
/// threads that tests run on block SIGTERM, so a program that does not unblock it by itself, such as
/// Python, outlived whoever told it to end. A child of this type starts with no signal blocked or
/// ignored, with no file open but its standard ones, and in a process group of its own. What is left
/// of the group is killed when the program has ended, and all of it when nobody holds the object any
/// more: so nothing is left behind, even by a test that throws.
package final class ChildProcess: Sendable {
  /// How long a program that is late may take to end after it is told to.
  private static let grace = Duration.seconds(2)

  private let life: Life

  /// - Parameters:
  ///   - folder: The working directory.
  ///   - environment: All of it: nothing is inherited.
  ///   - input: The file that is read as standard input.
  ///   - output: The file that takes standard output, so that no pipe can fill up unread.
  ///   - errors: The same for standard error.
  package init(
    _ executable: URL, _ arguments: [String], in folder: String, environment: [String: String],
    input: String = "/dev/null", output: URL, errors: URL
  ) throws {
    var actions = unsafe posix_spawn_file_actions_t()
    unsafe posix_spawn_file_actions_init(&actions)
    defer { unsafe posix_spawn_file_actions_destroy(&actions) }
    unsafe posix_spawn_file_actions_addopen(&actions, 0, input, O_RDONLY, 0)
    unsafe posix_spawn_file_actions_addopen(&actions, 1, output.path, O_WRONLY, 0)
    unsafe posix_spawn_file_actions_addopen(&actions, 2, errors.path, O_WRONLY, 0)
    for file in Self.openFiles where file > 2 {
      unsafe posix_spawn_file_actions_addclose(&actions, file)
    }

    var attributes = posix_spawnattr_t()
    unsafe posix_spawnattr_init(&attributes)
    defer { unsafe posix_spawnattr_destroy(&attributes) }
    var signals = sigset_t()
    unsafe sigemptyset(&signals)
    unsafe posix_spawnattr_setsigmask(&attributes, &signals)
    unsafe sigfillset(&signals)
    unsafe posix_spawnattr_setsigdefault(&attributes, &signals)
    unsafe posix_spawnattr_setpgroup(&attributes, 0)
    unsafe posix_spawnattr_setflags(
      &attributes,
      Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP))

    // Swift does not see glibc's own way to change the folder. The program takes the place of `env`.
    let command = ["/usr/bin/env", "--chdir=\(folder)", executable.path] + arguments
    let words = unsafe command.map { unsafe strdup($0) } + [nil]
    let variables = unsafe environment.map { unsafe strdup("\($0)=\($1)") } + [nil]
    defer { unsafe (words + variables).forEach { unsafe free($0) } }
    var processID: pid_t = 0
    let failure = unsafe posix_spawn(
      &processID, command[0], &actions, &attributes, words, variables)
    if failure != 0 { throw CannotStart(path: command[0], errorNumber: failure) }
    life = Life(processID: processID)
    Thread.detachNewThread { [life] in life.waitForEnd() }
  }

  /// The numbers of this process's open files, as far as they can be known while others open files.
  private static var openFiles: [Int32] {
    let names = try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")
    return (names ?? []).compactMap { Int32($0) }
  }

  deinit { life.sendToGroup(SIGKILL) }

  package var isRunning: Bool { life.status == nil }

  /// Sends a signal to the program itself, as a service manager does.
  package func send(_ signal: Int32) { life.send(signal) }

  /// The exit status as a shell has it, 128 and its number for a signal. A program that does not end
  /// in time is a failure of the test, and is ended.
  package func end(within limit: Duration) async -> Int32 {
    let guardian = Task { [life] in
      try await Task.sleep(for: limit)
      Issue.record("a process did not end within \(limit)")
      life.sendToGroup(SIGTERM)
      // Whoever is cancelled while it waits has seen the end.
      try await Task.sleep(for: Self.grace)
      life.sendToGroup(SIGKILL)
    }
    defer { guardian.cancel() }
    return await life.end()
  }
}

/// A program could not be started at all.
package struct CannotStart: Error, CustomStringConvertible {
  package var path: String
  package var errorNumber: Int32
  package var description: String {
    "\(path) cannot be started: \(unsafe String(cString: strerror(errorNumber)))"
  }
}

/// What the object and the thread that waits for the end share, so that the thread holds no object.
private final class Life: Sendable {
  private struct State {
    var status: Int32?
    var waiting: [CheckedContinuation<Int32, Never>] = []
  }

  private let processID: pid_t
  private let state = Mutex(State())

  init(processID: pid_t) { self.processID = processID }

  var status: Int32? { state.withLock(\.status) }

  /// Under the lock: once the end is known, the number may be another process's.
  func send(_ signal: Int32) {
    state.withLock { state in
      if state.status == nil { kill(processID, signal) }
    }
  }

  func sendToGroup(_ signal: Int32) {
    state.withLock { state in
      if state.status == nil { kill(-processID, signal) }
    }
  }

  func end() async -> Int32 {
    await withCheckedContinuation { continuation in
      let status = state.withLock { state in
        if state.status == nil { state.waiting.append(continuation) }
        return state.status
      }
      if let status { continuation.resume(returning: status) }
    }
  }

  /// Blocks until the program has ended.
  func waitForEnd() {
    var information = unsafe siginfo_t()
    while unsafe waitid(P_PID, id_t(processID), &information, WEXITED | WNOWAIT) != 0 {
      if errno != EINTR { break }
    }
    // Until it is collected, the program's number, which is its group's, is given to nobody else.
    let (status, waiting) = state.withLock { state in
      kill(-processID, SIGKILL)
      var word: Int32 = 0
      unsafe waitpid(processID, &word, 0)
      let signal = word & 0x7F
      let status = signal == 0 ? word >> 8 & 0xFF : 128 + signal
      state.status = status
      defer { state.waiting = [] }
      return (status, state.waiting)
    }
    for continuation in waiting { continuation.resume(returning: status) }
  }
}
