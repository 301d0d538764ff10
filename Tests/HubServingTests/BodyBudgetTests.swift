import Testing

@testable import HubServing

struct BodyBudgetTests {
  @Test func `no more is taken than there is room for, and what is given back can be taken again`()
  {
    let budget = BodyBudget()
    let half = BodyBudget.byteLimit / 2
    #expect(budget.take(half) && budget.take(BodyBudget.byteLimit - half))
    #expect(!budget.take(1) && budget.take(0))
    budget.giveBack(half)
    #expect(!budget.take(half + 1) && budget.take(half))
  }

  @Test func `the largest body finds room`() {
    #expect(BodyBudget.byteLimit >= HubRoutes.maximumBodyByteCount)
  }
}
