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

  package init(routeLimit: Int) {
    consumers = NameTable(limit: Self.consumerLimit)
    routes = NameTable(limit: routeLimit)
    methods = NameTable(limit: Self.methodLimit)
    _ = methods.id(for: Self.otherMethod)
  }
}
