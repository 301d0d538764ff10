import Foundation
import Outbox
import Testing

struct StateLockTests {
  let state: TemporaryState

  init() throws {
    state = try TemporaryState()
  }

  @Test func `a second run is told who holds the lock`() throws {
    let lock = try StateLock.acquire(in: state.directory)
    #expect(throws: OutboxError.lockHeld(pid: ProcessInfo.processInfo.processIdentifier)) {
      try StateLock.acquire(in: state.directory)
    }
    withExtendedLifetime(lock) {}
  }

  @Test func `whether the lock is held can be seen without taking it`() throws {
    #expect(try !StateLock.isHeld(in: state.directory))
    let lock = try StateLock.acquire(in: state.directory)
    let ours = ProcessInfo.processInfo.processIdentifier
    #expect(try StateLock.holder(in: state.directory)?.processID == ours)
    #expect(try StateLock.isHeld(in: state.directory))
    lock.release()
    #expect(try !StateLock.isHeld(in: state.directory))
    let again = try StateLock.acquire(in: state.directory)
    withExtendedLifetime((lock, again)) {}
  }

  @Test func `a run does not give way to someone who only looks`() async throws {
    try StateLock.acquire(in: state.directory).release()
    let directory = state.directory
    // Several, so that hardly a moment is without one.
    let looking = (0..<3).map { _ in
      Task.detached { while !Task.isCancelled { _ = try StateLock.isHeld(in: directory) } }
    }
    for _ in 0..<2_000 { try StateLock.acquire(in: directory).release() }
    // All of them first: they leave no thread to a test that waits.
    for looker in looking { looker.cancel() }
    for looker in looking { try await looker.value }
  }

  @Test func `the lock is free as soon as its holder is gone`() throws {
    for _ in 0..<3 { _ = try StateLock.acquire(in: state.directory) }
  }

  @Test func `a lock file of a dead process is no obstacle`() throws {
    _ = try StateLock.acquire(in: state.directory)
    try writeFile(state.directory + "/lock", Array("99999999\n".utf8))
    _ = try StateLock.acquire(in: state.directory)
  }

  @Test(arguments: ["", "12", "x\n"])
  func `a holder that has not written its pid yet is unknown`(content: String) throws {
    let lock = try StateLock.acquire(in: state.directory)
    try writeFile(state.directory + "/lock", Array(content.utf8))
    #expect(throws: OutboxError.lockHeld(pid: nil)) { try StateLock.acquire(in: state.directory) }
    withExtendedLifetime(lock) {}
  }

  @Test func `a run that waits gets the lock, or gives up at its limit`() async throws {
    let lock = try StateLock.acquire(in: state.directory)
    await #expect(throws: OutboxError.lockHeld(pid: ProcessInfo.processInfo.processIdentifier)) {
      _ = try await StateLock.acquire(in: state.directory, waitingUpTo: .milliseconds(10))
    }
    let directory = state.directory
    let waiting = Task { try await StateLock.acquire(in: directory, waitingUpTo: nil) }
    withExtendedLifetime(lock) {}
    _ = consume lock
    _ = try await waiting.value
  }

  @Test func `a run that waits can be cancelled`() async throws {
    let lock = try StateLock.acquire(in: state.directory)
    let directory = state.directory
    let waiting = Task { try await StateLock.acquire(in: directory, waitingUpTo: nil) }
    waiting.cancel()
    await #expect(throws: OutboxError.self) { try await waiting.value }
    withExtendedLifetime(lock) {}
  }
}
