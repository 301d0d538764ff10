import AccessLogParsing
import ArgumentParser
import Configuring
import Diagnostics
import Foundation

struct FormatsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "formats",
    abstract: "Lists the formats that are read, each with an example line.",
    usage: "backtally formats [<options>] [<NAME> ...]",
    discussion: """
      The names are those that --format takes. With names it shows only these formats, with the \
      source of what is known about them.

      EXAMPLES
        backtally formats | less
        backtally formats caddy
      """)

  @Argument(
    help: ArgumentHelp("Formats to show.", valueName: "NAME"),
    completion: .list(FormatCatalogue.entries.map(\.name)))
  var names: [String] = []

  @OptionGroup var verbosity: VerbosityOptions

  func validate() throws {
    for name in names where !FormatCatalogue.entries.contains(where: { $0.name == name }) {
      let nearest = nearestName(to: name, among: FormatCatalogue.entries.map(\.name))
      throw ValidationError(
        "there is no format '\(name)'; "
          + (nearest.map { "did you mean `\($0)`?" } ?? "`backtally formats` lists them"))
    }
  }

  func run() {
    let entries = FormatCatalogue.entries.filter { names.isEmpty || names.contains($0.name) }
    let text = entries.map { entry in
      var lines = ["\(entry.name): \(entry.producer)"]
      if !names.isEmpty || verbosity.verbose { lines.append("  \(entry.source)") }
      if let example = entry.example { lines.append("  \(example)") }
      return lines.joined(separator: "\n")
    }
    write(text.joined(separator: "\n\n") + "\n", to: .standardOutput)
  }
}
