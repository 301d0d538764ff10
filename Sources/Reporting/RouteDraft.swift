internal import Diagnostics

/// A list of routes drafted from logs, for the configuration.
package struct RouteDraft: Equatable, Sendable {
  /// A route of the list.
  package struct Entry: Equatable, Sendable {
    /// In the order in which they are written.
    package var methods: [String]
    package var template: String
    /// Requests by method, the most frequent first.
    package var counts: [Occurrence] = []
    package var consumerCount = 0
    package var examples: [String] = []
    package var parameters: [Parameter] = []

    package init(methods: [String], template: String) {
      (self.methods, self.template) = (methods, template)
    }

    var requestCount: Int { counts.reduce(0) { $0 + $1.count } }
  }

  /// A parameter that was recognized by the number of its values.
  package struct Parameter: Equatable, Sendable {
    package var name: String
    /// A clause for a sentence, not a whole one.
    package var evidence: String
    package var examples: [String]

    package init(name: String, evidence: String, examples: [String]) {
      (self.name, self.evidence, self.examples) = (name, evidence, examples)
    }
  }

  /// How many unlisted items of each kind are shown.
  private static let shownLimit = 20
  /// Up to how many consumers of a route are distinguished.
  private static let consumerLimit = 1_000

  package var sources: [SourceFindings] = []
  package var entries: [Entry] = []
  /// How many of the entries, counted from the first, were known before.
  package var knownCount = 0
  /// Requests that match none of the known routes and were not examined further.
  package var unmatchedCount = 0
  /// Paths that were only ever answered with 404 or 405.
  package var strays: [Occurrence] = []
  package var strayCount = 0
  /// Paths that cannot be written as a route.
  package var unwritable: [Occurrence] = []
  /// Requests whose paths are too long, or for which there was no room.
  package var passedOverCount = 0

  package init() {}
}

extension RouteDraft {
  /// The list in YAML, as `routes.file` accepts it.
  package var yaml: String {
    var lines = sources.map { source in
      let name = source.path == "-" ? "standard input" : source.path
      let extent = source.isComplete ? "read to the end" : "from its beginning"
      return "# Routes in \(yamlCommentText(name)): \(counted(source.linesRead, "line")), \(extent)"
    }
    lines += [
      "#",
      "# For the configuration, as `routes: {file: …}`. The first route that matches a path counts.",
    ]
    var explained: Set<String> = []
    for (index, entry) in entries.enumerated() {
      if index == knownCount && knownCount > 0 {
        lines += ["", "# The following match none of the known routes."]
      }
      lines += [""] + text(of: entry, explained: &explained)
    }
    if unmatchedCount > 0 {
      lines += [
        "",
        "# \(counted(unmatchedCount, "request")) matched none; --unmatched keep drafts routes for them.",
      ]
    }
    lines += rest(
      strays, count: strayCount, "only ever answered with 404 or 405, so probably no route")
    lines += rest(
      unwritable, count: unwritable.reduce(0) { $0 + $1.count },
      "whose paths cannot be written as routes")
    if passedOverCount > 0 {
      lines += [
        "",
        "# \(counted(passedOverCount, "request")) skipped: no path, or one that is too long.",
      ]
    }
    return lines.map { $0 + "\n" }.joined()
  }

  /// - Parameter explained: what has been said about parameters already; saying it once is enough.
  private func text(of entry: Entry, explained: inout Set<String>) -> [String] {
    var facts: [String] = []
    switch entry.counts.count {
    case 0: facts.append("not requested")
    case 1: facts.append(counted(entry.requestCount, "request"))
    default:
      facts.append(entry.counts.map { "\($0.name) \(grouped($0.count))" }.joined(separator: ", "))
    }
    if entry.consumerCount > 0 {
      let more = entry.consumerCount >= Self.consumerLimit ? " or more" : ""
      facts.append("by \(counted(entry.consumerCount, "consumer"))\(more)")
    }
    if !entry.examples.isEmpty {
      facts.append(
        "such as " + entry.examples.prefix(2).map { fitted($0, to: 60) }.joined(separator: ", "))
    }
    var lines = yamlComments(facts.joined(separator: "; "))
    for parameter in entry.parameters {
      let values = parameter.examples.map { fitted($0, to: 30) }.joined(separator: ", ")
      let text = "{\(parameter.name)}: \(parameter.evidence), such as \(values)"
      if explained.insert(text).inserted { lines += yamlComments(text) }
    }
    let methods = entry.methods.joined(separator: ",")
    return lines + ["- \(yamlEntry("\(methods) \(entry.template)"))"]
  }

  private func rest(_ items: [Occurrence], count: Int, _ title: String) -> [String] {
    guard count > 0 else { return [] }
    var lines = ["", "# Not listed: \(counted(count, "request")), \(title)."]
    for item in items.prefix(Self.shownLimit) {
      lines.append("#   \(yamlCommentText(item.name))  (\(grouped(item.count)))")
    }
    if items.count > Self.shownLimit {
      lines.append("#   and \(grouped(items.count - Self.shownLimit)) more")
    }
    return lines
  }

  /// An entry contains a space and often braces, which are plain text after a letter, unless a
  /// colon or a number sign gives them a meaning (YAML 1.2, 7.3.3).
  private func yamlEntry(_ text: String) -> String {
    let isPlain = text.utf8.allSatisfy { byte in
      byte > 0x20 && byte < 0x7F && !"\"'#&*!|>%@`\\".utf8.contains(byte) || byte == 0x20
    }
    return isPlain && !text.contains(": ") && !text.hasSuffix(":") && !text.hasSuffix(" ")
      ? text : yamlQuoted(text)
  }
}
