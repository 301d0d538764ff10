import TestSupport
import Testing

@testable import HubServing

/// Rows of roll-ups are added up in one way where keys are near, and in another where not: to the same bytes.
struct NearSumsTests {
  @Test func `histograms are written as PackedHistograms writes them`() {
    var generator = SeededGenerator(seed: 9)
    var near = NearSums()
    let edges = [NearSums.keys.lowerBound, -80_000, -1, 0, 63, 64, NearSums.keys.upperBound - 1]
    for round in 0..<200 {
      let known = Self.bins(round % 7 * 20, edges, &generator)
      let added = Self.bins(round % 11 * 20, edges, &generator)
      var expected = PackedHistograms()
      expected.add(known)
      let isKnown = near.add(histograms: expected.bytes.span)
      #expect(isKnown)
      expected.add(added)
      for bin in added {
        let isNear = near.add(bin.count, at: bin.key)
        #expect(isNear)
      }
      var written = PackedWriting()
      near.drain(histogramsTo: &written)
      #expect(written.bytes == expected.bytes, "round \(round)")
    }
  }

  private static func bins(
    _ count: Int, _ edges: [Int64], _ generator: inout SeededGenerator
  ) -> [(key: Int64, count: Int64)] {
    (0..<count).map { number in
      (
        key: number % 5 == 0
          ? edges[number % edges.count]
          : Int64.random(in: -4_000...20_000, using: &generator),
        count: number % 50 == 7 ? .max : Int64.random(in: 1...1_000, using: &generator)
      )
    }
  }

  @Test func `endpoints are written as PackedEndpoints writes them`() {
    var generator = SeededGenerator(seed: 10)
    var near = NearSums()
    for round in 0..<200 {
      var expected = PackedEndpoints()
      let counts = (0..<round % 13 * 10 + 1).map { _ in
        PackedEndpoints.Counts(
          endpoint: Int64.random(in: 0..<NearSums.keys.upperBound / 4, using: &generator),
          requests: Int64.random(in: 0...3, using: &generator),
          clientErrors: Int64.random(in: 0...1, using: &generator) * .max,
          serverErrors: Int64.random(in: 0...1, using: &generator))
      }
      for count in counts.dropLast(counts.count / 2) { expected.add(count) }
      var known = PackedWriting()
      expected.write(to: &known)
      let isKnown = near.add(endpoints: known.bytes.span)
      #expect(isKnown)
      for count in counts.suffix(counts.count / 2) {
        expected.add(count)
        let isNear = near.add(count)
        #expect(isNear)
      }
      var written = PackedWriting()
      near.drain(endpointsTo: &written)
      var all = PackedWriting()
      expected.write(to: &all)
      #expect(written.bytes == all.bytes, "round \(round)")
    }
  }

  @Test func `keys that are not near are refused, and what was added is forgotten`() {
    var near = NearSums()
    for key in [NearSums.keys.lowerBound - 1, NearSums.keys.upperBound, .min, .max] {
      let isAdded = near.add(1, at: 5)
      let isNear = near.add(1, at: key)
      #expect(isAdded && !isNear)
    }
    for endpoint in [-1, NearSums.keys.upperBound / 4, .max] {
      let isNear = near.add(PackedEndpoints.Counts(endpoint: endpoint, requests: 1))
      #expect(!isNear)
    }
    near.removeAll()
    var written = PackedWriting()
    near.drain(histogramsTo: &written)
    #expect(written.bytes.isEmpty)
  }
}
