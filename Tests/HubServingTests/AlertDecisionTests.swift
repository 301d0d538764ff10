import Configuring
import TestSupport
import Testing

@testable import HubServing

/// A rule, a state and a value in; a state and what happens out.
struct AlertDecisionTests {
  struct Case: CustomTestStringConvertible, Sendable {
    var name: String
    var text: String
    /// A value each minute; nil if it is not known.
    var values: [Double?]
    /// What happens in which minute.
    var events: [Int: AlertEvent]
    var last: AlertState.Phase
    var testDescription: String { name }
  }

  private static let above = "metric: requests, above: 10"
  private static let below = "metric: apdex, below: 0.9"

  static let cases = [
    Case(
      name: "on the right side", text: above, values: [0, 9, 10, 10], events: [:], last: .ok),
    Case(
      name: "at once", text: above, values: [10, 11, 12, 13], events: [1: .firing], last: .firing),
    Case(
      name: "and over", text: above, values: [11, 12, 10, 9],
      events: [0: .firing, 2: .resolved], last: .ok),
    Case(
      name: "again", text: above, values: [11, 1, 11, 1],
      events: [0: .firing, 1: .resolved, 2: .firing, 3: .resolved], last: .ok),
    Case(
      name: "below", text: below, values: [0.9, 0.89, 0.95],
      events: [1: .firing, 2: .resolved], last: .ok),
    Case(
      name: "for three minutes", text: above + ", for: 3m", values: [11, 11, 11, 11, 11],
      events: [3: .firing], last: .firing),
    Case(
      name: "not for long enough", text: above + ", for: 3m", values: [11, 11, 11, 9, 11, 11],
      events: [:], last: .pending),
    Case(
      name: "what is not known breaks the wait", text: above + ", for: 3m",
      values: [11, 11, nil, 11, 11, 11], events: [:], last: .pending),
    Case(
      name: "what is not known is no end", text: above, values: [11, nil, nil, 11],
      events: [0: .firing], last: .firing),
    Case(name: "nothing is known", text: above, values: [nil, nil], events: [:], last: .ok),
  ]

  @Test(arguments: cases)
  func `an alert fires once and is over once`(_ item: Case) throws {
    let rule = try alertRule(item.text)
    var state: AlertState?
    var events: [Int: AlertEvent] = [:]
    for (minute, value) in item.values.enumerated() {
      let (next, event) = rule.decide(state, value, now: Double(minute) * 60)
      state = next
      events[minute] = event
    }
    #expect(events == item.events)
    #expect(state?.phase == item.last)
  }

  @Test func `whatever the values, it fires and is over in turn`() throws {
    var generator = SeededGenerator(seed: 3)
    for _ in 0..<500 {
      let rule = try alertRule("\(Self.above), for: \(Int.random(in: 0...300, using: &generator))s")
      var state: AlertState?
      var last = AlertEvent.resolved
      for minute in 0..<60 {
        let value: Double? = [nil, 1, 11, 11, 11].randomElement(using: &generator) ?? nil
        let (next, event) = rule.decide(state, value, now: Double(minute) * 60)
        if let event {
          #expect(event != last)
          last = event
        }
        #expect((next.phase == .firing) == (last == .firing))
        state = next
      }
    }
  }

  @Test func `rules are evaluated as often as they say, and what was missed is left out`() throws {
    let rules = try [
      alertRule("name: a, metric: rpm, above: 1, every: 10s"),
      alertRule("name: b, metric: rpm, above: 1, every: 1m"),
    ]
    var schedule = AlertSchedule(rules, now: 1_000)
    func due(_ now: Double) -> [String] { schedule.due(at: now).map(\.name) }
    #expect(due(1_000) == ["a", "b"])
    #expect(schedule.wait(at: 1_000) == 10 && due(1_009) == [])
    #expect(due(1_010) == ["a"])
    #expect(due(1_200) == ["a", "b"] && due(1_201) == [])
    #expect(schedule.wait(at: 1_201) == 9)
    // The clock was set back by a day.
    #expect(schedule.wait(at: -85_000) <= 3_600)
    #expect(due(-85_000) == ["a", "b"])
  }
}

/// A rule by what stands in its braces; its name is `r` unless it says otherwise.
func alertRule(_ text: String) throws -> AlertRule {
  let name = text.hasPrefix("name:") ? "" : "name: r, "
  let rules = try AlertRule.rules(
    bytes: Array("alerts: [{\(name)\(text)}]".utf8), path: "a.yaml")
  return try #require(rules.first)
}
