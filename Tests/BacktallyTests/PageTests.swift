import Foundation
import Testing
import TestSupport

/// What the pages say besides commands: limits, options, keys, reasons and links, held against the
/// program and its sources.
struct PageTests {
  static let pages = (try? Page.allPaths()) ?? []
  private static let sources = try? SourceDeclarations()

  // MARK: Limits

  /// Rows of the tables of limits: `what | limit | what happens then | Type.constant`.
  static let limits =
    (try? Page("docs/LIMITS.md"))?.rows(under: "# ").filter { $0.count == 4 } ?? []

  @Test(arguments: limits)
  func `a limit is the constant in the sources`(row: [String]) throws {
    let number = try #require(Double(row[1].replacing(",", with: "")), "\(row[1]) is no number")
    let constant = row[3].trimmingCharacters(in: ["`"])
    let definitions = try #require(Self.sources).properties[constant] ?? []
    #expect(definitions.count == 1, "\(constant) is declared \(definitions.count) times")
    for definition in definitions {
      #expect(SourceDeclarations.number(of: definition) == number, "\(constant)\(definition)")
    }
  }

  @Test func `the tables of limits are read at all, and no constant stands twice`() {
    #expect(Self.limits.count > 45)
    #expect(Set(Self.limits.map { $0[3] }).count == Self.limits.count)
  }

  // MARK: Counting

  @Test func `paths fold into the templates that the page shows`() async throws {
    let rows = try Page("docs/COUNTING.md").rows(under: "## Folding")
      .filter { $0.count == 3 && $0[0].hasPrefix("`/") }
      .map { row in row.map { $0.trimmingCharacters(in: ["`"]) } }
    #expect(rows.count > 6)
    let doubtful = try Page("docs/COUNTING.md").rows(under: "### Beside others").map { $0[0] }
    #expect(doubtful.count > 3)
    let paths = rows.map { $0[0] }.flatMap { path in
      doubtful.contains("`\(path)`") ? Self.variants(of: path) : [path]
    }
    let folder = try TemporaryFolder()
    try folder.write(paths.map { Log.line($0) }.joined(), to: "access.log")
    let outcome = try await folder.backtally(
      ["import", "--payloads", "-"] + Program.target + ["access.log"])
    let templates = try Sums(payloads: outcome.output).groups.values.map(\.path)
    #expect(Set(templates) == Set(rows.map { $0[1] }))
  }

  /// Six paths that differ in the last character.
  private static func variants(of path: String) -> [String] {
    let endings = path.last?.isNumber == true ? "012345" : "abcdef"
    return endings.map { String(path.dropLast()) + String($0) }
  }

  /// A log that loses lines for every reason which is no fault of theirs.
  private static let lossy =
    Log.line(minute: 1, "/users/1") + "\n" + Log.line(minute: 3, "/health")
    + Log.line(minute: 59, "/users/2") + Log.line(minute: 0, "/users/3")
    + Log.line(minute: 4, "/nowhere")
    + #"192.0.2.1 - - [23/Nov/2026:09:05:13 +0000] "OPTIONS /users/1 HTTP/1.1" 204 0 "-" "-""#
    + "\n"
    + #"192.0.2.1 - - [23/Nov/2026:09:08:13 +0000] "CONNECT a.test:443 HTTP/1.1" 405 0 "-" "-""#
    + "\n"
  private static let lossyConfiguration = """
    filters: [{name: probes, field: request, matches: /health}]
    routes: {list: ["GET /users/{id}"]}

    """

