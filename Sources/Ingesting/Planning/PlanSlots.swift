/// What a thread keeps for each plan, by the plan's number.
///
/// Plans are a handful, unless a log names other columns again and again. So there is a limit: beyond
/// it the plan whose place is taken has its things made anew when its lines come again.
struct PlanSlots<Value> {
  static var limit: Int { SourcePlanner.planLimit }

  private var numbers = Array(repeating: -1, count: limit)
  private var values: [Value?] = Array(repeating: nil, count: limit)

  /// Nil if nothing is kept for the plan with this number, or no longer.
  subscript(number: Int) -> Value? {
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
