internal import GRDB
internal import RawStatements
internal import Synchronization

/// What became of a message that was handed out.
package struct Settlement: Equatable, Sendable {
  package enum Result: Equatable, Sendable {
    /// The hub has taken it: it leaves the queue.
    case acknowledged
    /// The hub will never take it: it is kept, out of the way, with the reason.
    case setAside(reason: String)
    /// It cannot be sent, and was not tried: it is kept like what was refused.
    case damaged(BodyDamage)
    /// The hub wants no request logs for now: it leaves the queue undelivered.
    case dropped
    /// An attempt failed: it stays where it is, with the error. Unless it is `isUncertain`, the hub does
    /// not have it, and the note of its first attempt is void.
    case attempted(error: String, isUncertain: Bool)
    /// It is about to be attempted (`noteAttempts`).
    case noted
    /// The attempt that was noted was not made.
    case notAttempted
    /// The hub may have it, and might take it twice: it is kept, out of the way, with the reason.
    case uncertain(reason: String)
  }

  /// The limit of a reason or error text, in characters; what is longer is cut.
  package static let textLimit = 500

  package var id: Int64
  /// Nanoseconds since 1970.
  package var at: Int64
  package var result: Result

  package init(_ id: Int64, _ result: Result, at: Int64) {
    self.id = id
    self.at = at
    self.result =
      switch result {
      case .acknowledged, .dropped, .noted, .notAttempted, .damaged: result
      case .setAside(let reason): .setAside(reason: String(reason.prefix(Self.textLimit)))
      case .uncertain(let reason): .uncertain(reason: String(reason.prefix(Self.textLimit)))
      case .attempted(let error, let isUncertain):
        .attempted(error: String(error.prefix(Self.textLimit)), isUncertain: isUncertain)
      }
  }

  /// Whether the message is no longer waiting.
  var isFinal: Bool {
    switch result {
    case .acknowledged, .dropped, .setAside, .damaged, .uncertain: true
    case .attempted, .noted, .notAttempted: false
    }
  }
}

extension OutboxDatabase {
  /// Notes that messages are about to be attempted, at `time` (nanoseconds since 1970), before which the
  /// hub could not have taken them. Once this returns, a crash does not forget it, and it has not waited
  /// for an open checkpoint.
  package func noteAttempts(of ids: [Int64], at time: Int64) throws(OutboxError) {
    guard let attempts else { throw .readOnly }
    try turn.withLock { (turn) throws(OutboxError) in
      try attempts.append(ids, at: time)
      turn.unsettled.add(ids.map { Settlement($0, .noted, at: time) })
    }
  }

  /// Records what became of messages, in one transaction, and never waits for an open checkpoint
  /// (see the type). An id that is not in the queue is ignored. When this throws, nothing is lost:
  /// the settlements stay in memory and are tried again with the next ones and in `close()`.
  package func settle(_ settlements: [Settlement]) throws(OutboxError) {
    try turn.withLock { (turn) throws(OutboxError) in
      turn.unsettled.add(settlements)
      guard !turn.isTaken || turn.unsettled.count > Self.settlementLimit else { return }
      try writeUnsettled(&turn)
    }
  }

  func writeUnsettled() throws(OutboxError) {
    try turn.withLock { (turn) throws(OutboxError) in
      precondition(!turn.isTaken, "a checkpoint is open")
      try writeUnsettled(&turn)
    }
  }

  /// Writes what is kept in memory: in a transaction of its own, or in a savepoint of a checkpoint
  /// that is open.
  func writeUnsettled(_ turn: inout Turn) throws(OutboxError) {
    let settlements = turn.unsettled.take()
    guard !settlements.isEmpty else { return }
    do {
      let emptyFiles = try writing { try transacting($0) { try apply(settlements, in: $0) } }
      // If a checkpoint is open that is rolled back, their messages wait again. Then they are removed
      // when the database is next opened.
      if !turn.isTaken { bodies.remove(emptyFiles) }
      turn.unsettled.written(settlements)
      if turn.isTaken { turn.hasSpilled = true } else { clearAttempts(&turn) }
    } catch {
      turn.unsettled.putBack(settlements)
      throw error
    }
  }
}

extension OutboxDatabase {
  /// Empties the journal if all that it says is in the database.
  func clearAttempts(_ turn: inout Turn) {
    if !turn.unsettled.holdsNotes { attempts?.clear() }
  }

  /// Takes back what the journal says, because what was written into a checkpoint is lost with it.
  func restoreAttempts(_ turn: inout Turn) {
    guard turn.hasSpilled else { return }
    turn.hasSpilled = false
    turn.unsettled.add(attempts?.noted ?? [])
  }
}

/// Who may write, and what waits for its turn. Guarded by the database's mutex.
struct Turn {
  /// Whether a checkpoint is open.
  var isTaken = false
  /// Whether settlements were written into the open checkpoint, and are lost if that is rolled back.
  var hasSpilled = false
  var unsettled = Unsettled()
}

/// Settlements that are not committed yet, in the order in which they came.
struct Unsettled {
  private var waiting: [Settlement] = []
  /// Messages that are no longer waiting although the database says so: with a settlement in
  /// `waiting`, or in one that has been taken and not yet written.
  private(set) var settledIDs: Set<Int64> = []
  /// Since when the hub may have messages (nanoseconds since 1970; nil: it has not), where the database
  /// does not say so yet.
  private(set) var uncertainSince: [Int64: Int64?] = [:]

