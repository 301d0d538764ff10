package import Diagnostics
internal import Foundation

/// A file that the user has named and that is written all at once, at the end: whoever reads it sees what was
/// there before or all that is new, also if the machine fails meanwhile.
///
/// What is no regular file is written through (``OutputFile``), and so is a file with other names or of
/// another owner, which would lose these. A new file can be read by its owner only; an old one keeps its mode.
package final class ReplacedFile {
  private let path: String
  private let name: String
  private let way: Way

  private enum Way {
    case through(OutputFile)
    /// Written beside `target` and given its name.
    case beside(descriptor: Int32, temporary: String, target: String)
  }

  /// Makes sure that the file at `path` can be written, and leaves what is there as it is.
  ///
  /// - Parameter name: what it is called in messages, such as "the page".
  package init(path: String, name: String) throws(Diagnostic) {
    (self.path, self.name) = (path, name)
    if let way = Self.beside(path) {
      self.way = way
    } else {
      way = .through(try OutputFile(path: path, name: name))
    }
  }

  deinit {
    if case .beside(let descriptor, let temporary, _) = way {
      close(descriptor)
      // Gone if it was given its name.
      _ = unsafe unlink(temporary)
    }
  }

  /// nil if the file cannot be replaced as a whole.
  private static func beside(_ path: String) -> Way? {
    var status = stat()
    var mode: mode_t = 0o600
    var target = path
    if unsafe stat(path, &status) == 0 {
      guard status.st_mode & S_IFMT == S_IFREG, status.st_nlink == 1, status.st_uid == geteuid()
      else { return nil }
      guard let real = unsafe realpath(path, nil) else { return nil }
      target = unsafe String(cString: real)
      unsafe free(real)
      mode = status.st_mode & 0o7777
      // What may not be written is not replaced either.
      guard unsafe access(target, W_OK) == 0 else { return nil }
    } else if errno != ENOENT || (unsafe lstat(path, &status)) == 0 {
      // A link to nothing is left to the system.
      return nil
    }
    var template = Array((target + ".XXXXXX").utf8CString)
    let descriptor = unsafe template.withUnsafeMutableBufferPointer { buffer in
      // SAFETY: the buffer ends in a zero, and mkstemp writes only over the six X before it.
      unsafe buffer.baseAddress.map { unsafe mkstemp($0) } ?? -1
    }
    guard descriptor >= 0 else { return nil }
    let temporary = String(
      decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    guard fcntl(descriptor, F_SETFD, FD_CLOEXEC) == 0, fchmod(descriptor, mode) == 0 else {
      close(descriptor)
      _ = unsafe unlink(temporary)
      return nil
    }
    return .beside(descriptor: descriptor, temporary: temporary, target: target)
  }

  /// Makes `bytes` all that the file holds.
  package func write(_ bytes: [UInt8]) throws(Diagnostic) {
    switch way {
    case .through(let file):
      try file.begin()
      try file.write(bytes)
    case .beside(let descriptor, let temporary, let target):
      try OutputFile.write(bytes, to: descriptor, path, name)
      guard fsync(descriptor) == 0, unsafe rename(temporary, target) == 0 else {
        throw .cannotWrite(path, name, errno)
      }
    }
  }
}
