/// A secret that cannot be printed by accident: interpolating, dumping or logging it shows
/// `[REDACTED]`. Code that needs the value reads `secret`.
package struct Redacted<Value: Sendable>: Sendable, CustomStringConvertible,
  CustomDebugStringConvertible, CustomReflectable
{
  package let secret: Value

  package init(_ secret: Value) { self.secret = secret }

  package var description: String { "[REDACTED]" }
  package var debugDescription: String { "[REDACTED]" }
  package var customMirror: Mirror { Mirror(self, children: []) }
}

extension Redacted: Equatable where Value: Equatable {}
