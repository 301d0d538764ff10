import Diagnostics
import Foundation
import Importing
import Ingesting
import Reporting
import Synchronization

/// Reports on standard error what a run does: diagnostics as they occur and, on a terminal, a
/// progress line below them.
final class TerminalWatcher: ImportWatcher {
  /// A run shorter than this shows no progress.
  private static let quietSeconds = 1.0

  private let showsProgress: Bool
  private let usesColour: Bool
  private let isShowing = Mutex(false)

  init(progress: ProgressChoice) {
    let isTerminal = isatty(STDERR_FILENO) == 1
    let environment = ProcessInfo.processInfo.environment
    showsProgress = progress == .always || progress == .auto && isTerminal
    // https://no-color.org: set, and not empty.
    usesColour = isTerminal && (environment["NO_COLOR"] ?? "").isEmpty
  }

  func report(_ diagnostic: Diagnostic) {
    endProgress()
    write(coloured(diagnostic) + "\n", to: .standardError)
  }

  func show(_ progress: ReadingProgress) { show(progress, queued: 0, delivered: nil) }

  func show(_ progress: ReadingProgress, _ messages: MessageProgress) {
    show(progress, queued: messages.queued, delivered: messages.delivered)
  }

  private func show(_ progress: ReadingProgress, queued: Int, delivered: Int?) {
    guard showsProgress, progress.seconds >= Self.quietSeconds else { return }
    let line = ProgressLine(
      bytesRead: progress.bytesRead, bytesTotal: progress.bytesTotal,
      bytesUncompressed: progress.bytesUncompressed, messagesQueued: queued,
      messagesDelivered: delivered, seconds: progress.seconds)
    isShowing.withLock { isShowing in
      isShowing = true
      write("\r\u{1B}[K" + line.text(width: terminalWidth() - 1), to: .standardError)
    }
  }

  func endProgress() {
    isShowing.withLock { isShowing in
      if isShowing { write("\r\u{1B}[K", to: .standardError) }
      isShowing = false
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

  private func terminalWidth() -> Int {
    var size = winsize()
    guard unsafe ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else {
      return 80
    }
    return Int(size.ws_col)
  }
}
