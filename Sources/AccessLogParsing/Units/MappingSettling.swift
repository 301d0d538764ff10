internal import ByteScanning

/// Settles a mapping of keys, of JSON or of pairs, by the first lines of a source.
///
/// The keys of nginx's variables, which stand for any template, are also those of others who mean
/// something else by them: `path` may be the log file's name, and `request` the path. And a key that the
/// mapping does not know may be the duration.
struct MappingSettling {
  private(set) var settled: SettledFormat
  private var mapping: FieldMapping
  private let shaped: LogFormat
  private let clock: LocalClock?
  private let listing: JSONKeyListing

  /// - Parameters:
  ///   - format: makes a format of a mapping.
  ///   - shaped: what reads `bytes`.
  init(
    _ mapping: FieldMapping, _ bytes: borrowing Span<UInt8>, reading shaped: LogFormat,
    _ clock: LocalClock?, _ asked: DurationUnit?, making format: (FieldMapping) -> LogFormat
  ) {
    self.mapping = mapping
    self.shaped = shaped
    self.clock = clock
    listing = Self.listing(bytes, shaped)
    settled = SettledFormat(format(mapping))
    // Whoever names the keys knows what they hold, and so does a format with a name.
    let isGeneric = mapping.isGeneric
    if isGeneric { settleTarget(bytes) }
    let decision = isGeneric ? settleDuration(bytes) : nil
    settled = SettledFormat(format(self.mapping), decision)
    settled.fields = listing.paths
    settled.notTaken = notTaken(besides: asked == nil ? nil : decision?.field)
  }

  /// How many lines are searched for keys.
  private static let listingLimit = 100

  /// The keys of lines of `format`.
  private static func listing(
    _ bytes: borrowing Span<UInt8>, _ format: LogFormat
  ) -> JSONKeyListing {
    var listing = JSONKeyListing()
    var start = 0
    let end = bytes.endOfLines(listingLimit)
    while start < end {
      let line = bytes.line(from: start)
      start = line.next
      if line.range.isEmpty { continue }
      if case .pairs = format {
        listing.add(bytes, pairsIn: line.range)
      } else {
        listing.add(bytes, line: line.range)
      }
    }
    return listing
  }

  /// The keys in objects around lines that are called as durations of requests are, and hold one.
  static func durationKeys(of bytes: borrowing Span<UInt8>) -> [String] {
    listing(bytes, .json(FieldMapping(), .end)).durationKeys
  }

  // MARK: The path

  private func has(_ key: String) -> Bool { listing.paths.contains(key) }

  /// A `path` that is a file's name is none, and `request` may be what was asked for.
  private mutating func settleTarget(_ bytes: borrowing Span<UInt8>) {
    guard let key = mapping.target.first(where: { has($0) }), key == "path" else { return }
    let paths = FieldSample(bytes, shaped, field: key, clock).texts
    guard let first = paths.first, first.isFileName, paths.allSatisfy({ $0 == first }) else {
      return
    }
    mapping.target.removeAll { $0 == key }
    let requests = FieldSample(bytes, shaped, field: "request", clock).texts
    if requests.contains(where: { $0.hasPrefix("/") }) { mapping.target = ["request"] }
  }

  // MARK: The duration

  private mutating func settleDuration(_ bytes: borrowing Span<UInt8>) -> UnitDecision? {
    if let key = mapping.duration.first(where: { has($0) }) {
      return settleRequestTime(key, bytes)
    }
    let keys = listing.durationKeys
    for key in keys {
      guard let unit = DurationName(key)?.unit else { continue }
      return take(key, unit, evidence: "its name says so")
    }
    for key in keys {
      let sample = FieldSample(bytes, shaped, field: key, clock)
      if !sample.texts.isEmpty, sample.numbers.isEmpty {
        return take(
          key, .milliseconds, evidence: "it says its unit, as in '\(sample.texts[0].prefix(32))'")
      }
      guard sample.hasDecimals else { continue }
      let (unit, evidence) = DecimalEvidence(sample.numbers.map(\.approximation)).decision
      if let unit { return take(key, unit, evidence: evidence) }
      return leave(key, evidence)
    }
    guard let key = keys.first else { return nil }
    return settleWholeNumbers(key, bytes, otherwise: Self.unknownUnit)
  }

  private static let unknownUnit = "nothing in the lines reveals whether it is in s, ms, us or ns"

  /// Whole numbers, whose unit their values and the order of the lines have to show.
  private mutating func settleWholeNumbers(
    _ key: String, _ bytes: borrowing Span<UInt8>, otherwise evidence: String
  ) -> UnitDecision {
    let lines = DurationEvidence(bytes, shaped, field: key, clock)
    let decision = lines.wholeNumbers(.anyServer).decision(of: key)
    if let unit = decision.unit { return take(key, unit, evidence: decision.evidence) }
    return leave(key, evidence)
  }

