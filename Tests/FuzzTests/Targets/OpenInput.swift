import Foundation

/// Bytes that can be opened by a path, as a file and as a pipe.
///
/// The file is one without a name, in memory where there is a place for such: a fuzzer would wear out a
/// disk.
final class OpenInput {
  /// A pipe holds so many packets, each in a page of its own (pipe(7)).
  private static let packetLimit = 60
  private static let packetSize = 4096

  // These are Linux's own, which Glibc's module leaves out (fcntl(2)).
  private static let setSize: Int32 = 1031
  #if arch(arm64)
    private static let direct: Int32 = 0o200000
  #else
    private static let direct: Int32 = 0o40000
  #endif

  private let file: Int32

  init() {
    let folder = unsafe access("/dev/shm", W_OK) == 0 ? "/dev/shm" : NSTemporaryDirectory()
    var name = Array("\(folder)/backtally-input-XXXXXX".utf8CString)
    file = unsafe mkstemp(&name)
    precondition(file >= 0)
    unsafe unlink(name)
  }

  deinit { close(file) }

  /// The path of a file that holds `bytes`, until the next call.
  func filePath(of bytes: [UInt8]) -> String {
    precondition(ftruncate(file, 0) == 0)
    precondition(unsafe pwrite(file, bytes, bytes.count, 0) == bytes.count)
    return "/proc/self/fd/\(file)"
  }

  /// Calls `body` with the path of a pipe that gives `bytes` in pieces of these lengths, then larger
  /// ones, each by a `read(2)` of its own; not at all if there are too many.
  func withPipe<Result>(
    of bytes: [UInt8], inPiecesOf lengths: [Int], _ body: (String) throws(Violation) -> Result
  ) throws(Violation) -> Result? {
    var ends: [Int32] = [0, 0]
    // What is written to a pipe with O_DIRECT is read write by write (pipe(2)).
    precondition(unsafe pipe(&ends) == 0)
    defer { close(ends[0]) }
    _ = fcntl(ends[1], Self.setSize, Int32((Self.packetLimit + 4) * Self.packetSize))
    precondition(fcntl(ends[1], F_SETFL, Self.direct | O_NONBLOCK) == 0)
    var offset = 0
    var pieces = lengths[...]
    var isComplete = true
    while offset < bytes.count, isComplete {
      let length = min(pieces.popFirst() ?? Self.packetSize, bytes.count - offset)
      if length == 0 { continue }
      isComplete = unsafe bytes.withUnsafeBytes {
        // SAFETY: `offset + length` is no more than there are bytes.
        unsafe write(ends[1], $0.baseAddress.map { unsafe $0 + offset }, length) == length
      }
      offset += length
    }
    close(ends[1])
    guard isComplete else { return nil }
    return try body("/proc/self/fd/\(ends[0])")
  }
}
