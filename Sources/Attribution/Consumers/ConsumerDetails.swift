package import AccessLogParsing
internal import ByteScanning

/// A consumer's display name and group.
package struct ConsumerDetails: Equatable, Hashable, Sendable {
  /// The middleware's limit for name and group, in Unicode scalars.
  package static let lengthLimit = 64

  package var name: String?
  package var group: String?

  /// Stripped and truncated as the middleware does it; text that is empty after that becomes nil.
  package init(name: String?, group: String?) {
    self.name = name.flatMap { Self.trimmed($0) }
    self.group = group.flatMap { Self.trimmed($0) }
  }

  package var isEmpty: Bool { name == nil && group == nil }

  private static func trimmed(_ text: String) -> String? {
    let text = strippingWhiteSpace(text[...]).replacing("\0", with: "\u{FFFD}")
    guard !text.isEmpty else { return nil }
    let scalars = text.unicodeScalars
    return scalars.count > lengthLimit
      ? String(String.UnicodeScalarView(scalars.prefix(lengthLimit))) : text
  }
}

/// Consumers' names and groups as found in the log; for each, the most recent.
package struct ConsumerDetailTable: Sendable {
  /// How many consumers may have a name or group; those of further consumers are not reported.
  package static let limit = 100_000

  private struct Entry {
    var name: String?
    /// When the last request that gave the name began, in nanoseconds since 1970.
    var nameAt = Int64.min
    var group: String?
    var groupAt = Int64.min
  }

  private var entries: [NameTable.ID: Entry] = [:]
  package private(set) var isOverLimit = false

  package init() {}

  /// An empty table that continues where `other` ended.
  package init(keepingLimitOf other: ConsumerDetailTable) { isOverLimit = other.isOverLimit }

  /// Records a consumer's name or group, as given by a request that began at `time`. Of two given
  /// at the same time the greater one counts, whatever the order of the lines.
  mutating func note(name: String?, group: String?, of id: NameTable.ID, at time: Int64) {
    guard name != nil || group != nil else { return }
    if entries[id] == nil && entries.count >= Self.limit {
      isOverLimit = true
      return
    }
    let update = Entry(
      name: name, nameAt: name == nil ? .min : time, group: group,
      groupAt: group == nil ? .min : time)
    Self.merge(update, into: &entries[id, default: Entry()])
  }

  package mutating func merge(_ other: ConsumerDetailTable) {
    isOverLimit = isOverLimit || other.isOverLimit
    for (id, entry) in other.entries {
      if entries[id] == nil && entries.count >= Self.limit {
        isOverLimit = true
        continue
      }
      Self.merge(entry, into: &entries[id, default: Entry()])
    }
  }

  private static func merge(_ other: Entry, into entry: inout Entry) {
    if (other.nameAt, other.name ?? "") > (entry.nameAt, entry.name ?? "") {
      (entry.name, entry.nameAt) = (other.name, other.nameAt)
    }
    if (other.groupAt, other.group ?? "") > (entry.groupAt, entry.group ?? "") {
      (entry.group, entry.groupAt) = (other.group, other.groupAt)
    }
  }

  /// What is known about each consumer, in the order of their numbers.
  package var details: [(id: NameTable.ID, details: ConsumerDetails)] {
    entries.sorted { $0.key < $1.key }.map { id, entry in
      (id, ConsumerDetails(name: entry.name, group: entry.group))
    }
  }
}

/// Finds consumers' names and groups in records. Not shared between workers.
package struct ConsumerDetailFinder: ~Copyable {
  /// A finder for each rule: the rule that yields the consumer also has the fields for its name.
  private var rules: [Rule] = []
  package private(set) var table = ConsumerDetailTable()

  private final class Rule {
    var finder: ConsumerFinder
    let nameIndex: Int?
    let groupIndex: Int?
    /// Remembered results: the text for each value's bytes.
    var texts: [[UInt8]: String] = [:]

    init(_ finder: consuming ConsumerFinder, nameIndex: Int?, groupIndex: Int?) {
      self.finder = finder
      self.nameIndex = nameIndex
      self.groupIndex = groupIndex
    }
  }

  /// - Returns: nil if no rule has a field for a name or group.
  package init?(rules: AttributionRules, names: RunNames) throws(PatternError) {
    guard rules.consumers.contains(where: { $0.nameField != nil || $0.groupField != nil }) else {
      return nil
    }
    let fields = rules.capturedFields
    for rule in rules.consumers {
      let finder = try ConsumerFinder(
        rules: [rule], captureIndexes: [fields.firstIndex(of: rule.field) ?? 0],
        names: names.consumers)
      self.rules.append(
        Rule(
          finder, nameIndex: rule.nameField.flatMap { fields.firstIndex(of: $0) },
          groupIndex: rule.groupField.flatMap { fields.firstIndex(of: $0) }))
    }
  }

  /// Notes what `record` says about its consumer.
  package mutating func note(_ record: borrowing AccessRecord, in bytes: borrowing Span<UInt8>) {
    for rule in rules {
      let id = rule.finder.find(record, bytes)
      guard id != 0 else { continue }
      table.note(
        name: Self.text(rule.nameIndex, of: record, bytes, rule),
        group: Self.text(rule.groupIndex, of: record, bytes, rule), of: id, at: record.start)
      return
    }
  }

  /// Hands over everything found so far.
  package mutating func take() -> ConsumerDetailTable {
    defer { table = ConsumerDetailTable() }
    return table
  }

  private static func text(
    _ index: Int?, of record: borrowing AccessRecord, _ bytes: borrowing Span<UInt8>, _ rule: Rule
  ) -> String? {
    guard let index else { return nil }
    let slice = record.captured[index]
    guard record.dashMeansAbsent ? bytes.hasValue(slice) : slice.count > 0 else { return nil }
    guard slice.count <= rememberedLength else { return longText(slice, bytes) }
    let raw = bytes.extracting(slice.range).copied()
    if let known = rule.texts[raw] { return known }
    var text = OwnedBuffer<UInt8>(capacity: max(slice.count, 16))
    Unescaping.append(slice, of: bytes, to: &text)
    if rule.texts.count >= ConsumerDetailTable.limit { rule.texts.removeAll() }
    let value = String(decoding: text.span.copied(), as: UTF8.self)
    rule.texts[raw] = value
    return value
  }

  /// The longest text that is remembered, in bytes.
  private static let rememberedLength = 512

  /// The beginning of a text longer than that: at most 64 characters of it are sent.
  private static func longText(_ slice: FieldSlice, _ bytes: borrowing Span<UInt8>) -> String {
    var text = OwnedBuffer<UInt8>(capacity: slice.count)
    Unescaping.append(slice, of: bytes, to: &text)
    let scalars = String(decoding: text.span.copied(), as: UTF8.self).unicodeScalars
    let rest = scalars.drop { $0.properties.isWhitespace }
    return String(String.UnicodeScalarView(rest.prefix(rememberedLength)))
  }
}
