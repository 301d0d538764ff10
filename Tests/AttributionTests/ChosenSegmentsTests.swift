import ByteScanning
import TestSupport
import Testing

@testable import Attribution

/// Clients choose the segments of paths. Whoever has read the source must not be able to choose them so
/// that they meet in the slots of `FoldedPaths`. Counted in probes, as in `ChosenKeysTests`.
struct ChosenSegmentsTests {
  private static let factor: UInt64 = 0x9E37_79B9_7F4A_7C15
  private static let depth = 16

  private static func bytes(of word: UInt64) -> [UInt8] {
    (0..<8).map { UInt8(truncatingIfNeeded: word >> ($0 * 8)) }
  }

  /// Paths of words of sixteen bytes. Nodes are numbered as they come, so a client knows the number of
  /// the node that a segment leaves, and with it the edge's tag.
  ///
  /// - Parameter word: the low and high word of a segment, given the tag.
  private static func meanProbeCount(
    _ word: (_ tag: UInt64, _ generator: inout SeededGenerator) -> (low: UInt64, high: UInt64)
  ) -> Double {
    var generator = SeededGenerator(seed: 7)
    var folded = FoldedPaths()
    var node: UInt64 = 0
    for number in 0..<500 {
      var path: [UInt8] = []
      var parent: UInt64 = 0
      for _ in 0..<depth {
        let tag = parent << 32 | 16
        var (low, high) = word(tag, &generator)
        let isPlain = { (word: UInt64) in
          !bytes(of: word).contains { "/@.".utf8.contains($0) }
        }
        // A slash would end the segment, an at sign or a point make it something else.
        if !isPlain(low) {
          low = .random(in: .min ... .max, using: &generator) | 0x8080_8080_8080_8080
        }
        if !isPlain(high) { high |= 0x8080_8080_8080_8080 }
        path += [UInt8(ascii: "/")] + bytes(of: low) + bytes(of: high)
        node += 1
        parent = node
      }
      folded.learn(path.span, in: 0..<path.count, template: UInt32(number + 1))
    }
    return folded.meanProbeCount
  }

  private static func letters(_ generator: inout SeededGenerator) -> UInt64 {
    (0..<8).reduce(0) { word, _ in word << 8 | UInt64.random(in: 0x67...0x7A, using: &generator) }
  }

  private static var random: Double {
    meanProbeCount { _, generator in
      (.random(in: .min ... .max, using: &generator) | 0x8080_8080_8080_8080, letters(&generator))
    }
  }

  @Test func `segments that would cancel their tag are spread`() {
    let attacked = Self.meanProbeCount { tag, generator in
      (tag &* Self.factor, Self.letters(&generator))
    }
    #expect(attacked <= 1.5 * Self.random)
  }

  @Test func `segments that would differ from their tag by a constant are spread`() {
    let attacked = Self.meanProbeCount { tag, _ in
      (tag &* Self.factor ^ 0x7071_7273_7475_7677, 0x7071_7273_7475_7677)
    }
    #expect(attacked <= 1.5 * Self.random)
  }

  @Test func `segments that hold their tag are spread`() {
    let attacked = Self.meanProbeCount { tag, _ in (tag ^ 0x8080_8080_8080_8080, 0x7071) }
    #expect(attacked <= 1.5 * Self.random)
  }

  @Test func `segments that repeat are spread`() {
    let attacked = Self.meanProbeCount { tag, _ in
      (0x6161_6161_6161_6161, tag >> 32 | 0x8080_8080_0000_0000)
    }
    #expect(attacked <= 1.5 * Self.random)
  }
}
