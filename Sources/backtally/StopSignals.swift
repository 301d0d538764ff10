import Diagnostics
import Dispatch
import Foundation
import Synchronization

/// Turns the first SIGINT, SIGTERM or SIGHUP into a call, and ends the program at the second.
///
/// SIGHUP is what a terminal that is closed sends, sometimes twice, so a second signal of that kind changes
/// nothing; under `nohup` it stays ignored.
///
/// Our own signal handler writes the signal's number into a pipe, and Dispatch watches the other
/// end. Dispatch's own signal source can lose a signal while any thread does not block it, and in a
/// program that waits for tasks the main thread does not: of a hundred signals sent to a busy
/// import, a few went unnoticed.
final class StopSignals {
  /// The end of the pipe that the handler writes to. An atomic, because a handler may touch nothing
  /// else. The program has one such pipe, and it is never closed.
  private static let writingEnd = Atomic<Int32>(-1)

  /// `SIG_IGN`, as a number.
  private static let ignored = 1

  private let source: any DispatchSourceRead

  init(_ stop: @escaping @Sendable () -> Void) {
    var ends: [Int32] = [-1, -1]
    guard unsafe pipe(&ends) == 0 else {
      // Nothing could be read or written either.
      let number = errno
      end(
        with: Diagnostic(
          .error, code: "cannot-begin", "the program cannot begin: \(systemMessage(number))",
          hint: systemHint(number)))
    }
    for end in ends {
      _ = fcntl(end, F_SETFD, FD_CLOEXEC)
      // Neither the handler nor the reader may ever block.
      _ = fcntl(end, F_SETFL, O_NONBLOCK)
    }
    let readingEnd = ends[0]
    Self.writingEnd.store(ends[1], ordering: .relaxed)
    let state = State()
    source = DispatchSource.makeReadSource(fileDescriptor: readingEnd, queue: .global())
    source.setEventHandler {
      var number: UInt8 = 0
      while unsafe read(readingEnd, &number, 1) == 1 {
        if state.isAsked.exchange(true, ordering: .relaxed) {
          if Int32(number) == SIGHUP { continue }
          LiveTerminal.giveBack()
          // 128 + the signal's number is what shells report for a program ended by a signal.
          _exit(128 + Int32(number))
        }
        stop()
      }
    }
    source.resume()
    for number in [SIGINT, SIGTERM, SIGHUP] {
      let before = signal(number) { number in
        // The interrupted code may be about to read errno.
        let interrupted = errno
        var byte = UInt8(truncatingIfNeeded: number)
        _ = unsafe write(StopSignals.writingEnd.load(ordering: .relaxed), &byte, 1)
        errno = interrupted
      }
      if number == SIGHUP, unsafe unsafeBitCast(before, to: Int.self) == Self.ignored {
        signal(SIGHUP, SIG_IGN)
      }
    }
  }

  func cancel() { source.cancel() }

  private final class State: Sendable {
    let isAsked = Atomic<Bool>(false)
  }
}
