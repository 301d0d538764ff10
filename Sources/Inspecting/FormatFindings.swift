internal import AccessLogParsing
internal import Attribution
internal import Configuring
internal import Ingesting
internal import Reporting

// From what was counted to what is reported.

extension FormatInspector {
  /// Whether no line counts, and the missing time zone is a reason.
  var lacksZone: Bool {
    counts.linesTallied == 0 && counts.count(of: .timeWithoutZone) > 0
  }

  func findings(choice: FormatChoice) -> FormatFindings {
    var findings = FormatFindings()
    findings.formatName = format?.displayName
    findings.producer = isGuess ? nil : format?.catalogueEntry?.producer
    findings.isGuess = isGuess
    findings.sources = sources
    findings.linesRead = counts.linesRead
    findings.linesTallied = counts.linesTallied
    findings.parts = partFindings + consumerParts
    findings.otherFields = otherFields
    findings.keysInLog = keysInLog
    findings.samples = sampleRecords
    findings.leftOut = leftOutFindings
    if counts.linesTallied > 0 {
      findings.clock = clockFindings
      findings.duration = durationFindings(
        isGuess ? .keyName : choice.hasMapping ? .mapping : .format)
      findings.sizes = sizeFindings
    }
    findings.consumers = consumerFindings
    findings.routes = routeFindings
    findings.missing = missingParts
    let producer = findings.producer ?? ""
    findings.advisedServers =
      findings.missing.contains(.duration) || findings.missing.contains(.consumer)
      ? LogAdvice.Server.allCases.map(\.rawValue).filter { producer.contains($0) } : []
    return findings
  }

  // MARK: Fields

  private var partFindings: [PartFindings] {
    guard let survey else { return [] }
    return survey.parts.flatMap { part -> [PartFindings] in
      let found = part.fields.filter { part.counts[$0, default: 0] > 0 }
      guard !found.isEmpty else { return [PartFindings(name: part.name.rawValue)] }
      return found.map { index in
        var findings = PartFindings(name: part.name.rawValue)
        findings.field = part.isSum ? survey.sum(part) : survey.fields[index].name
        findings.lineCount = part.counts[index, default: 0]
        findings.unit = unit(of: part.name)
        findings.example = text(survey.fields[index].example)
        return findings
      }
    }
  }

  /// The fields that consumers come from, beside the parts of a record.
  private var consumerParts: [PartFindings] {
    rules.consumers.map { rule in
      var findings = PartFindings(name: "consumer")
      let field = survey?.fields.first { $0.name == rule.field }
      guard let field, field.valueCount > 0 else {
        // A rule may name a part of the record, whatever the log calls it.
        let part = partFindings.first { $0.name == rule.field && $0.field != nil }
        findings.field = part?.field
        findings.lineCount = part?.lineCount ?? 0
        findings.example = part?.example
        return findings
      }
      findings.field = field.name
      findings.lineCount = field.valueCount
      let isSecret = SecretFields.isSecret(field: field.name) || rule.digest != nil
      findings.example = isSecret ? "(not shown)" : text(field.example)
      return findings
    }
  }

  private func unit(of part: FormatPart.Name) -> String? {
    switch part {
    // Where nothing is moved, it does not matter which.
    case .time:
      format?.timestampMoment == .start || movedCount > 0 ? format?.timestampMoment.rawValue : nil
    case .duration: format?.durationUnit?.rawValue
    case .requestSize, .responseSize: "bytes"
    default: nil
    }
  }

  private var otherFields: [FieldFindings] {
    guard let survey else { return [] }
    let asked = Set(rules.consumers.map(\.field))
    return survey.others.filter { $0.valueCount > 0 && !asked.contains($0.name) }.map { field in
      var findings = FieldFindings(name: field.name)
      findings.lineCount = field.valueCount
      findings.distinct = field.distinct
      findings.isConsumerLike = ConsumerFields.isLikely(field.name)
      findings.isSecret = SecretFields.isSecret(field: field.name)
      if !findings.isSecret { findings.example = text(field.example) }
      // A number behind the format's own fields may be a duration; a key has a name that tells.
      let hasDuration = survey.parts.contains { $0.name == .duration && !$0.counts.isEmpty }
      let mayBeDuration =
        !hasDuration
        && (field.name.hasPrefix("extra_") || MappingGuess.isDurationName(field.name))
      if field.isNumeric && mayBeDuration { findings.numbers = field.numbers }
      return findings
    }
  }

  /// As it may be shown: an inspection is pasted into issues and chats.
  private func text(_ bytes: [UInt8]) -> String {
    SecretText.masked(String(decoding: bytes, as: UTF8.self))
  }

  // MARK: Clock and units

  private var clockFindings: ClockFindings {
    var clock = ClockFindings()
    clock.shapes = timestamps.shapes
    clock.moment = format?.timestampMoment.rawValue ?? clock.moment
    clock.movedCount = movedCount
    clock.backwards = backwards
    clock.first = counts.firstRequest
    clock.last = counts.lastRequest
    return clock
  }

