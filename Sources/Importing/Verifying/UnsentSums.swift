internal import Addressing
internal import Outbox

/// What of the sums was not delivered, or not for certain: that of the messages in the queue.
struct UnsentSums {
  /// How many sums are kept: 100 MB. A queue of more is to be delivered first.
  static let limit = 500_000

  private(set) var unsent = TrafficSums()
  private(set) var uncertain = TrafficSums()
  private(set) var messageCount = 0
  private(set) var uncertainCount = 0
  private(set) var damagedCount = 0

  /// nil if there are too many.
  init?(of app: App, in outbox: OutboxDatabase) throws(OutboxError) {
    try outbox.forEachSummedMessage(of: app) { message in
      add(message)
      return unsent.count + uncertain.count <= Self.limit
    }
    if unsent.count + uncertain.count > Self.limit { return nil }
  }

  private mutating func add(_ message: SummedMessage) {
    if message.isDamaged {
      damagedCount += 1
      return
    }
    let sums = trafficSums(message.envelope, message.body)
    // Such as one with nothing but names of consumers.
    if sums.isEmpty { return }
    unsent += sums
    if message.isUncertain {
      uncertain += sums
      uncertainCount += 1
    } else {
      messageCount += 1
    }
  }
}
