internal import Addressing
package import Attribution
package import ByteScanning
package import Tallying

/// Encodes tallies as the items of messages, without the messages: what is added up elsewhere before it is
/// sent.
///
/// Items are those of `/sync`, or, of a table that measures exponential bins, begin as these and hold the
/// histograms as lists. They are sorted as in a message.
package struct TallyItems: ~Copyable {
  private var bodies: SyncBodies

  /// - Parameter routes: the table that the tallies' routes have their numbers from, all of them lasting.
  package init(names: RunNames, routes: NameTable) {
    bodies = SyncBodies(
      app: App(clientID: "", environment: ""), width: BucketWidth(seconds: 60), names: names,
      routes: routes)
  }

  /// Goes on with tallies whose routes have their numbers from another table. What is known of all other
  /// names stays, which may be very many.
  package mutating func change(routes: NameTable) { bodies.change(routes: routes) }

  /// Begins with the tallies of `table` in buckets before `end`.
  ///
  /// - Parameter lastRoute: the greatest number of a route that is taken.
  package mutating func begin(
    _ table: borrowing TallyTable, before end: Int64, lastRoute: UInt32 = .max
  ) {
    bodies.begin(table, before: end, lastRoute: lastRoute)
  }

  /// Appends the next items of `table`, of one bucket, with commas between: at least one, and no more than
  /// `limit` bytes of several.
  ///
  /// - Returns: of which bucket, and how many requests they count; nil when there are no more.
  package mutating func appendNext(
    of table: borrowing TallyTable, upTo limit: Int, to json: inout OwnedBuffer<UInt8>
  ) -> (bucket: Int64, requestCount: Int64)? {
    bodies.appendItems(of: table, upTo: limit, to: &json)
  }
}
