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
  /// How to find the format again; nil if it was not found out, or is none of the catalogue's.
  let guess: FormatDetection.Guess?

  package init(
    number: Int, format: LogFormat, clock: LocalClock?, isMixed: Bool, isDetected: Bool,
    alternate: LogFormat?, guess: FormatDetection.Guess? = nil
  ) {
    self.guess = guess
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

/// What is remembered of how a source was read, for the next run that reads on in it.
package struct RememberedFormat: Hashable, Codable, Sendable {
  /// nil if the format is not to be found out.
  package var guess: FormatDetection.Guess?
  /// Whether it holds other lines as well.
  package var isMixed: Bool

  package init(guess: FormatDetection.Guess?, isMixed: Bool) {
    self.guess = guess
    self.isMixed = isMixed
  }

  init(_ plan: SourcePlan) { self.init(guess: plan.guess, isMixed: plan.isMixed) }
}
