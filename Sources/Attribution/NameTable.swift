package import ByteScanning
internal import Synchronization

/// The names (of consumers, routes or methods) of one run, numbered from 1. All workers share it,
/// so that the same number means the same name in all their tallies; each asks it once per new name
/// and remembers the answer.
package final class NameTable: Sendable {
  /// A name's number; 0 means "none".
  package typealias ID = UInt32

  /// How many names there may be.
  package let limit: Int
  private let names = Mutex(ByteTable())
  /// Clients choose names; without knowing the seed, they cannot choose names that collide.
  private let seed = UInt64.random(in: .min ... .max)
  private let refusals = Atomic<Int>(0)

  package init(limit: Int) { self.limit = limit }

  /// The number of the name in `range`, assigned if it is new and there is room; nil if there is
  /// not.
  ///
  /// A name goes into JSON messages and from there into databases, so it is corrected first: bytes
  /// that are not UTF-8, and NUL, which PostgreSQL's text cannot hold, become U+FFFD. Names that
  /// differ only in these become one.
  package func id(for bytes: borrowing Span<UInt8>, in range: Range<Int>) -> ID? {
    let text = bytes.extracting(range)
    let isSound =
      (try? UTF8Span(validating: text)) != nil
      && text.firstOffset(of: 0, from: 0, to: text.count) == text.count
    if isSound { return idOfSound(text, in: 0..<text.count) }
    let corrected = String(decoding: text.copied(), as: UTF8.self)
      .replacing("\0", with: "\u{FFFD}")
    return id(for: corrected)
  }

  private func idOfSound(_ bytes: borrowing Span<UInt8>, in range: Range<Int>) -> ID? {
    let hash = bytes.hash(of: range, seed: seed)
    return names.withLock { names in
      if let known = names.value(for: bytes, in: range, hash: hash) { return known }
      guard names.count < limit else {
        refusals.add(1, ordering: .relaxed)
        return nil
      }
      let id = ID(names.count + 1)
      names.insert(id, for: bytes, in: range, hash: hash)
      return id
    }
  }

  /// The number of `name`, as above.
  package func id(for name: String) -> ID? {
    let bytes = Array(name.utf8)
    return id(for: bytes.span, in: 0..<bytes.count)
  }

  package var count: Int { names.withLock { $0.count } }
  /// How many times a name was refused for lack of room.
  package var refusalCount: Int { refusals.load(ordering: .relaxed) }
  package var isFull: Bool { count >= limit }
  /// Approximately how much memory the names take, in bytes.
  package var memory: Int { names.withLock { $0.memory } }

  /// The name with the number `id`.
  package func name(_ id: ID) -> [UInt8] { names.withLock { $0.key(at: Int(id) - 1) } }

  /// Appends the name with the number `id` to `text`.
  package func append(_ id: ID, to text: inout OwnedBuffer<UInt8>) {
    text.append(name(id).span)
  }

  /// The names numbered from `first` on, in order.
  package func names(from first: ID) -> [[UInt8]] {
    precondition(first >= 1)
    return names.withLock { names in
      (Int(first) - 1..<max(names.count, Int(first) - 1)).map { names.key(at: $0) }
    }
  }
}
