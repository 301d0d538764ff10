import Diagnostics
import Foundation
import Importing
import Ingesting
import Reporting
import Synchronization

/// Reports on standard error what a run does: diagnostics as they occur and how far it is, on a terminal as
/// a line below them, elsewhere as a line every minute.
final class TerminalWatcher: ImportWatcher {
  /// A run shorter than this shows no progress.
  private static let quietSeconds = 0.4

  private enum Progress {
    case none
    /// One line that is written over and over again.
    case terminal
    /// A line now and then.
    case lines
  }

  private let progress: Progress
  private let usesColour: Bool
  private let verbosity: Verbosity
  /// nil for people.
  private let logFormat: LogLineFormat?
  private let state = Mutex(State())

  private struct State {
    var isShowing = false
    var pacing = ProgressPacing()
  }

  convenience init(
    progress: ProgressChoice, _ options: VerbosityOptions, logFormat: LogLineFormat? = nil
  ) {
    self.init(progress: progress, options.verbosity, logFormat: logFormat)
  }

  init(
    progress: ProgressChoice, _ verbosity: Verbosity, logFormat: LogLineFormat? = nil
  ) {
    let isTerminal = isatty(STDERR_FILENO) == 1
    let environment = ProcessInfo.processInfo.environment
    self.verbosity = verbosity
    self.logFormat = logFormat
    self.progress =
      switch progress {
      case .never: .none
      case .always: .terminal
      case .auto where verbosity == .quiet: .none
      case .auto: isTerminal && logFormat == nil ? .terminal : .lines
      }
    // https://no-color.org: set, and not empty.
    usesColour = isTerminal && logFormat == nil && (environment["NO_COLOR"] ?? "").isEmpty
  }

  func report(_ diagnostic: Diagnostic) {
    guard isWanted(diagnostic.severity) else { return }
    endProgress()
    write(line(diagnostic) + "\n", to: .standardError)
  }

  /// Says what only those hear who ask for more (`-v`).
  func explain(_ diagnostic: @autoclosure () -> Diagnostic) {
    if verbosity == .verbose { report(diagnostic()) }
  }

  /// The one line that a log has of a run that went well.
  func conclude(_ diagnostic: Diagnostic) {
    guard logFormat != nil, verbosity != .quiet else { return }
    endProgress()
    write(line(diagnostic) + "\n", to: .standardError)
  }

  private func isWanted(_ severity: Diagnostic.Severity) -> Bool {
    switch (verbosity, severity) {
    case (_, .error), (.verbose, _): true
    case (.quiet, _): false
    // In a log, a run that went well is one line.
    case (.normal, .note): logFormat == nil
    case (.normal, .warning): true
    }
  }

  private func line(_ diagnostic: Diagnostic) -> String {
    guard let logFormat else { return coloured(diagnostic) }
    return logFormat.line(diagnostic, at: Int64(Date().timeIntervalSince1970 * 1e9))
  }

  func show(_ progress: ReadingProgress) { show(progress, MessageProgress(queued: 0)) }

  func show(_ progress: ReadingProgress, _ messages: MessageProgress) {
    guard self.progress != .none, progress.seconds >= Self.quietSeconds else { return }
    let line = ProgressLine(progress, messages)
    state.withLock { state in
      if self.progress == .terminal {
        state.isShowing = true
        write("\r\u{1B}[K" + line.text(width: terminalWidth() - 1), to: .standardError)
      } else if state.pacing.isDue(at: progress.seconds) {
        let note = Diagnostic(.note, code: "progress", line.text)
        write(self.line(note) + "\n", to: .standardError)
      }
    }
  }

  func endProgress() {
    state.withLock { state in
      if state.isShowing { write("\r\u{1B}[K", to: .standardError) }
      state.isShowing = false
    }
  }

  private func coloured(_ diagnostic: Diagnostic) -> String {
    guard usesColour else { return diagnostic.rendered }
    let code =
      switch diagnostic.severity {
      case .error: "31"
      case .warning: "33"
      case .note: "36"
      }
    let word = "\(diagnostic.severity.rawValue):"
    return diagnostic.rendered.replacingOccurrences(
      of: word, with: "\u{1B}[1;\(code)m\(word)\u{1B}[0m",
      options: [], range: diagnostic.rendered.range(of: word))
  }

  /// Asked each time, since a terminal may be made narrower meanwhile.
  private func terminalWidth() -> Int {
    var size = winsize()
    guard unsafe ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else {
      return 80
    }
    return Int(size.ws_col)
  }
}

extension ProgressLine {
  fileprivate init(_ progress: ReadingProgress, _ messages: MessageProgress) {
    self.init(
      bytesRead: progress.bytesRead, bytesTotal: progress.bytesTotal,
      bytesUncompressed: progress.bytesUncompressed, messagesQueued: messages.queued,
      messagesDelivered: messages.delivered, seconds: progress.seconds,
      sending: messages.sending.map {
        Sending(
          delivered: $0.delivered, total: $0.total, deliveredBefore: $0.deliveredBefore,
          seconds: $0.seconds)
      })
  }
}
