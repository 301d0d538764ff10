internal import ByteScanning
internal import Foundation

/// Where rejected lines go verbatim, so that they can be corrected and fed in again.
final class RejectsFile: Sendable {
  private let file: FileHandle
  private let lock = NSLock()

  init(path: String) throws {
    guard FileManager.default.createFile(atPath: path, contents: nil) else {
      throw CocoaError(.fileWriteUnknown)
    }
    file = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
  }

  /// Appends whole lines. What cannot be written is lost to the file only: the lines are counted in
  /// the books all the same.
  func append(_ lines: borrowing Span<UInt8>) {
    let data = Data(lines.copied())
    lock.withLock { try? file.write(contentsOf: data) }
  }
}
