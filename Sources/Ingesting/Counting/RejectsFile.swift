internal import ByteScanning
internal import Diagnostics
internal import Synchronization

/// Takes rejected lines verbatim, so that they can be corrected and imported again.
final class RejectsFile: Sendable {
  private let file: OutputFile
  private let state = Mutex<Diagnostic?>(nil)

  /// Opens the file at `path`, or makes it. What it holds stays until ``begin()``.
  init(path: String) throws(Diagnostic) {
    file = try OutputFile(path: path, name: "the file for rejected lines")
  }

  /// Whether what was written can be taken back.
  var canBeginAnew: Bool { file.isRegular }

  /// The first error that writing has met; the lines that could not be written were counted all the same.
  var failure: Diagnostic? { state.withLock(\.self) }

  /// Empties the file: the lines of this run follow.
  func begin() { trying { () throws(Diagnostic) in try file.begin() } }

  /// Appends whole lines, until writing fails.
  func append(_ lines: borrowing Span<UInt8>) {
    let bytes = lines.copied()
    trying { () throws(Diagnostic) in try file.write(bytes) }
  }

  private func trying(_ work: () throws(Diagnostic) -> Void) {
    state.withLock { failure in
      guard failure == nil else { return }
      do throws(Diagnostic) { try work() } catch { failure = error }
    }
  }
}
