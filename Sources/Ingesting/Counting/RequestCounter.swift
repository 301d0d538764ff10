package import Attribution

/// A request that was read, as far as it is counted by.
@usableFromInline
package struct CountedRequest: BitwiseCopyable, Sendable {
  package var bucket: Int64
  /// Nanoseconds; below 0 if it is not known, as are the sizes.
  package var duration: Int64
  /// Bytes.
  package var requestSize: Int64
  package var responseSize: Int64
  /// Numbers of `RunNames`; 0 is no consumer.
  package var consumer: NameTable.ID
  package var route: NameTable.ID
  package var method: NameTable.ID
  package var status: UInt16

  package init(
    bucket: Int64, consumer: NameTable.ID, method: NameTable.ID, route: NameTable.ID,
    status: UInt16, duration: Int64, requestSize: Int64, responseSize: Int64
  ) {
    (self.bucket, self.status, self.duration) = (bucket, status, duration)
    (self.consumer, self.method, self.route) = (consumer, method, route)
    (self.requestSize, self.responseSize) = (requestSize, responseSize)
  }
}

/// Counts requests while they are read, instead of a table of tallies: for a sink that wants sums by a few
/// of a tally's parts, and not all combinations of them.
///
/// Belongs to one worker, and so to one thread at a time. Requests of provisional templates
/// (``ProvisionalTemplates``) it is not given: they are tallied, and come to the sink once it is known what
/// becomes of them.
package protocol RequestCounter: AnyObject {
  /// - Parameter requests: at most ``RequestBatch/limit``, in the order in which they were read.
  func count(_ requests: borrowing Span<CountedRequest>)
}

package enum RequestBatch {
  /// How many requests are handed over at once: what they change is then waited for together, and not for
  /// each line between reading it and the next.
  package static let limit = 256
}
