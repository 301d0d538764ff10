import Testing

@testable import Ingesting

struct RejectionJudgementTests {
  /// A source of so many lines, of which so many were rejected and the others counted.
  private static func source(_ lines: Int, rejected: Int, counted: Int? = nil) -> SourceProgress {
    var source = SourceProgress()
    source.lineCount = lines
    source.idle.rejected = rejected
    source.requestCount = counted ?? lines - rejected
    return source
  }

  @Test func `a few broken lines of a small source are borne by the others`() {
    let judgement = RejectionJudgement(
      [Self.source(3, rejected: 1), Self.source(100, rejected: 0)], limit: 10)
    #expect(judgement.blamed.isEmpty && judgement.share < 1)
  }

  @Test func `if there are too many, those sources are to blame that have too many`() {
    let judgement = RejectionJudgement(
      [Self.source(100, rejected: 0), Self.source(100, rejected: 40), SourceProgress()], limit: 10)
    #expect(judgement.share == 20 && judgement.blamed == [1: 40])
  }

  @Test func `if all are to blame, or there is but one, no source is left`() {
    for sources in [
      [Self.source(10, rejected: 5)], [Self.source(10, rejected: 5), Self.source(10, rejected: 2)],
    ] {
      let judgement = RejectionJudgement(sources, limit: 10)
      #expect(judgement.share > 10 && judgement.blamed.isEmpty)
    }
  }

  @Test func `a source of another kind says nothing about the others`() {
    let other = Self.source(1_000, rejected: 1_000)
    let judgement = RejectionJudgement([other, Self.source(10, rejected: 0)], limit: 10)
    #expect(judgement == RejectionJudgement([Self.source(10, rejected: 0)], limit: 10))
    #expect(RejectionJudgement([other], limit: 10).share == 100)
    #expect(RejectionJudgement([other, other], limit: 10).share == 100)
  }

  @Test func `a known source whose lines are all refused is not taken for read`() {
    var source = Self.source(10, rejected: 10)
    source.startPosition = 1_000
    #expect(source.isNothingCounted(limit: 10) && !source.isNothingCounted(limit: 100))
    // A quiet night, with nothing but the application's own lines.
    source.idle = IdleLines()
    source.idle.ofOtherKind = 10
    #expect(!source.isNothingCounted(limit: 10))
  }
}
