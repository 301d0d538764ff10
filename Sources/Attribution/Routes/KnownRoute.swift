/// A route that the application is known to have.
package struct KnownRoute: Equatable, Hashable, Sendable {
  /// Upper case.
  package var method: String
  /// The path template as spelled in messages: `/users/{user_id}/orders/{order_id:int}`.
  package var template: String

  package init(method: String, template: String) {
    self.method = method
    self.template = template
  }
}

/// What happens to a request that matches no known route.
package enum UnmatchedPolicy: String, CaseIterable, Sendable {
  /// Not counted, as in the middleware; the summary says how many.
  case drop
  /// Counted under the template that its path folds into.
  case keep
}
