package import Addressing
internal import GRDB

/// How far the content of a log has been imported for an app and target.
///
/// The ledger stores and finds; which of an app's sources a file is, is decided by the importer.
package struct LedgerSource: Equatable, Sendable {
  package enum Identity: Equatable, Sendable {
    /// A hash of the first `length` uncompressed bytes. A source that was shorter than the usual
    /// length when it was seen has its own, so that it is recognised after it has grown.
    case fingerprint([UInt8], length: Int)
    /// A name that the user gave, for a source without content to go by (standard input).
    case name(String)
  }

  /// A place behind the last imported line, in uncompressed bytes.
  package struct Position: Equatable, Sendable {
    package var bytes: Int
    package var lines: Int
    /// A hash of the `checkLength` bytes before the position: proof that the file is still the one.
    package var check: [UInt8]
    package var checkLength: Int

    package init(bytes: Int, lines: Int, check: [UInt8], checkLength: Int) {
      self.bytes = bytes
      self.lines = lines
      self.check = check
      self.checkLength = checkLength
    }
  }

  /// The file as it was when it was last read: if nothing of it has changed, it need not be opened.
  package struct FileStamp: Hashable, Sendable {
    package var size: Int
    /// Nanoseconds since 1970.
    package var modifiedAt: Int64
    package var inode: Int64
    package var device: Int64

    package init(size: Int, modifiedAt: Int64, inode: Int64, device: Int64) {
      self.size = size
      self.modifiedAt = modifiedAt
      self.inode = inode
      self.device = device
    }
  }

  /// A stretch of the content before the position, and which of its requests were counted.
  package struct Part: Equatable, Codable, Sendable {
    /// The offset behind it, in uncompressed bytes, and how many lines of the source are before that. It
    /// begins where the part before it ends, at a line.
    package var end: Int
    package var lines: Int
    /// When the requests began that were counted, in nanoseconds since 1970: spans in order, which do
    /// not touch. What lies outside was left out by `--since` or `--until`.
    package var counted: [Range<Int64>]
    /// A digest of the rules that decided what else is left out: routes and filters.
    package var rules: String
    /// Requests that were counted, and those that the rules have left out.
    package var requests: Int
    package var leftOut: Int

    package init(
      end: Int, lines: Int, counted: [Range<Int64>], rules: String, requests: Int, leftOut: Int
    ) {
      self.end = end
      self.lines = lines
      self.counted = counted
      self.rules = rules
      self.requests = requests
      self.leftOut = leftOut
    }
  }

  /// Nil for a source that has not been recorded yet.
  package var id: Int64?
  package var app: App
  /// Where the numbers go: the same log may be imported for several targets. `hub` is one.
  package var target: String
  package var identity: Identity
  /// A sum of the first bytes of what the fingerprint is of, to find it by; nil if a version without it has
  /// recorded the source.
  package var beginning: UInt64?
  package var position: Position
  /// How it was read the last time, as the importer writes it; nil if a version without it has recorded
  /// the source.
  package var format: String?
  /// What was counted of the content before the position, where that is not all of it: in order, the
  /// last one ends at the position. Empty if no option has left anything out.
  package var parts: [Part]
  /// Nil for standard input.
  package var file: FileStamp?
  package var lastPath: String
  /// The span of the requests, in nanoseconds since 1970; nil as long as there was none.
  package var firstRequestAt: Int64?
  package var lastRequestAt: Int64?
  package var lineCount: Int
  package var requestCount: Int
  /// Nanoseconds since 1970.
  package var firstImportedAt: Int64
  package var lastImportedAt: Int64

  package init(
    id: Int64? = nil, app: App, target: String = "hub", identity: Identity,
    beginning: UInt64? = nil, position: Position, format: String? = nil,
    parts: [Part] = [], file: FileStamp?, lastPath: String, firstRequestAt: Int64? = nil,
    lastRequestAt: Int64? = nil,
    lineCount: Int, requestCount: Int, firstImportedAt: Int64, lastImportedAt: Int64
  ) {
    self.id = id
    self.app = app
    self.target = target
    self.identity = identity
    self.beginning = beginning
    self.position = position
    self.format = format
    self.parts = parts
    self.file = file
    self.lastPath = lastPath
    self.firstRequestAt = firstRequestAt
    self.lastRequestAt = lastRequestAt
    self.lineCount = lineCount
    self.requestCount = requestCount
    self.firstImportedAt = firstImportedAt
    self.lastImportedAt = lastImportedAt
  }
}

extension OutboxDatabase {
  /// All sources of an app and target, in the order in which they were first recorded.
  package func sources(of app: App, target: String = "hub") throws(OutboxError) -> [LedgerSource] {
    try fetchSources(
      where: "\(appCondition) AND target = ?", app.arguments + [target])
  }

  /// Gives `body` each of the sources that ``sources(of:target:)`` has, one at a time.
  package func forEachSource(
    of app: App, target: String = "hub", _ body: (LedgerSource) -> Void
  ) throws(OutboxError) {
    try reading { database in
      let rows = try Row.fetchCursor(
        database, sql: Self.query("\(appCondition) AND target = ?"),
        arguments: app.arguments + [target])
      while let row = try rows.next() { body(try LedgerSource(row)) }
    }
  }

  /// All sources of all apps, in the order in which they were first recorded.
  package func allSources() throws(OutboxError) -> [LedgerSource] {
    try fetchSources(where: "true", [])
  }

  /// Makes the ledger forget a source: it will be imported from its beginning again. Messages that
  /// came from it stay in the queue.
  /// - Returns: false if there was none.
  package func forgetSource(_ id: Int64) throws(OutboxError) -> Bool {
    try transaction { database in
      try database.execute(sql: "DELETE FROM source WHERE id = ?", arguments: [id])
      return database.changesCount > 0
    }
  }

  private func fetchSources(
    where condition: String, _ arguments: StatementArguments
  ) throws(OutboxError) -> [LedgerSource] {
    try reading { database in
      try Row.fetchAll(database, sql: Self.query(condition), arguments: arguments).map {
        try LedgerSource($0)
      }
    }
  }

  /// With the columns of ``SourceColumn`` first.
  private static func query(_ condition: String) -> String {
    """
    SELECT \(SourceColumn.list), client_id, env, hub
    FROM source JOIN app ON app.id = source.app_id
    WHERE \(condition) ORDER BY source.id
    """
  }
}
