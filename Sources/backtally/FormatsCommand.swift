import AccessLogParsing
import ArgumentParser
import Diagnostics
import Foundation

struct FormatsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "formats",
    abstract: "Lists the formats that are read, each with an example line.",
    usage: "backtally formats [<NAME> ...]",
    discussion: """
      The names are those that --format takes. With names it shows only these formats, with the \
      source of what is known about them.

      EXAMPLES
        backtally formats | less
        backtally formats caddy
      """)

  @Argument(help: ArgumentHelp("Formats to show.", valueName: "NAME"))
  var names: [String] = []

  func validate() throws {
    for name in names where !FormatCatalogue.entries.contains(where: { $0.name == name }) {
      throw ValidationError("there is no format '\(name)'; `backtally formats` lists them")
    }
  }

  func run() {
    let entries = FormatCatalogue.entries.filter { names.isEmpty || names.contains($0.name) }
    let text = entries.map { entry in
      var lines = ["\(entry.name): \(entry.producer)"]
      if !names.isEmpty { lines.append("  \(entry.source)") }
      if let example = entry.example { lines.append("  \(example)") }
      return lines.joined(separator: "\n")
    }
    write(text.joined(separator: "\n\n") + "\n", to: .standardOutput)
  }
}
