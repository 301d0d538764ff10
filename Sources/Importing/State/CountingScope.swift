internal import Attribution
internal import Crypto

/// What a run counts of a source, and by which rules it leaves requests out.
struct CountingScope: Equatable, Sendable {
  /// When the requests begin that are counted, in nanoseconds since 1970 (`--since`, `--until`).
  var window: Range<Int64> = .always
  /// A digest of the routes and filters; empty if there are none that leave anything out.
  var rules = ""
}

extension CountingScope {
  init(_ rules: AttributionRules) {
    window = (rules.since ?? .min)..<(rules.until ?? .max)
    var lines = rules.filters.map { "filter \(quoted($0.field)) \(quoted($0.condition))" }
    if !rules.routes.infers {
      lines += rules.routes.known.map { "route \($0.method) \(quoted($0.template))" }
      lines += rules.routes.basePaths.map { base in
        "below \(quoted(base.path)) \(base.routes.map { "\($0)" } ?? "all")"
      }
      if !rules.routes.prefix.isEmpty { lines.append("with \(quoted(rules.routes.prefix))") }
      if rules.routes.ignoresCase { lines.append("any case") }
      if rules.routes.ignoresTrailingSlash { lines.append("any slash") }
    }
    // Sixteen digits: nobody gains by making two sets of rules look alike.
    self.rules =
      lines.isEmpty
      ? ""
      : SHA256.hash(data: Array(lines.joined(separator: "\n").utf8)).prefix(8)
        .map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }
}

private func quoted(_ condition: RecordFilter.Condition) -> String {
  switch condition {
  case .equals(let value): "equals \(quoted(value))"
  case .matches(let pattern): "matches \(quoted(pattern))"
  }
}

/// With its length, so that no two lists of texts look alike when they are joined.
private func quoted(_ text: String) -> String { "\(text.utf8.count):\(text)" }
