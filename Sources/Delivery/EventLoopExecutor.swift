internal import NIOCore

/// Runs tasks on an event loop, so that a task that waits for the network goes on in the thread that
/// has read from it. They must not block, and have to end before the loop does.
final class EventLoopExecutor: TaskExecutor {
  private let loop: any EventLoop

  init(_ loop: any EventLoop) {
    self.loop = loop
  }

  func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    // SAFETY: the job is run once, here, and `self` lives as long as the loop holds this closure.
    loop.execute { unsafe job.runSynchronously(on: self.asUnownedTaskExecutor()) }
  }
}
