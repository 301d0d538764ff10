/// Decides when to try again to detect the format of a source that no format reads.
///
/// A look costs as much as reading its lines a hundred times. So after some that were in vain the next
/// is put off, for twice as long each time: of a gigabyte that nobody can read some forty chunks are
/// looked at, and not all two thousand. What is passed over meanwhile counts as `unrecognized`.
struct DetectionPause: Equatable {
  /// How many bytes may be looked at in vain before the first pause: a program may say much before
  /// its first request, and a pipe gives its lines one by one.
  static let freeLength = 256 << 10
  /// How many bytes of the source the pauses last.
  static let shortest = 1 << 20
  static let longest = 32 << 20

  private var failedLength = 0
  private var length = 0
  private var end = 0

  /// Whether to look at the lines at `position` of the source.
  func isOver(at position: Int) -> Bool { position >= end }

  /// A look at `sampleLength` bytes was in vain; the source was read up to `position`.
  mutating func begin(after sampleLength: Int, at position: Int) {
    failedLength += sampleLength
    guard failedLength > Self.freeLength else { return }
    length = min(max(2 * length, Self.shortest), Self.longest)
    end = position + length
  }
}
