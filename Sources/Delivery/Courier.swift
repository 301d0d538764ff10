internal import Synchronization

/// Carries messages from the queue to the hub until it is told to finish or to stop.
///
/// What to do is decided by `DeliverySchedule`; this only does it. At most
/// `DeliverySchedule.Limits.concurrency` attempts are under way, and no more messages in memory
/// than the schedule's window. The import may go on meanwhile: it calls `messagesAdded()` after each
/// checkpoint, and `finish()` after the last. A courier runs once.
package final class Courier: Sendable {
  private let source: any MessageSource
  private let transport: any Transport
  private let limits: DeliverySchedule.Limits
  private let clock: DeliveryClock
  private let random: @Sendable () -> Double
  private let mailbox = Mailbox()

  /// - Parameter random: yields numbers from 0 up to 1, for the jitter.
  package init(
    from source: any MessageSource, over transport: any Transport,
    limits: DeliverySchedule.Limits = .init(), clock: DeliveryClock = .continuous(),
    random: @escaping @Sendable () -> Double = { Double.random(in: 0..<1) }
  ) {
    self.source = source
    self.transport = transport
    self.limits = limits
    self.clock = clock
    self.random = random
  }

  /// Says that more was queued. Any thread, at any time.
  package func messagesAdded() {
    mailbox.post { $0.messagesWereAdded = true }
  }

  /// Says that nothing more will be queued: `run()` returns when all that waits has been tried.
  package func finish() {
    mailbox.post { $0.isAskedToFinish = true }
  }

  /// Makes `run()` return within seconds (`stopGrace`). What is left stays in the queue.
  package func stop() {
    mailbox.post { $0.isAskedToStop = true }
  }

  /// Delivers. Cancelling the task is like `stop()`, but calls off attempts at once.
  ///
  /// Throws only what the queue throws; what was delivered and could not be recorded is sent again
  /// by the next run, and dropped by the hub, which knows its uuid.
  package func run() async throws -> DeliverySummary {
    try await withTaskCancellationHandler {
      // Where the transport works, so that an answer leads to the next message without a change of
      // threads.
      var summary = try await withTaskExecutorPreference(transport.executor) { try await carry() }
      summary.waiting = try await source.waitingCount()
      return summary
    } onCancel: {
      stop()
    }
  }

  private func carry() async throws -> DeliverySummary {
    try await withThrowingDiscardingTaskGroup(returning: DeliverySummary.self) { group in
      var schedule = DeliverySchedule(limits)
      while try await take(schedule.next(at: clock.now()), for: &schedule, in: &group) {
        deliver(mailbox.collect(), to: &schedule)
      }
      return schedule.summary
    }
  }

  /// Does what the schedule asks for.
  /// - Returns: false for the last step.
  private func take(
    _ step: DeliverySchedule.Step, for schedule: inout DeliverySchedule,
    in group: inout ThrowingDiscardingTaskGroup<any Error>
  ) async throws -> Bool {
    switch step {
    case .send(let message):
      group.addTask { [transport, mailbox] in
        let outcome = await transport.send(message)
        mailbox.post { $0.finished.append((message.id, outcome)) }
      }
    case .note(let ids):
      try await besideTransport { [source] in try await source.noteAttempts(of: ids) }
      schedule.noted(ids, at: clock.now())
    case .settle(let messages):
      try await besideTransport { [source] in try await source.settle(messages) }
    case .fetch(let request):
      let messages = try await besideTransport { [source] in
        try await source.nextBatch(request)
      }
      schedule.fetched(messages, at: clock.now())
    case .wait(let deadline):
      await wait(until: deadline)
    case .cancelAttempts:
      group.cancelAll()
    case .end:
      return false
    }
    return true
  }

  /// The queue may block its thread, which must not be the transport's.
  private func besideTransport<Value: Sendable>(
    _ work: @Sendable () async throws -> Value
  ) async throws -> Value {
    // Without the attribute the work would go on in the thread that it is asked from.
    try await withTaskExecutorPreference(globalConcurrentExecutor) { @concurrent in
      try await work()
    }
  }

  private func wait(until deadline: Duration?) async {
    let timer = deadline.map { deadline in
      Task { [clock, mailbox] in
        await clock.sleep(deadline)
        mailbox.post { $0.timeIsUp = true }
      }
    }
    await mailbox.waitForMail()
    timer?.cancel()
  }

  private func deliver(_ mail: Mailbox.Mail, to schedule: inout DeliverySchedule) {
    for (id, outcome) in mail.finished {
      schedule.finished(id, with: outcome, at: clock.now(), random: random())
    }
    if mail.messagesWereAdded { schedule.messagesAdded() }
    if mail.isAskedToFinish { schedule.finish() }
    if mail.isAskedToStop { schedule.stop(at: clock.now()) }
  }
}

/// What has happened since the courier last looked. Bounded: a flag for each kind of news, and the
/// attempts that have ended, of which there are no more than are under way.
private final class Mailbox: Sendable {
  struct Mail: Sendable {
    var finished: [(id: Int64, outcome: AttemptOutcome)] = []
    var messagesWereAdded = false
    var isAskedToFinish = false
    var isAskedToStop = false
    var timeIsUp = false

    var isEmpty: Bool {
      finished.isEmpty && !messagesWereAdded && !isAskedToFinish && !isAskedToStop && !timeIsUp
    }
  }

  private struct State {
    var mail = Mail()
    var waiter: CheckedContinuation<Void, Never>?
  }

  private let state = Mutex(State())

  func post(_ change: (inout Mail) -> Void) {
    let waiter = state.withLock { state in
      change(&state.mail)
      return state.waiter.take()
    }
    waiter?.resume()
  }

  /// Takes what there is, which may be nothing.
  func collect() -> Mail {
    state.withLock { state in
      defer { state.mail = Mail() }
      return state.mail
    }
  }

  /// Returns as soon as there is something to collect.
  func waitForMail() async {
    await withCheckedContinuation { continuation in
      let hasMail = state.withLock { state in
        if state.mail.isEmpty { state.waiter = continuation }
        return !state.mail.isEmpty
      }
      if hasMail { continuation.resume() }
    }
  }
}
