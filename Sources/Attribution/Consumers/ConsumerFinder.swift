internal import AccessLogParsing
internal import ByteScanning
internal import Crypto

/// Finds the consumer of a record by the rules in the configuration. Not shared between workers.
///
/// A rule is applied once per distinct value, and the result is remembered.
struct ConsumerFinder: ~Copyable {
  /// How many distinct values of a field are remembered before the memory is released: a field that
  /// differs in every request (a request ID, by mistake) must not fill it.
  static let rememberedLimit = 100_000
  /// The same limit in bytes, for long values.
  static let rememberedMemoryLimit = 8 << 20
  /// The middleware's limit, in Unicode scalars (which is how Python counts characters).
  static let lengthLimit = 128

  private let rules: [CompiledConsumerRule]
  /// For each rule, the position of its field among the captured ones.
  private let captureIndexes: [Int]
  /// For each rule, the seed for hashing its values, which keeps the values of different rules
  /// apart. Clients choose values; without knowing the seed, they cannot choose values that
  /// collide.
  private let seeds: [UInt64]
  /// The result of each rule for each value: the low byte of the rule's index above the consumer's
  /// number.
  private var remembered = ByteTable()
  private let names: NameTable
  /// A bit for each of the first rules that has found a consumer. Noted only when a value is read for the
  /// first time.
  private(set) var foundRules: UInt64 = 0

  /// The bits of a remembered result that hold the consumer's number.
  private static let idMask: UInt32 = 1 << 24 - 1

  /// - Parameter captureIndexes: for each rule, the position of its field among the captured ones.
  init(rules: [ConsumerRule], captureIndexes: [Int], names: NameTable) throws(PatternError) {
    precondition(RunNames.consumerLimit <= Self.idMask)
    self.names = names
    self.captureIndexes = captureIndexes
    self.rules = try rules.map { rule throws(PatternError) in try CompiledConsumerRule(rule) }
    seeds = rules.map { _ in UInt64.random(in: .min ... .max) }
  }

  @inline(__always)
  var hasRules: Bool { !captureIndexes.isEmpty }

  /// The consumer's number; 0 if there is none.
  @inline(__always)
  mutating func find(_ record: borrowing AccessRecord, _ bytes: borrowing Span<UInt8>)
    -> NameTable.ID
  {
    for index in captureIndexes.indices {
      let slice = record.captured[captureIndexes[index]]
      guard record.dashMeansAbsent ? bytes.hasValue(slice) : slice.count > 0 else { continue }
      let hash = bytes.hash(of: slice.range, seed: seeds[index])
      let known = remembered.value(for: bytes, in: slice.range, hash: hash)
      let id =
        if let known, known &>> 24 == UInt32(truncatingIfNeeded: index & 0xFF) {
          known & Self.idMask
        } else {
          read(slice, bytes, hash: hash, rule: index, remembers: known == nil)
        }
      if id != 0 { return id }
    }
    return 0
  }

  /// Applies a rule to a value.
  ///
  /// - Parameter remembers: false if another rule's value has the same hash.
  @inline(never)
  private mutating func read(
    _ slice: FieldSlice, _ bytes: borrowing Span<UInt8>, hash: UInt64, rule index: Int,
    remembers: Bool
  ) -> NameTable.ID {
    if remembered.count >= Self.rememberedLimit || remembered.memory > Self.rememberedMemoryLimit {
      remembered.removeAll()
    }
    var raw = OwnedBuffer<UInt8>(capacity: max(slice.count, 16))
    Unescaping.append(slice, of: bytes, to: &raw)
    let id =
      if rules[index].takesAsItIs(raw.span) {
        names.id(for: raw.span, in: 0..<raw.count) ?? 0
      } else {
        rules[index].identifier(from: raw.span).flatMap { names.id(for: $0) } ?? 0
      }
    if id != 0, index < UInt64.bitWidth { foundRules |= 1 << UInt64(index) }
    if remembers {
      let rule = UInt32(truncatingIfNeeded: index & 0xFF)
      remembered.insert(rule << 24 | id, for: bytes, in: slice.range, hash: hash)
    }
    return id
  }
}

