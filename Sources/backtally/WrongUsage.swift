import ArgumentParser
import Configuring
import Diagnostics
import Foundation

/// What to say of a command line that makes no sense, in the form that all errors have.
struct WrongUsage {
  let diagnostic: Diagnostic

  /// - Parameters:
  ///   - error: the library's.
  ///   - arguments: what it parsed.
  init(_ error: any Error, _ arguments: [String]) {
    if let unknown = UnknownCommand(arguments) {
      diagnostic = unknown.diagnostic
      return
    }
    var message = Self.inOurStyle(Backtally.message(for: error))
    var guess: String?
    // "unknown option '--formt'. Did you mean '--format'?"
    if let match = message.firstMatch(of: /\. Did you mean '([^']+)'\?$/) {
      guess = "did you mean `\(match.output.1)`?"
      message.removeSubrange(match.range)
    }
    // The library's last line: "  See 'backtally import --help' for more information."
    let name =
      Backtally.fullMessage(for: error)
      .firstMatch(of: /See '(backtally[a-z ]*) --help' for more information/)
      .map { String($0.output.1) } ?? "backtally"
    // The message quotes what was typed, which may contain anything a script put there; it is escaped when
    // it is rendered.
    diagnostic = Diagnostic(
      .error, code: "wrong-usage", message, hint: guess ?? "`\(name) --help` lists what it takes",
      exitStatus: .wrongUsage)
  }

  /// The library begins its sentences with a capital letter, and ends some with a full stop.
  private static func inOurStyle(_ text: String) -> String {
    var lines = text.split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }
    if let first = lines.first?.first, lines[0].dropFirst().first?.isLowercase == true {
      lines[0] = first.lowercased() + lines[0].dropFirst()
    }
    var sentence = lines.joined(separator: " ")
    if sentence.hasSuffix("."), !sentence.hasSuffix("..") { sentence.removeLast() }
    return sentence
  }
}

/// A word that stands where a command is due, and is none.
struct UnknownCommand {
  let diagnostic: Diagnostic

  /// nil if all commands that the arguments begin with are known.
  init?(_ arguments: [String]) {
    var command: any ParsableCommand.Type = Backtally.self
    var path = "backtally"
    for argument in arguments {
      let subcommands = command.configuration.subcommands
      if argument.hasPrefix("-") || subcommands.isEmpty { return nil }
      let names = subcommands.map { $0._commandName }
      guard let known = names.firstIndex(of: argument) else {
        let whole = "\(path) \(argument)".dropFirst("backtally ".count)
        diagnostic = Diagnostic(
          .error, code: "no-such-command", "there is no command '\(whole)'",
          hint: Self.hint(for: argument, among: names, of: path), exitStatus: .wrongUsage)
        return
      }
      command = subcommands[known]
      path += " \(argument)"
    }
    return nil
  }

  private static func hint(for word: String, among names: [String], of path: String) -> String {
    if path == "backtally", FileManager.default.fileExists(atPath: word) {
      return "to see what is in it: backtally analyze \(word)"
    }
    if let nearest = nearestName(to: word, among: names) {
      return "did you mean `\(path) \(nearest)`?"
    }
    return "the commands are: \(names.joined(separator: ", "))"
  }
}
