import Analyzing
import Diagnostics
import Foundation
import Ingesting
import Reporting

/// Shows a live view of the newest minutes while logs are read. What is reported meanwhile comes after it.
final class LiveWatcher: RunWatcher, @unchecked Sendable {
  /// Seconds between two looks at what was read.
  private static let interval = 1.0

  private let recent: RecentMinutes
  private let options: ReportOptions
  private let stop: @Sendable () -> Void
  private let watcher: TerminalWatcher

  // Touched by the main thread only, which shows progress.
  private var terminal: LiveTerminal?
  private var state = LiveState()
  private var update = ScreenUpdate()
  private var report = Report()
  private var age: Double?
  private var looked = ContinuousClock.now - .seconds(60)
  private var size = (columns: 0, lines: 0)

  /// Guards what follows.
  private let lock = NSLock()
  private var isShowing = false
  private var diagnostics: [Diagnostic] = []

  /// - Parameter stop: ends the reading.
  init(
    _ recent: RecentMinutes, _ options: ReportOptions, then watcher: TerminalWatcher,
    stop: @escaping @Sendable () -> Void
  ) {
    (self.recent, self.options, self.watcher, self.stop) = (recent, options, watcher, stop)
    state.sort = options.sort
  }

  func report(_ diagnostic: Diagnostic) {
    let waits = lock.withLock {
      if isShowing { diagnostics.append(diagnostic) }
      return isShowing
    }
    if !waits { watcher.report(diagnostic) }
  }

  /// Called a few times a second.
  func show(_ progress: ReadingProgress) {
    if terminal == nil {
      terminal = LiveTerminal()
      lock.withLock { isShowing = terminal != nil }
    }
    guard let terminal else { return }
    var isChanged = terminal.hasContinued()
    if isChanged { update.reset() }
    for key in terminal.keys() {
      isChanged = true
      switch state.take(key) {
      case .none: break
      case .quit: stop()
      case .suspend:
        terminal.suspend()
        update.reset()
      }
    }
    let now = ContinuousClock.now
    if looked.duration(to: now) >= .seconds(Self.interval) && !state.isPaused || isChanged {
      if !state.isPaused {
        report = recent.report(ofLast: state.windowMinutes)
        age = recent.newestRequest.map {
          Date().timeIntervalSince1970 - Double($0) / 1_000_000_000
        }
      }
      looked = now
      isChanged = true
    }
    let size = terminal.size
    if size != self.size {
      self.size = size
      update.reset()
      write("\u{1B}[2J", to: .standardOutput)
      isChanged = true
    }
    if isChanged { draw() }
  }

  private func draw() {
    let style = ReportStyle(for: .standardOutput, options)
    let screen = LiveScreen(report, state, style, height: size.lines)
    write(update.text(for: screen.lines(age: age)), to: .standardOutput)
  }

  func endProgress() {
    terminal?.end()
    terminal = nil
    let waiting = lock.withLock {
      defer { diagnostics = [] }
      isShowing = false
      return diagnostics
    }
    for diagnostic in waiting { watcher.report(diagnostic) }
  }
}
