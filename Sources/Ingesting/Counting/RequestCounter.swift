package import AccessLogParsing
package import Attribution

/// Counts requests while they are read, instead of a table of tallies: for a sink that wants sums by a few
/// of a tally's parts, and not all combinations of them.
///
/// Belongs to one worker, and so to one thread at a time. Requests of provisional templates
/// (``ProvisionalTemplates``) it is not given: they are tallied, and come to the sink once it is known what
/// becomes of them.
package protocol RequestCounter: AnyObject {
  /// - Parameters:
  ///   - record: by reference, although it stays as it is: it would be copied for each line.
  ///   - bucket: that the request belongs to.
  func count(_ record: inout AccessRecord, _ request: AttributedRequest, in bucket: Int64)
}
