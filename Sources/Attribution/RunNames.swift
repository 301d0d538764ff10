/// The names that a run's workers share.
package struct RunNames: Sendable {
  package let consumers: NameTable
  package let routes: NameTable
  package let methods: NameTable

  /// A tally's key has room for the numbers of consumers and routes up to these limits.
  package static let consumerLimit = 1 << 22
  /// Clients may send any method; those over the limit are counted as `_OTHER`, the name that
  /// OpenTelemetry's semantic conventions give them.
  package static let methodLimit = 63
  package static let otherMethod = "_OTHER"

  /// Templates in which a segment may or may not identify something. The evidence is complete long
  /// before there are so many; beyond them it is taken to.
  package static let doubtfulLimit = 4096
  /// Templates that were only ever answered 404 or 405. Those over the limit are not remembered, so
  /// requests that came before the first other answer are counted under the template for all.
  package static let strayLimit = 4096
  /// How many provisional templates of each kind there may be where many runs are settled as one.
  package static let sharedProvisionalLimit = 1 << 17

  /// - Parameter provisionalLimit: how many provisional templates of each kind there may be; nil for the
  ///   usual limits.
  package init(routeLimit: Int, provisionalLimit: Int? = nil) {
    consumers = NameTable(limit: Self.consumerLimit)
    routes = NameTable(
      limits: .init(
        lasting: routeLimit, doubtful: provisionalLimit ?? Self.doubtfulLimit,
        strays: provisionalLimit ?? Self.strayLimit))
    methods = NameTable(limit: Self.methodLimit)
    _ = methods.id(for: Self.otherMethod)
  }
}
