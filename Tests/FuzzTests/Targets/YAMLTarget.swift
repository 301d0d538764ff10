import Yams

@testable import Attribution
@testable import Configuring
@testable import Reporting

/// YAML that is written: what is read back is what was meant, whatever the text is. The lines of an input
/// are texts; of the list of routes that is drafted, the first is a source's name, the next are paths that
/// are shown in comments, and those with a slash are templates.
final class YAMLTarget: FuzzTarget {
  private static let textLimit = 8

  init() {}

  func run(_ input: borrowing Span<UInt8>) throws(Violation) {
    let whole = Self.withoutMarks(input.text(0..<input.count))
    try checkScalar(whole)
    try checkComment(whole)
    let texts = whole.split(separator: "\n", omittingEmptySubsequences: false)
      .prefix(Self.textLimit).map { Self.withoutMarks(String($0)) }
    try checkConfiguration(texts)
    try checkDraft(texts)
  }

  /// The reader drops a byte order mark at the beginning of each scalar; what begins with one is not drafted.
  private static func withoutMarks(_ text: String) -> String {
    String(String.UnicodeScalarView(text.unicodeScalars.drop { $0 == "\u{FEFF}" }))
  }

  private func checkScalar(_ text: String) throws(Violation) {
    let written = yamlText(text)
    let key = "\(written): b\n"
    for document in [
      "\(written)\n", "key: \(written)\n", "- \(written)    # more\n", "[\(written), b]\n", key,
    ] {
      let node = try? YAMLText(text: document).composed()
      let scalar =
        switch node {
        case .scalar(let scalar): scalar
        case .sequence(let sequence): sequence.first?.scalar
        case .mapping(let mapping):
          document == key ? mapping.first?.key.scalar : mapping.first?.value.scalar
        default: Node.Scalar?.none
        }
      // A key has limits of its own: 1,024 characters.
      if scalar == nil, document == key, written.utf8.count > 1_000 { continue }
      try check(
        scalar.map { Array($0.string.utf8) } == Array(text.utf8),
        "\(document) of \(text) is \(String(describing: scalar?.string))")
    }
  }

  private func checkComment(_ text: String) throws(Violation) {
    let document = "a: b    # \(yamlCommentText(text))\n# \(yamlCommentText(text))\nc: d\n"
    let lines = yamlComments(text).map { $0 + "\n" }.joined()
    for document in [document, lines + document] {
      let node = try? YAMLText(text: document).composed()
      try check(node?.mapping?.count == 2, "\(document)")
    }
  }

  private func checkConfiguration(_ texts: [String]) throws(Violation) {
    let meant = texts.filter { !$0.isEmpty }
    guard !meant.isEmpty else { return }
    var document = "inputs:\n"
    for text in meant { document += "  - \(yamlText(text.replacing("${", with: "$${")))\n" }
    let found = try? Configuration(
      bytes: Array(document.utf8), path: "", formatNames: [], environment: [:])
    try check(found?.inputs == meant, "\(document): \(String(describing: found?.inputs))")
  }

  private func checkDraft(_ texts: [String]) throws(Violation) {
    var draft = RouteDraft()
    var meant: [KnownRoute] = []
    for text in texts {
      if let route = try? RouteList.routes(ofEntry: "GET \(text)").first, text.hasPrefix("/"),
        route.template == text, !meant.contains(route)
      {
        var entry = RouteDraft.Entry(methods: ["GET"], template: text)
        entry.examples = texts
        entry.counts = [Occurrence(texts[0], 2)]
        entry.parameters = [RouteDraft.Parameter(name: "id", evidence: "3", examples: texts)]
        draft.entries.append(entry)
        meant.append(route)
      }
      draft.strays.append(Occurrence(text, 1))
      draft.unwritable.append(Occurrence(text, 1))
    }
    draft.strayCount = draft.strays.count
    draft.entries.append(RouteDraft.Entry(methods: ["PUT"], template: "/last"))
    meant.append(KnownRoute(method: "PUT", template: "/last"))
    let yaml = draft.yaml
    let found = try? RouteList(bytes: Array(yaml.utf8), source: "").routes
    try check(found == meant, "\(yaml): \(String(describing: found)), not \(meant)")
  }
}
