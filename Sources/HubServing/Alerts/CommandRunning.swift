import Diagnostics
import FoundationEssentials

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Runs programs, without a shell.
///
/// A program has a process group of its own, no files but the standard ones (its output goes nowhere, its errors
/// where the hub's go), and no signal blocked or ignored.
struct CommandRunning: Sendable {
  /// How long a program may run before it is killed with all that it has started in its group.
  var timeout: Duration = .seconds(10)
  /// How often it is looked whether it has ended.
  private static let interval = Duration.milliseconds(20)

  /// - Parameters:
  ///   - words: the program, which is looked for in `PATH` if it is no path, and its arguments.
  ///   - input: what it can read on standard input.
  /// - Returns: what went wrong; nil if it ended with status 0.
  func run(_ words: [String], input: String) async -> String? {
    guard let reading = Self.filledPipe(input) else { return "its input does not fit a pipe" }
    let process: pid_t
    switch Self.start(words, reading) {
    case .success(let started): process = started
    case .failure(let failure): return "it cannot be started: \(systemMessage(failure.number))"
    }
    let end = ContinuousClock.now + timeout
    var status: Int32 = 0
    // SAFETY, of both calls: `status` is a variable of this function, and outlives the call.
    while unsafe waitpid(process, &status, WNOHANG) == 0 {
      guard ContinuousClock.now < end, !Task.isCancelled else {
        // It has not been waited for, so the number is still its own.
        kill(-process, SIGKILL)
        _ = unsafe waitpid(process, &status, 0)
        return Task.isCancelled
          ? "broken off" : "it was killed after \(timeout.components.seconds) s"
      }
      try? await Task.sleep(for: Self.interval)
    }
    if status & 0x7F != 0 { return "it ended by signal \(status & 0x7F)" }
    let code = status >> 8 & 0xFF
    return code == 0 ? nil : "it ended with status \(code)"
  }

  private struct StartFailure: Error {
    var number: Int32
  }

  /// The end of a pipe that holds `text` and nothing more; nil if that cannot be had. Nobody has to write while
  /// the program reads.
  private static func filledPipe(_ text: String) -> Int32? {
    var ends: [Int32] = [-1, -1]
    // SAFETY: there is room for the two numbers that are written.
    guard unsafe pipe(&ends) == 0 else { return nil }
    defer { close(ends[1]) }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    _ = fcntl(ends[1], F_SETFL, O_NONBLOCK)
    let bytes = Array(text.utf8)
    // SAFETY: as many bytes are read as the array has.
    let count = unsafe write(ends[1], bytes, bytes.count)
    if count == bytes.count { return ends[0] }
    close(ends[0])
    return nil
  }

  /// Closes `reading`.
  private static func start(_ words: [String], _ reading: Int32) -> Result<pid_t, StartFailure> {
    defer { close(reading) }
    // Files that a library has opened for itself are no business of the program's.
    for file in openFiles where file > 2 { _ = fcntl(file, F_SETFD, FD_CLOEXEC) }
    // SAFETY, of all below: the structures are initialized first and destroyed last, in this function; the
    // words are copies that end with a nil, and are freed after the call that reads them.
    var actions = unsafe posix_spawn_file_actions_t()
    unsafe posix_spawn_file_actions_init(&actions)
    defer { unsafe posix_spawn_file_actions_destroy(&actions) }
    unsafe posix_spawn_file_actions_adddup2(&actions, reading, 0)
    unsafe posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0)
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
    let arguments = unsafe words.map { unsafe strdup($0) } + [nil]
    let variables =
      unsafe ProcessInfo.processInfo.environment.map { unsafe strdup("\($0)=\($1)") } + [nil]
    defer { unsafe (arguments + variables).forEach { unsafe free($0) } }
    var process: pid_t = 0
    let failure = unsafe posix_spawnp(
      &process, words[0], &actions, &attributes, arguments, variables)
    return failure == 0 ? .success(process) : .failure(StartFailure(number: failure))
  }

  private static var openFiles: [Int32] {
    let names = try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")
    return (names ?? []).compactMap { Int32($0) }
  }
}
