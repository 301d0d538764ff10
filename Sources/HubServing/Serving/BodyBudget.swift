import HTTPTypes
import NIOCore
import Synchronization

/// How much of bodies may be in memory at once, in all requests together. What finds no room is told to come
/// again.
final class BodyBudget: Sendable {
  /// 48 MiB: three of the largest, or fifty of the usual size.
  static let byteLimit = 48 << 20

  private let taken = Mutex(0)

  /// Whether there was room for so many bytes more, which are then taken.
  func take(_ count: Int) -> Bool {
    taken.withLock { taken in
      guard taken + count <= Self.byteLimit else { return false }
      taken += count
      return true
    }
  }

  func giveBack(_ count: Int) {
    taken.withLock { $0 -= count }
  }
}
