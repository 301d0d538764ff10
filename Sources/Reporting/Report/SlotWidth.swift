/// How long the slots of time are by which something is counted. Each width divides the next, so slots
/// can be merged into wider ones, and reports of two logs into the report of both.
package struct SlotWidth: Hashable, Sendable {
  /// 10 s to ten times 52 weeks: few slots of the widest reach from 1970 to beyond any clock.
  package static let all: [SlotWidth] = [
    10, 30, 60, 300, 600, 1_800, 3_600, 10_800, 21_600, 43_200, 86_400, 604_800, 2_419_200,
    31_449_600, 314_496_000,
  ].map { SlotWidth(seconds: $0) }
  package static let finest = SlotWidth(seconds: 10)

  package let seconds: Int

  private init(seconds: Int) { self.seconds = seconds }

  /// One of ``all``; nil if there is none of so many seconds.
  package init?(of seconds: Int) {
    guard let width = Self.all.first(where: { $0.seconds == seconds }) else { return nil }
    self = width
  }

  /// The next wider one; itself if it is the widest.
  package var wider: SlotWidth { Self.all.first { $0.seconds > seconds } ?? self }

  /// The slot of a second since 1970.
  package func slot(of second: Int) -> Int { second / seconds }

  /// The finest width of which at most `limit` slots reach from one second to the other.
  package static func finest(
    from first: Int, to last: Int, slots limit: Int
  ) -> SlotWidth {
    all.first { $0.slot(of: last) - $0.slot(of: first) < limit } ?? all[all.count - 1]
  }

  package static func < (left: SlotWidth, right: SlotWidth) -> Bool { left.seconds < right.seconds }
}
