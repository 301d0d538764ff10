internal import ByteScanning
internal import Diagnostics
internal import Foundation

/// Takes rejected lines verbatim, so that they can be corrected and imported again.
final class RejectsFile: Sendable {
  private let file: OutputFile
  private let lock = NSLock()

  /// Opens the file at `path`, or makes it. What it holds stays until ``begin()``.
  init(path: String) throws(Diagnostic) {
    file = try OutputFile(path: path, name: "the file for rejected lines")
  }

  /// Whether what was written can be taken back.
  var canBeginAnew: Bool { file.isRegular }

  /// Empties the file: the lines of this run follow.
  func begin() { try? file.begin() }

  /// Appends whole lines. Lines that cannot be written are missing from the file only: they are counted
  /// all the same.
  func append(_ lines: borrowing Span<UInt8>) {
    let bytes = lines.copied()
    lock.withLock { try? file.write(bytes) }
  }
}
