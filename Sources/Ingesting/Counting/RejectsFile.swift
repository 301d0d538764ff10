internal import ByteScanning
internal import Diagnostics
internal import Foundation

/// Takes rejected lines verbatim, so that they can be corrected and imported again.
final class RejectsFile: Sendable {
  private let file: FileHandle
  private let lock = NSLock()

  /// Opens the file at `path`, or makes it. What it holds stays until ``begin()``.
  init(path: String) throws(Diagnostic) {
    let descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else {
      throw Diagnostic(
        .error, code: "cannot-write", "the file for rejected lines cannot be written",
        hint: "name a file in an existing, writable folder", at: Place(source: path),
        exitStatus: .wrongUsage)
    }
    file = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
  }

  /// Empties the file: the lines of this run follow.
  func begin() { try? file.truncate(atOffset: 0) }

  /// Appends whole lines. Lines that cannot be written are missing from the file only: they are counted
  /// all the same.
  func append(_ lines: borrowing Span<UInt8>) {
    let data = Data(lines.copied())
    lock.withLock { try? file.write(contentsOf: data) }
  }
}
