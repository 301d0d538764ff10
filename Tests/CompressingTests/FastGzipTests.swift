import ByteScanning
import TestSupport
import Testing

@testable import Compressing

@Suite struct FastGzipTests {
  /// What is inflated by libz, which also holds it against the length and the check value at its end.
  private static func content(of file: borrowing OwnedBuffer<UInt8>) -> [UInt8]? {
    try? inflated(file.copied(), limit: 1 << 24)
  }

  @Test func `libz reads what was compressed, of any size and one after another`() {
    let gzip = FastGzip()
    var generator = SeededGenerator(seed: 7)
    for size in [0, 1, 2, 15, 100, 65_535, 65_536, 131_072, 2_000_000, 40, 5_000_000] {
      let noise = (0..<size).map { _ in UInt8.random(in: 0...255, using: &generator) }
      let text = noise.map { UInt8(ascii: "a") + $0 % 7 }
      for content in [text, noise, [UInt8](repeating: 0, count: size)] {
        let file = gzip.compressed(content.span)
        #expect(Self.content(of: file) == content, "\(size) bytes")
        // What cannot be compressed grows by a few bytes in a block.
        #expect(file.count <= size + size / 1_000 + 100)
      }
    }
  }

  @Test func `the same content has the same bytes`() {
    let gzip = FastGzip()
    let content = (0..<100_000).map { UInt8(truncatingIfNeeded: $0 &* $0 / 97) }
    let first = gzip.compressed(content.span).copied()
    _ = gzip.compressed([1, 2, 3].span)
    #expect(gzip.compressed(content.span).copied() == first)
    #expect(FastGzip().compressed(content.span).copied() == first)
    // No file name, no time: RFC 1952, 2.3.
    #expect(first[..<8] == [0x1F, 0x8B, 8, 0, 0, 0, 0, 0])
  }
}
