import Testing

@testable import Ingesting

struct DetectionPauseTests {
  /// How often a source of `length` bytes is looked at that nobody can read.
  private static func lookCount(_ length: Int, chunk: Int, sample: Int) -> Int {
    var pause = DetectionPause()
    var count = 0
    for position in stride(from: 0, to: length, by: chunk) where pause.isOver(at: position) {
      pause.begin(after: sample, at: position + chunk)
      count += 1
    }
    return count
  }

  @Test func `a gigabyte that nobody can read is looked at some forty times`() {
    let count = Self.lookCount(1 << 30, chunk: 512 << 10, sample: 100 << 10)
    #expect((30...50).contains(count))
  }

  @Test func `the first lines of a pipe are looked at one by one`() {
    #expect(Self.lookCount(200_000, chunk: 100, sample: 100) == 2_000)
    #expect(Self.lookCount(1 << 30, chunk: 4_096, sample: 4_096) < 150)
  }

  @Test func `no pause is longer than the longest`() {
    var pause = DetectionPause()
    for position in 0..<100 where pause.isOver(at: position << 20) {
      pause.begin(after: 1 << 20, at: position << 20)
    }
    pause.begin(after: 1 << 20, at: 1 << 30)
    #expect(!pause.isOver(at: 1 << 30))
    #expect(pause.isOver(at: 1 << 30 + DetectionPause.longest))
  }
}