  private func durationFindings(_ authority: DurationFindings.Authority) -> DurationFindings? {
    guard !durations.isEmpty, let survey, let unit = format?.durationUnit,
      let part = survey.parts.first(where: { $0.name == .duration }),
      let field = part.counts.max(by: { $0.value < $1.value })?.key
    else { return nil }
    let sorted = durations.sorted()
    func quantile(_ permille: Int) -> Int64 {
      // The smallest value that so many of a thousand do not exceed.
      sorted[max(0, (sorted.count * permille + 999) / 1000 - 1)]
    }
    var findings = DurationFindings()
    findings.field = part.isSum ? survey.sum(part) : survey.fields[field].name
    findings.unit = unit.rawValue
    let isShown = sources.contains { $0.unitNote != nil }
    findings.authority = isShown && authority == .format ? .evidence : authority
    findings.present = Share(part.counts.values.reduce(0, +), of: counts.linesTallied)
    findings.decimals = survey.fields[field].numbers.decimals
    findings.median = quantile(500)
    findings.percentile99 = quantile(990)
    findings.longest = quantile(1000)
    return findings
  }

  private var sizeFindings: [SizeFindings] {
    guard let survey else { return [] }
    return [FormatPart.Name.requestSize, .responseSize].flatMap { name -> [SizeFindings] in
      guard let part = survey.parts.first(where: { $0.name == name }) else { return [] }
      return part.fields.filter { part.counts[$0, default: 0] > 0 }.map { index in
        let field = survey.fields[index].name
        var size = SizeFindings(
          part: name.rawValue, field: field, meaning: meaning(of: field))
        if name == .responseSize { size.bodiless = bodiless }
        return size
      }
    }
  }

  private func meaning(of field: String) -> SizeFindings.Meaning {
    let named = SizeFindings.Meaning(of: field)
    guard named == .unknown, let entry = format?.catalogueEntry, !isGuess else { return named }
    return entry.sizes == .bodies ? .body : named
  }

  // MARK: Consumers, routes, what is left out

  private var consumerFindings: ConsumerFindings {
    var findings = ConsumerFindings()
    findings.fields = rules.consumers.map(\.field)
    let requests = consumerCounts.dropFirst()
    // The other format of the sources may have consumers of its own.
    findings.count = requests.count { $0 > 0 }
    findings.requests = Share(requests.reduce(0, +), of: counts.linesTallied)
    let top = requests.enumerated().filter { $0.element > 0 }.sorted {
      ($1.element, $0.offset) < ($0.element, $1.offset)
    }
    findings.top = top.prefix(Self.topLimit).map { index, count in
      Occurrence(names.consumers.text(NameTable.ID(index + 1)), count)
    }
    return findings
  }

  private var routeFindings: RouteFindings {
    var findings = RouteFindings()
    let isNamed = survey?.parts.contains { $0.name == .route && !$0.counts.isEmpty } == true
    findings.origin = isNamed ? .log : rules.routes.known.isEmpty ? .paths : .list
    findings.unmatchedCount = unmatchedCount
    let used = settledRoutes
    findings.count = used.count
    let top = used.sorted { ($1.tally.count, $0.route) < ($0.tally.count, $1.route) }
    findings.top = top.prefix(Self.topLimit).map { route, tally in
      let methods = tally.methods.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
        .map { names.methods.text($0.key) }.joined(separator: ",")
      let template = names.routes.text(route)
      let example = text(tally.example)
      return Occurrence(
        "\(methods) \(template)", tally.count, example: example == template ? nil : example)
    }
    return findings
  }

  private var unmatchedCount: Int { counts.leftOut(filterNames: [])["unmatched-route"] ?? 0 }

  private var leftOutFindings: [LeftOutFindings] {
    let reasons = counts.leftOut(filterNames: rules.filters.map(\.name))
    let findings = reasons.map { reason, count in
      var findings = LeftOutFindings(reason: reason, explanation: nil, count: count)
      if let known = LineRejection.Reason.allCases.first(where: { $0.name == reason }),
        counts.count(of: known) > 0
      {
        findings.explanation = known.explanation
        findings.isRejection = known.speaksAgainstFormat
        findings.example = rejected[known]
      }
      return findings
    }
    return findings.sorted { ($1.count, $0.reason) < ($0.count, $1.reason) }
  }

  private var missingParts: [MissingPart] {
    guard counts.linesTallied > 0, let survey else {
      return counts.count(of: .timeWithoutZone) > 0 ? [.zone] : []
    }
    func has(_ name: FormatPart.Name) -> Bool {
      survey.parts.contains { $0.name == name && !$0.counts.isEmpty }
    }
    var missing: [MissingPart] = []
    if !has(.duration) { missing.append(.duration) }
    let isNamed = otherFields.contains { $0.isConsumerLike && !$0.isNearlyUnique }
    if consumerFindings.count == 0 && !isNamed { missing.append(.consumer) }
    if !has(.requestSize) { missing.append(.requestSize) }
    if !has(.responseSize) { missing.append(.responseSize) }
    if counts.count(of: .timeWithoutZone) > 0 { missing.append(.zone) }
    if !timestamps.hasFractions { missing.append(.subseconds) }
    return missing
  }
}

extension FormatChoice {
  /// Whether the user said where the parts of a record stand.
  fileprivate var hasMapping: Bool {
    if case .json(.some, _) = self { true } else { false }
  }
}

extension SizeFindings.Meaning {
  /// What servers mean by fields of that name. (nginx documentation, ngx_http_log_module and
  /// ngx_http_core_module; Apache documentation, mod_log_config and mod_logio.)
  init(of field: String) {
    switch field.lowercased() {
    case "body_bytes_sent": self = .body
    case _ where field.lowercased().contains("content_length"): self = .announced
    case "bytes_sent", "request_length", "bytes_received": self = .withHeaders
    default: self = .unknown
    }
  }
}

extension FieldSurvey {
  /// The names of the fields that make up a part.
  fileprivate func sum(_ part: SurveyedPart) -> String {
    part.fields.map { fields[$0].name }.joined(separator: " + ")
  }
}
