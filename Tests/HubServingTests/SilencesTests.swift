import TestSupport
import Testing

@testable import HubServing

/// Minutes in, spans out.
struct SilencesTests {
  /// Minutes of some days, each of them with requests by a chance that its hour decides.
  private func minutes(
    days: Int, seed: UInt64, without gaps: [Range<Int>] = [], _ share: (_ hour: Int) -> Double
  ) -> [Int] {
    var generator = SeededGenerator(seed: seed)
    return (0..<days * 1_440).filter { minute in
      Double.random(in: 0..<1, using: &generator) < share(minute / 60 % 24)
        && !gaps.contains { $0.contains(minute) }
    }
  }

  struct Case: CustomTestStringConvertible, Sendable {
    var name: String
    var days: Int
    var gap: Range<Int>
    var share: @Sendable (_ hour: Int) -> Double
    var isSilence: Bool
    var testDescription: String { name }
  }

  private static let noon = 10 * 1_440 + 720
  private static let night = 10 * 1_440 + 120

  static let cases = [
    Case(
      name: "three minutes of a busy log", days: 20, gap: noon..<noon + 3, share: { _ in 1 },
      isSilence: true),
    Case(
      name: "two minutes of it", days: 20, gap: noon..<noon + 2, share: { _ in 1 },
      isSilence: false),
    Case(
      name: "an hour by day where half the minutes have requests", days: 20,
      gap: noon..<noon + 60, share: { _ in 0.5 }, isSilence: true),
    Case(
      name: "an hour by night, when there is hardly anybody", days: 20,
      gap: night..<night + 60, share: { (8..<20).contains($0) ? 0.9 : 0.03 }, isSilence: false),
    Case(
      name: "a day", days: 20, gap: noon..<noon + 1_440,
      share: { (8..<20).contains($0) ? 0.9 : 0.03 }, isSilence: true),
    Case(
      name: "ten minutes where one minute in five has requests", days: 40,
      gap: noon..<noon + 10, share: { _ in 0.2 }, isSilence: false),
    Case(
      name: "two hours of that", days: 40, gap: noon..<noon + 120, share: { _ in 0.2 },
      isSilence: true),
  ]

  @Test(arguments: cases)
  func `a silence is what would hardly happen in a month`(_ item: Case) {
    let minutes = minutes(days: item.days, seed: 5, without: [item.gap], item.share)
    let found = Silences(minutes: minutes).spans.filter { $0.overlaps(item.gap) }
    #expect(found.isEmpty == !item.isSilence, "\(found)")
    for span in found {
      #expect(span.lowerBound <= item.gap.lowerBound && item.gap.upperBound <= span.upperBound)
      // What is next to it on either side by chance.
      #expect(span.count < item.gap.count + 60)
    }
  }

  @Test func `in logs in which nothing happens there is hardly a silence`() {
    var count = 0
    for seed in 1...20 {
      for share in [0.02, 0.1, 0.4, 0.8, 0.99] {
        count += Silences(minutes: minutes(days: 30, seed: UInt64(seed)) { _ in share }).spans.count
      }
    }
    // A hundred months: less than one in each.
    #expect(count < 100, "\(count)")
  }

  @Test func `on Sundays there may be nobody`() {
    let share = { (day: Int) in day % 7 == 6 ? 0.0 : 1.0 }
    let minutes = (0..<60 * 1_440).filter { share($0 / 1_440) == 1 }
    #expect(Silences(minutes: minutes).spans.isEmpty)
  }

  @Test(arguments: [[], [7], [7, 8], [7, 10_000_000], Array(0..<4), Array(0..<4) + [90]])
  func `a log that says little has no silences`(minutes: [Int]) {
    #expect(Silences(minutes: minutes).spans.isEmpty)
  }
}
