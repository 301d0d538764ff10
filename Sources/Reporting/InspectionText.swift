internal import Diagnostics

/// What was found out, as text for people.
extension Inspection {
  package func text(_ style: TextStyle) -> String {
    var lines: [String] = []
    for group in groups {
      if !lines.isEmpty {
        lines += ["", style.faint(String(repeating: "─", count: style.width)), ""]
      }
      lines += GroupText(group: group, limit: limit, style: style).lines
    }
    let servers = groups.flatMap(\.advisedServers)
    for server in LogAdvice.Server.allCases where servers.contains(server.rawValue) {
      lines += [""] + LogAdvice(server: server).lines(style)
    }
    return lines.map { $0 + "\n" }.joined()
  }
}

/// The sources of one format.
private struct GroupText {
  let group: FormatFindings
  let limit: Inspection.Limit?
  let style: TextStyle

  var lines: [String] {
    var lines = format
    lines += section("Fields", fields)
    lines += section("Clock and units", ClockText(group: group, style: style).lines)
    lines += section("Requests as they will be counted", samples)
    lines += section(consumerHeading, consumers)
    lines += section(routeHeading, routes)
    lines += section("Left out: \(counted(leftOutCount, "line"))", leftOut)
    lines += section("Missing", missing)
    return lines
  }

  private func section(_ title: String, _ body: [String]) -> [String] {
    body.isEmpty ? [] : ["", style.heading(title)] + body
  }

  // MARK: Format

  private var format: [String] {
    var lines: [String] = []
    if group.isGuess {
      lines.append(style.heading("Format: JSON with keys of its own"))
    } else if let name = group.formatName {
      let producer = group.producer.map { " (\($0))" } ?? ""
      lines.append(style.heading("Format: \(terminalSafe(name))") + terminalSafe(producer))
    } else {
      lines.append(style.heading("No known format"))
    }
    for source in group.sources { lines += text(of: source) }
    if group.formatName == nil { lines += unknownFormat }
    if group.isGuess { lines += guess }
    return lines
  }

  private func text(of source: SourceFindings) -> [String] {
    let name = source.path == "-" ? "(standard input)" : source.path
    var words = counted(source.linesRead, "line")
    words += source.isFromLaterLine ? " from a later line on" : ""
    words += source.isAmongOthers ? " among those of another format" : ""
    words +=
      source.isComplete ? ", read to the end" : source.isFromLaterLine ? "" : " from its beginning"
    if source.rejectedCount > 0 { words += ", \(grouped(source.rejectedCount)) rejected" }
    let title = "  \(fitted(name, to: style.width - 2))"
    guard let best = source.scores.first, group.formatName != nil else {
      return [title] + wrapped("    " + words, to: style.width, indent: 4)
    }
    let first = source.isFromLaterLine ? "" : "the first "
    words += "; it fits \(grouped(best.read.count)) of \(first)\(grouped(best.read.total))"
    let extent = [title] + wrapped("    " + words, to: style.width, indent: 4)
    if source.isAmongOthers { return extent }
    let others = source.scores.dropFirst().filter { $0.read.count > 0 }.prefix(3)
      .map { "\($0.formatName) \(grouped($0.read.count))" }
    let runnersUp =
      others.isEmpty
      ? "no other format fits any" : "runners-up: " + others.joined(separator: ", ")
    return extent
      + wrapped("    " + terminalSafe(runnersUp), to: style.width, indent: 4).map(style.faint)
  }

  private var guess: [String] {
    let text =
      "No known format has these keys, so an import will not read them by itself. What follows takes "
      + "them by their names and values for what they seem to be; --write-config writes that down, to "
      + "be looked over."
    return wrapped("  " + text, to: style.width, indent: 2).map(style.warning)
  }

