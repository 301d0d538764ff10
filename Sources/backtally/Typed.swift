import Diagnostics
import Foundation

/// The command line as it was typed.
enum Typed {
  /// Options whose values may begin with a dash: `--since -1h`.
  private static let optionsOfTimes: Set = ["--since", "--until", "--compare-at"]

  /// The arguments as the library parses them.
  ///
  /// It would take `-1h` for a group of short options, the last of which asks for help, so such a value is
  /// joined to its option. And it has no short name for `--version`.
  static var arguments: [String] {
    var parsed: [String] = []
    var rest = raw[...]
    while let argument = rest.popFirst() {
      if argument == "--" { return parsed + [argument] + rest }
      if optionsOfTimes.contains(argument), let value = rest.first, value.hasPrefix("-") {
        parsed.append("\(argument)=\(rest.removeFirst())")
      } else {
        parsed.append(argument == "-V" ? "--version" : argument)
      }
    }
    return parsed
  }

  /// The arguments, whose bytes need not be UTF-8: they may be paths.
  private static var raw: [String] {
    (1..<max(Int(CommandLine.argc), 1)).compactMap { index in
      // SAFETY: the system passes argc arguments, each of which ends with a NUL.
      guard let argument = unsafe CommandLine.unsafeArgv[index] else { return nil }
      let bytes = unsafe UnsafeBufferPointer(start: argument, count: strlen(argument))
      return unsafe PathText.text(of: bytes.lazy.map { UInt8(bitPattern: $0) })
    }
  }
}
