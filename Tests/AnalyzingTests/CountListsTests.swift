import TestSupport
import Testing

@testable import Analyzing

struct CountListsTests {
  /// Few keys and many, near each other and far apart; some counts with the largest that there is room for.
  @Test(arguments: [1, 3, 4, 50, 3_000])
  func `lists hold what a dictionary holds`(keys: Int) {
    var generator = SeededGenerator(seed: UInt64(keys))
    var store = CountLists<UInt32>()
    var lists = [CountList](repeating: CountList(), count: 20)
    var expected = [[Int: Int]](repeating: [:], count: 20)
    for _ in 0..<20_000 {
      let owner = Int.random(in: 0..<20, using: &generator)
      let place = Int.random(in: 0..<keys, using: &generator)
      let key = owner % 2 == 0 ? place : place * 5_591 % CountLists<UInt32>.keyLimit
      let count = Int.random(in: 1..<(keys < 4 ? 500_000 : 1_000), using: &generator)
      let isNew = store.add(count, to: key, of: &lists[owner], owner)
      #expect(isNew == (expected[owner][key] == nil))
      expected[owner][key, default: 0] += count
    }
    for owner in 0..<20 {
      var found: [Int: Int] = [:]
      store.forEach(lists[owner], owner) { found[$0] = $1 }
      #expect(found == expected[owner])
      #expect(lists[owner].count == found.count)
    }
  }

  @Test func `a list that was removed leaves its room to others, and nothing else`() {
    var store = CountLists<UInt32>()
    var lists = (CountList(), CountList())
    for key in 0..<100 {
      store.add(key == 7 ? 1 << 30 : 1, to: key, of: &lists.0, 0)
      store.add(2, to: key, of: &lists.1, 1)
    }
    store.remove(&lists.0, 0)
    #expect(lists.0.count == 0 && !store.has(7, in: lists.0) && store.has(7, in: lists.1))
    for key in 7..<90 { store.add(3, to: key, of: &lists.0, 0) }
    #expect(!store.has(6, in: lists.0) && store.has(7, in: lists.0))
    var found: [Int: Int] = [:]
    store.forEach(lists.0, 0) { found[$0] = $1 }
    #expect(found == Dictionary(uniqueKeysWithValues: (7..<90).map { ($0, 3) }))
    store.forEach(lists.1, 1) { #expect($0 < 100 && $1 == 2) }
    #expect(lists.1.count == 100)
  }

  /// What lists leave when they grow is of use to larger ones, since halves become wholes again.
  @Test func `lists that grow side by side leave little room unused`() {
    var store = CountLists<UInt32>()
    var lists = [CountList](repeating: CountList(), count: 1_000)
    for key in 0..<90 {
      for owner in lists.indices { store.add(1, to: key, of: &lists[owner], owner) }
      let used = lists.count << max(3, Int.bitWidth - (4 * key / 3).leadingZeroBitCount)
      #expect(store.cellCount <= used * 3 / 2)
    }
  }

  @Test func `a count may be larger than its cell`() {
    var narrow = CountLists<UInt32>()
    var wide = CountLists<UInt64>()
    var lists = (CountList(), CountList())
    let counts = [1, 1 << 20 - 2, 1, 5, 1 << 20, 1 << 41, 1]
    for count in counts {
      for key in [0, 4_095] {
        narrow.add(count, to: key, of: &lists.0, 7)
        wide.add(count, to: key, of: &lists.1, 7)
      }
    }
    var found: [Int: Int] = [:]
    narrow.forEach(lists.0, 7) { found[$0] = $1 }
    wide.forEach(lists.1, 7) { found[$0, default: 0] -= $1 }
    #expect(found == [0: 0, 4_095: 0])
    wide.forEach(lists.1, 7) { found[$0] = $1 }
    let sum = counts.reduce(0, +)
    #expect(found == [0: sum, 4_095: sum])
    for _ in 0..<3 { narrow.add(.max, to: 0, of: &lists.0, 7) }
    narrow.forEach(lists.0, 7) { found[$0] = $1 }
    #expect((found[0] ?? 0) > .max - 1 << 21)
  }
}
