#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

// The few system calls that SQLite does not make for us, each as a function that throws.

/// An open file, closed when the last reference goes.
final class OpenFile: Sendable {
  let descriptor: Int32

  /// Opens the file for reading and writing, or creates it with mode 0600.
  init(privateFileAt path: String) throws(OutboxError) {
    descriptor = unsafe open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw OutboxError(errno: errno, doing: "open") }
  }

  deinit {
    // A child process that was forked but has not yet run its program shares a lock of ours, and
    // would keep it beyond the close.
    dropLock()
    close(descriptor)
  }

  /// Takes the advisory lock, which ends with this file or this process, without waiting.
  /// - Returns: false if another open file has it.
  func takeLock() throws(OutboxError) -> Bool {
    while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
      switch errno {
      case EINTR: continue
      case EWOULDBLOCK: return false
      default: throw OutboxError(errno: errno, doing: "flock")
      }
    }
    return true
  }

  /// Ends the lock, if this file has it.
  func dropLock() {
    flock(descriptor, LOCK_UN)
  }

  /// The first bytes of the file, at most `limit`.
  func beginning(limit: Int) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: limit)
    let count = unsafe pread(descriptor, &bytes, limit, 0)
    return Array(bytes.prefix(max(count, 0)))
  }

  /// Makes `bytes` the file's whole content.
  func replaceContent(with bytes: [UInt8]) throws(OutboxError) {
    guard ftruncate(descriptor, 0) == 0 else {
      throw OutboxError(errno: errno, doing: "ftruncate")
    }
    guard unsafe pwrite(descriptor, bytes, bytes.count, 0) == bytes.count else {
      throw OutboxError(errno: errno, doing: "write")
    }
  }
}

/// Creates the directory and the missing ones above it, each with mode 0700. One that exists is
/// left as it is: it may be shared, such as `/var/lib`, and what we put into it is private anyway.
func createPrivateDirectory(at path: String) throws(OutboxError) {
  var end = path.startIndex
  while end < path.endIndex {
    end = path[path.index(after: end)...].firstIndex(of: "/") ?? path.endIndex
    let made = unsafe mkdir(String(path[..<end]), 0o700)
    // A directory of the path that we may not create usually exists (`/`, an auto-mount); if it
    // does not, the next one fails too, and the last failure is reported.
    let failure = errno
    guard made != 0, failure != EEXIST, end == path.endIndex else { continue }
    throw OutboxError(errno: failure, doing: "mkdir")
  }
}

/// Narrows a file that others can read or write (an older umask, a copy) to mode 0600.
///
/// By name, without opening it: closing any descriptor of a file drops the locks that SQLite has on
/// it in this process.
func makePrivate(fileAt path: String) throws(OutboxError) {
  var status = stat()
  guard unsafe stat(path, &status) == 0 else { throw OutboxError(errno: errno, doing: "stat") }
  guard status.st_mode & 0o077 != 0 else { return }
  guard unsafe chmod(path, 0o600) == 0 else { throw OutboxError(errno: errno, doing: "chmod") }
}

/// Makes the names in the directory durable: a new file survives a power cut only once the
/// directory that names it is synced.
func syncDirectory(at path: String) throws(OutboxError) {
  let descriptor = unsafe open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
  guard descriptor >= 0 else { throw OutboxError(errno: errno, doing: "open") }
  defer { close(descriptor) }
  guard fsync(descriptor) == 0 else { throw OutboxError(errno: errno, doing: "fsync") }
}

func fileExists(at path: String) -> Bool {
  unsafe access(path, F_OK) == 0
}

var processIdentifier: Int32 { getpid() }

extension OutboxError {
  /// `errno` as left by a failed system call.
  init(errno code: Int32, doing call: String) {
    switch code {
    case ENOSPC, EDQUOT: self = .noSpace
    case EACCES, EPERM, EROFS: self = .readOnly
    case ENOENT: self = .missing
    default: self = .other(code: code, isSystem: true, detail: call)
    }
  }
}
