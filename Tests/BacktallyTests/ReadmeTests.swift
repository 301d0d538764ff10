import Foundation
import Testing
import TestSupport

/// Every command that a page of the repository shows is run, and what the page says it prints is what
/// it prints.
///
/// | block | what happens |
/// |---|---|
/// | `console` | lines after `$ ` are run, one after the other; what follows each is its output |
/// | `sh` | is run as a whole and must succeed |
/// | `crontab` | the command of each line is run |
/// | a block whose first line is `# name.ext` | is a file of that name, which commands find |
/// | a block below `<!-- not run: reason -->` | is not run |
///
/// They find a folder with logs, and a hub where Apitally's would be. With `RECORD_FIXTURES` in the
/// environment the outputs of `console` blocks are written into the pages, to be read before they are
/// committed.
struct ReadmeTests {
  static let blocks = (try? Block.all(in: PageTests.pages)) ?? []

  @Test(arguments: blocks.filter(\.isRun))
  func `a command does what the page says`(block: Block) async throws {
    let folder = try TemporaryFolder()
    try await folder.prepare(for: block)
    var steps = block.steps
    try await folder.withHub { hub in
      let environment = [
        "APITALLY_HUB_BASE_URL": hub.url, "APITALLY_CLIENT_ID": Program.clientID,
        "APITALLY_ENV": "readme", "APITALLY_API_BASE_URL": hub.url, "APITALLY_API_KEY": "any",
      ]
      for (index, step) in steps.enumerated() {
        let command = step.command(in: folder)
        let outcome = try await folder.bash("{ \(command)\n} 2>&1", environment: environment)
        guard let output = step.output else {
          #expect(outcome.status == 0, "\(block): \(step.text)\nprints\n\(outcome.text)")
          continue
        }
        let printed = outcome.text.replacing(folder.path, with: "/home/me")
        if PageRecording.isOn {
          steps[index].output = PageRecording.merged(
            printed, into: output, normalized: reproducible)
        } else {
          #expect(
            reproducible(printed) == reproducible(output),
            "\(block): \(step.text)\nprints\n\(printed)")
        }
      }
    }
    if PageRecording.isOn && block.language == "console" {
      try PageRecording.record(steps.map(\.transcript).joined(), in: block)
    }
  }

  /// Rules of alerts, which commands of their page read, and an OpenTelemetry Collector's configuration.
  private static let others = ["alerts.yaml", "collector.yaml"]

  @Test(
    arguments: blocks.filter { block in
      block.fileName.map { $0.hasSuffix(".yaml") && !others.contains($0) } ?? false
    })
  func `a configuration is one`(block: Block) async throws {
    let folder = try TemporaryFolder()
    try await folder.prepare(for: block)
    let name = try #require(block.fileName)
    let outcome = try await folder.backtally(
      ["import", "--dry-run", "--config", name, "app.log", "--max-rejected", "100"])
    #expect(outcome.status == 0, "\(outcome.errors)")
  }

  @Test func `the pages have examples that are run`() {
    let run = Self.blocks.filter(\.isRun)
    #expect(run.count > 25)
    #expect(Set(run.map(\.page)).isSuperset(of: ["README.md", "docs/USING.md"]))
  }

  /// A text without what differs from run to run.
  private func reproducible(_ text: String) -> String {
    timeless(text)
      .replacing(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/, with: "UUID")
      .replacing(/20[0-9]{2}-[0-9]{2}-[0-9]{2} [0-9:]{8} UTC/, with: "NOW UTC")
      .replacing(/127\.0\.0\.1:[0-9]{5}/, with: "127.0.0.1:PORT")
      .trimmingCharacters(in: .newlines)
  }
}

/// Recording, on a page that is not written.
struct PageRecordingTests {
  private static let page = """
    # Page

    ```sh
    true
    ```

    ```console
    $ date
    in 0.05 s
    $ echo a \\
        b
    a c
    ```

    ```text
    in 0.05 s
    ```

    """

  @Test func `an output is replaced where it stands, and nothing else`() {
    let block = Block.blocks(in: Self.page, of: "page.md")[1]
    #expect(
      block.steps == [
        .init(text: "date", output: "in 0.05 s\n"),
        .init(text: "echo a \\\n    b", output: "a c\n"),
      ])
    func rewritten(_ steps: [Block.Step]) -> String {
      PageRecording.rewritten(
        Self.page, block: 1, content: steps.map(\.transcript).joined())
    }
    #expect(rewritten(block.steps) == Self.page)
    var steps = block.steps
    steps[1].output = "a b\nmore\n"
    #expect(rewritten(steps) == Self.page.replacing("a c\n", with: "a b\nmore\n"))
  }

  @Test(arguments: [
    ("a in 0.11 s\nb\n", "a in 0.05 s\nb\n", "a in 0.05 s\nb\n"),
    ("a in 0.11 s\nc\n", "a in 0.05 s\nb\n", "a in 0.05 s\nc\n"),
    ("new\na in 0.11 s\n", "a in 0.05 s\nb\n", "new\na in 0.05 s\n"),
    ("", "a\n", ""), ("a\n", "", "a\n"),
  ])
  func `lines that differ by their time alone stay as they are`(
    printed: String, shown: String, recorded: String
  ) {
    #expect(PageRecording.merged(printed, into: shown, normalized: timeless) == recorded)
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
      printf 'identifier,name,group\nacme-web,Acme,partners\n' > consumers.csv
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
