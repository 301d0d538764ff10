import Foundation
import Testing
import TestSupport

/// A fenced block of a page.
struct Block: CustomTestStringConvertible, Sendable {
  let page: String
  /// Its place among the blocks of its page, from 0.
  let index: Int
  let lineNumber: Int
  let language: String
  let text: String
  /// Why the line before says that it is not run: `<!-- not run: it builds the program -->`.
  let reasonNotToRun: String?

  var testDescription: String { "\(page):\(lineNumber)" }

  /// The name that the first line gives it.
  var fileName: String? {
    text.prefixMatch(of: /# ([a-z0-9-]+\.[a-z]+)\n/).map { String($0.output.1) }
  }

  /// What the file holds: all but the line with its name.
  var fileText: String { text.split(separator: "\n").dropFirst().map { $0 + "\n" }.joined() }

  var isRun: Bool {
    ["console", "sh", "crontab"].contains(language) && reasonNotToRun == nil
  }

  static func all(in pages: [String]) throws -> [Block] {
    try pages.flatMap { blocks(in: try Page($0).text, of: $0) }
  }

  static func blocks(in text: String, of page: String) -> [Block] {
    var blocks: [Block] = []
    var open: (lineNumber: Int, language: String, lines: [Substring], reason: String?)?
    var before: Substring = ""
    for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated()
    {
      if let block = open, line == "```" {
        blocks.append(
          Block(
            page: page, index: blocks.count, lineNumber: block.lineNumber,
            language: block.language, text: block.lines.map { $0 + "\n" }.joined(),
            reasonNotToRun: block.reason))
        open = nil
      } else if open != nil {
        open?.lines.append(line)
      } else if line.hasPrefix("```") {
        let reason = before.wholeMatch(of: /<!-- not run: (.+) -->/).map { String($0.output.1) }
        open = (index + 1, String(line.dropFirst(3)), [], reason)
      }
      if !line.isEmpty { before = line }
    }
    return blocks
  }

  /// A command, and its output where the page shows it.
  struct Step: Equatable {
    /// As on the page, but for the prompt.
    var text: String
    var output: String?

    /// How a `console` block shows it.
    var transcript: String { "$ \(text)\n\(output ?? "")" }

    /// The command with places of its own for `/var/log` and port 8000. The port lies below those
    /// that the kernel gives out by itself.
    func command(in folder: TemporaryFolder) -> String {
      text.replacing("/var/log/", with: folder.path(of: "var/log/"))
        .replacing(/\b8000\b/, with: "\(Int.random(in: 20_000..<32_000))")
    }
  }

  var steps: [Step] {
    switch language {
    case "crontab":
      return text.split(separator: "\n").filter { !$0.hasPrefix("#") }.map { line in
        let words = line.split(separator: " ", maxSplits: 5)
        return Step(text: words.count == 6 ? String(words[5]) : "false # \(line)")
      }
    case "sh": return [Step(text: text)]
    default: break
    }
    var steps: [Step] = []
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      if line.hasPrefix("$ ") {
        steps.append(Step(text: String(line.dropFirst(2)), output: ""))
      } else if let last = steps.indices.last {
        let isContinued = steps[last].text.hasSuffix("\\") && steps[last].output == ""
        if isContinued { steps[last].text += "\n\(line)" }
        if !isContinued { steps[last].output?.append("\(line)\n") }
      }
    }
    // The line feed before the fence ends the last line, and begins none.
    if let last = steps.indices.last { steps[last].output?.removeLast() }
    return steps
  }
}
