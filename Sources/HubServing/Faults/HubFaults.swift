/// Deliberate faults, for tests and demonstrations of delivery.
///
/// A pure policy: the same seed and the same sequence of messages produce the same faults.
package struct HubFaults: Sendable {
  /// What happens to a message instead of the usual answer.
  package enum Fault: Equatable, Sendable {
    /// The message is not stored, and the response has this status.
    case answered(status: Int, retryAfter: RetryAfter? = nil)
    /// The message is stored, and answered as usual after this delay.
    case delayed(Duration)
    /// The connection is closed without a response, and the message is not stored.
    case closedBeforeStoring
    /// The connection is closed without a response, but the message is stored.
    case closedAfterStoring
  }

  /// The two forms of the `Retry-After` header (RFC 9110, 10.2.3).
  package enum RetryAfter: Equatable, Sendable {
    case seconds(Int)
    /// A date this many seconds after the response.
    case date(secondsFromNow: Int)
  }

  package struct Rule: Sendable {
    package var fault: Fault
    /// From 0 to 1. The probabilities of all rules for one endpoint add up to at most 1.
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

  /// What happens to the first messages, in order of arrival; nil is the usual response. The rules
  /// apply to the messages after these.
  private var opening: ArraySlice<Fault?>
  private let rules: [Rule]
  private var random: SplitMix64

  package init(opening: [Fault?] = [], rules: [Rule] = [], seed: UInt64 = 0) {
    precondition(rules.allSatisfy { (0...1).contains($0.probability) })
    for endpoint in Endpoint.allCases {
      let sum = rules.filter { $0.endpoints.contains(endpoint) }.reduce(0) { $0 + $1.probability }
      // Tenths have no exact binary form, so their sum may be slightly off.
      precondition(sum <= 1.000_001, "the probabilities for \(endpoint) add up to \(sum)")
    }
    self.opening = opening[...]
    self.rules = rules
    self.random = SplitMix64(state: seed)
  }

  /// The fault for the next message, which arrived at `endpoint`; nil for the usual response.
  package mutating func next(at endpoint: Endpoint) -> Fault? {
    if let fault = opening.popFirst() { return fault }
    // Drawn even if no rule applies, so that a message's luck depends only on its number.
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

/// The generator of Steele, Lea and Flood (2014): small, seedable, and good enough for faults.
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