  @Test func `the page names every reason for which a line is left out, and no other`() async throws
  {
    let documented = Set(
      try Page("docs/COUNTING.md").rows(under: "## Lines that are left out").flatMap { row in
        row[0].matches(of: /`([a-z-]+)`/).map { String($0.output.1) }
      })
    let folder = try TemporaryFolder()
    try folder.write(Self.lossy, to: "access.log")
    try folder.write(Self.lossyConfiguration, to: "c.yaml")
    let lossy = try await folder.backtally(
      [
        "import", "--dry-run", "--summary", "json", "--config", "c.yaml", "--since",
        "2026-11-23T09:01:00Z", "--until", "2026-11-23T09:30:00Z", "access.log",
      ])
    // Docker's log of one line in two parts.
    let line = Log.line().dropLast().replacing("\"", with: #"\""#)
    let parts = [line.prefix(40), line.dropFirst(40) + #"\n"#].map {
      #"{"log":"\#($0)","stream":"stdout","time":"2026-11-23T09:00:13Z"}"# + "\n"
    }
    try folder.write(parts.joined(), to: "docker.log")
    let joined = try await folder.backtally(
      ["import", "--dry-run", "--summary", "json", "docker.log"])
    // A log whose first lines an import with --until has counted.
    try folder.write(Log.lines(3), to: "counted.log")
    let counted = try await folder.withHub { hub in
      let options =
        ["import", "--hub-url", hub.url, "--summary", "json", "counted.log"] + Program.target
      _ = try await folder.backtally(options + ["--until", "2026-11-23T09:01:00Z"])
      return try await folder.backtally(options)
    }
    let seen = try [lossy, joined, counted].flatMap { try $0.summary.lines.left_out.keys }
    let ofTheRun = Set(seen).subtracting(["probes"])
    #expect(ofTheRun.count == 8, "\(ofTheRun.sorted())")

    let sources = try #require(Self.sources)
    let names = try #require(sources.properties["LineRejection.Reason.name"]).joined()
    let rejections = Set(names.matches(of: /case \.\w+: "([a-z-]+)"/).map { String($0.output.1) })
    let cases = try #require(sources.cases["LineRejection.Reason"])
    #expect(rejections.count == cases.count && rejections.count > 15)
    #expect(documented == ofTheRun.union(rejections))

    // What the attribution leaves out has been seen above: all but filters, which have names of their
    // own, and besides them blank lines and parts of lines.
    let attributed = try #require(sources.cases["LeftOut"]).filter { $0 != "filter" }
    #expect(attributed.count == ofTheRun.count - 2, "\(attributed)")
  }

  // MARK: Configuration and options

  /// A section of the configuration for each heading of the page, with a key that there is not: the
  /// program answers with the keys that there are.
  private static let mistaken = [
    ("### Top level", "%"), ("### `format`", "format: {type: json, %}"),
    ("### `format.fields`", "format: {type: json, fields: {%}}"),
    ("### `consumers`", "consumers: [{%}]"), ("### `filters`", "filters: [{%}]"),
    ("### `routes`", "routes: {%}"), ("### `request_logs`", "request_logs: {%}"),
  ]

  @Test(arguments: mistaken)
  func `the page has every key of the configuration, and no other`(
    heading: String, configuration: String
  ) async throws {
    let folder = try TemporaryFolder()
    // Were it near to a key, that key would be all that is named.
    try folder.write(configuration.replacing("%", with: "qqqqqqqq: 1"), to: "c.yaml")
    let outcome = try await folder.backtally(["import", "--dry-run", "--config", "c.yaml", "-"])
    #expect(outcome.status == 2)
    let hint = try #require(outcome.errors.split(separator: "\n").dropFirst().first)
    let keys = Set(hint.matches(of: /`(\w+)`/).map { String($0.output.1) })
    #expect(keys.count > 3, "\(outcome.errors)")
    let page = try Page("docs/CONFIGURATION.md")
    let documented = page.rows(under: heading).flatMap { row in
      row[0].matches(of: /`(\w+)`/).map { String($0.output.1) }
    }
    #expect(documented.sorted() == keys.sorted())
    let example = try #require(Block.all(in: [page.path]).first { $0.fileName == "backtally.yaml" })
    for key in keys {
      #expect(example.text.contains("\(key):"), "the example does not show \(key)")
    }
  }

  @Test func `the page has every key of alert rules, and every metric`() async throws {
    let folder = try TemporaryFolder()
    let page = try Page("docs/ALERTS.md")
    let tables = page.rows(under: "### Keys")
    for (rule, rows) in [
      ("{qqqqqqqq: 1}", tables.filter { $0.count == 2 }),
      ("{name: a, metric: qqqqqqqq, above: 1}", tables.filter { $0.count == 3 }),
    ] {
      try folder.write("alerts: [\(rule)]", to: "a.yaml")
      let outcome = try await folder.backtally(["hub", "alerts", "--test", "a.yaml"])
      #expect(outcome.status == 2)
      let hint = try #require(outcome.errors.split(separator: "\n").dropFirst().first)
      let known = hint.matches(of: /`(\w+)`/).map { String($0.output.1) }
      #expect(known.count > 10, "\(outcome.errors)")
      let documented = rows.flatMap { row in
        row[0].matches(of: /`(\w+)`/).map { String($0.output.1) }
      }
      #expect(documented.sorted() == known.sorted())
    }
  }

  @Test func `the keys that JSON logs are read by are those of the program`() throws {
    let rows = try Page("docs/CONFIGURATION.md").rows(under: "### JSON logs without `fields`")
    let lists = try Self.sourceFiles.filter { $0.hasPrefix("Sources/") }.flatMap { file in
      try Page(file).text.matches(of: /mapping\.\w+ = \[([^\]]+)\]/).map { list in
        list.output.1.matches(of: /"([^"]+)"/).map { String($0.output.1) }
      }
    }
    for row in rows {
      let keys = row[1].matches(of: /`([^`]+)`/).map { String($0.output.1) }
      #expect(lists.contains(keys), "\(row[0]): \(keys)")
    }
    #expect(rows.count == 13)
  }

  @Test func `the page explains every option of every command, and no other`() async throws {
    let commands = try await DumpedCommand.root().leaves
    #expect(commands.count >= 9)
    let page = try Page("docs/CONFIGURATION.md")
    let documented = page.lines.compactMap { line in
      line.wholeMatch(of: /### `(backtally [^`]+)`/).map { String($0.output.1) }
    }
    #expect(documented == commands.map(\.name))
    for (name, command) in commands {
      let rows = page.rows(under: "### `\(name)`")
      let options = rows.flatMap { row in
        row[0].matches(of: /--[a-z-]+/).map { String($0.output) }
      }
      #expect(Set(options) == command.options, "\(name)")
      #expect(Set(options).count == options.count, "\(name) has an option twice")
    }
  }

  // MARK: Links

  @Test(arguments: pages)
  func `links lead somewhere`(path: String) throws {
    for link in try Page(path).links {
      let target = try #require(link.path, "\(path): \(link) leads out of the repository")
      let isThere = FileManager.default.fileExists(
        atPath: Program.root.appending(path: target).path)
      #expect(isThere, "\(path): there is no \(link)")
      if isThere, let anchor = link.anchor {
        #expect(try Page(target).anchors.contains(anchor), "\(path): \(link) is no heading")
      }
    }
  }

  @Test func `README leads to every page`() throws {
    var reached: Set = ["README.md"]
    var next = reached
    while !next.isEmpty {
      let linked = try next.flatMap { try Page($0).links.compactMap(\.path) }
      next = Set(linked.filter { $0.hasSuffix(".md") }).intersection(Self.pages)
        .subtracting(reached)
      reached.formUnion(next)
    }
    #expect(Self.pages.count > 12)
    #expect(reached == Set(Self.pages))
  }

  @Test(arguments: pages)
  func `scripts that a page names are there`(path: String) throws {
    let names = try Page(path).text.matches(of: /\bscripts\/[A-Za-z0-9_.\/-]*[A-Za-z0-9_]/)
    for name in Set(names.map { String($0.output) }) {
      let isThere = FileManager.default.fileExists(
        atPath: Program.root.appending(path: name).path)
      #expect(isThere, "\(path) names \(name)")
    }
  }

  /// `FormatParts.swift`, `Importing/ImportRun.swift`: a page may leave out the beginning of the path.
  @Test(arguments: pages)
  func `source files that a page names are there`(path: String) throws {
    let names = try Page(path).text.matches(of: /[A-Za-z][A-Za-z0-9_\/]*\.swift\b/)
    for name in Set(names.map { String($0.output) }) {
      let isThere = Self.sourceFiles.contains { "/\($0)".hasSuffix("/\(name)") }
      #expect(isThere, "\(path) names \(name)")
    }
  }

  private static let sourceFiles: [String] = {
    let root = Program.root.resolvingSymlinksInPath().path
    return ["Sources", "Tests", "scripts"].flatMap { folder in
      ((try? FileManager.default.subpathsOfDirectory(atPath: "\(root)/\(folder)")) ?? [])
        .filter { $0.hasSuffix(".swift") }.map { "\(folder)/\($0)" }
    } + ["Package.swift"]
  }()

  // MARK: Design

  @Test func `the path of the data goes through functions that exist`() throws {
    let rows = try Page("docs/DESIGN.md").rows(under: "## The path of the data")
    let names = rows.flatMap { row in
      row.dropFirst().flatMap { cell in
        cell.matches(of: /`([A-Z]\w+\.[a-z]\w+)`/).map { String($0.output.1) }
      }
    }
    #expect(names.count > 20)
    let functions = try #require(Self.sources).functions
    for name in names {
      let isThere = functions.contains(name)
      #expect(isThere, "there is no \(name)")
    }
  }
}

