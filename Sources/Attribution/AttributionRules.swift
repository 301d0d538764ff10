/// The rules by which a run attributes its records; the same for all workers.
package struct AttributionRules: Sendable {
  package var consumers: [ConsumerRule] = []
  package var filters: [RecordFilter] = []
  package var routes: RouteRules
  /// Nanoseconds since 1970: only records in `since ..< until` are counted.
  package var since: Int64?
  package var until: Int64?

  package init(routes: RouteRules) { self.routes = routes }

  /// How many different fields the rules may use.
  package static let fieldLimit = 16

  /// The fields that the parser has to capture for these rules, without duplicates.
  package var capturedFields: [String] {
    var fields: [String] = []
    let details = consumers.flatMap { [$0.nameField, $0.groupField].compactMap(\.self) }
    for field in consumers.map(\.field) + filters.map(\.field) + details
    where !fields.contains(field) {
      fields.append(field)
    }
    return fields
  }
}
