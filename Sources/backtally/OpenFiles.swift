import Diagnostics
import Foundation

/// Whether there is room in the process for the files that a run opens.
enum OpenFiles {
  /// How many more have to fit in when the program begins: for the state directory, for connections, for
  /// logs. Libraries that find no room end the program without a word.
  static let least = 28

  /// The limit is raised to this, if it is lower and may be raised.
  private static let usual: rlim_t = 256

  /// Opens nothing where one of the three standard files is closed, so that no other file takes its place.
  static func fillStandardFiles() {
    while true {
      let file = unsafe open("/dev/null", O_RDWR)
      if file > STDERR_FILENO { close(file) }
      if file < 0 || file > STDERR_FILENO { return }
    }
  }

  /// Ends the program if there is no room.
  static func require() {
    raiseLimit()
    var files: [Int32] = []
    while files.count < least {
      let file = dup(STDERR_FILENO)
      if file < 0 { break }
      files.append(file)
    }
    let number = errno
    for file in files { close(file) }
    guard files.count < least, number == EMFILE || number == ENFILE else { return }
    end(
      with: Diagnostic(
        .error, code: "too-few-files",
        "the program cannot begin: \(systemMessage(number)): it needs \(least) more, and only "
          + "\(files.count) can be opened",
        hint: systemHint(number)))
  }

  private static func raiseLimit() {
    var limit = rlimit()
    guard unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0,
      limit.rlim_cur < min(usual, limit.rlim_max)
    else { return }
    limit.rlim_cur = min(usual, limit.rlim_max)
    _ = unsafe setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
  }
}