  private var unknownFormat: [String] {
    let names = group.sources.flatMap { $0.scores.map(\.formatName) }
    var seen: Set<String> = []
    let tried = names.filter { seen.insert($0).inserted }
    var text = "No line could be read"
    if !tried.isEmpty { text += " as " + tried.joined(separator: ", ") }
    text += ". If you know the format, name it with --format; for JSON with other keys give a "
    text += "mapping in the configuration."
    return wrapped("  " + text, to: style.width, indent: 2)
  }

  // MARK: Fields

  private var fields: [String] {
    let found = group.parts.filter { $0.field != nil }
    guard !found.isEmpty else { return otherFields }
    var table = TextTable(
      [.left, .left, .right, .left, .left],
      heading: ["part of a request", "in the log", "lines", "unit", "example"])
    table.limits[1] = 32
    for part in found {
      table.add(
        words(part.name), part.field ?? "", grouped(part.lineCount), part.unit ?? "",
        part.example ?? "")
    }
    var lines = table.lines(indent: 2, style)
    var seen: Set<String> = []
    let absent = group.parts
      .filter { $0.field == nil && isWorthTelling($0) }
      .map { words($0.name) }.filter { seen.insert($0).inserted }
    if !absent.isEmpty {
      lines += wrapped(
        "  not in the log: " + absent.joined(separator: ", "), to: style.width, indent: 4)
    }
    return lines + otherFields
  }

  /// A request line has method and target, and a target has no need of a template.
  private func isWorthTelling(_ part: PartFindings) -> Bool {
    switch part.name {
    case "method", "target", "request", "route": false
    default: !group.parts.contains { $0.name == part.name && $0.field != nil }
    }
  }

  private var otherFields: [String] {
    guard !group.otherFields.isEmpty else { return [] }
    let tallied = group.linesTallied
    var table = TextTable(
      [.left, .right, .left, .left], heading: ["other fields", "lines", "values", "example"])
    table.limits[0] = 32
    for field in group.otherFields.prefix(20) {
      table.add(
        field.name, grouped(field.lineCount), values(field),
        field.isSecret ? "(not shown)" : field.example ?? "")
    }
    var lines = (tallied > 0 ? [""] : []) + table.lines(indent: 2, style)
    let rest = group.otherFields.count - 20
    if rest > 0 { lines.append("  and \(grouped(rest)) more") }
    return lines
  }

  private func values(_ field: FieldFindings) -> String {
    let among =
      field.distinct.total < field.lineCount ? " in the first \(grouped(field.distinct.total))" : ""
    switch field.distinct.count {
    case 0: return "-"
    case 1: return "always the same"
    case field.distinct.total: return "all different" + among
    default: return "\(grouped(field.distinct.count)) different" + among
    }
  }

  // MARK: Samples

  private var samples: [String] {
    guard let first = group.samples.first else { return [] }
    let days = Set(group.samples.map { timestamp($0.start, separator: " ").prefix(10) })
    let isOneDay = days.count == 1
    let isOneSource = group.sources.count == 1
    let hasConsumers = group.samples.contains { $0.consumer != nil }
    var heading = ["line", "time (UTC)", "status", "duration", "in", "out", "consumer", "route"]
    if !isOneSource { heading[0] = "source and line" }
    if isOneDay { heading[1] = "UTC" }
    if !hasConsumers { heading.remove(at: 6) }
    var table = TextTable(
      Array([.right, .left, .left, .right, .right, .right, .left, .left].prefix(heading.count)),
      heading: heading)
    table.limits = hasConsumers ? [0: 24, 6: 20] : [0: 24]
    for sample in group.samples {
      var row = cells(of: sample, isOneSource: isOneSource, isOneDay: isOneDay)
      if !hasConsumers { row.remove(at: 6) }
      table.rows.append(row)
    }
    guard isOneDay else { return lines(of: table) }
    return ["  " + style.faint("\(timestamp(first.start, separator: " ").prefix(10))")]
      + lines(of: table)
  }

