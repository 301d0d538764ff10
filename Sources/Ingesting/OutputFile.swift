package import Diagnostics
internal import Foundation

/// A file that the user has named for this program to write: messages, rejected lines, a configuration.
///
/// What is there is written through: a device, a pipe (`>(…)`), or what a symbolic link leads to stays
/// what it is. A new file can be read by its owner only, because of what logs hold. A regular file is
/// emptied by ``begin()``, and not before, so that a run that fails early destroys nothing.
package final class OutputFile: Sendable {
  private let descriptor: Int32
  private let path: String
  /// What it is called in messages, such as "the payload file".
  private let name: String
  /// Whether it has a content that is replaced.
  package let isRegular: Bool

  /// Opens the file at `path`, or makes it. A pipe is waited for until somebody reads it.
  ///
  /// - Parameter name: what it is called in messages, such as "the payload file".
  package init(path: String, name: String) throws(Diagnostic) {
    self.path = path
    self.name = name
    let opened = Self.open(path)
    guard opened >= 0 else { throw .cannotOpen(path, name, errno) }
    descriptor = opened
    var status = stat()
    isRegular = unsafe fstat(opened, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
  }

  deinit { close(descriptor) }

  /// What exists is opened without `O_CREAT`: with it, Linux refuses root what belongs to others in a
  /// folder such as `/tmp` (`fs.protected_fifos`, `fs.protected_regular`).
  private static func open(_ path: String) -> Int32 {
    let flags = O_WRONLY | O_CLOEXEC | O_NOCTTY
    let existing = unsafe Foundation.open(path, flags)
    if existing >= 0 || errno != ENOENT { return existing }
    return unsafe Foundation.open(path, flags | O_CREAT, 0o600)
  }

  /// Whether there is something at `path` that has no content to be lost: a device or a pipe.
  package static func isWrittenThrough(_ path: String) -> Bool {
    var status = stat()
    return unsafe stat(path, &status) == 0 && status.st_mode & S_IFMT != S_IFREG
  }

  /// Empties a regular file: what is written from now on is all that it holds.
  package func begin() throws(Diagnostic) {
    guard isRegular else { return }
    if ftruncate(descriptor, 0) == 0, lseek(descriptor, 0, SEEK_SET) == 0 { return }
    throw .cannotWrite(path, name, errno)
  }

  /// Appends all of `bytes`.
  package func write(_ bytes: [UInt8]) throws(Diagnostic) {
    try Self.write(bytes, to: descriptor, path, name)
  }

  static func write(
    _ bytes: [UInt8], to descriptor: Int32, _ path: String, _ name: String
  ) throws(Diagnostic) {
    var written = 0
    while written < bytes.count {
      let count = unsafe bytes.withUnsafeBytes { buffer in
        // SAFETY: what is left of the buffer is `bytes.count - written` bytes long.
        unsafe Foundation.write(
          descriptor, buffer.baseAddress?.advanced(by: written), bytes.count - written)
      }
      if count >= 0 {
        written += count
      } else if errno == EAGAIN {
        var request = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        _ = unsafe poll(&request, 1, -1)
      } else if errno != EINTR {
        throw .cannotWrite(path, name, errno)
      }
    }
  }
}

extension Diagnostic {
  fileprivate static func cannotOpen(_ path: String, _ name: String, _ number: Int32) -> Diagnostic
  {
    Diagnostic(
      .error, code: "cannot-write",
      "\(name) cannot be written (\(systemMessage(number)))",
      hint: systemHint(number) ?? "name a file in a folder that exists and may be written",
      at: Place(source: path),
      exitStatus: .wrongUsage)
  }

  static func cannotWrite(
    _ path: String, _ name: String, _ number: Int32
  ) -> Diagnostic {
    let hint = number == EPIPE ? "whatever reads it has ended too early" : systemHint(number)
    return Diagnostic(
      .error, code: "cannot-write", "writing \(name) failed (\(systemMessage(number)))",
      hint: hint, at: Place(source: path))
  }
}
