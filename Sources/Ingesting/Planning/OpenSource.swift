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

  package init(_ reader: consuming SourceReader) { self.reader = reader }
}

/// A source that is to be remembered.
package struct SourceEntry: Sendable {
  /// How many bytes before a position are kept, for a ledger to know the place by.
  package static let tailLength = 1024

  /// The first bytes of the content.
  package let prefix: [UInt8]
  package let isCompressed: Bool
  /// How many lines earlier runs have read of it.
  package var linesBefore = 0

  package init(prefix: [UInt8], isCompressed: Bool) {
    self.prefix = prefix
    self.isCompressed = isCompressed
  }
}