  private func cells(of sample: SampleRecord, isOneSource: Bool, isOneDay: Bool) -> [String] {
    let place = isOneSource ? grouped(sample.lineNumber) : "\(sample.path):\(sample.lineNumber)"
    let time = timestamp(sample.start, separator: " ").dropFirst(isOneDay ? 11 : 0)
    var cells = [place, String(time), "\(sample.status)"]
    cells.append(sample.duration.map { span($0) } ?? "-")
    cells.append(sample.requestSize.map { bytes($0) } ?? "-")
    cells.append(sample.responseSize.map { bytes($0) } ?? "-")
    cells.append(sample.consumer ?? "-")
    cells.append("\(sample.method) \(sample.route)")
    return cells
  }

  /// The last column in a line of its own where the lines would be too long.
  private func lines(of table: TextTable) -> [String] {
    if table.fits(indent: 2, style) { return table.lines(indent: 2, style) }
    var short = table
    short.alignments.removeLast()
    short.heading?.removeLast()
    short.rows = table.rows.map { $0.dropLast() }
    let lines = short.lines(indent: 2, style)
    return [lines[0]]
      + zip(lines.dropFirst(), table.rows).flatMap { line, row in
        [line, "      " + fitted(row.last ?? "", to: style.width - 6)]
      }
  }

  // MARK: Consumers and routes

  private var consumerHeading: String {
    guard !group.consumers.fields.isEmpty else { return "Consumers: none asked for" }
    let fields = group.consumers.fields.joined(separator: ", then ")
    return fitted("Consumers: \(grouped(group.consumers.count)), by \(fields)", to: style.width)
  }

  private var consumers: [String] {
    let consumers = group.consumers
    guard group.linesTallied > 0 else { return [] }
    guard !consumers.fields.isEmpty else { return candidates }
    var lines = [
      "  on \(share(consumers.requests)) requests"
    ]
    lines += table(consumers.top, of: consumers.count)
    if consumers.isNearlyUnique {
      let text =
        "  Nearly every request has a consumer of its own. Is that a request id, a session or a "
        + "token that is renewed? A pattern can cut out what stays the same."
      lines += wrapped(text, to: style.width, indent: 2).map(style.warning)
    }
    return lines
  }

  /// Fields that look as if they named consumers.
  private var candidates: [String] {
    let likely = group.otherFields.filter { $0.isConsumerLike && $0.lineCount > 0 }
    guard !likely.isEmpty else {
      return wrapped("  No field of the log looks like one.", to: style.width)
    }
    return likely.flatMap { field -> [String] in
      var text = "  --consumer \(field.name)"
      text += ": on \(share(Share(field.lineCount, of: group.linesTallied))) requests, "
      text += values(field)
      if field.isSecret {
        text += "; it may be a secret: cut or hash it by a rule in the configuration"
      }
      let lines = wrapped(terminalSafe(text), to: style.width, indent: 4)
      guard field.isNearlyUnique else { return lines }
      return lines + [style.warning("    nearly unique for each request, so hardly a consumer")]
    }
  }

  private var routeHeading: String {
    let routes = group.routes
    let origin =
      switch routes.origin {
      case .list: "of those that are known"
      case .log: "as the log names them"
      case .paths: "folded from paths"
      }
    return "Routes: \(grouped(routes.count)), \(origin)"
  }

  private var routes: [String] {
    guard group.linesTallied > 0 || group.routes.unmatchedCount > 0 else { return [] }
    var lines = table(group.routes.top, of: group.routes.count)
    if group.routes.unmatchedCount > 0 {
      lines.append("  \(counted(group.routes.unmatchedCount, "request")) matched none of them")
    }
    return lines
  }

  private func table(_ top: [Occurrence], of count: Int) -> [String] {
    var table = TextTable([.right, .left, .left])
    table.limits[1] = style.width * 6 / 10
    for item in top { table.add(grouped(item.count), item.name, item.example ?? "") }
    var lines = table.lines(indent: 2, style)
    if count > top.count { lines.append("  and \(grouped(count - top.count)) more") }
    return lines
  }

  // MARK: Left out

  private var leftOutCount: Int { group.leftOut.reduce(0) { $0 + $1.count } }