  /// Whether some of what waits is a note of attempts.
  var holdsNotes: Bool { waiting.contains { $0.result == .noted } }

  var count: Int { waiting.count }

  mutating func add(_ settlements: [Settlement]) {
    waiting += settlements
    for settlement in settlements {
      if settlement.isFinal { settledIDs.insert(settlement.id) }
      switch settlement.result {
      case .noted: uncertainSince[settlement.id] = .some(settlement.at)
      case .notAttempted, .attempted(_, isUncertain: false):
        uncertainSince[settlement.id] = .some(nil)
      default: break
      }
    }
  }

  mutating func take() -> [Settlement] {
    defer { waiting = [] }
    return waiting
  }

  mutating func written(_ settlements: [Settlement]) {
    let newer = Set(waiting.map(\.id))
    for settlement in settlements {
      settledIDs.remove(settlement.id)
      if !newer.contains(settlement.id) { uncertainSince[settlement.id] = nil }
    }
  }

  mutating func putBack(_ settlements: [Settlement]) {
    waiting.insert(contentsOf: settlements, at: 0)
  }
}

/// Writes settlements in the open transaction.
/// - Returns: the files that hold no body any more, to be removed once the transaction is committed.
func apply(_ settlements: [Settlement], in database: Database) throws -> [Int64] {
  try write(settlements, in: database)
  let ids = settlements.filter(\.isFinal).map(\.id)
  guard let first = ids.min(), let last = ids.max() else { return [] }
  return try forgetEmptyFiles(among: first...last, in: database)
}

private func write(_ settlements: [Settlement], in database: Database) throws {
  let final = Set(settlements.filter(\.isFinal).map(\.id))
  for settlement in settlements {
    switch settlement.result {
    // Most messages are taken at the first attempt.
    case .noted where final.contains(settlement.id): break
    case .noted: try note(settlement.at, of: settlement.id, in: database)
    case .notAttempted: try note(nil, of: settlement.id, in: database)
    case .acknowledged:
      try acknowledge(settlement, in: database)
    case .dropped:
      try database.cachedStatement(sql: "DELETE FROM message WHERE id = ?")
        .execute(arguments: [settlement.id])
    case .setAside(let reason):
      try setAside(settlement, reason, attempts: 1, in: database)
    case .damaged(let damage):
      try setAside(settlement, damage.reason, attempts: 0, in: database)
      try forgetStartup(settlement.id, in: database)
    case .uncertain(let reason):
      try setAside(settlement, asUncertain: reason, in: database)
      // Whether it has come to the hub is not known, and the hub takes it twice without harm.
      try forgetStartup(settlement.id, in: database)
    case .attempted(let error, let isUncertain):
      try database.cachedStatement(
        sql: "UPDATE message SET attempts = attempts + 1, last_error = ? WHERE id = ?"
      ).execute(arguments: [error, settlement.id])
      if !isUncertain { try note(nil, of: settlement.id, in: database) }
    }
  }
}

/// - Parameter time: since when the hub may have the message; nil if it has not.
private func note(_ time: Int64?, of id: Int64, in database: Database) throws {
  try database.cachedStatement(sql: "UPDATE message SET uncertain_since = ? WHERE id = ?")
    .execute(arguments: [time, id])
}

/// Writes what a journal says of messages, unless the database knows of earlier attempts.
func note(_ notes: [Settlement], in database: Database) throws {
  for note in notes {
    try database.cachedStatement(
      sql: "UPDATE message SET uncertain_since = ? WHERE id = ? AND uncertain_since IS NULL"
    ).execute(arguments: [note.at, note.id])
  }
}

private func setAside(
  _ settlement: Settlement, asUncertain reason: String, in database: Database
) throws {
  try database.cachedStatement(
    sql: """
      UPDATE message SET state = 'set_aside', set_aside_reason = ?, set_aside_at = ?,
        uncertain_since = ifnull(uncertain_since, enqueued_at)
      WHERE id = ?
      """
  ).execute(arguments: [reason, settlement.at, settlement.id])
}

/// Makes the next import send a startup message anew, if `id` is one.
private func forgetStartup(_ id: Int64, in database: Database) throws {
  try database.cachedStatement(
    sql: """
      DELETE FROM key_value WHERE key = ?
        AND app_id = (SELECT app_id FROM message WHERE id = ? AND kind = 'startup')
      """
  ).execute(arguments: [startupDigestKey, id])
}

/// - Parameter attempts: how many attempts this settles.
private func setAside(
  _ settlement: Settlement, _ reason: String, attempts: Int, in database: Database
) throws {
  try database.cachedStatement(
    sql: """
      UPDATE message SET state = 'set_aside', set_aside_reason = ?, set_aside_at = ?,
        attempts = attempts + ?, last_error = NULL, uncertain_since = NULL WHERE id = ?
      """
  ).execute(arguments: [reason, settlement.at, attempts, settlement.id])
}

private func acknowledge(_ settlement: Settlement, in database: Database) throws {
  try database.cachedStatement(
    sql: """
      INSERT INTO delivered (app_id, kind, count, last_at)
        SELECT app_id, kind, 1, ? FROM message WHERE id = ?
        ON CONFLICT DO UPDATE SET count = count + 1, last_at = max(last_at, excluded.last_at)
      """
  ).execute(arguments: [settlement.at, settlement.id])
  try database.cachedStatement(sql: "DELETE FROM message WHERE id = ?")
    .execute(arguments: [settlement.id])
}
