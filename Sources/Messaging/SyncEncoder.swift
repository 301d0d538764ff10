package import Addressing
package import Attribution
package import Tallying

/// Encodes tallies as `/sync` messages, byte for byte in the shape that the middleware's have.
///
/// A message holds the requests of one bucket, sorted by consumer (none first), method, path and
/// status. Its `timestamp` is the last millisecond of the bucket, so that a hub that rounds down
/// puts it where it belongs.
package struct SyncEncoder<Generator: RandomNumberGenerator>: ~Copyable {
  private var generator: Generator
  private var bodies: SyncBodies

  package init(
    app: App, width: BucketWidth, names: RunNames, generator: Generator
  ) {
    self.generator = generator
    bodies = SyncBodies(app: app, width: width, names: names)
  }

  /// Calls `send` with each message that the tallies of `table` in buckets before `end` make.
  package mutating func encode<Failure: Error>(
    _ table: borrowing TallyTable, before end: Int64 = .max,
    _ send: (HubMessage) throws(Failure) -> Void
  ) throws(Failure) {
    bodies.begin(table, before: end)
    while bodies.hasMore,
      let message = bodies.next(of: table, uuid: randomUUID(using: &generator))
    {
      try send(message)
    }
  }
}
