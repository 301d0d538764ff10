internal import Diagnostics

/// What stands out, in sentences.
struct FindingText {
  /// How many findings of a kind are shown.
  private static let limit = 5

  private let findings: [Finding]
  private let report: Report
  private let style: ReportStyle
  private let moments: MomentStyle

  init(_ findings: [Finding], _ report: Report, _ style: ReportStyle) {
    (self.findings, self.report, self.style) = (findings, report, style)
    let period = report.period ?? 0...0
    moments = MomentStyle(
      spanning: Int((period.upperBound - period.lowerBound) / 1_000_000_000))
  }

  var lines: [String] {
    if findings.isEmpty {
      return wrapped(
        "Nothing stands out: no gap, no endpoint or consumer differs from itself or the rest beyond "
          + "chance.", to: style.width)
    }
    var rows: [(name: String, text: String)] = []
    for kind in Finding.Kind.allCases {
      let all = findings.filter { $0.kind == kind }
      rows += all.prefix(Self.limit).map { (name($0), text($0)) }
      if all.count > Self.limit {
        rows.append((word(kind), "and \(grouped(all.count - Self.limit)) more"))
      }
    }
    let room = min(34, style.width / 2 - 6)
    let names = rows.map { style.fitted($0.name, to: room) }
    let indent = (names.map { columns(of: $0) }.max() ?? 0) + 6
    return [style.heading("Stands out")]
      + zip(names, rows).flatMap { name, row in
        let texts = wrapped(row.text, to: style.width - indent)
        return texts.enumerated().map { index, text in
          index == 0
            ? "  \(style.verdict(style.mark)) \(padded(name, to: indent - 4))\(text)"
            : String(repeating: " ", count: indent) + text
        }
      }
  }

  /// Those that are shown, without the mark.
  fileprivate var sentences: [FindingSentence] {
    Finding.Kind.allCases.flatMap { kind in
      findings.filter { $0.kind == kind }.prefix(Self.limit).map {
        FindingSentence(finding: $0, name: name($0), text: text($0))
      }
    }
  }

  private func word(_ kind: Finding.Kind) -> String {
    switch kind {
    case .gap: "No requests"
    case .endpointChange: "Endpoints"
    case .consumerErrors: "Consumers"
    case .newConsumer: "New consumers"
    }
  }

  private func name(_ finding: Finding) -> String {
    finding.endpoint ?? (finding.kind == .gap ? word(.gap) : finding.consumer ?? style.none)
  }

  private func text(_ finding: Finding) -> String {
    switch finding.kind {
    case .gap: gap(finding)
    case .endpointChange: change(finding)
    case .consumerErrors: errors(finding)
    case .newConsumer: newcomer(finding)
    }
  }

  private func gap(_ finding: Finding) -> String {
    let (since, until) = (finding.since ?? 0, finding.until ?? 0)
    return "\(moments.sentence(since)) \(style.dash) \(moments.sentence(until)), "
      + "\(spanText(until - since)); as long before it there were "
      + counted(finding.before?.requests ?? 0, "request")
  }

  private func change(_ finding: Finding) -> String {
    guard let before = finding.before, let after = finding.after else { return "" }
    var parts: [String] = []
    if let old = before.p95, let new = after.p95, old != new {
      parts.append("p95 \(duration(old)) \(style.arrow) \(duration(new))")
    }
    let (old, new) = (
      shareText(before.serverErrors, of: before.requests),
      shareText(after.serverErrors, of: after.requests)
    )
    if old != new {
      var text = "5xx \(old.isEmpty ? "0" : old) \(style.arrow) \(new.isEmpty ? "0" : new) %"
      if let status = finding.status {
        text += " (\(grouped(finding.statusCount)) \(style.times) \(status))"
      }
      parts.append(text)
    }
    return "since \(moments.sentence(finding.since ?? 0)): " + parts.joined(separator: ", ")
  }

  private func errors(_ finding: Finding) -> String {
    guard let rest = finding.before, let own = finding.after else { return "" }
    let name: String
    let count: (Finding.Sample) -> Int
    switch finding.status {
    case 429: (name, count) = ("429", { $0.rateLimited })
    case 500: (name, count) = ("5xx", { $0.serverErrors })
    default:
      name = rest.rateLimited + own.rateLimited > 0 ? "4xx other than 429" : "4xx"
      count = { $0.clientErrors - $0.rateLimited }
    }
    let share = shareText(count(own), of: own.requests)
    let others = shareText(count(rest), of: rest.requests)
    var text = "\(name) for \(share) % of its \(grouped(own.requests)) requests"
    text += others.isEmpty ? ", of the others for none" : ", of the others for \(others) %"
    if let all = finding.share {
      text += "; \(decimal(all * 100, places: 0)) % of all \(name)"
    }
    return text
  }

  private func newcomer(_ finding: Finding) -> String {
    let share = decimal((finding.share ?? 0) * 100, places: 1)
    return "new since \(moments.sentence(finding.since ?? 0)): "
      + counted(finding.after?.requests ?? 0, "request") + ", \(share) % of all since"
  }

  private func duration(_ nanoseconds: Int64) -> String {
    let resolution = report.resolution
    // Of a hub, whose bins have a middle.
    let isWithin = nanoseconds > 0 && nanoseconds < resolution
    return (isWithin ? "< " : "")
      + durationText(
        isWithin ? resolution : nanoseconds, resolution: resolution, isASCII: style.isASCII)
  }
}

/// A finding in words: what it is about, and what is to be said about it.
package struct FindingSentence {
  package var finding: Finding
  package var name: String
  package var text: String
}

extension Report {
  /// The findings that are shown, in words.
  package var findingSentences: [FindingSentence] {
    FindingText(findings ?? [], self, ReportStyle(width: ReportStyle.widths.upperBound)).sentences
  }
}
