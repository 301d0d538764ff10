internal import AccessLogParsing
internal import ByteScanning

/// Decides which filter, if any, leaves a record out. Not shared between workers.
struct FilterMatcher: ~Copyable {
  /// For how many distinct values a pattern's answers are remembered.
  static let rememberedLimit = 20_000
  /// The same limit in bytes, for long values.
  static let rememberedMemoryLimit = 8 << 20

  private let filters: [Compiled]

  private final class Compiled {
    let captureIndex: Int
    let condition: Condition
    var remembered = ByteTable()
    /// Clients choose values; without knowing the seed, they cannot choose values that collide.
    let seed = UInt64.random(in: .min ... .max)

    enum Condition {
      case equals([UInt8])
      case matches(Pattern)
    }

    init(_ filter: RecordFilter, captureIndex: Int) throws(PatternError) {
      self.captureIndex = captureIndex
      switch filter.condition {
      case .equals(let value): condition = .equals(Array(value.utf8))
      case .matches(let pattern): condition = .matches(try Pattern(pattern, takesGroup: false))
      }
    }
  }

  /// - Parameter captureIndexes: for each filter, the position of its field among the captured
  ///   ones.
  init(_ filters: [RecordFilter], captureIndexes: [Int]) throws(PatternError) {
    var compiled: [Compiled] = []
    for (filter, index) in zip(filters, captureIndexes) {
      compiled.append(try Compiled(filter, captureIndex: index))
    }
    self.filters = compiled
  }

  /// The index of the first filter that matches `record`.
  @inline(__always)
  func firstMatch(_ record: borrowing AccessRecord, _ bytes: borrowing Span<UInt8>) -> Int? {
    filters.isEmpty ? nil : search(record, bytes)
  }

  /// Separate from the above, because most runs have no filter.
  @inline(never)
  private func search(_ record: borrowing AccessRecord, _ bytes: borrowing Span<UInt8>) -> Int? {
    for index in filters.indices {
      let slice = record.captured[filters[index].captureIndex]
      if !slice.isAbsent, matches(filters[index], slice, bytes) { return index }
    }
    return nil
  }

  @inline(__always)
  private func matches(
    _ filter: Compiled, _ slice: FieldSlice, _ bytes: borrowing Span<UInt8>
  ) -> Bool {
    switch filter.condition {
    case .equals(let value):
      if !slice.isEscaped {
        return bytes.equals(slice.range, value.span, 0..<value.count)
      }
      let text = text(of: slice, in: bytes)
      return text.span.equals(0..<text.count, value.span, 0..<value.count)
    case .matches(let pattern):
      let hash = bytes.hash(of: slice.range, seed: filter.seed)
      if let known = filter.remembered.value(for: bytes, in: slice.range, hash: hash) {
        return known == 1
      }
      let text = text(of: slice, in: bytes)
      let value = String(decoding: text.span.copied(), as: UTF8.self)
      let isMatch = pattern.isFound(in: Pattern.searched(value).span)
      if filter.remembered.count >= Self.rememberedLimit
        || filter.remembered.memory > Self.rememberedMemoryLimit
      {
        filter.remembered.removeAll()
      }
      filter.remembered.insert(isMatch ? 1 : 0, for: bytes, in: slice.range, hash: hash)
      return isMatch
    }
  }

  private func text(
    of slice: FieldSlice, in bytes: borrowing Span<UInt8>
  ) -> OwnedBuffer<UInt8> {
    var text = OwnedBuffer<UInt8>(capacity: max(slice.count, 16))
    Unescaping.append(slice, of: bytes, to: &text)
    return text
  }
}
