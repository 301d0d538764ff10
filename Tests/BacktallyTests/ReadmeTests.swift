import Foundation
import Testing
import TestSupport

/// Every command that README.md and docs/ show is run, and what they say it prints is what it prints.
///
/// | block | what happens |
/// |---|---|
/// | `console` | lines after `$ ` are run, one after the other; what follows each is its output |
/// | `sh` | is run as a whole and must succeed |
/// | `crontab` | the command of each line is run |
/// | a block whose first line is `# name.ext` | is a file of that name, which commands find |
///
/// They find a folder with logs, and a hub where Apitally's would be. `scripts/` builds and tests by
/// itself, so of its files it is only checked that they are there.
struct ReadmeTests {
  static let pages = [
    "README.md", "docs/FORMATS.md", "docs/REQUEST-LOGS.md", "docs/STATE.md", "docs/WIRE.md",
  ]

  @Test(arguments: try Block.all(in: pages).filter(\.isRun))
  func `a command does what the page says`(block: Block) async throws {
    let folder = try TemporaryFolder()
    try await folder.prepare(for: block)
    try await folder.withHub { hub in
      let environment = [
        "APITALLY_HUB_BASE_URL": hub.url, "APITALLY_CLIENT_ID": Program.clientID,
        "APITALLY_ENV": "readme",
      ]
      for step in block.steps {
        let command = step.command(in: folder)
        let outcome = try await folder.bash("{ \(command)\n} 2>&1", environment: environment)
        if let output = step.output {
          #expect(
            reproducible(outcome.text, in: folder) == reproducible(output, in: folder),
            "\(block): \(step.text)\nprints\n\(outcome.text)")
        } else {
          #expect(outcome.status == 0, "\(block): \(step.text)\nprints\n\(outcome.text)")
        }
      }
    }
  }

  @Test(arguments: try Block.all(in: pages).filter { $0.fileName?.hasSuffix(".yaml") == true })
  func `a configuration is one`(block: Block) async throws {
    let folder = try TemporaryFolder()
    try await folder.prepare(for: block)
    let name = try #require(block.fileName)
    let outcome = try await folder.backtally(
      ["import", "--dry-run", "--config", name, "app.log", "--max-rejected", "100"])
    #expect(outcome.status == 0, "\(outcome.errors)")
  }

  @Test func `scripts that the pages name are there`() throws {
    let blocks = try Block.all(in: Self.pages)
    let names = blocks.flatMap { block in
      block.text.matches(of: /scripts\/([a-z_.\/-]+)/).map { String($0.output.1) }
    }
    #expect(names.contains("demo") && names.contains("test"))
    for name in names {
      #expect(FileManager.default.isExecutableFile(atPath: Program.script(name)), "\(name)")
    }
  }

  /// What differs from run to run.
  private func reproducible(_ text: String, in folder: TemporaryFolder) -> String {
    timeless(text)
      .replacing(folder.path, with: "/home/me")
      .replacing(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/, with: "UUID")
      .replacing(/20[0-9]{2}-[0-9]{2}-[0-9]{2} [0-9:]{8} UTC/, with: "NOW UTC")
      .trimmingCharacters(in: .newlines)
  }
}

/// A fenced block of a page.
struct Block: CustomTestStringConvertible, Sendable {
  let page: String
  let lineNumber: Int
  let language: String
  let text: String

  var testDescription: String { "\(page):\(lineNumber)" }

  /// The name that the first line gives it.
  var fileName: String? {
    text.prefixMatch(of: /# ([a-z0-9-]+\.[a-z]+)\n/).map { String($0.output.1) }
  }

  /// What the file holds: all but the line with its name.
  var fileText: String { text.split(separator: "\n").dropFirst().map { $0 + "\n" }.joined() }

  var isRun: Bool {
    ["console", "sh", "crontab"].contains(language) && !text.contains("scripts/")
  }

  static func all(in pages: [String]) throws -> [Block] {
    try pages.flatMap { page in
      let url = Program.root.appending(path: page)
      var blocks: [Block] = []
      var open: (lineNumber: Int, language: String, lines: [Substring])?
      let lines = try String(contentsOf: url, encoding: .utf8)
        .split(separator: "\n", omittingEmptySubsequences: false)
      for (index, line) in lines.enumerated() {
        if let block = open, line == "```" {
          let text = block.lines.map { $0 + "\n" }.joined()
          blocks.append(
            Block(
              page: page, lineNumber: block.lineNumber, language: block.language, text: text))
          open = nil
        } else if open != nil {
          open?.lines.append(line)
        } else if line.hasPrefix("```") {
          open = (index + 1, String(line.dropFirst(3)), [])
        }
      }
      return blocks
    }
  }

  /// A command, and its output where the page shows it.
  struct Step {
    var text: String
    var output: String?

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
    return steps
  }
}

extension TemporaryFolder {
  /// What the examples find: logs of several kinds, routes, and the files that the page itself shows.
  fileprivate func prepare(for block: Block) async throws {
    for folder in ["var/log/nginx", ".config/backtally"] {
      try FileManager.default.createDirectory(
        atPath: path(of: folder), withIntermediateDirectories: true)
    }
    let outcome = try await bash(
      """
      cp '\(Program.fixture("logs/access.log.gz"))' . && gzip -dk access.log.gz
      cp '\(Program.fixture("logs/app.log"))' '\(Program.fixture("logs/routes.txt"))' .
      cp '\(Program.fixture("logs/openapi.json"))' '\(Program.fixture("logs/edge.log"))' .
      cp '\(Program.fixture("logs/timed.log"))' .
      head -n 900 access.log > var/log/nginx/access.log.1
      tail -n +901 access.log | head -n 600 | gzip > var/log/nginx/access.log.2.gz
      tail -n +1501 access.log > var/log/nginx/access.log
      """)
    #expect(outcome.status == 0, "\(outcome.errors)")
    for file in try Block.all(in: [block.page]) {
      if let name = file.fileName, block.text.contains(name) { try write(file.fileText, to: name) }
    }
  }
}
