package import LogReading

/// A source that is being read. It belongs to one thread at a time.
package final class OpenSource {
  package var reader: SourceReader
  /// nil if the source is not to be remembered.
  package var entry: SourceEntry?
  /// How its lines are read; nil until a format was found.
  var plan: SourcePlan?
  /// Tries the last lines of its chunks.
  var probe: LineProbe?
  var pause = DetectionPause()
  /// Where the reading of it begins, in its content.
  private(set) var startPosition = 0
  /// The archive that it is a file of.
  package let archive: OpenArchive?

  package init(_ reader: consuming SourceReader, of archive: OpenArchive? = nil) {
    self.reader = reader
    self.archive = archive
  }

  /// Takes note of where it is, before the first of its lines is read.
  func begin() { startPosition = reader.position }

  /// What it takes of the sources that may be open at once: one that has a window of megabytes counts
  /// for many.
  var weight: Int { max(1, reader.memory >> 19) }
}

/// A chunk on its way from the reader to whoever parses it.
struct PreparedChunk {
  var chunk: Chunk
  /// How its lines are read; nil if no format was found.
  var plan: SourcePlan?
  /// When its first and last requests began, in nanoseconds since 1970; nil if that was not asked for,
  /// or is not known.
  var times: ClosedRange<Int64>?
}

/// A stretch of a source: whole lines.
package struct SourceStretch: Equatable, Sendable {
  /// The offset behind it in the uncompressed source.
  package var end: Int
  /// When the requests began that earlier runs have counted: they are not counted again. Spans in order,
  /// in nanoseconds since 1970.
  package var countedBefore: [Range<Int64>]

  /// Whether an earlier run has read it: what it has refused there is not refused again.
  package var wasRead: Bool

  package init(end: Int = .max, countedBefore: [Range<Int64>] = [], wasRead: Bool = false) {
    self.end = end
    self.countedBefore = countedBefore
    self.wasRead = wasRead
  }
}

/// What a run has counted and left out of a stretch, as far as a later run has to know it.
package struct StretchCounts: Equatable, Sendable {
  package var requests = 0
  /// Requests outside of `--since` and `--until`.
  package var outsideWindow = 0
  /// Requests that no known route matches, and those that a filter does.
  package var leftOutByRules = 0

  package init() {}
}

/// A source that is to be remembered.
package struct SourceEntry: Sendable {
  /// How many bytes before a position are kept, for a ledger to know the place by.
  package static let tailLength = 1024

  /// The first bytes of the content.
  package private(set) var prefix: [UInt8]
  package let isCompressed: Bool
  /// How many lines earlier runs have read of it.
  package var linesBefore = 0
  /// How earlier runs have read it.
  package var format: RememberedFormat?
  /// What is read of it, in order. Everything in one stretch, unless earlier runs have counted some.
  package var stretches = [SourceStretch()]

  package init(prefix: [UInt8], isCompressed: Bool) {
    self.prefix = prefix
    self.isCompressed = isCompressed
  }
}
