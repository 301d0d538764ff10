internal import Addressing
internal import Reporting

/// Holds what there is against what was sent, some days at a time. Knows neither the outbox nor the API.
struct Verification {
  /// What was sent, and what may have been: messages whose outcome is unknown.
  struct Expected<Sum> {
    var sent: Sum
    var uncertain: Sum
  }

  /// The state of a sum.
  private enum Verdict { case equal, missing, doubled }

  private(set) var summary: VerificationSummary

  init(_ summary: VerificationSummary) { self.summary = summary }

  /// - Parameter there: of the endpoints that are expected.
  mutating func compare(
    _ expected: [EndpointHour: Expected<TrafficSum>], there: [EndpointHour: TrafficSum]
  ) {
    for (key, expected) in expected.sorted(by: { $0.key < $1.key }) {
      let there = there[key] ?? TrafficSum()
      if expected.sent == TrafficSum() && expected.uncertain == TrafficSum()
        && there == TrafficSum()
      {
        continue
      }
      var difference = VerificationSummary.Difference(
        time: key.hour * 3_600_000_000_000, sent: expected.sent.requests, there: there.requests)
      difference.endpoint = (key.method.text, key.path.text, key.status)
      difference.isOfSizes = expected.sent.requests == there.requests
      summary.requestsSent += expected.sent.requests
      summary.requestsThere += there.requests
      note(expected.uncertain != TrafficSum(), isThere: there != expected.sent)
      switch verdict(expected, there) {
      case .equal: summary.endpoints.equal += 1
      case .missing:
        summary.endpoints.missing += 1
        summary.requestsMissing += max(0, expected.sent.requests - there.requests)
        keep(difference, in: &summary.missing)
      case .doubled:
        summary.endpoints.doubled += 1
        summary.requestsDoubled += max(
          0, there.requests - expected.sent.requests - expected.uncertain.requests)
        keep(difference, in: &summary.doubled)
      }
    }
  }

  /// - Parameter there: of the consumers that are expected.
  mutating func compare(
    _ expected: [ConsumerDay: Expected<Int64>], there: [ConsumerDay: Int64]
  ) {
    for (key, expected) in expected.sorted(by: { $0.key < $1.key }) {
      let there = there[key] ?? 0
      if expected.sent == 0 && expected.uncertain == 0 && there == 0 { continue }
      var difference = VerificationSummary.Difference(
        time: key.day * 86_400_000_000_000, sent: expected.sent, there: there)
      difference.consumer = key.consumer.text.isEmpty ? nil : key.consumer.text
      note(expected.uncertain != 0, isThere: there != expected.sent)
      if there < expected.sent {
        summary.consumers?.missing += 1
        keep(difference, in: &summary.missing)
      } else if there > expected.sent + expected.uncertain {
        summary.consumers?.doubled += 1
        keep(difference, in: &summary.doubled)
      } else {
        summary.consumers?.equal += 1
      }
    }
  }

  private func verdict(_ expected: Expected<TrafficSum>, _ there: TrafficSum) -> Verdict {
    let least = expected.sent
    let most = expected.sent + expected.uncertain
    if there.requests < least.requests { return .missing }
    if there.requests > most.requests { return .doubled }
    if there.received < least.received || there.sent < least.sent { return .missing }
    if there.received > most.received || there.sent > most.sent { return .doubled }
    return .equal
  }

  private mutating func note(_ isUncertain: Bool, isThere: Bool) {
    guard isUncertain else { return }
    if isThere { summary.uncertainThere += 1 } else { summary.uncertainAbsent += 1 }
  }

  private func keep(
    _ difference: VerificationSummary.Difference,
    in list: inout [VerificationSummary.Difference]
  ) {
    if list.count < VerificationSummary.differenceLimit { list.append(difference) }
  }

  mutating func noteNotSentFromHere(_ count: Int) { summary.notSentFromHere += count }
}
