import ByteScanning
import TestSupport
import Testing

struct ByteTableTests {
  private static func value(_ table: borrowing ByteTable, _ key: [UInt8]) -> UInt32? {
    let range = 0..<key.count
    return table.value(for: key.span, in: range, hash: key.span.hash(of: range))
  }

  @Test func `a table answers as a dictionary does`() {
    var generator = SeededGenerator(seed: 6)
    var table = ByteTable()
    var model: [[UInt8]: UInt32] = [:]
    var order: [[UInt8]] = []
    for number in 0..<4_000 {
      let length = Int.random(in: 0...12, using: &generator)
      let key = (0..<length).map { _ in UInt8.random(in: 0...3, using: &generator) }
      let known = Self.value(table, key)
      #expect(known == model[key])
      if model[key] == nil {
        model[key] = UInt32(number)
        order.append(key)
        let range = 0..<key.count
        table.insert(UInt32(number), for: key.span, in: range, hash: key.span.hash(of: range))
      }
    }
    for (key, number) in model {
      let known = Self.value(table, key)
      #expect(known == number)
    }
    let keys = (0..<table.count).map { table.key(at: $0) }
    #expect(keys == order)
  }

  @Test func `keys with one hash are told apart by their bytes`() {
    var table = ByteTable()
    for number in 0..<200 {
      let key = Array("key \(number)".utf8)
      table.insert(UInt32(number), for: key.span, in: 0..<key.count, hash: 42)
    }
    for number in 0..<200 {
      let key = Array("key \(number)".utf8)
      let known = table.value(for: key.span, in: 0..<key.count, hash: 42)
      #expect(known == UInt32(number))
    }
    let other = Array("key".utf8)
    let unknown = table.value(for: other.span, in: 0..<other.count, hash: 42)
    #expect(unknown == nil)
  }

  @Test func `a table that forgets everything gives its memory back`() {
    var table = ByteTable()
    let empty = table.memory
    for number in 0..<10_000 {
      let key = Array("a rather long key \(number)".utf8)
      table.insert(0, for: key.span, in: 0..<key.count, hash: key.span.hash(of: 0..<key.count))
    }
    let full = table.memory
    table.removeAll()
    let (memory, count) = (table.memory, table.count)
    #expect(full > 10_000 * 20 && memory == empty && count == 0)
  }
}
