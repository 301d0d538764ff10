import Foundation
import TestSupport

/// What `--experimental-dump-help` says of a command (ArgumentParserToolInfo).
struct DumpedCommand: Decodable {
  struct Argument: Decodable {
    struct Name: Decodable {
      var kind: String
      var name: String
    }

    var kind: String
    var shouldDisplay: Bool
    var names: [Name]?
    var abstract: String?
  }

  var commandName: String
  var arguments: [Argument]?
  var subcommands: [DumpedCommand]?

  /// The program's.
  static func root() async throws -> DumpedCommand {
    struct Tool: Decodable { var command: DumpedCommand }
    let outcome = try await TemporaryFolder().backtally(["--experimental-dump-help"])
    return try JSONDecoder().decode(Tool.self, from: outcome.output).command
  }

  /// The names of its options that are shown.
  var optionNames: [Argument.Name] {
    (arguments ?? []).filter { $0.shouldDisplay && $0.kind != "positional" }
      .flatMap { $0.names ?? [] }
  }

  /// It and those below it, by all their names.
  func all(below names: [String] = []) -> [(path: [String], command: DumpedCommand)] {
    let path = names + [commandName]
    return [(path, self)]
      + (subcommands ?? []).filter { $0.commandName != "help" }.flatMap { $0.all(below: path) }
  }
}
