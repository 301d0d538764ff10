/// A record that a filter matches is left out, and counted under the filter's name.
package struct RecordFilter: Equatable, Sendable {
  package enum Condition: Equatable, Sendable {
    /// The field is present and its value is exactly this (it may be empty).
    case equals(String)
    /// The field is present and this regular expression is found in it.
    case matches(String)
  }

  package var name: String
  /// The log's own name for the field, as in ``ConsumerRule/field``.
  package var field: String
  package var condition: Condition

  package init(name: String, field: String, condition: Condition) {
    self.name = name
    self.field = field
    self.condition = condition
  }
}