/// A rule whose pattern has been compiled.
struct CompiledConsumerRule {
  private let rule: ConsumerRule
  private let pattern: Pattern?
  private let groups: GroupSearch?
  private let encoding: QueryEncoding

  init(_ rule: ConsumerRule) throws(PatternError) {
    self.rule = rule
    encoding = QueryEncoding(ofField: rule.field)
    pattern = try rule.pattern.map { text throws(PatternError) in
      try Pattern(text, takesGroup: true)
    }
    groups = pattern.flatMap { GroupSearch($0) }
  }

  /// Whether the identifier is simply the field's bytes: for most it is, and they need not become a
  /// string.
  func takesAsItIs(_ raw: borrowing Span<UInt8>) -> Bool {
    guard pattern == nil, rule.digest == nil, !raw.isEmpty,
      raw.count <= ConsumerFinder.lengthLimit, raw[0] != UInt8(ascii: " "),
      raw[raw.count - 1] != UInt8(ascii: " ")
    else { return false }
    for offset in raw.indices where raw[offset] < 0x20 || raw[offset] > 0x7E { return false }
    return encoding != .value || !raw.holdsEncoding
  }

  /// The identifier that a field's bytes stand for, or nil if they identify no consumer.
  func identifier(from raw: borrowing Span<UInt8>) -> String? {
    var value = strippingWhiteSpace(decoded(raw)[...])
    if let pattern {
      let bytes = Pattern.searched(value)
      let found = groups.map { $0.firstGroup(in: bytes.span) } ?? pattern.firstGroup(in: bytes.span)
      guard let group = found else { return nil }
      let isQuery = encoding.isOfQuery(bytes.span, before: group.lowerBound)
      let raw = isQuery ? queryValue(Array(bytes[group]).span) : Array(bytes[group])
      value = strippingWhiteSpace(String(decoding: raw, as: UTF8.self)[...])
    }
    guard !value.isEmpty else { return nil }
    if rule.digest == .sha256 { value = sha256Prefix(of: value) }
    let scalars = value.unicodeScalars
    return scalars.count > ConsumerFinder.lengthLimit
      ? String(String.UnicodeScalarView(scalars.prefix(ConsumerFinder.lengthLimit))) : value
  }

  private func decoded(_ raw: borrowing Span<UInt8>) -> String {
    let bytes = encoding == .value ? queryValue(raw) : raw.copied()
    switch rule.encoding {
    case .utf8: return String(decoding: bytes, as: UTF8.self)
    case .latin1:
      var text = String.UnicodeScalarView()
      for byte in bytes { text.append(Unicode.Scalar(byte)) }
      return String(text)
    }
  }
}

/// Python's `str.strip()`, which also strips the information separators U+001C to U+001F.
func strippingWhiteSpace(_ text: Substring) -> String {
  func isSpace(_ scalar: Unicode.Scalar) -> Bool {
    scalar.properties.isWhitespace || (0x1C...0x1F).contains(scalar.value)
  }
  let scalars = text.unicodeScalars
  guard let first = scalars.firstIndex(where: { !isSpace($0) }),
    let last = scalars.lastIndex(where: { !isSpace($0) })
  else { return "" }
  return String(String.UnicodeScalarView(scalars[first...last]))
}

/// The first 16 hexadecimal digits of the SHA-256 of the text's UTF-8 bytes.
private func sha256Prefix(of text: String) -> String {
  var digest = SHA256()
  digest.update(data: Array(text.utf8))
  return digest.finalize().prefix(8).reduce(into: "") { hexadecimal, byte in
    let digits = String(byte, radix: 16)
    hexadecimal += digits.count == 1 ? "0" + digits : digits
  }
}
