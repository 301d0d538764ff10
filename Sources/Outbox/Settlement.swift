internal import GRDB
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
    /// An attempt failed: it stays where it is, with the error.
    case attempted(error: String)
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
      case .acknowledged: .acknowledged
      case .dropped: .dropped
      case .damaged(let damage): .damaged(damage)
      case .setAside(let reason): .setAside(reason: String(reason.prefix(Self.textLimit)))
      case .attempted(let error): .attempted(error: String(error.prefix(Self.textLimit)))
      }
  }

  /// Whether the message is no longer waiting.
  var isFinal: Bool {
    if case .attempted = result { false } else { true }
  }
}

extension OutboxDatabase {
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
    } catch {
      turn.unsettled.putBack(settlements)
      throw error
    }
  }
}

/// Who may write, and what waits for its turn. Guarded by the database's mutex.
struct Turn {
  /// Whether a checkpoint is open.
  var isTaken = false
  var unsettled = Unsettled()
}

/// Settlements that are not committed yet, in the order in which they came.
struct Unsettled {
  private var waiting: [Settlement] = []
  /// Messages that are no longer waiting although the database says so: with a settlement in
  /// `waiting`, or in one that has been taken and not yet written.
  private(set) var settledIDs: Set<Int64> = []

  var count: Int { waiting.count }

  mutating func add(_ settlements: [Settlement]) {
    waiting += settlements
    for settlement in settlements where settlement.isFinal { settledIDs.insert(settlement.id) }
  }

  mutating func take() -> [Settlement] {
    defer { waiting = [] }
    return waiting
  }

  mutating func written(_ settlements: [Settlement]) {
    for settlement in settlements { settledIDs.remove(settlement.id) }
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
  for settlement in settlements {
    switch settlement.result {
    case .acknowledged:
      try acknowledge(settlement, in: database)
    case .dropped:
      try database.cachedStatement(sql: "DELETE FROM message WHERE id = ?")
        .execute(arguments: [settlement.id])
    case .setAside(let reason):
      try setAside(settlement, reason, attempts: 1, in: database)
    case .damaged(let damage):
      try setAside(settlement, damage.reason, attempts: 0, in: database)
    case .attempted(let error):
      try database.cachedStatement(
        sql: "UPDATE message SET attempts = attempts + 1, last_error = ? WHERE id = ?"
      ).execute(arguments: [error, settlement.id])
    }
  }
}

private func setAside(
  _ settlement: Settlement, _ reason: String, attempts: Int, in database: Database
) throws {
  try database.cachedStatement(
    sql: """
      UPDATE message SET state = 'set_aside', set_aside_reason = ?, set_aside_at = ?,
        attempts = attempts + ?, last_error = NULL WHERE id = ?
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
