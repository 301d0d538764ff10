/// The right to write to a state directory, held by one process at a time.
///
/// An advisory lock (`flock`) on `<state-dir>/lock`. The kernel drops it with the process, however
/// that ends, so a stale lock cannot exist; the file itself stays, and holds the pid of its owner
/// (or of its last owner) as decimal digits and a newline.
package final class StateLock: Sendable {
  /// How often a waiting run looks whether the lock is free: `flock` cannot wait with a limit.
  static let pollInterval: Duration = .milliseconds(100)
  /// How often a run makes way for lookers (`isHeld`), each of which has the lock for an instant, and
  /// for how many microseconds it sleeps in between. A second in all: longer than the system lets any
  /// of them wait.
  static let lookerAttempts = (count: 2_000, pause: UInt32(500))

  package let directory: String
  private let file: OpenFile

  /// Takes the lock, or throws `OutboxError.lockHeld`. Creates the directory if it is missing; one that
  /// others can write to is refused.
  package static func acquire(in directory: String) throws(OutboxError) -> StateLock {
    try createPrivateDirectory(at: directory)
    try checkOurs(directoryAt: directory, mayBeLink: true)
    let file = try OpenFile(privateFileAt: directory + "/lock")
    var attempts = 0
    while try !file.takeLock() {
      // Lookers share the lock, a run does not.
      let isRun = try !file.takeLock(shared: true)
      file.dropLock()
      attempts += 1
      if isRun || attempts == lookerAttempts.count { throw .lockHeld(pid: holder(in: file)) }
      sleepBriefly(microseconds: lookerAttempts.pause)
    }
    guard holdsNumber(file) else {
      throw .notOurs(path: directory + "/lock", .holdsSomethingElse)
    }
    try file.replaceContent(with: Array("\(processIdentifier)\n".utf8))
    return StateLock(directory: directory, file: file)
  }

  /// Takes the lock as soon as it is free, but throws `OutboxError.lockHeld` when `limit` is over
  /// (nil waits without end) or the task is cancelled.
  package static func acquire(
    in directory: String, waitingUpTo limit: Duration?
  ) async throws(OutboxError) -> StateLock {
    let deadline = limit.map { ContinuousClock.now + $0 }
    while true {
      do {
        return try acquire(in: directory)
      } catch .lockHeld(let pid) {
        let isLate = deadline.map { ContinuousClock.now >= $0 } ?? false
        guard !isLate, (try? await Task.sleep(for: pollInterval)) != nil else {
          throw .lockHeld(pid: pid)
        }
      }
    }
  }

  /// Whether a run holds the lock of `directory`. False where there is none yet.
  package static func isHeld(in directory: String) throws(OutboxError) -> Bool {
    try holder(in: directory) != nil
  }

  /// Who holds a lock.
  package struct Holder: Equatable, Sendable {
    /// Nil in the instant in which the process has not yet written its number.
    package var processID: Int32?
  }

  /// The run that holds the lock of `directory`; nil if none does, or there is no lock yet.
  package static func holder(in directory: String) throws(OutboxError) -> Holder? {
    let path = directory + "/lock"
    guard fileExists(at: path) else { return nil }
    // The shared lock ends with the file, in an instant, and keeps no other looker out.
    let file = try OpenFile(readingFileAt: path)
    return try file.takeLock(shared: true) ? nil : Holder(processID: holder(in: file))
  }

  /// Lets the next run have the lock. It also ends with the last reference to this object.
  package func release() {
    file.dropLock()
  }

  private init(directory: String, file: OpenFile) {
    self.directory = directory
    self.file = file
  }

  /// Whether the file can be one of ours: it is empty, or holds a process's number, perhaps without the
  /// newline if its owner was killed. Any other is not overwritten.
  private static func holdsNumber(_ file: OpenFile) -> Bool {
    var content = file.beginning(limit: 16)[...]
    if content.last == UInt8(ascii: "\n") { content.removeLast() }
    return file.size < 16 && content.allSatisfy { (0x30...0x39).contains($0) }
  }

  private static func holder(in file: OpenFile) -> Int32? {
    let text = String(decoding: file.beginning(limit: 16), as: UTF8.self)
    guard let end = text.firstIndex(of: "\n") else { return nil }
    return Int32(text[..<end])
  }
}
