internal import AccessLogParsing
internal import ByteScanning

/// Finds the numbers of methods. Not shared between workers.
struct MethodFinder: ~Copyable {
  let options: NameTable.ID
  private let other: NameTable.ID
  private let names: NameTable
  /// Methods seen, as logged and packed into words of up to eight bytes, and their numbers.
  private var words = OwnedBuffer<UInt64>(capacity: RunNames.methodLimit)
  private var ids = OwnedBuffer<NameTable.ID>(capacity: RunNames.methodLimit)

  init(names: NameTable) {
    self.names = names
    options = names.id(for: "OPTIONS") ?? 0
    other = names.id(for: RunNames.otherMethod) ?? 0
  }

  @inline(__always)
  mutating func find(_ slice: FieldSlice, _ bytes: borrowing Span<UInt8>) -> NameTable.ID {
    let range = slice.range
    guard range.count <= 8, !slice.isEscaped else { return slowFind(slice, bytes) }
    let word = bytes.word(at: range.lowerBound, count: range.count)
    for index in 0..<words.count where words[index] == word { return ids[index] }
    let id = slowFind(slice, bytes)
    if words.count < RunNames.methodLimit {
      words.append(word)
      ids.append(id)
    }
    return id
  }

  /// The number of the method in upper case, as the middleware counts it.
  private func slowFind(_ slice: FieldSlice, _ bytes: borrowing Span<UInt8>) -> NameTable.ID {
    let range = slice.range
    // A format without methods is of a service that does nothing but deliver.
    if range.isEmpty { return names.id(for: "GET") ?? other }
    if slice.isEscaped {
      let method = bytes.method(in: slice)
      return names.id(for: method.span, in: 0..<method.count) ?? other
    }
    var name = OwnedBuffer<UInt8>(capacity: 32)
    for offset in range {
      let byte = bytes[offset]
      name.append(byte &- UInt8(ascii: "a") < 26 ? byte & ~0x20 : byte)
    }
    return names.id(for: name.span, in: 0..<name.count) ?? other
  }
}
