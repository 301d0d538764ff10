import TestSupport
import Testing

@testable import Analyzing

struct CountListsTests {
  /// Few keys and many, near each other and far apart; some counts with the largest that there is room for.
  @Test(arguments: [1, 3, 4, 50, 3_000])
  func `lists hold what a dictionary holds`(keys: Int) {
    var generator = SeededGenerator(seed: UInt64(keys))
    var store = CountLists()
    var lists = [CountLists.List](repeating: CountLists.List(), count: 20)
    var expected = [[Int: Int]](repeating: [:], count: 20)
    for _ in 0..<20_000 {
      let owner = Int.random(in: 0..<20, using: &generator)
      let place = Int.random(in: 0..<keys, using: &generator)
      let key = owner % 2 == 0 ? place : place * 5_591 % CountLists.keyLimit
      let count = Int.random(in: 1..<1_000, using: &generator)
      let isNew = store.add(count, to: key, of: &lists[owner])
      #expect(isNew == (expected[owner][key] == nil))
      expected[owner][key, default: 0] += count
    }
    for owner in 0..<20 {
      var found: [Int: Int] = [:]
      store.forEach(lists[owner]) { found[$0] = $1 }
      #expect(found == expected[owner])
      #expect(lists[owner].count == found.count)
      let areThere = found.keys.allSatisfy { store.contains($0, in: lists[owner]) }
      let isOther = store.contains(CountLists.keyLimit - 1, in: lists[owner])
      #expect(areThere && !isOther)
    }
  }

  @Test func `a count stops at the largest`() {
    var store = CountLists()
    var list = CountLists.List()
    let largest = 1 << 40 - 1
    store.add(largest - 1, to: 0, of: &list)
    store.add(5, to: 0, of: &list)
    store.add(1, to: 0, of: &list)
    store.add(largest * 8, to: CountLists.keyLimit - 1, of: &list)
    var found: [Int: Int] = [:]
    store.forEach(list) { found[$0] = $1 }
    #expect(found == [0: largest, CountLists.keyLimit - 1: largest])
  }
}
