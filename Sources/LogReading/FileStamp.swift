internal import Diagnostics
internal import Foundation

/// A regular file as the file system describes it: if none of this has changed, neither has the
/// content.
package struct FileStamp: Equatable, Sendable {
  /// Bytes.
  package let size: Int
  /// Nanoseconds since 1970.
  package let modifiedAt: Int64
  package let inode: Int64
  package let device: Int64

  init(_ status: stat) {
    size = Int(status.st_size)
    modifiedAt = Int64(status.st_mtim.tv_sec) * 1_000_000_000 + Int64(status.st_mtim.tv_nsec)
    inode = Int64(bitPattern: UInt64(status.st_ino))
    device = Int64(bitPattern: UInt64(status.st_dev))
  }

  /// The stamp of the file at `path`; nil if there is none, or if it is not a regular file.
  package init?(path: String) {
    var status = stat()
    guard unsafe path.withPath({ unsafe stat($0, &status) }) == 0,
      status.st_mode & S_IFMT == S_IFREG
    else { return nil }
    self.init(status)
  }
}