  /// `request_time` is nginx's, in seconds with three decimals, unless its values say otherwise.
  private mutating func settleRequestTime(
    _ key: String, _ bytes: borrowing Span<UInt8>
  ) -> UnitDecision? {
    let sample = FieldSample(bytes, shaped, field: key, clock)
    let numbers = sample.numbers
    guard sample.texts.isEmpty, numbers.contains(where: { $0.mantissa != 0 }) else { return nil }
    guard sample.hasDecimals else {
      return settleWholeNumbers(
        key, bytes,
        otherwise: "nginx writes seconds with three decimals, and these are whole numbers")
    }
    let decision = DecimalEvidence(numbers.map(\.approximation)).decision
    switch decision.unit {
    case .seconds: return nil
    case let unit?: return take(key, unit, evidence: decision.evidence)
    // Zeros at the end are written by a format with three decimals, not by a JSON writer.
    case nil
    where sample.decimals == 3 && (numbers.count < 10 || numbers.contains(where: \.isRound)):
      return nil
    case nil: return leave(key, decision.evidence)
    }
  }

  private mutating func take(
    _ key: String, _ unit: DurationUnit, evidence: String
  ) -> UnitDecision {
    mapping.duration = [key]
    mapping.durationUnit = unit
    return UnitDecision(field: key, unit: unit, evidence: evidence)
  }

  private mutating func leave(_ key: String, _ evidence: String) -> UnitDecision {
    mapping.duration = []
    mapping.undecidedDuration = [key]
    return UnitDecision(field: key, unit: nil, evidence: evidence)
  }

  // MARK: What is left

  /// Durations, if none is counted, and sizes of responses, if none is.
  private func notTaken(besides decided: String?) -> [String] {
    var keys: [String] = []
    if !(mapping.duration + mapping.undecidedDuration).contains(where: { has($0) }) {
      keys += listing.durationKeys
    } else if mapping.duration.isEmpty {
      keys += mapping.undecidedDuration.filter { has($0) }
    }
    if !mapping.responseSize.contains(where: { has($0) }) {
      keys += listing.paths.indices.filter { index in
        listing.paths[index].isNameOfSize && listing.examples[index].isNumber
      }.map { listing.paths[$0] }
    }
    return keys.filter { $0 != decided && !mapping.requestSize.contains($0) }
  }
}

extension JSONKeyListing {
  /// Keys that are called as durations of requests are, and hold one.
  fileprivate var durationKeys: [String] {
    paths.indices.filter { index in
      DurationName(paths[index]) != nil && examples[index].isDuration
    }.map { paths[$0] }
  }
}

extension Decimal {
  /// Whether its last digit is a zero behind the point.
  fileprivate var isRound: Bool { exponent < 0 && mantissa % 10 == 0 }
}

extension String {
  fileprivate var isNumber: Bool { !isEmpty && utf8.allSatisfy { $0 &- 0x30 <= 9 || $0 == 0x2E } }

  /// A number, or one with a unit behind it.
  fileprivate var isDuration: Bool {
    let bytes = Array(utf8)
    return (try? bytes.span.duration(in: 0..<bytes.count, unit: .nanoseconds)) != nil
  }

  /// Whether the last part of a path of keys is what people call the size of a response.
  fileprivate var isNameOfSize: Bool {
    let name = (split(separator: ".").last ?? "").lowercased().filter { $0 != "_" && $0 != "-" }
    let names = [
      "bytes", "size", "bytessent", "bytesout", "sentbytes", "responsebytes", "respsize",
      "responselength", "contentlength", "length", "bodybytes", "byteswritten", "responsesize",
      "responsebodysize", "bodysize", "outbytes", "written", "bodybytessent", "responsebodybytes",
    ]
    return names.contains(name)
  }

  /// Whether this is the name of a log file, rather than a path that was asked for.
  fileprivate var isFileName: Bool {
    let name = split(separator: "/").last?.lowercased() ?? ""
    let isLog = [".log", ".out", ".json", ".jsonl", ".ndjson", ".txt", ".gz"].contains {
      name.hasSuffix($0)
    }
    let isInLogs = hasPrefix("/var/log/") || hasPrefix("/var/lib/docker/") || contains(":\\")
    return isInLogs || isLog && (contains("/log/") || contains("/logs/") || name.hasSuffix(".log"))
      || name.contains("access") && name.contains("log")
  }
}
