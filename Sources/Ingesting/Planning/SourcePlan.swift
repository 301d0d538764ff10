package import AccessLogParsing

/// How the lines of a source are read. Sources of the same format share one.
package final class SourcePlan: Sendable {
  /// From 0, in the order in which formats turned up.
  package let number: Int
  package let format: LogFormat
  /// Reads timestamps that include no time zone.
  package let clock: LocalClock?
  /// Whether lines of another shape are expected: an application's own among those of its requests.
  package let isMixed: Bool
  /// Whether the format was found out, and may be found out anew.
  package let isDetected: Bool
  /// The format of the other lines, if two programs write to one log.
  package let alternate: LogFormat?

  package init(
    number: Int, format: LogFormat, clock: LocalClock?, isMixed: Bool, isDetected: Bool,
    alternate: LogFormat?
  ) {
    self.number = number
    self.format = format
    self.clock = clock
    self.isMixed = isMixed
    self.isDetected = isDetected
    self.alternate = alternate
  }

  /// The wrapping around each line.
  package var wrapping: LineWrapping? {
    if case .wrapped(let wrapping, _) = format { wrapping } else { nil }
  }
}
