import Diagnostics
import Foundation
import Synchronization

/// The alternate screen of a terminal, and its keys. Both are given back, however the program ends.
///
/// Keys come from the terminal itself, because standard input is the log.
final class LiveTerminal {
  private static let entering = "\u{1B}[?1049h\u{1B}[?25l\u{1B}[H\u{1B}[2J"
  private static let leaving = Array("\u{1B}[?25h\u{1B}[?1049l".utf8)

  /// The terminal, or -1 while it is as it was. What a signal handler may touch is here.
  private static let descriptor = Atomic<Int32>(-1)
  private static let hasContinued = Atomic<Bool>(false)
  /// Whether the program is about to end from another thread, so that the screen is no longer its own.
  private static let isGivenBack = Atomic<Bool>(false)
  // SAFETY: written once before any handler is installed, and only read afterwards.
  nonisolated(unsafe) private static var original = termios()

  /// nil if there is no terminal.
  init?() {
    guard isatty(STDOUT_FILENO) == 1 else { return nil }
    let terminal = unsafe open("/dev/tty", O_RDWR | O_CLOEXEC | O_NONBLOCK)
    guard terminal >= 0, unsafe tcgetattr(terminal, &Self.original) == 0 else { return nil }
    Self.descriptor.store(terminal, ordering: .relaxed)
    for number in [SIGILL, SIGTRAP, SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGHUP, SIGQUIT] {
      signal(number) { number in
        LiveTerminal.restore()
        signal(number, SIG_DFL)
        raise(number)
      }
    }
    signal(SIGCONT) { _ in LiveTerminal.hasContinued.store(true, ordering: .relaxed) }
    enter()
  }

  /// Whether the screen has to be drawn anew, because the program was stopped and goes on.
  func hasContinued() -> Bool {
    guard Self.hasContinued.exchange(false, ordering: .relaxed) else { return false }
    enter()
    return true
  }

  private func enter() {
    if Self.isGivenBack.load(ordering: .sequentiallyConsistent) { return }
    var raw = unsafe Self.original
    // Neither echo nor lines; Ctrl-C and Ctrl-Z are keys.
    raw.c_lflag &= ~tcflag_t(ICANON | ECHO | ISIG | IEXTEN)
    raw.c_iflag &= ~tcflag_t(IXON | ICRNL)
    _ = unsafe tcsetattr(Self.descriptor.load(ordering: .relaxed), TCSANOW, &raw)
    write(Self.entering, to: .standardOutput)
    // Whichever of the two threads is the later one, the terminal is as it was.
    if Self.isGivenBack.load(ordering: .sequentiallyConsistent) { Self.restore() }
  }

  /// Gives the terminal back, if it was taken, from any thread of a program that ends at once.
  static func giveBack() {
    isGivenBack.store(true, ordering: .sequentiallyConsistent)
    restore()
  }

  /// Gives the terminal back, if it was taken. Calls nothing but what a signal handler may.
  private static func restore() {
    let terminal = descriptor.load(ordering: .relaxed)
    guard terminal >= 0 else { return }
    unsafe leaving.withUnsafeBytes { bytes in
      _ = unsafe Glibc.write(terminal, bytes.baseAddress, bytes.count)
    }
    _ = unsafe tcsetattr(terminal, TCSANOW, &original)
  }

  /// Gives the terminal back for good.
  func end() {
    Self.restore()
    close(Self.descriptor.exchange(-1, ordering: .relaxed))
  }

  /// Stops the program and those it shares a pipe with, as Ctrl-Z does; returns when it goes on.
  func suspend() {
    Self.restore()
    Self.hasContinued.store(false, ordering: .relaxed)
    kill(0, SIGTSTP)
    // Another thread may be the one that stops for it, a little later. Where nothing stops, as without a shell's
    // job control, this is a second.
    for _ in 0..<200 where !Self.hasContinued.load(ordering: .relaxed) { usleep(5_000) }
    Self.hasContinued.store(false, ordering: .relaxed)
    enter()
  }

  /// The keys pressed since this was last asked.
  func keys() -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: 64)
    let count = unsafe read(Self.descriptor.load(ordering: .relaxed), &bytes, bytes.count)
    return count > 0 ? Array(bytes[..<count]) : []
  }

  /// Columns and lines.
  var size: (columns: Int, lines: Int) {
    var size = winsize()
    let isKnown = unsafe ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0
    return isKnown ? (Int(size.ws_col), Int(size.ws_row)) : (80, 24)
  }
}