/// The scanner that finds constants for the tests above.
struct SourceDeclarationTests {
  private static let source = #"""
    /// struct Comment { static let limit = 1 }
    struct Outer: Sendable {
      static let limit = 4 << 20  // let other = 1
      @inlinable package static var computed: Int { 1 << 20 }
      enum Inner {
        private static let text = "} let limit = 2 \(limit + [1, 2].count { $0 > 1 })"
        case first
        case second(Int)
      }
      var timeout: Duration = .seconds(
        10)
      func f() { let local = 3; struct Local { let member = 4 } }
      class func make() -> Outer { Outer() }
    }
    extension Outer.Inner {
      static let limit: Int = 2 * 1_000
      var name: String {
        switch self {
        case .first: "{first"
        case .second: #"second"}"#
        }
      }
    }
    /* struct Outer { /* let limit = 7 */ } */
    let outside = 5
    """#

  @Test func `constants are found by their type`() {
    let found = SourceDeclarations(of: Self.source)
    #expect(
      Set(found.properties.keys) == [
        "Outer.limit", "Outer.computed", "Outer.timeout", "Outer.Inner.text", "Outer.Inner.limit",
        "Outer.Inner.name", "Outer.Local.member",
      ])
    let numbers = found.properties.compactMapValues { definitions in
      definitions.count == 1 ? SourceDeclarations.number(of: definitions[0]) : nil
    }
    #expect(
      numbers == [
        "Outer.limit": 4_194_304, "Outer.computed": 1_048_576, "Outer.timeout": 10,
        "Outer.Inner.limit": 2000, "Outer.Local.member": 4,
      ])
    #expect(found.functions == ["Outer.f", "Outer.make"])
    #expect(found.cases == ["Outer.Inner": ["first", "second"]])
    #expect(found.properties["Outer.Inner.name"]?.first?.contains(#""{first""#) == true)
  }

  @Test(arguments: [
    (" = 1 << 20", 1_048_576), (" = 128 * 1024", 131_072), (": Int { 366 * 86_400 }", 31_622_400),
    (" = 2 * 3 << 2", 24), (": Duration = .milliseconds(100)", 0.1),
    (": Duration? = .seconds(300)", 300),
  ])
  func `a definition is worked out`(definition: String, number: Double) {
    #expect(SourceDeclarations.number(of: definition) == number)
  }

  @Test(arguments: [
    ": Int", " = limit", " = 3.5.rounded()", " = 4 - 1", " = [1, 2]", ": Int { get set }",
  ])
  func `what is not understood is no number`(definition: String) {
    #expect(SourceDeclarations.number(of: definition) == nil)
  }
}

extension DumpedCommand {
  /// Its own options, without those that every command has.
  fileprivate var options: Set<String> {
    Set(optionNames.filter { $0.kind == "long" }.map { "--\($0.name)" })
      .subtracting(["--help", "--version"])
  }

  /// It and those below it that do something themselves, by all their names.
  fileprivate var leaves: [(name: String, command: DumpedCommand)] {
    all().filter { $0.command.isLeaf }
      .map { (name: $0.path.joined(separator: " "), command: $0.command) }
  }

  /// A command with others below it does something itself if it has options for that.
  private var isLeaf: Bool {
    (subcommands ?? []).allSatisfy { $0.commandName == "help" } || !options.isEmpty
  }
}
