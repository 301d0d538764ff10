import Foundation
import Testing
import TestSupport

/// What README and docs/ say besides commands: tables of numbers, names and examples, held against the
/// program and its sources.
struct PageTests {
  private static let readme = try? Page("README.md")

  /// Rows of README's table of limits: `what | limit | and then | Type.constant`.
  static let limits = readme?.rows(under: "## Limits") ?? []

  @Test(arguments: limits)
  func `a limit is the one in the sources`(row: [String]) throws {
    try #require(row.count == 4)
    let number = try #require(Double(row[1].replacing(",", with: "")), "\(row[1]) is no number")
    let place = row[3].trimmingCharacters(in: ["`"]).split(separator: ".").map { String($0) }
    try #require(place.count == 2)
    let definition = try #require(
      try Page.definition(of: place[1], in: place[0]), "\(place[0]) has no \(place[1])")
    #expect(Self.value(of: definition) == number)
  }

  @Test func `the table of limits is read at all`() {
    #expect(Self.limits.count > 15)
  }

  /// The number that a definition ends in: `= 1 << 20`, `= 1_000`, `= .seconds(10)`.
  private static func value(of definition: String) -> Double? {
    let text = definition.replacing("_", with: "")
    if let match = text.firstMatch(of: /(\d+) << (\d+)/),
      let number = Double(match.output.1), let shift = Int(match.output.2)
    {
      return number * Double(1 << shift)
    }
    let match = text.firstMatch(of: /(?:= |seconds\()(\d+)/)
    return match.flatMap { Double($0.output.1) }
  }

  @Test func `paths fold into the templates that README shows`() async throws {
    let rows = try #require(Self.readme).rows(under: "## How the numbers are made")
      .filter { $0.count == 3 && $0[0].hasPrefix("`/") }
      .map { row in row.map { $0.trimmingCharacters(in: ["`"]) } }
    #expect(rows.count > 6)
    let folder = try TemporaryFolder()
    try folder.write(rows.map { Log.line($0[0]) }.joined(), to: "access.log")
    let outcome = try await folder.backtally(
      ["import", "--payloads", "-"] + Program.target + ["access.log"])
    let templates = try Sums(payloads: outcome.output).groups.values.map(\.path)
    #expect(Set(templates) == Set(rows.map { $0[1] }))
  }

  @Test func `README names every reason for which a line is left out`() throws {
    let readme = try #require(Self.readme).text
    let files = ["LineRejection.swift", "Books.swift"]
    let names = try files.flatMap { file in
      try Page.source(named: file).text
        .matches(of: /(?:case \.\w+: |add\()"([a-z-]+)"/).map { String($0.output.1) }
    }
    #expect(names.count > 18)
    for name in names {
      #expect(readme.contains("`\(name)`"), "README does not explain \(name)")
    }
  }

  @Test func `README names every key of the configuration`() throws {
    let readme = try #require(Self.readme)
    let configuration = try #require(
      Block.all(in: ["README.md"]).first { $0.fileName == "backtally.yaml" })
    let sources = try ["ConfigurationReading.swift", "FormatReading.swift"].map {
      try Page.source(named: $0).text
    }
    let lists = sources.flatMap { $0.matches(of: /keys(?:: | = )\[([^\]]+)\]/) }
    let keys = Set(lists.flatMap { $0.output.1.matches(of: /"(\w+)"/) }.map { String($0.output.1) })
    #expect(keys.count > 25)
    for key in keys {
      #expect(configuration.text.contains("\(key):"), "README does not show the key \(key)")
    }
    #expect(readme.text.contains("An unknown key is an error"))
  }

  @Test func `the keys that JSON logs are read by are those of the program`() async throws {
    let rows = try #require(Self.readme).rows(under: "Without `fields`, JSON logs")
    let source = try Page.source(named: "JSONFormats.swift").text
    let lists = source.matches(of: /mapping\.(\w+) = \[([^\]]+)\]/)
    for row in rows {
      let keys = row[1].matches(of: /`([^`]+)`/).map { String($0.output.1) }
      let isListed = lists.contains { list in
        list.output.2.matches(of: /"([^"]+)"/).map { String($0.output.1) } == keys
      }
      #expect(isListed, "\(row[0]): \(keys)")
    }
    #expect(rows.count == 13)
  }

  @Test func `links lead somewhere`() throws {
    for name in ReadmeTests.pages {
      let page = try Page(name)
      for match in page.text.matches(of: /\]\(([^)#:]+)\)/) {
        let target = page.url.deletingLastPathComponent().appending(path: String(match.output.1))
        let isThere = FileManager.default.fileExists(atPath: target.path)
        #expect(isThere, "\(name): \(match.output.1)")
      }
      for match in page.text.matches(of: /\]\(#([^)]+)\)/) {
        let isHeading = page.lines.contains { line in
          line.hasPrefix("#")
            && line.lowercased().drop { $0 == "#" || $0 == " " }.replacing(" ", with: "-")
              == match.output.1
        }
        #expect(isHeading, "\(name): #\(match.output.1)")
      }
    }
  }
}

/// A text of the repository.
struct Page {
  let url: URL
  let text: String

  init(_ path: String) throws {
    url = Program.root.appending(path: path)
    text = try String(contentsOf: url, encoding: .utf8)
  }

  /// The source file of that name, in whichever module it is.
  static func source(named name: String) throws -> Page {
    let sources = Program.root.appending(path: "Sources").resolvingSymlinksInPath().path
    let path = try FileManager.default.subpathsOfDirectory(atPath: sources)
      .first { $0.hasSuffix("/\(name)") }
    return try Page("Sources/\(try #require(path, "there is no \(name)"))")
  }

  /// The line that defines a constant, in the file of that name or one that declares that type.
  static func definition(of constant: String, in typeOrFile: String) throws -> String? {
    let sources = Program.root.appending(path: "Sources").resolvingSymlinksInPath().path
    for path in try FileManager.default.subpathsOfDirectory(atPath: sources)
    where path.hasSuffix(".swift") {
      let page = try Page("Sources/\(path)")
      let isMeant =
        path.hasSuffix("/\(typeOrFile).swift")
        || ["enum", "struct"].contains { page.text.contains("\($0) \(typeOrFile) ") }
      let definition = page.lines.first { line in
        ["let \(constant) ", "let \(constant):", "var \(constant) ", "var \(constant):"]
          .contains { line.contains($0) }
      }
      if isMeant, let definition { return definition }
    }
    return nil
  }

  var lines: [String] {
    text.split(separator: "\n", omittingEmptySubsequences: false).map { String($0) }
  }

  /// The cells of all tables below the line that begins so, up to the next heading. A table's own
  /// heading, which a rule follows, is none of its rows.
  func rows(under start: String) -> [[String]] {
    guard let first = lines.firstIndex(where: { $0.hasPrefix(start) }) else { return [] }
    let section = lines[(first + 1)...].prefix { !$0.hasPrefix("## ") }
    return zip(section, section.dropFirst() + [""])
      .filter { row, next in row.hasPrefix("| ") && !next.hasPrefix("|--") }
      .map { row, _ in
        row.dropFirst().dropLast().components(separatedBy: "|").map {
          $0.trimmingCharacters(in: .whitespaces)
        }
      }
  }
}
