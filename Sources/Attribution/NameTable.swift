package import ByteScanning
internal import Synchronization

/// The names (of consumers, routes or methods) of one run, numbered from 1. All workers share it,
/// so that the same number means the same name in all their tallies; each asks it once per new name
/// and remembers the answer.
///
/// Names may be provisional: of templates that more lines have to confirm (``ProvisionalTemplates``).
/// Their numbers follow those that lasting names may have.
package final class NameTable: Sendable {
  /// A name's number; 0 means "none".
  package typealias ID = UInt32

  /// Why a name is provisional.
  package enum Doubt: CaseIterable, Sendable {
    /// It holds a segment that identifies something if there are others like it.
    case form
    /// Nothing but 404 and 405 has been answered so far.
    case existence
  }

  /// How many names of each kind there may be.
  struct Limits: Sendable {
    var lasting: Int
    var doubtful = 0
    var strays = 0
  }

  /// How many lasting names there may be.
  package var limit: Int { limits.lasting }
  private let limits: Limits
  private let names = Mutex(Tables())
  /// Clients choose names; without knowing the seed, they cannot choose names that collide.
  private let seed = UInt64.random(in: .min ... .max)
  private let refusals = Atomic<Int>(0)

  package convenience init(limit: Int) { self.init(limits: Limits(lasting: limit)) }

  /// A table with as much room for provisional names of each kind.
  package convenience init(limit: Int, provisionalLimit: Int) {
    self.init(
      limits: Limits(lasting: limit, doubtful: provisionalLimit, strays: provisionalLimit))
  }

  init(limits: Limits) { self.limits = limits }

  private struct Tables: ~Copyable {
    var lasting = ByteTable()
    var doubtful = ByteTable()
    var strays = ByteTable()
    /// The numbers of templates that the log names itself.
    var given: Set<ID> = []
  }

  /// The number of the name in `range`, assigned if it is new and there is room; nil if there is
  /// not.
  ///
  /// A name goes into JSON messages and from there into databases, so it is corrected first: bytes
  /// that are not UTF-8, and NUL, which PostgreSQL's text cannot hold, become U+FFFD. Names that
  /// differ only in these become one.
  package func id(for bytes: borrowing Span<UInt8>, in range: Range<Int>) -> ID? {
    let text = bytes.extracting(range)
    guard Self.isSound(text) else { return id(for: Self.corrected(text)) }
    let range = 0..<text.count
    let hash = text.hash(of: range, seed: seed)
    return names.withLock { names in
      if let known = names.lasting.value(for: text, in: range, hash: hash) { return known }
      guard names.lasting.count < limit else {
        refusals.add(1, ordering: .relaxed)
        return nil
      }
      let id = ID(names.lasting.count + 1)
      names.lasting.insert(id, for: text, in: range, hash: hash)
      return id
    }
  }

  private static func isSound(_ bytes: borrowing Span<UInt8>) -> Bool {
    let text = bytes.extracting(0..<bytes.count)
    return (try? UTF8Span(validating: text)) != nil
      && text.firstOffset(of: 0, from: 0, to: text.count) == text.count
  }

  private static func corrected(_ text: borrowing Span<UInt8>) -> String {
    String(decoding: text.copied(), as: UTF8.self).replacing("\0", with: "\u{FFFD}")
  }

  // MARK: Provisional names

  /// The greatest number that stays what it is, whatever is answered later.
  var lastSteady: ID { ID(limits.lasting + limits.doubtful) }

  /// The number of the name in `range` among the lasting ones; nil if it has none.
  func knownID(for bytes: borrowing Span<UInt8>, in range: Range<Int>) -> ID? {
    let text = bytes.extracting(range)
    guard Self.isSound(text) else {
      let corrected = Array(Self.corrected(text).utf8)
      return knownID(for: corrected.span, in: 0..<corrected.count)
    }
    let range = 0..<text.count
    let hash = text.hash(of: range, seed: seed)
    return names.withLock { $0.lasting.value(for: text, in: range, hash: hash) }
  }

  /// The number of the name in `range` among those in doubt, assigned as above.
  package func provisionalID(
    for bytes: borrowing Span<UInt8>, in range: Range<Int>, _ doubt: Doubt
  ) -> ID? {
    let text = bytes.extracting(range)
    guard Self.isSound(text) else {
      let corrected = Array(Self.corrected(text).utf8)
      return provisionalID(for: corrected.span, in: 0..<corrected.count, doubt)
    }
    let range = 0..<text.count
    let hash = text.hash(of: range, seed: seed)
    return names.withLock { names in
      switch doubt {
      case .form:
        Self.id(
          for: text, hash: hash, in: &names.doubtful, limit: limits.doubtful,
          after: limits.lasting)
      case .existence:
        Self.id(
          for: text, hash: hash, in: &names.strays, limit: limits.strays,
          after: limits.lasting + limits.doubtful)
      }
    }
  }

  private static func id(
    for text: borrowing Span<UInt8>, hash: UInt64, in table: inout ByteTable, limit: Int,
    after first: Int
  ) -> ID? {
    let range = 0..<text.count
    if let known = table.value(for: text, in: range, hash: hash) { return known }
    guard table.count < limit else { return nil }
    let id = ID(first + table.count + 1)
    table.insert(id, for: text, in: range, hash: hash)
    return id
  }

  /// Why the name with this number is provisional; nil if it is not.
  package func doubt(_ id: ID) -> Doubt? {
    Int(id) <= limits.lasting ? nil : id <= lastSteady ? .form : .existence
  }

  /// Notes that the log itself names the template with this number.
  func noteGiven(_ id: ID) { names.withLock { _ = $0.given.insert(id) } }

  /// Whether the log itself has named the template with this number.
  package func isGiven(_ id: ID) -> Bool { names.withLock { $0.given.contains(id) } }

  // MARK: What is in it

  /// The number of `name`, as above.
  package func id(for name: String) -> ID? {
    let bytes = Array(name.utf8)
    return id(for: bytes.span, in: 0..<bytes.count)
  }

  /// How many lasting names there are.
  package var count: Int { names.withLock { $0.lasting.count } }
  /// How many times a name was refused for lack of room.
  package var refusalCount: Int { refusals.load(ordering: .relaxed) }
  package var isFull: Bool { count >= limit }
  /// Whether there is no more room for provisional names of some kind.
  package var isProvisionalFull: Bool {
    names.withLock { names in
      names.doubtful.count >= limits.doubtful || names.strays.count >= limits.strays
    }
  }
  /// Approximately how much memory the names take, in bytes.
  package var memory: Int {
    names.withLock { $0.lasting.memory + $0.doubtful.memory + $0.strays.memory }
  }

  /// The name with the number `id`.
  package func name(_ id: ID) -> [UInt8] {
    let index = Int(id) - 1
    return names.withLock { names in
      if index < limits.lasting { return names.lasting.key(at: index) }
      let rest = index - limits.lasting
      if rest < limits.doubtful { return names.doubtful.key(at: rest) }
      return names.strays.key(at: rest - limits.doubtful)
    }
  }

  /// The name with the number `id` as text; empty for none.
  package func text(_ id: ID) -> String { id > 0 ? String(decoding: name(id), as: UTF8.self) : "" }

  /// Appends the name with the number `id` to `text`.
  package func append(_ id: ID, to text: inout OwnedBuffer<UInt8>) {
    text.append(name(id).span)
  }

  /// The lasting names numbered from `first` on, in order.
  package func names(from first: ID) -> [[UInt8]] {
    precondition(first >= 1)
    return names.withLock { names in
      (Int(first) - 1..<max(names.lasting.count, Int(first) - 1)).map {
        names.lasting.key(at: $0)
      }
    }
  }
}
