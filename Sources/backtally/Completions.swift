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
    var values = StateOptions()
    for (word, next) in zip(words, words.dropFirst() + [""]) {
      if word == "--state-dir" { values.stateDir = next }
      if word.hasPrefix("--state-dir=") { values.stateDir = String(word.dropFirst(12)) }
    }
    if let directory = values.stateDir {
      values.stateDir = NSString(string: directory).expandingTildeInPath
    }
    guard
      let settings = try? resolvedSettings(
        values, tellingOf: TerminalWatcher(progress: .never, .silent)),
      let directory = settings.stateDirectory
    else { return [] }
    return (try? StateDirectory(path: directory).apps()) ?? []
  }
}
