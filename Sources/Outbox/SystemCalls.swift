#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

// The few system calls that SQLite does not make for us, each as a function that throws.

/// An open file, closed when the last reference goes.
final class OpenFile: Sendable {
  let descriptor: Int32

  /// Opens the file for reading and writing, or creates it with mode 0600. It must be ours.
  init(privateFileAt path: String) throws(OutboxError) {
    // What is no file at all (a device, a pipe) is not waited for.
    let flags = O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK
    descriptor = unsafe open(path, flags, 0o600)
    guard descriptor >= 0 else {
      throw errno == ELOOP
        ? .notOurs(path: path, .isLink) : OutboxError(errno: errno, doing: "open")
    }
    var status = stat()
    guard unsafe fstat(descriptor, &status) == 0 else {
      throw OutboxError(errno: errno, doing: "fstat")
    }
    try status.check(isDirectory: false, at: path)
  }

  /// Creates the file with mode 0600, for writing. It may not exist yet.
  init(newFileAt path: String) throws(OutboxError) {
    descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
    guard descriptor >= 0 else { throw OutboxError(errno: errno, doing: "open") }
  }

  /// Opens the file for reading.
  init(readingFileAt path: String) throws(OutboxError) {
    descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
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
  func takeLock(shared isShared: Bool = false) throws(OutboxError) -> Bool {
    while flock(descriptor, (isShared ? LOCK_SH : LOCK_EX) | LOCK_NB) != 0 {
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

  var size: Int {
    var status = stat()
    return unsafe fstat(descriptor, &status) == 0 ? Int(status.st_size) : 0
  }

  /// The `count` bytes at `offset`; nil if the file has less.
  func read(_ count: Int, at offset: Int) throws(OutboxError) -> [UInt8]? {
    var failure: Int32?
    let bytes = unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, initializedCount in
      while initializedCount < count {
        // SAFETY: what is left of the buffer is `count - initializedCount` bytes long.
        let done = unsafe pread(
          descriptor, buffer.baseAddress?.advanced(by: initializedCount), count - initializedCount,
          off_t(offset + initializedCount))
        if done < 0, errno == EINTR { continue }
        if done < 0 { failure = errno }
        guard done > 0 else { return }
        initializedCount += done
      }
    }
    if let failure { throw OutboxError(errno: failure, doing: "read") }
    return bytes.count == count ? bytes : nil
  }

  /// Writes all of `bytes` at `offset`.
  func write(_ bytes: [UInt8], at offset: Int) throws(OutboxError) {
    var written = 0
    while written < bytes.count {
      let done = unsafe bytes.withUnsafeBytes { buffer in
        // SAFETY: what is left of the buffer is `bytes.count - written` bytes long.
        unsafe pwrite(
          descriptor, buffer.baseAddress?.advanced(by: written), bytes.count - written,
          off_t(offset + written))
      }
      if done < 0, errno == EINTR { continue }
      guard done > 0 else {
        throw OutboxError(errno: done < 0 ? errno : ENOSPC, doing: "write")
      }
      written += done
    }
  }

  /// Makes the file's content durable.
  func sync() throws(OutboxError) {
    guard fdatasync(descriptor) == 0 else { throw OutboxError(errno: errno, doing: "fdatasync") }
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
/// left as it is.
func createPrivateDirectory(at path: String) throws(OutboxError) {
  var end = path.startIndex
  while end < path.endIndex {
    end = path[path.index(after: end)...].firstIndex(of: "/") ?? path.endIndex
    let made = unsafe mkdir(String(path[..<end]), 0o700)
    let failure = errno
    // One that exists already is not to be made, whatever `mkdir` says of it (`/`, an auto-mount).
    if made == 0 || failure == EEXIST || fileExists(at: String(path[..<end])) { continue }
    if failure == ENOSPC || failure == EDQUOT { throw .noSpace }
    throw .cannotMake(path: String(path[..<end]), code: failure)
  }
}

/// Fails unless the directory is one that nobody but us can put anything into: who can may have links lie
/// there where we write.
///
/// - Parameter mayBeLink: whether a link may lead to it, which then has to be ours or root's.
func checkOurs(directoryAt path: String, mayBeLink: Bool = false) throws(OutboxError) {
  var status = stat()
  guard unsafe lstat(path, &status) == 0 else { throw OutboxError(errno: errno, doing: "lstat") }
  if status.st_mode & S_IFMT == S_IFLNK {
    guard mayBeLink else { throw .notOurs(path: path, .isLink) }
    guard status.st_uid == geteuid() || status.st_uid == 0 else {
      throw .notOurs(path: path, .hasOtherOwner(status.st_uid))
    }
    guard unsafe stat(path, &status) == 0 else { throw OutboxError(errno: errno, doing: "stat") }
  }
  try status.check(isDirectory: true, at: path)
}

/// Fails if there is something by that name that is not a file of ours. By name, as `makePrivate`.
func checkOurs(fileAt path: String) throws(OutboxError) {
  var status = stat()
  guard unsafe lstat(path, &status) == 0 else {
    if errno == ENOENT { return }
    throw OutboxError(errno: errno, doing: "lstat")
  }
  try status.check(isDirectory: false, at: path)
}

extension stat {
  fileprivate func check(isDirectory: Bool, at path: String) throws(OutboxError) {
    switch st_mode & S_IFMT {
    case S_IFLNK: throw .notOurs(path: path, .isLink)
    case isDirectory ? S_IFDIR : S_IFREG: break
    default: throw .notOurs(path: path, isDirectory ? .isNoDirectory : .isNoFile)
    }
    guard st_uid == geteuid() else { throw .notOurs(path: path, .hasOtherOwner(st_uid)) }
    if isDirectory {
      guard st_mode & (S_IWGRP | S_IWOTH) == 0 || isOutOfReach(path) else {
        throw .notOurs(path: path, .isWritableByOthers)
      }
    } else {
      // A second name may be anywhere: what is written would be written there, too.
      guard st_nlink <= 1 else { throw .notOurs(path: path, .hasOtherNames) }
    }
  }
}

/// Whether nobody but us can come to what is at `path`, whatever its own mode: one of the directories that
/// lead to it, which is ours or root's, lets no group and no others pass. That of a file system mounted
/// below a directory of our own, say.
private func isOutOfReach(_ path: String) -> Bool {
  guard let real = unsafe realpath(path, nil) else { return false }
  defer { unsafe free(real) }
  var parent = unsafe String(cString: real)
  while let slash = parent.lastIndex(of: "/"), parent != "/" {
    parent = slash == parent.startIndex ? "/" : String(parent[..<slash])
    var status = stat()
    guard unsafe lstat(parent, &status) == 0 else { return false }
    let isTrusted = status.st_uid == geteuid() || status.st_uid == 0
    if isTrusted && status.st_mode & (S_IXGRP | S_IXOTH) == 0 { return true }
  }
  return false
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

/// The names of what is in the directory.
func fileNames(in directory: String) throws(OutboxError) -> [String] {
  guard let stream = unsafe opendir(directory) else {
    throw OutboxError(errno: errno, doing: "opendir")
  }
  defer { unsafe closedir(stream) }
  var names: [String] = []
  // SAFETY: an entry is valid until the next call, and its name ends with a zero.
  while let entry = unsafe readdir(stream) {
    unsafe names.append(
      withUnsafePointer(to: &entry.pointee.d_name) { name in
        unsafe name.withMemoryRebound(to: CChar.self, capacity: 256) {
          unsafe String(cString: $0)
        }
      })
  }
  return names
}

/// Removes the file, if it can be.
func removeFile(at path: String) {
  _ = unsafe unlink(path)
}

func fileExists(at path: String) -> Bool {
  unsafe access(path, F_OK) == 0
}

/// Makes `errno` that of no error, on this thread.
func resetErrorNumber() { errno = 0 }

var errorNumber: Int32 { errno }

/// Whether there is a size that files may not exceed (`ulimit -f`).
var hasFileSizeLimit: Bool {
  var limit = rlimit()
  // RLIM_INFINITY, which Swift does not see.
  return unsafe getrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit) == 0
    && limit.rlim_cur != .max
}

var processIdentifier: Int32 { getpid() }

func sleepBriefly(microseconds: UInt32) { usleep(microseconds) }

extension OutboxError {
  /// `errno` as left by a failed system call.
  init(errno code: Int32, doing call: String) {
    if let limit = OutboxError(limit: code) {
      self = limit
      return
    }
    switch code {
    case ENOSPC: self = .noSpace
    case EACCES, EPERM: self = .readOnly
    case ENOENT: self = .missing
    default: self = .other(code: code, isSystem: true, detail: call)
    }
  }
}
