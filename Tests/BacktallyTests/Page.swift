import Foundation
import Testing

/// A text of the repository.
struct Page: Sendable {
  /// From the repository's root: `docs/WIRE.md`.
  let path: String
  let url: URL
  let text: String

  init(_ path: String) throws {
    self.path = path
    url = Program.root.appending(path: path)
    text = try String(contentsOf: url, encoding: .utf8)
  }

  /// Every page of the repository, without what is hidden (`.build`) or ignored.
  static func allPaths() throws -> [String] {
    let root = Program.root.resolvingSymlinksInPath().path
    return try FileManager.default.contentsOfDirectory(atPath: root)
      .filter { !$0.hasPrefix(".") }
      .flatMap { name -> [String] in
        if name.hasSuffix(".md") { return [name] }
        let below = try? FileManager.default.subpathsOfDirectory(atPath: "\(root)/\(name)")
        return (below ?? []).filter { $0.hasSuffix(".md") }.map { "\(name)/\($0)" }
      }
      .sorted()
  }

  var lines: [String] {
    text.split(separator: "\n", omittingEmptySubsequences: false).map { String($0) }
  }

  /// The lines outside of fenced blocks.
  var prose: [String] {
    var isFenced = false
    return lines.filter { line in
      let isFence = line.hasPrefix("```")
      if isFence { isFenced.toggle() }
      return !isFence && !isFenced
    }
  }

  /// The cells of all tables below the line that begins so, up to the next heading of its level. A
  /// table's own heading, which a rule follows, is none of its rows.
  func rows(under start: String) -> [[String]] {
    guard let first = lines.firstIndex(where: { $0.hasPrefix(start) }) else { return [] }
    let level = start.hasPrefix("#") ? start.prefix { $0 == "#" }.count : 6
    let section = lines[(first + 1)...].prefix { line in
      let depth = line.prefix { $0 == "#" }.count
      return depth == 0 || depth > level
    }
    return zip(section, section.dropFirst() + [""])
      .filter { row, next in
        row.hasPrefix("| ") && !row.hasPrefix("|--") && !next.hasPrefix("|--")
      }
      .map { row, _ in
        row.dropFirst().dropLast().components(separatedBy: "|").map {
          $0.trimmingCharacters(in: .whitespaces)
        }
      }
  }

  /// The anchors that GitHub gives the page's headings.
  var anchors: Set<String> {
    let headings = prose.filter { $0.hasPrefix("#") }.map { $0.drop { $0 == "#" || $0 == " " } }
    return Set(
      headings.map { heading in
        String(
          heading.lowercased().compactMap { character -> Character? in
            if character == " " { return "-" }
            let isKept = character.isLetter || character.isNumber || "-_".contains(character)
            return isKept ? character : nil
          })
      })
  }

  /// A link to a file of the repository, or to a heading.
  struct Link: CustomStringConvertible {
    /// As it is written.
    var description: String
    /// From the repository's root; nil if it leads out of the repository.
    var path: String?
    /// nil if it leads to the whole file.
    var anchor: String?
  }

  /// The links of the page that do not lead to another host.
  var links: [Link] {
    prose.flatMap { line in
      line.matches(of: /\]\(([^)\s]+)\)|(?:src|href|srcset)="([^"]+)"/).map {
        String($0.output.1 ?? $0.output.2 ?? "")
      }
    }
    .filter { !$0.contains("://") && !$0.hasPrefix("mailto:") }
    .map { target in
      let parts = target.split(
        separator: "#", maxSplits: 1, omittingEmptySubsequences: false)
      let anchor = parts.count == 2 ? String(parts[1]) : nil
      return Link(description: target, path: resolved(String(parts[0])), anchor: anchor)
    }
  }

  /// A path relative to the page, from the repository's root.
  private func resolved(_ target: String) -> String? {
    if target.isEmpty { return path }
    var names = path.split(separator: "/").dropLast().map { String($0) }
    for name in target.split(separator: "/") {
      if name == ".." {
        if names.isEmpty { return nil }
        names.removeLast()
      } else if name != "." {
        names.append(String(name))
      }
    }
    return names.joined(separator: "/")
  }
}
