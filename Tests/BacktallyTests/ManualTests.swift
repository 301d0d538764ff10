import Foundation
import TestSupport
import Testing

/// Help, man pages, completions and docs are made of one source, and say the same.
struct ManualTests {
  private static func commands() async throws -> [(path: [String], command: DumpedCommand)] {
    try await DumpedCommand.root().all()
  }

  /// A folder with the pages.
  private func manual() async throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    let outcome = try await folder.script("package.d/manual", [Program.url.path, "man"])
    try #require(outcome.status == 0, "\(outcome.errors)")
    return folder
  }

  /// The options that stand at the beginning of lines, as help and man pages list them.
  ///
  /// - Parameters:
  ///   - start: the heading that they begin behind: examples may be above it.
  ///   - end: the heading that they end at.
  private func listedOptions(
    _ text: String, behind start: String, until end: String
  ) -> Set<String> {
    let rest = text.components(separatedBy: start).dropFirst().joined()
    let section = rest.components(separatedBy: end)[0].components(separatedBy: "\nEXAMPLES\n")[0]
    let lines = section.split(separator: "\n").compactMap { line in
      line.wholeMatch(of: /\s+(-[-a-zA-Z, ]+?)(?:\s{2,}.*| <.*| [A-Za-z|].*)?/)
    }
    return Set(
      lines.flatMap { $0.output.1.matches(of: /--?[a-zA-Z][a-z-]*/).map { String($0.output) } })
  }

  @Test func `every command has a page, with the options of its help and no others`() async throws {
    let folder = try await manual()
    let commands = try await Self.commands()
    let expected = commands.map { $0.path.joined(separator: "-") + ".1" } + ["backtally.yaml.5"]
    let pages = try FileManager.default.contentsOfDirectory(atPath: folder.path(of: "man"))
    #expect(pages.sorted() == expected.sorted())
    for (path, command) in commands {
      let page = path.joined(separator: "-") + ".1"
      let shown = try await folder.bash("MANWIDTH=200 man -l man/\(page) | col -bx")
      try #require(shown.status == 0, "\(shown.errors)")
      let help = try await folder.backtally(Array(path.dropFirst()) + ["--help"])
      let options = command.options.union(["-V"])
      #expect(
        listedOptions(shown.text, behind: "\nOPTIONS\n", until: "\nEXIT STATUS\n") == options,
        "\(page)")
      // The library shows the short name of --version nowhere but where we add it.
      #expect(
        listedOptions(help.text, behind: "\nUSAGE:", until: "\nSUBCOMMANDS").union(["-V"])
          == options, "\(path)")
      for word in ["NAME", "SYNOPSIS", "DESCRIPTION", "OPTIONS", "EXIT STATUS", "SEE ALSO"] {
        #expect(shown.text.contains("\n\(word)\n"), "\(page) has no \(word)")
      }
      for status in ["0", "2", "75"] {
        #expect(shown.text.contains(try Regex("\n +\(status) +[a-z]")), "\(page): \(status)")
      }
    }
  }

  /// `man --warnings` says what groff does not like; nothing is printed on paper.
  @Test func `the pages are without fault`() async throws {
    let folder = try await manual()
    let outcome = try await folder.bash(
      """
      for page in man/*; do man --warnings -E UTF-8 -l -Tutf8 -Z "$page" > /dev/null; done
      if command -v mandoc > /dev/null; then mandoc -T lint -W warning man/* ; fi
      """)
    #expect(
      outcome.status == 0 && outcome.errors.isEmpty && outcome.text.isEmpty,
      "\(outcome.errors)\(outcome.text)")
    // What a terminal shows is what was meant: nothing of a line was taken for a request.
    let yaml = try await folder.bash("MANWIDTH=100 man -l man/backtally.yaml.5 | col -bx")
    let example = try #require(
      Block.all(in: ["docs/CONFIGURATION.md"]).first { $0.fileName == "backtally.yaml" })
    for line in example.fileText.split(separator: "\n") {
      #expect(yaml.text.contains(line), "\(line)")
    }
    for heading in ["TOP LEVEL", "FORMAT", "CONSUMERS", "FILTERS", "ROUTES", "REQUEST_LOGS"] {
      #expect(yaml.text.contains("\n\(heading)\n"))
    }
  }

  @Test func `the same program and date give the same pages`() async throws {
    let folder = try TemporaryFolder()
    let script = Program.script("package.d/manual")
    let outcome = try await folder.bash(
      """
      export SOURCE_DATE_EPOCH=1796018400
      '\(script)' '\(Program.url.path)' a && '\(script)' '\(Program.url.path)' b && diff -r a b
      grep -h '^.TH' a/backtally.1
      """)
    #expect(outcome.status == 0)
    #expect(
      outcome.text == ".TH \"BACKTALLY\" 1 2026-11-30 \"backtally 0.1.0\" \"User Commands\"\n")
  }

  // MARK: Completions

  @Test(arguments: ["bash", "zsh", "fish"])
  func `completions know every option of every command`(shell: String) async throws {
    let outcome = try await TemporaryFolder().backtally(["--generate-completion-script", shell])
    #expect(outcome.status == 0)
    for (path, command) in try await Self.commands() {
      for option in command.options where option.hasPrefix("--") {
        let word = shell == "fish" ? "-l '\(option.dropFirst(2))'" : option
        #expect(outcome.text.contains(word), "\(path) \(option)")
      }
    }
  }

  @Test func `the script of each shell is one`() async throws {
    let folder = try TemporaryFolder()
    for shell in ["bash", "zsh", "fish"] {
      let outcome = try await folder.bash(
        """
        command -v \(shell) > /dev/null || exit 0
        backtally --generate-completion-script \(shell) > c && \(shell) -n c
        """)
      #expect(outcome.status == 0, "\(shell): \(outcome.errors)")
    }
  }

  /// What bash offers where the cursor is at the end of a line.
  private func completions(_ line: String, in folder: TemporaryFolder) async throws -> [String] {
    let words = line.split(separator: " ", omittingEmptySubsequences: false).map { String($0) }
    let quoted = words.map { "'\($0)'" }.joined(separator: " ")
    let outcome = try await folder.bash(
      """
      compopt() { :; }
      source <(backtally --generate-completion-script bash)
      COMP_WORDS=(\(quoted)) COMP_CWORD=\(words.count - 1)
      COMP_LINE='\(line)' COMP_POINT=\(line.utf8.count) COMP_TYPE=9 COMP_KEY=9
      entry=$(complete -p backtally); function=${entry##*-F }; function=${function%% *}
      "$function" backtally '\(words.last ?? "")' '\(words.dropLast().last ?? "")' || true
      printf '%s\\n' "${COMPREPLY[@]-}"
      """)
    #expect(outcome.status == 0, "\(outcome.errors)")
    return outcome.text.split(separator: "\n")
      .map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty }.sorted()
  }

  @Test func `bash completes commands, options, values and files`() async throws {
    let folder = try TemporaryFolder()
    try folder.write(Log.lines(3), to: "access.log")
    try folder.write("bucket: 60\n", to: "conf.yaml")
    let made = try await folder.backtally(
      ["import", "--hub-url", "http://127.0.0.1:9", "--give-up-after", "1", "access.log"]
        + Program.target)
    #expect(made.status == 5)
    for (line, expected) in [
      ("backtally imp", ["import"]), ("backtally import --dr", ["--dry-run"]),
      ("backtally import --unmatched ", ["drop", "keep"]),
      ("backtally import --duration-unit ", ["ms", "ns", "s", "us"]),
      ("backtally import --format combin", ["combined", "combined-iso", "combinedio"]),
      ("backtally import --log-format ", ["json", "text"]),
      ("backtally import --env ", ["test"]),
      ("backtally deliver --client-id ", [Program.clientID]),
      ("backtally import acc", ["access.log"]), ("backtally import --config con", ["conf.yaml"]),
      ("backtally outbox ", ["drop", "list"]), ("backtally import --state-dir .loc", [".local"]),
    ] {
      let offered = try await completions(line, in: folder)
      // Some versions offer options, too, where a word is due.
      let words =
        line.hasSuffix("-") || line.contains(" --dr")
        ? offered : offered.filter { !$0.hasPrefix("-") }
      #expect(words == expected, "\(line)")
    }
    // A state directory that is named has its own apps; one that cannot be read offers nothing.
    let none = try await completions("backtally status --state-dir nowhere --env ", in: folder)
    #expect(none.filter { !$0.hasPrefix("-") }.isEmpty)
  }
}

extension DumpedCommand {
  /// `--long` and `-s`.
  fileprivate var options: Set<String> {
    Set(optionNames.map { ($0.kind == "long" ? "--" : "-") + $0.name })
  }
}
