internal import LogReading
internal import Outbox

extension LedgerSource.FileStamp {
  /// Of the file at `path`, as it is now; nil if there is no regular file.
  init?(path: String) {
    guard let stamp = FileStamp(path: path) else { return nil }
    self.init(stamp)
  }

  init(_ stamp: FileStamp) {
    self.init(
      size: stamp.size, modifiedAt: stamp.modifiedAt, inode: stamp.inode, device: stamp.device)
  }
}
