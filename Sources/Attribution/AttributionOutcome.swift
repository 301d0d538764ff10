/// The consumer and endpoint that a record is counted for.
package struct AttributedRequest: Equatable, Sendable {
  /// 0 if the record has no consumer.
  package var consumer: NameTable.ID
  package var method: NameTable.ID
  package var route: NameTable.ID

  package init(consumer: NameTable.ID, method: NameTable.ID, route: NameTable.ID) {
    (self.consumer, self.method, self.route) = (consumer, method, route)
  }
}

/// Why a record is not counted.
package enum LeftOut: Equatable, Sendable {
  /// The middleware does not count `OPTIONS`.
  case options
  case beforeSince
  case afterUntil
  /// An earlier import has counted it (``Attributor/countedBefore``).
  case importedBefore
  /// The target has no path (`*`, the authority of a CONNECT).
  case noPath
  /// No known route matches.
  case unmatchedRoute
  /// The filter with this index matched.
  case filter(Int)
}

package enum AttributionOutcome: Equatable, Sendable {
  case counted(AttributedRequest)
  case leftOut(LeftOut)
}
