import AccessLogParsing
import Configuring
import Testing

@testable import Ingesting

struct SourcePlannerTests {
  private static func plan(_ planner: SourcePlanner, _ text: String) -> SourcePlan? {
    let bytes = Array(text.utf8)
    return planner.plan(path: "access.log", firstChunk: bytes.span)
  }

  private static let extended =
    "#Fields: date time cs-method cs-uri-stem sc-status\n2026-11-02 09:00:11 GET /a 200\n"

  private static func columns(_ name: String) -> ColumnLayout {
    ColumnLayout(columns: ["date", "time", "cs-method", "cs-uri-stem", "sc-status", name])
  }

  @Test func `sources of the same format share a plan`() throws {
    let planner = SourcePlanner(choice: .detect)
    let first = try #require(Self.plan(planner, Self.extended))
    let second = try #require(Self.plan(planner, Self.extended))
    #expect(first === second)
    #expect(planner.plan(first, columns: Self.columns("x")).number == 1)
    #expect(planner.plan(first, columns: Self.columns("x")).number == 1)
  }

  @Test func `only the newest plans are known again`() throws {
    let planner = SourcePlanner(choice: .detect)
    let first = try #require(Self.plan(planner, Self.extended))
    let plans = (0..<1_000).map { planner.plan(first, columns: Self.columns("x\($0)")) }
    #expect(Set(plans.map(\.number)).count == 1_000)
    #expect(planner.plan(first, columns: Self.columns("x999")) === plans[999])
    let again = planner.plan(first, columns: Self.columns("x0"))
    #expect(again !== plans[0] && again.format == plans[0].format)
  }

  @Test func `a few lines that are read on have the unit and the format of those before`() throws {
    let line = #"192.0.2.1 - - [23/Nov/2026:09:10:13 +0000] "GET /a HTTP/1.1" 200 5 "-" "curl" "#
    // Half of them would take over a minute in milliseconds.
    let earlier = (0..<60).map { index in
      let place = index % 20
      return line + "\(60_000 + place * place * place * 100 + index)\n"
    }.joined()
    let planner = SourcePlanner(choice: .detect)
    func plan(_ text: String) -> SourcePlan? {
      let bytes = Array(text.utf8)
      return planner.plan(path: "access.log", firstChunk: bytes.span) { Array(earlier.utf8) }
    }
    #expect(Self.plan(planner, line + "43120\n")?.format.durationUnit == nil)
    #expect(plan(line + "43120\n")?.format.durationUnit == .microseconds)
    let evidence = planner.decisions.units.last?.unit?.evidence
    #expect(evidence?.hasPrefix("in the lines before, in s, half") == true)
    // Of another format, they say nothing about its unit.
    let object = #"{"time":1795425013,"method":"GET","path":"/","status":200,"duration":12}"#
    #expect(plan(object + "\n")?.format.durationUnit == nil)
    #expect(plan("Lorem ipsum\n")?.format.unwrapped.name == "combined")
  }

  @Test func `columns of wrapped lines are handed on in their wrapping`() throws {
    let planner = SourcePlanner(choice: .detect)
    let lines = Self.extended.split(separator: "\n")
      .map { "2026-11-02T09:00:11.5Z stdout F \($0)\n" }.joined()
    let plan = try #require(Self.plan(planner, lines))
    let changed = planner.plan(plan, columns: Self.columns("x"))
    #expect(changed.wrapping == plan.wrapping && changed.wrapping != nil)
    #expect(changed.format.unwrapped == .columns(Self.columns("x")))
  }

  @Test func `however many sources there are, only what is told of them is kept`() {
    let planner = SourcePlanner(choice: .detect)
    for _ in 0..<100 { _ = Self.plan(planner, Self.extended) }
    let decisions = planner.decisions
    #expect(decisions.found.count == DecisionLog.limit)
    #expect(decisions.otherCount == 100 - DecisionLog.limit)
    #expect(decisions.otherNames == ["w3c (W3C extended)"])
  }

  @Test func `what a thread keeps for a plan gives way to another's when there are many`() {
    var slots = PlanSlots<String>()
    #expect(slots[3] == nil)
    slots[3] = "a"
    slots[4] = "b"
    slots[3]?.append("c")
    #expect(slots[3] == "ac" && slots[4] == "b")
    let later = 3 + PlanSlots<String>.limit
    #expect(slots[later] == nil)
    slots[later] = "d"
    #expect(slots[later] == "d" && slots[3] == nil && slots[4] == "b")
  }
}
