import Ingesting
import TestSupport
import Testing

@testable import Analyzing

struct FigureRowsTests {
  /// Rows of a few requests each, some of which are counted a million times.
  private static func rows(_ count: Int, _ generator: inout SeededGenerator) -> FigureRows {
    var rows = FigureRows()
    for row in 0..<count {
      var few = FigureRows()
      few.reach(0)
      for _ in 0..<Int.random(in: 0...40, using: &generator) {
        let duration = Int64.random(in: -1...60, using: &generator) * 1_000_000
        let request = CountedRequest(
          bucket: .random(in: 5...900, using: &generator), consumer: 1, method: 2, route: 3,
          status: [200, 200, 404, 500].randomElement(using: &generator) ?? 0, duration: duration,
          requestSize: 7, responseSize: .random(in: 0...99, using: &generator))
        few.add(
          request, bin: duration > 0 ? Int(duration / 1_000_000) : FigureRows.zeroBin,
          bucket: Int(request.bucket), to: 0)
      }
      rows.reach(row)
      rows.add(0, of: few, to: row)
      if row % 7 == 3 {
        for _ in 0..<20 {
          var twice = FigureRows()
          twice.reach(0)
          twice.add(row, of: rows, to: 0)
          rows.add(0, of: twice, to: row)
        }
      }
    }
    return rows
  }

  /// Each second row goes to the one before it, each to any of the rows so far, and so on.
  @Test(arguments: [1, 2, 3, 10, 1_000])
  func `rows that are put together in place are those that are put together elsewhere`(
    share: Int
  ) {
    var generator = SeededGenerator(seed: UInt64(share))
    var rows = Self.rows(60, &generator)
    var expected = FigureRows()
    var numbers = KeyIndex()
    for place in 0..<60 {
      let key = UInt64.random(in: 0..<UInt64(max(60 / share, 1)), using: &generator)
      let known = numbers.count
      let row = numbers.number(of: key)
      expected.reach(row)
      expected.add(place, of: rows, to: row)
      rows.move(place, to: row, isNew: row == known)
    }
    rows.truncate(to: numbers.count)
    #expect(rows.count == expected.count)
    for row in 0..<numbers.count {
      #expect(rows.figures(of: row) == expected.figures(of: row), "row \(row)")
    }
  }
}