  private var leftOut: [String] {
    let width = group.leftOut.map { grouped($0.count).count }.max() ?? 0
    return group.leftOut.flatMap { item -> [String] in
      let explanation = item.explanation.map { ": \($0)" } ?? ""
      let first =
        "  \(paddedLeft(grouped(item.count), to: width))  "
        + terminalSafe(item.reason + explanation)
      var lines = [item.isRejection ? style.warning(first) : first]
      if let example = item.example {
        let margin = String(repeating: " ", count: width + 4)
        lines.append(margin + fitted(place(of: example), to: style.width - margin.count))
        lines.append(
          margin + style.faint(fitted(excerpt(of: example), to: style.width - margin.count)))
      }
      return lines
    }
  }

  private func place(of example: LeftOutFindings.Example) -> String {
    let place = Place(
      source: example.path, lineNumber: example.lineNumber, byteOffset: example.byteOffset)
    return "\(place)"
  }

  /// The line from somewhat before the place that was found wrong.
  private func excerpt(of example: LeftOutFindings.Example) -> String {
    let line = Array(example.line.utf8)
    let room = style.width - 12
    guard line.count > room, example.byteOffset > room / 2, example.byteOffset < line.count else {
      return example.line
    }
    return "…" + String(decoding: line[(example.byteOffset - room / 4)...], as: UTF8.self)
  }

  // MARK: Missing

  private var missing: [String] {
    group.missing.flatMap { part in
      wrapped("  \(part.explanation)", to: style.width, indent: 4)
    }
  }

  private func words(_ name: String) -> String { name.replacing("_", with: " ") }
}

extension MissingPart {
  package var explanation: String {
    switch self {
    case .duration: "duration: response times stay empty"
    case .consumer: "consumer: all requests are counted for nobody in particular"
    case .requestSize: "request size: the sizes of requests stay empty"
    case .responseSize: "response size: the sizes of responses stay empty"
    case .zone: "zone: stamps that do not name their zone are rejected"
    case .subseconds: "fractions of a second: requests at a minute's edge may fall into the next"
    }
  }
}

// MARK: - Words

/// `1,234 of 2,000` as a share, with what it says when it is all or none.
func share(_ share: Share) -> String {
  guard share.total > 0 else { return "none" }
  if share.isAll { return "all \(grouped(share.total))" }
  if share.count == 0 { return "none of \(grouped(share.total))" }
  return "\(grouped(share.count)) of \(grouped(share.total))"
}

/// A number and what it counts: `1 message`, `2,000 messages`.
package func counted(_ count: Int, _ noun: String) -> String {
  "\(grouped(count)) \(noun)\(count == 1 ? "" : "s")"
}

/// Nanoseconds in the unit that needs the fewest digits.
package func span(_ nanoseconds: Int64) -> String {
  switch nanoseconds {
  case 0: "0 ms"
  case ..<1_000: "\(nanoseconds) ns"
  case ..<1_000_000: trimmed(Double(nanoseconds) / 1e3) + " µs"
  case ..<1_000_000_000: trimmed(Double(nanoseconds) / 1e6) + " ms"
  default: trimmed(Double(nanoseconds) / 1e9) + " s"
  }
}

/// A number of bytes, exact up to ten thousand.
package func bytes(_ count: Int64) -> String {
  switch count {
  case ..<10_000: "\(count) B"
  case ..<1_000_000: decimal(Double(count) / 1e3, places: 1) + " kB"
  case ..<1_000_000_000: decimal(Double(count) / 1e6, places: 1) + " MB"
  default: decimal(Double(count) / 1e9, places: 1) + " GB"
  }
}

/// At most three decimals, without zeros at the end.
private func trimmed(_ value: Double) -> String {
  var text = decimal(value, places: value < 100 ? 2 : 0)
  guard text.contains(".") else { return text }
  while text.hasSuffix("0") { text.removeLast() }
  if text.hasSuffix(".") { text.removeLast() }
  return text
}
