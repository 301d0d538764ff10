package import Diagnostics
internal import Foundation

/// A file that others read while this program replaces it, such as one of metrics: they find the old content
/// or the new one, never a part.
///
/// A regular file is replaced by another of the same mode and, where that is allowed, the same group; a
/// new one has mode 0600. What a symbolic link leads to is replaced, and the link stays. A device or a pipe is
/// written through, and so is a file with other names or of another owner, which would lose these.
package final class ReplacedFile: Sendable {
  /// As the user named it.
  private let path: String
  /// What it is called in messages.
  private let name: String

  /// Checks that the file can be written, and makes it if it is missing. Changes no content.
  ///
  /// - Parameter name: what it is called in messages.
  package init(path: String, name: String) throws(Diagnostic) {
    self.path = path
    self.name = name
    if isWrittenThrough, !isDirectory { return }
    _ = try OutputFile(path: path, name: name)
    let directory = URL(filePath: target).deletingLastPathComponent().path
    guard unsafe directory.withPath({ unsafe access($0, W_OK) }) == 0 else {
      throw failure(errno, exitStatus: .wrongUsage)
    }
  }

  /// Replaces the content, which is on the disk when this returns.
  package func replace(with bytes: [UInt8]) throws(Diagnostic) {
    if isWrittenThrough {
      let file = try OutputFile(path: path, name: name)
      try file.begin()
      return try file.write(bytes)
    }
    let target = target
    // Of the same folder, since a rename cannot leave a file system; and with a name that no collector
    // takes for one of its files.
    var template = "\(target).XXXXXX".utf8CString.map { $0 }
    let descriptor = unsafe mkstemp(&template)
    guard descriptor >= 0 else { throw failure(errno) }
    let temporary = String(
      decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    do throws(Diagnostic) {
      defer { close(descriptor) }
      try takeOver(target, descriptor)
      try OutputFile.write(bytes, to: descriptor, path, name)
      guard fsync(descriptor) == 0 else { throw failure(errno) }
      guard unsafe rename(temporary, target) == 0 else { throw failure(errno) }
    } catch {
      unsafe unlink(temporary)
      throw error
    }
  }

  /// Gives the new file what the old one has of mode and group.
  private func takeOver(_ target: String, _ descriptor: Int32) throws(Diagnostic) {
    var status = stat()
    guard unsafe stat(target, &status) == 0 else { return }
    // Who may not give a file to that group leaves it as it is.
    _ = fchown(descriptor, uid_t.max, status.st_gid)
    guard fchmod(descriptor, status.st_mode & 0o777) == 0 else { throw failure(errno) }
  }

  private var isWrittenThrough: Bool {
    if OutputFile.isWrittenThrough(path) { return true }
    var status = stat()
    guard unsafe stat(path, &status) == 0 else { return false }
    return status.st_nlink > 1 || status.st_uid != geteuid()
  }

  private var isDirectory: Bool {
    var status = stat()
    return unsafe path.withPath { unsafe stat($0, &status) } == 0
      && status.st_mode & S_IFMT == S_IFDIR
  }

  /// What is replaced: where the path's links lead.
  private var target: String {
    guard let real = unsafe path.withPath({ unsafe realpath($0, nil) }) else { return path }
    defer { unsafe free(real) }
    return unsafe String(cString: real)
  }

  private func failure(
    _ number: Int32, exitStatus: ExitStatus = .unexpectedFault
  ) -> Diagnostic {
    Diagnostic(
      .error, code: "cannot-write", "\(name) cannot be replaced (\(systemMessage(number)))",
      hint: systemHint(number) ?? "name a file in a folder that may be written",
      at: Place(source: path), exitStatus: exitStatus)
  }
}
