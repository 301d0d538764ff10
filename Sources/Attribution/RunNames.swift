/// The names that a run's workers share.
package struct RunNames: Sendable {
  package let consumers: NameTable
  package let routes: NameTable
  package let methods: NameTable

  /// Numbers of consumers and routes have room in a tally's key up to these limits.
  package static let consumerLimit = 1 << 22
  /// Clients may send any method; what is over the limit is counted as `_OTHER`, the name that
  /// OpenTelemetry's semantic conventions give it.
  package static let methodLimit = 63
  package static let otherMethod = "_OTHER"

  package init(routeLimit: Int) {
    consumers = NameTable(limit: Self.consumerLimit)
    routes = NameTable(limit: routeLimit)
    methods = NameTable(limit: Self.methodLimit)
    _ = methods.id(for: Self.otherMethod)
  }
}
