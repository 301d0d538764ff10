internal import ByteScanning
internal import Diagnostics
internal import Foundation

/// Where the bytes of a source come from: a file, or a member of an archive.
protocol ByteSource: AnyObject {
  /// How the file system describes a regular file; nil for what is read only once, from its beginning
  /// to its end.
  var stamp: FileStamp? { get }
  /// Whether `read` would return at once, now or within this many milliseconds.
  func hasInput(within milliseconds: Int32) -> Bool
  /// Appends at most `limit` of the next bytes; nothing at the end.
  func read(atMost limit: Int, into bytes: inout OwnedBuffer<UInt8>) throws(ReadingError)
  /// Makes `offset` the place to read next.
  ///
  /// - Precondition: there is a ``stamp``.
  func seek(to offset: Int) throws(ReadingError)
}

/// A file opened for reading, or standard input; closed when it goes out of scope.
final class OpenFile: ByteSource {
  /// How the file system describes a regular file; nil for a pipe, a socket or a terminal, which
  /// deliver data as it becomes available.
  let stamp: FileStamp?
  private let descriptor: Int32
  private static let leastRead = 4096
  /// Where the next bytes are, for errors.
  private var offset = 0

  /// Opens the file at `path`, or standard input for `-`.
  init(path: String) throws(ReadingError) {
    let opened =
      path == "-"
      ? dup(STDIN_FILENO) : unsafe path.withPath { unsafe open($0, O_RDONLY | O_CLOEXEC) }
    guard opened >= 0 else { throw .cannotOpen(errno: errno) }
    var status = stat()
    guard unsafe fstat(opened, &status) == 0, status.st_mode & S_IFMT != S_IFDIR else {
      let number = errno
      close(opened)
      throw status.st_mode & S_IFMT == S_IFDIR ? .isDirectory : .cannotOpen(errno: number)
    }
    descriptor = opened
    stamp = status.st_mode & S_IFMT == S_IFREG ? FileStamp(status) : nil
  }

  deinit { close(descriptor) }

  /// Whether `read` would return at once, now or within this many milliseconds.
  func hasInput(within milliseconds: Int32) -> Bool {
    var request = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    return unsafe poll(&request, 1, milliseconds) > 0
  }

  /// Appends at most `limit` of the file's next bytes, using one `read(2)` that is repeated if a
  /// signal interrupts it; appends nothing at the end of the file. Standard input may be
  /// non-blocking, because it is shared with other processes; this waits for it nevertheless.
  ///
  /// Of a regular file no more is read than is left of it, or a page where it has grown: many small
  /// files may be open at once.
  func read(atMost limit: Int, into bytes: inout OwnedBuffer<UInt8>) throws(ReadingError) {
    let limit = stamp.map { min(limit, max($0.size - offset, Self.leastRead)) } ?? limit
    bytes.reserve(limit)
    let before = bytes.count
    var failure: Int32?
    unsafe bytes.appendUninitialized { room in
      while true {
        // SAFETY: `reserve` made room for `limit` bytes.
        let count = unsafe Foundation.read(descriptor, room.baseAddress, limit)
        if count >= 0 { return count }
        if errno == EAGAIN {
          _ = hasInput(within: -1)
        } else if errno != EINTR {
          failure = errno
          return 0
        }
      }
    }
    offset += bytes.count - before
    if let failure { throw .readFailed(errno: failure, fileOffset: offset) }
  }

  /// Makes `offset` the place to read next.
  func seek(to offset: Int) throws(ReadingError) {
    if lseek(descriptor, off_t(offset), SEEK_SET) < 0 {
      throw .readFailed(errno: errno, fileOffset: offset)
    }
    self.offset = offset
  }
}
