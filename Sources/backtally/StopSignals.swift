import Dispatch
import Foundation
import Synchronization

/// Turns the first SIGINT or SIGTERM into a call, and the second into the end of the program.
final class StopSignals {
  private let sources: [any DispatchSourceSignal]

  init(_ stop: @escaping @Sendable () -> Void) {
    let state = State()
    sources = [SIGINT, SIGTERM].map { number in
      // The default action would end the program before the source sees the signal.
      signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
      source.setEventHandler {
        if state.isAsked.exchange(true, ordering: .relaxed) {
          // 128 + the signal's number is what shells report of a program that a signal has ended.
          _exit(128 + number)
        }
        stop()
      }
      source.resume()
      return source
    }
  }

  func cancel() {
    for source in sources { source.cancel() }
  }

  private final class State: Sendable {
    let isAsked = Atomic<Bool>(false)
  }
}
