/// The right to write to a state directory, held by one process at a time.
///
/// An advisory lock (`flock`) on `<state-dir>/lock`. The kernel drops it with the process, however
/// that ends, so a stale lock cannot exist; the file itself stays, and holds the pid of its owner
/// (or of its last owner) as decimal digits and a newline.
package final class StateLock: Sendable {
  /// How often a waiting run looks whether the lock is free: `flock` cannot wait with a limit.
  static let pollInterval: Duration = .milliseconds(100)

  package let directory: String
  private let file: OpenFile

  /// Takes the lock, or throws `OutboxError.lockHeld`. Creates the directory if it is missing.
  package static func acquire(in directory: String) throws(OutboxError) -> StateLock {
    try createPrivateDirectory(at: directory)
    let file = try OpenFile(privateFileAt: directory + "/lock")
    guard try file.takeLock() else { throw .lockHeld(pid: holder(in: file)) }
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

  /// Lets the next run have the lock. It also ends with the last reference to this object.
  package func release() {
    file.dropLock()
  }

  private init(directory: String, file: OpenFile) {
    self.directory = directory
    self.file = file
  }

  private static func holder(in file: OpenFile) -> Int32? {
    let text = String(decoding: file.beginning(limit: 16), as: UTF8.self)
    guard let end = text.firstIndex(of: "\n") else { return nil }
    return Int32(text[..<end])
  }
}
