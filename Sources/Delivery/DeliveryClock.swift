/// The time that passes during a delivery, as durations since the clock was made.
package struct DeliveryClock: Sendable {
  package var now: @Sendable () -> Duration
  /// Returns at the given time, or earlier if the task is cancelled.
  package var sleep: @Sendable (_ until: Duration) async -> Void

  package init(
    now: @escaping @Sendable () -> Duration,
    sleep: @escaping @Sendable (_ until: Duration) async -> Void
  ) {
    self.now = now
    self.sleep = sleep
  }

  /// Goes on while the machine sleeps, as the hub's time does.
  package static func continuous() -> DeliveryClock {
    let start = ContinuousClock.now
    return DeliveryClock(
      now: { ContinuousClock.now - start },
      sleep: { try? await Task.sleep(until: start + $0, clock: .continuous) })
  }
}
