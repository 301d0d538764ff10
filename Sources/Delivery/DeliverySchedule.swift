internal import Addressing

/// Decides what the courier does next: which message goes when, when to ask for more, when to end.
///
/// A pure state machine: `next(at:)` names a step for the courier to take, the other functions tell
/// what came of it. Times are durations since the run began.
///
/// It holds a window of the queue, at most `windowCount` messages and about `windowBytes`, whatever
/// the queue's length. What became of messages is settled many at a time, since each time costs a
/// sync to disk; a crash has the hub drop at most `settlingCount` of them by their uuids once more, and
/// those under way. Messages begin in the order of the queue, those that have failed behind the
/// others, so that one that always fails does not hold up the rest. A message that goes first
/// holds up all that are behind it, until the hub itself has failed at it `firstErrors` times (500).
///
/// The hub drops a message that it has already taken, but only for an hour. So a message that it may have
/// taken (`AttemptOutcome.mayHaveBeenTaken`) is not sent again later than `repeatLimit` after the first
/// such attempt, but set aside. The queue has to know of an attempt before it is made, lest a crash
/// forget it: several are noted at a time, for the same reason.
package struct DeliverySchedule: Sendable {
  package struct Limits: Sendable {
    /// How many attempts are under way at a time.
    package var concurrency = 4
    package var windowCount = 64
    package var windowBytes = 1 << 20
    /// So many outcomes are settled without waiting until nothing is under way.
    package var settlingCount = 32
    /// When stopping: how long attempts under way may still take before they are called off.
    package var stopGrace: Duration = .seconds(2)
    /// So many attempts are noted at a time.
    package var notingCount = 32
    /// How long a note may wait for its attempt before it is made anew: it says when that was.
    package var noteLife: Duration = .seconds(60)
    /// How long after its first attempt a message may be sent again that the hub may have taken: it
    /// knows it for an hour, and an attempt takes its time.
    package var repeatLimit: Duration = .seconds(59 * 60)
    /// A hub that fails so often at a message that goes first may still take what is behind it.
    package var firstErrors = 5
    package var retry = RetryPolicy.Limits()
    /// How many attempts may begin in a span of time; without one there is no limit.
    package var rates: [Rate] = []

    /// So many attempts in any such time.
    package struct Rate: Sendable {
      package var count: Int
      package var time: Duration
    }

    /// What Apitally's receiver of OTLP takes of an app and a signal: here of all signals together.
    package static let telemetryRates = [
      Rate(count: 200, time: .seconds(1)), Rate(count: 1_800, time: .seconds(60)),
    ]

    package init() {}
  }

  package enum Step: Equatable, Sendable {
    case send(OutgoingMessage)
    /// Have the queue note that these messages are about to be attempted.
    case note([Int64])
    case settle([SettledMessage])
    case fetch(BatchRequest)
    /// Until something happens, but not beyond this time.
    case wait(until: Duration?)
    /// Call off what is under way, and wait for it to end.
    case cancelAttempts
    case end
  }

  private struct Entry {
    var message: OutgoingMessage
    /// Nil unless an attempt is under way.
    var startedAt: Duration?
    var retryAt: Duration = .zero
    var failures = 0
    var firstFailedAt: Duration?
    /// How many of the failures were the hub's own fault, and so perhaps the message's.
    var hubErrors = 0
    /// When the queue was last told that it is about to be attempted; nil if it has no such note.
    var notedAt: Duration?
    /// When an attempt began at which the hub may have taken it: the first one. Below zero for one of an
    /// earlier run.
    var uncertainSince: Duration?
    /// Whether the attempt that is under way is the first at which the hub may take it.
    var isFirstChance = false
  }

  private let limits: Limits
  private var policy: RetryPolicy
  /// In the order of the queue.
  private var window: [Entry] = []
  private var unsettled: [SettledMessage] = []
  /// The queue has been read up to here.
  private var cursor: Int64 = 0
  /// Whether the queue had no more when it was last asked.
  private var isDrained = false
  private var isFinishing = false
  private var endsAt: Duration?
  private var hasCancelledAttempts = false
  private var pace: Pace

  /// Counts so far, and the outcome once it is certain.
  package private(set) var summary = DeliverySummary(outcome: .done)

  package init(_ limits: Limits = Limits()) {
    self.limits = limits
    policy = RetryPolicy(limits.retry)
    pace = Pace(limits.rates)
  }

  // MARK: - What to do

  package mutating func next(at now: Duration) -> Step {
    endSuspension(at: now)
    setUncertainAside(at: now)
    let index = indexToSend(at: now)
    let request = request(at: now)
    // Before one that has failed is tried again, there may be others that have not been tried.
    if let index, request == nil || window[index].failures == 0 { return send(index, at: now) }
    if isSettlingDue {
      defer { unsettled = [] }
      return .settle(unsettled)
    }
    if let endsAt { return nextWhileEnding(at: now, graceUntil: endsAt) }
    if let request { return .fetch(request) }
    return isDone ? .end : .wait(until: deadline(after: now))
  }

  private mutating func send(_ index: Int, at now: Duration) -> Step {
    guard window[index].uncertainSince != nil || isNoted(window[index], at: now) else {
      return note(idsToNote(at: now))
    }
    window[index].isFirstChance = window[index].uncertainSince == nil
    window[index].uncertainSince = window[index].uncertainSince ?? now
    window[index].startedAt = now
    pace.note(now)
    return .send(window[index].message)
  }

  private mutating func note(_ ids: [Int64]) -> Step {
    // What became of an earlier attempt would make the note void.
    guard unsettled.contains(where: { ids.contains($0.id) }) else { return .note(ids) }
    defer { unsettled = [] }
    return .settle(unsettled)
  }

  private func isNoted(_ entry: Entry, at now: Duration) -> Bool {
    entry.notedAt.map { now - $0 < limits.noteLife } ?? false
  }

  /// The messages that are sent next, if all goes well. When the hub seems down, that is one.
  private func idsToNote(at now: Duration) -> [Int64] {
    let isNext = { (entry: Entry) in
      entry.startedAt == nil && entry.retryAt <= now && entry.uncertainSince == nil
        && !self.isNoted(entry, at: now)
    }
    let indexes = window.indices.prefix(barrier).filter { isNext(window[$0]) }
      .sorted { (window[$0].failures, $0) < (window[$1].failures, $1) }
    let count = policy.suspectsOutage ? 1 : limits.notingCount
    return indexes.prefix(count).map { window[$0].message.id }
  }

  private var underWay: Int { window.count { $0.startedAt != nil } }

  private var allowance: Int { policy.suspectsOutage ? 1 : limits.concurrency }

  private func mayBegin(at now: Duration) -> Bool {
    endsAt == nil && now >= policy.pausedUntil && underWay < allowance
  }

  private func indexToSend(at now: Duration) -> Int? {
    guard mayBegin(at: now), now >= pace.nextAt else { return nil }
    let isReady = { (entry: Entry) in entry.startedAt == nil && entry.retryAt <= now }
    return window.indices.prefix(barrier)
      .filter { isReady(window[$0]) }
      .min { (window[$0].failures, $0) < (window[$1].failures, $1) }
  }

  /// How many messages of the window are not behind one that goes first, itself included.
  private var barrier: Int {
    let first = window.firstIndex {
      $0.message.envelope.goesFirst && $0.hubErrors < limits.firstErrors
    }
    return first.map { $0 + 1 } ?? window.count
  }

  private var isSettlingDue: Bool {
    if unsettled.isEmpty { return false }
    return unsettled.count >= limits.settlingCount || underWay == 0 || endsAt != nil
  }

  private func request(at now: Duration) -> BatchRequest? {
    let bytes = window.reduce(0) { $0 + $1.message.body.count }
    guard mayBegin(at: now), !isDrained, window.count < limits.windowCount,
      bytes < limits.windowBytes
    else { return nil }
    return BatchRequest(
      after: cursor, count: limits.windowCount - window.count, bytes: limits.windowBytes - bytes)
  }

  private mutating func nextWhileEnding(at now: Duration, graceUntil: Duration) -> Step {
    if underWay == 0 { return withdrawNotes() ?? .end }
    if hasCancelledAttempts { return .wait(until: nil) }
    guard now >= graceUntil else { return .wait(until: graceUntil) }
    hasCancelledAttempts = true
    return .cancelAttempts
  }

  private var isDone: Bool { isFinishing && isDrained && window.isEmpty }

  private func deadline(after now: Duration) -> Duration? {
    var deadlines = window.filter { $0.startedAt == nil }.map(\.retryAt)
    if !window.isEmpty || !isDrained { deadlines.append(policy.pausedUntil) }
    if !window.isEmpty { deadlines.append(pace.nextAt) }
    return deadlines.filter { $0 > now }.min()
  }

  // MARK: - What happened

  /// The queue's answer to `Step.fetch`.
  package mutating func fetched(_ messages: [OutgoingMessage], at now: Duration) {
    isDrained = messages.isEmpty
    guard let last = messages.last else { return }
    cursor = last.id
    window += messages.map { message in
      Entry(message: message, uncertainSince: message.uncertainFor.map { now - $0 })
    }
    if policy.suspendedUntil != nil { drop() }
  }

  /// The queue has noted that these messages are about to be attempted.
  package mutating func noted(_ ids: [Int64], at now: Duration) {
    let ids = Set(ids)
    for index in window.indices where ids.contains(window[index].message.id) {
      window[index].notedAt = now
    }
  }

  /// An attempt has ended.
  /// - Parameter random: from 0 up to 1.
  package mutating func finished(
    _ id: Int64, with outcome: AttemptOutcome, at now: Duration, random: Double
  ) {
    guard let index = window.firstIndex(where: { $0.message.id == id }),
      let startedAt = window[index].startedAt
    else { preconditionFailure("no attempt of message \(id) is under way") }
    window[index].startedAt = nil
    if window[index].isFirstChance && !outcome.mayHaveBeenTaken {
      (window[index].uncertainSince, window[index].notedAt) = (nil, nil)
    }
    let attempt = RetryPolicy.Attempt(
      isDroppable: window[index].message.envelope.isDroppable, startedAt: startedAt,
      earlierFailures: window[index].failures,
      firstFailedAt: window[index].firstFailedAt)
    switch outcome {
    case .answered(let answer):
      if answer.status == 500 { window[index].hubErrors += 1 }
      let verdict = policy.finished(attempt, with: answer, at: now, random: random)
      act(on: verdict, of: index, at: now, rejection: answer.rejection)
    case .failed(let fault):
      let verdict = policy.finished(attempt, with: fault, at: now, random: random)
      act(on: verdict, of: index, at: now)
    case .cancelled:
      // It stays in the queue; should the hub have taken it, it knows it by its uuid.
      break
    }
  }

  /// More was queued.
  package mutating func messagesAdded() {
    isDrained = false
  }

  /// Nothing more will be queued: end when all is delivered.
  package mutating func finish() {
    isFinishing = true
    isDrained = false
  }

  /// End soon, and leave the rest.
  package mutating func stop(at now: Duration) {
    end(.stopped, at: now)
  }

  // MARK: - What follows

  private mutating func act(
    on verdict: RetryPolicy.Verdict, of index: Int, at now: Duration,
    rejection: PartialRejection? = nil
  ) {
    let id = window[index].message.id
    switch verdict {
    case .delivered:
      summary.delivered += 1
      if let rejection { summary.add(rejection) }
      settle(index, .delivered)
    case .setAside(let reason):
      summary.setAside += 1
      settle(index, .setAside(reason: reason))
    case .leave(let error):
      settle(index, failure(of: index, error))
    case .retry(let time, let error):
      unsettled.append(SettledMessage(id, failure(of: index, error)))
      window[index].retryAt = time
      window[index].failures += 1
      window[index].firstFailedAt = window[index].firstFailedAt ?? now
      if policy.suspendedUntil != nil { drop() }
    case .suspend:
      drop()
    case .stop(let outcome, let error):
      unsettled.append(SettledMessage(id, failure(of: index, error)))
      end(outcome, at: now)
    }
  }

  private func failure(of index: Int, _ error: String) -> SettledMessage.Result {
    .attempted(error: error, isUncertain: window[index].uncertainSince != nil)
  }

  /// Sets aside what the hub may have taken so long ago that it would take it once more.
  private mutating func setUncertainAside(at now: Duration) {
    for index in window.indices.reversed() where window[index].startedAt == nil {
      guard let since = window[index].uncertainSince, now - since >= limits.repeatLimit else {
        continue
      }
      summary.uncertain += 1
      settle(
        index,
        .uncertain(
          reason: "the hub may have taken it, and does not know it again after so long a time"))
    }
  }

  /// Of messages that were to be attempted, and were not, the hub has none.
  private mutating func withdrawNotes() -> Step? {
    let indexes = window.indices.filter {
      window[$0].notedAt != nil && window[$0].uncertainSince == nil
    }
    if indexes.isEmpty { return nil }
    for index in indexes { window[index].notedAt = nil }
    return .settle(indexes.map { SettledMessage(window[$0].message.id, .notAttempted) })
  }

  private mutating func settle(_ index: Int, _ result: SettledMessage.Result) {
    unsettled.append(SettledMessage(window[index].message.id, result))
    window.remove(at: index)
  }

  /// Drops what is droppable and not under way, as the middleware drops the request logs it has.
  private mutating func drop() {
    let isDropped = { (entry: Entry) in entry.message.envelope.isDroppable && entry.startedAt == nil
    }
    let dropped = window.filter(isDropped)
    unsettled += dropped.map { SettledMessage($0.message.id, .dropped) }
    summary.dropped += dropped.count
    window.removeAll(where: isDropped)
  }

  private mutating func endSuspension(at now: Duration) {
    guard let until = policy.suspendedUntil, now >= until else { return }
    policy.endSuspension()
  }

  private mutating func end(_ outcome: DeliverySummary.Outcome, at now: Duration) {
    guard endsAt == nil else { return }
    summary.outcome = outcome
    endsAt = now + limits.stopGrace
  }
}
