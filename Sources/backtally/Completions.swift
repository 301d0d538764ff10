import Addressing
import ArgumentParser
import Configuring
import Foundation
import Importing

extension CompletionKind {
  static var configuration: CompletionKind { .file(extensions: ["yaml", "yml"]) }

  /// Those that the state directory knows.
  static var environments: CompletionKind {
    .custom { words, _, _ in knownApps(words).map(\.environment) }
  }

  static var clientIDs: CompletionKind {
    .custom { words, _, _ in knownApps(words).map(\.clientID) }
  }

  /// The apps in the state directory that the line names, or in the usual one. None if it cannot be read: a
  /// completion is no place for errors.
  private static func knownApps(_ words: [String]) -> [App] {
    var named = NamedState()
    for (word, next) in zip(words, words.dropFirst() + [""]) {
      if word == "--state-dir" { named.directory = next }
      if word == "--config" { named.configuration = next }
      if word.hasPrefix("--state-dir=") { named.directory = String(word.dropFirst(12)) }
    }
    guard
      let settings = try? resolvedSettings(
        named, tellingOf: TerminalWatcher(progress: .never, .quiet)),
      let directory = settings.stateDirectory
    else { return [] }
    return (try? StateDirectory(path: directory).apps()) ?? []
  }
}

/// What an unfinished command line says of the state directory.
private struct NamedState: OptionGroupValues {
  var directory: String?
  var configuration: String?

  func enter(into values: inout CommandLineValues) {
    // The shell has not expanded it yet.
    values.stateDirectory = directory.map { NSString(string: $0).expandingTildeInPath }
    values.configPath = configuration
  }
}
