/// Trouble made on purpose, for tests and demonstrations of delivery.
///
/// A pure policy: the same seed and the same sequence of messages give the same faults.
package struct HubFaults: Sendable {
  /// What happens to a message instead of the usual answer.
  package enum Fault: Equatable, Sendable {
    /// The message is not kept, and the answer has this status.
    case answered(status: Int, retryAfter: RetryAfter? = nil)
    /// The message is kept, and answered as usual after this time.
    case delayed(Duration)
    /// The connection is closed without an answer, and the message is not kept.
    case closedBeforeStoring
    /// The connection is closed without an answer, but the message is kept.
    case closedAfterStoring
  }

  /// The two forms of the header `Retry-After` (RFC 9110, 10.2.3).
  package enum RetryAfter: Equatable, Sendable {
    case seconds(Int)
    /// A date so many seconds after the answer's.
    case date(secondsFromNow: Int)
  }

  package struct Rule: Sendable {
    package var fault: Fault
    /// From 0 to 1. The probabilities of the rules for one endpoint add up to at most 1.
    package var probability: Double
    package var endpoints: Set<Endpoint>

    package init(
      _ fault: Fault, probability: Double, endpoints: Set<Endpoint> = Set(Endpoint.allCases)
    ) {
      self.fault = fault
      self.probability = probability
      self.endpoints = endpoints
    }
  }

  /// What happens to the first messages, in order of arrival; nil is the usual answer. The rules
  /// apply to the messages after these.
  private var opening: ArraySlice<Fault?>
  private let rules: [Rule]
  private var random: SplitMix64

  package init(opening: [Fault?] = [], rules: [Rule] = [], seed: UInt64 = 0) {
    precondition(rules.allSatisfy { (0...1).contains($0.probability) })
    for endpoint in Endpoint.allCases {
      let sum = rules.filter { $0.endpoints.contains(endpoint) }.reduce(0) { $0 + $1.probability }
      // Tenths do not add up exactly in binary.
      precondition(sum <= 1.000_001, "the probabilities for \(endpoint) add up to \(sum)")
    }
    self.opening = opening[...]
    self.rules = rules
    self.random = SplitMix64(state: seed)
  }

  /// The fault for the next message, which arrived at `endpoint`; nil for the usual answer.
  package mutating func next(at endpoint: Endpoint) -> Fault? {
    if let fault = opening.popFirst() { return fault }
    // Drawn even where no rule applies, so that a message's luck depends on its number only.
    var remaining = Double.random(in: 0..<1, using: &random)
    for rule in rules where rule.endpoints.contains(endpoint) {
      remaining -= rule.probability
      if remaining < 0 { return rule.fault }
    }
    return nil
  }
}

/// Where a message arrives.
package enum Endpoint: String, CaseIterable, Sendable {
  case startup, sync, log
}

/// The generator of Steele, Lea and Flood (2014): small, seedable, good enough for trouble.
private struct SplitMix64: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
    return mixed ^ mixed >> 31
  }
}
