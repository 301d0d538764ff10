/// A worker's values for each plan, by the plan's number.
///
/// There are a handful of plans, unless a log names other columns again and again. So there is a limit:
/// beyond it the plan whose place is taken has its things made anew when its lines come again.
package struct PlanSlots<Value> {
  package static var limit: Int { SourcePlanner.planLimit }

  private var numbers = Array(repeating: -1, count: limit)
  private var values: [Value?] = Array(repeating: nil, count: limit)

  package init() {}

  /// Nil if nothing is kept for the plan with this number, or no longer.
  package subscript(number: Int) -> Value? {
    get { numbers[number % Self.limit] == number ? values[number % Self.limit] : nil }
    _modify {
      let index = number % Self.limit
      if numbers[index] != number {
        numbers[index] = number
        values[index] = nil
      }
      yield &values[index]
    }
  }
}
