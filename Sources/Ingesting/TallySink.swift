package import Attribution
package import Diagnostics
package import Tallying

/// Makes something of the tallies of a reading: messages for a hub, a report, files for a cluster.
///
/// The border between reading and everything else. An ``Ingestion`` calls it from one thread at a
/// time; parsing goes on meanwhile, into other tables.
package protocol TallySink: AnyObject {
  /// The measurements that the reading takes of each request. Other sinks don't pay for them.
  var measures: TallyMeasures { get }

  /// Makes the observer of one worker, which looks at each record beside its tally. Called on the worker's
  /// thread, and at most once for each.
  ///
  /// - Returns: nil if tallies are all that the sink wants; that costs one comparison a line.
  /// - Throws: ``PatternError`` if a rule of the user's can't be compiled.
  func makeObserver() throws -> (any RecordObserver)?

  /// Makes what counts the requests of one worker in place of tallies. Called as ``makeObserver()`` is. All
  /// of it is counted when ``checkpoint(_:)`` is called for the last time; no worker is at work then.
  ///
  /// - Returns: nil, as a rule: all requests are tallied.
  func makeCounter() -> (any RequestCounter)?

  /// Takes the tallies of `table` in buckets before `end`. What the observers handed over since the
  /// last call belongs to the same lines.
  ///
  /// Tallies of one key may come in several calls and are to be added up: a bucket is taken early when
  /// memory runs short, and late lines reopen it.
  func take(_ table: borrowing TallyTable, before end: Int64) throws(Diagnostic)

  /// Notes what became of templates that were provisional (``ProvisionalTemplates``), whose tallies come
  /// under the new numbers with the next call of ``take(_:before:)``. Observers saw the old ones.
  func settle(_ numbers: [NameTable.ID: NameTable.ID])

  /// Makes all that was taken so far count. Everything read up to the positions in `facts` has been
  /// taken, and nothing beyond them.
  func checkpoint(_ facts: CheckpointFacts) throws(Diagnostic)
}

extension TallySink {
  package func makeCounter() -> (any RequestCounter)? { nil }
  package func settle(_ numbers: [NameTable.ID: NameTable.ID]) {}
}

/// How far a reading has come at a checkpoint.
package struct CheckpointFacts: Sendable {
  /// How far the sources have been read that are being read, or have ended since the last checkpoint,
  /// and what that came to.
  package var sources: [SourceProgress]
  /// From all sources so far.
  package var bytesRead: Int
  /// The lines read so far, by what became of them.
  package var counts: LineCounts
  /// The buckets, routes and consumers that the tallies so far are of; nothing of what a ``RequestCounter``
  /// has counted.
  package var coverage: Coverage
  /// Whether this is the checkpoint that ends the reading.
  package var isLast: Bool
}
