internal import ByteScanning
internal import Foundation

/// Where rejected lines go verbatim, so that they can be mended and fed in again.
final class RejectsFile: Sendable {
  private let file: FileHandle
  private let lock = NSLock()

  /// Opens the file, and leaves what is in it until `begin()`: a run that turns out to have to give
  /// way to another must not empty the other's file.
  init(path: String) throws {
    let descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw CocoaError(.fileWriteUnknown) }
    file = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
  }

  /// Empties the file. A pipe or a terminal has nothing to empty.
  func begin() {
    ftruncate(file.fileDescriptor, 0)
  }

  /// Appends whole lines. What cannot be written is lost to the file only: the lines are counted in
  /// the books all the same.
  func append(_ lines: borrowing Span<UInt8>) {
    let data = Data(lines.copied())
    lock.withLock { try? file.write(contentsOf: data) }
  }
}
