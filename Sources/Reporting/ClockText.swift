internal import Diagnostics

/// How timestamps, durations and sizes are interpreted, and the evidence for it.
struct ClockText {
  let group: FormatFindings
  let style: TextStyle

  var lines: [String] {
    var lines: [String] = []
    if let clock = group.clock { lines += text(of: clock) }
    if let duration = group.duration { lines += text(of: duration) }
    if let note = group.sources.compactMap(\.unitNote).first {
      lines += item(group.duration == nil ? "duration" : "", [note])
    }
    for size in group.sizes { lines += text(of: size) }
    for field in group.otherFields {
      if let numbers = field.numbers { lines += text(of: field, numbers) }
    }
    return lines
  }

  private func item(_ name: String, _ sentences: [String]) -> [String] {
    let margin = 18
    return sentences.enumerated().flatMap { index, sentence in
      let lead =
        index == 0 ? padded("  \(name)", to: margin) : String(repeating: " ", count: margin)
      return wrapped(terminalSafe(sentence), to: style.width - margin).enumerated().map {
        ($0.offset == 0 ? lead : String(repeating: " ", count: margin)) + $0.element
      }
    }
  }

  private func text(of clock: ClockFindings) -> [String] {
    var sentences = clock.shapes.map { shape in
      let total = clock.shapes.reduce(0) { $0 + $1.count }
      return "\(shape.name), on \(share(Share(shape.count, of: total), "line"))"
    }
    if let first = clock.first, let last = clock.last {
      sentences.append(
        "from \(timestamp(first, separator: " ")) to \(timestamp(last, separator: " ")) UTC")
    }
    let verb = group.isGuess ? "It is assumed to be" : "It is"
    if clock.moment == "start" {
      sentences.append("\(verb) the start of the request, and is used as it is.")
    } else if clock.movedCount > 0 {
      sentences.append(
        "\(verb) the end of the request: "
          + "\(counted(clock.movedCount, "timestamp")) moved back to the start by the duration.")
    } else {
      sentences.append(
        "If it is the end of the request, it cannot be moved to the start without a duration.")
    }
    if clock.backwards.total > 0 {
      sentences.append(
        clock.backwards.count == 0
          ? "No line has an earlier timestamp than the line before it."
          : "\(share(clock.backwards, "line")) \(have(clock.backwards)) an earlier timestamp than the "
            + "line before.")
    }
    return item("time", sentences)
  }

  private func text(of duration: DurationFindings) -> [String] {
    var sentence = "\(duration.field), in \(unitName(duration.unit)): "
    switch duration.authority {
    case .format: sentence += "by the format's definition"
    case .evidence: sentence += "inferred from the log"
    case .mapping: sentence += "as configured"
    case .keyName: sentence += "as its name says"
    }
    sentence += "; \(decimals(duration.decimals)); on \(share(duration.present, "line"))"
    return item(
      "duration",
      [
        sentence,
        "Half of them take up to \(span(duration.median)), 99 % up to "
          + "\(span(duration.percentile99)), the longest \(span(duration.longest)).",
      ])
  }

  private func text(of size: SizeFindings) -> [String] {
    var sentences = ["\(size.field): \(words(for: size.meaning))"]
    if size.seemsToCountHeaders {
      sentences.append(
        "However, \(share(size.bodiless, "response")) without a body (204, 304, HEAD) "
          + "\(have(size.bodiless)) a size: the "
          + "log seems to count headers too, as Apache's %O and Debian's combined format do.")
    }
    return item(size.part.replacing("_", with: " "), sentences)
  }

  private func text(of field: FieldFindings, _ numbers: NumberFindings) -> [String] {
    let range =
      "\(plain(numbers.smallest)) to \(plain(numbers.largest)), \(decimals(numbers.decimals))"
    return item(
      fitted(field.name, to: 15),
      ["a number without a unit (\(range)): if it is a duration, its unit has to be given"])
  }

  private func plain(_ value: Double) -> String {
    value == value.rounded() ? decimal(value, places: 0) : decimal(value, places: 3)
  }

  private func words(for meaning: SizeFindings.Meaning) -> String {
    switch meaning {
    case .body: "bytes of the body, without headers"
    case .announced: "what the Content-Length header announced"
    case .withHeaders: "bytes including headers, which the middleware does not count"
    case .unknown: "bytes; the log does not say whether headers are included"
    }
  }

  private func decimals(_ counts: [Int: Int]) -> String {
    let total = counts.values.reduce(0, +)
    guard let (places, count) = counts.max(by: { ($0.value, $0.key) < ($1.value, $1.key) }) else {
      return "no value yet"
    }
    let words = places == 0 ? "whole numbers" : places == 1 ? "1 decimal" : "\(places) decimals"
    return count == total ? words : "\(words) in \(share(Share(count, of: total), "value"))"
  }

  private func unitName(_ unit: String) -> String {
    switch unit {
    case "ns": "nanoseconds"
    case "us": "microseconds"
    case "ms": "milliseconds"
    case "s": "seconds"
    default: unit
    }
  }
}
