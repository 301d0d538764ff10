import Addressing
import Foundation
import GRDB
import Testing

@testable import Outbox

struct DiskTests {
  let state: TemporaryState

  init() throws {
    state = try TemporaryState()
  }

  @Test func `files are private, whatever the umask`() throws {
    let before = umask(0)
    defer { umask(before) }
    let outbox = try state.open()
    try outbox.enqueue([.sample(1)])
    #expect(try state.mode(of: state.directory) == 0o700)
    #expect(try state.mode(of: state.directory + "/bodies") == 0o700)
    for name in [
      "lock", "backtally.sqlite", "backtally.sqlite-wal", "backtally.sqlite-shm", "bodies/1",
    ] {
      #expect(try state.mode(of: "\(state.directory)/\(name)") == 0o600, "\(name)")
    }
  }

  @Test func `a database that others could read is made private`() throws {
    try state.open().close()
    try FileManager.default.setAttributes(
      [.posixPermissions: 0o644], ofItemAtPath: state.databasePath)
    _ = try state.open()
    #expect(try state.mode(of: state.databasePath) == 0o600)
  }

  @Test func `missing directories are made, existing ones are left alone`() throws {
    let parent = state.directory + "/a"
    try FileManager.default.createDirectory(
      atPath: parent, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o755])
    _ = try OutboxDatabase.open(holding: StateLock.acquire(in: parent + "/b/c/"))
    #expect(try state.mode(of: parent) == 0o755)
    #expect(try state.mode(of: parent + "/b") == 0o700)
    #expect(try state.mode(of: parent + "/b/c") == 0o700)
  }

  @Test func `every commit is synced to disk`() throws {
    let outbox = try state.open()
    let settings = try outbox.writing { database in
      try ["synchronous", "journal_mode", "foreign_keys", "auto_vacuum"].map {
        try String.fetchOne(database, sql: "PRAGMA \($0)")
      }
    }
    #expect(settings == ["2", "wal", "1", "2"])
  }

  @Test func `an empty file becomes a database`() throws {
    _ = try StateLock.acquire(in: state.directory)
    try writeFile(state.databasePath, [])
    let outbox = try state.open()
    try outbox.enqueue([.sample(1)])
    #expect(try outbox.integrityProblems().isEmpty)
  }

  @Test func `a database outlives being closed and opened`() throws {
    let first = try state.open()
    let ids = try first.enqueue([.sample(1), .sample(2)])
    try first.acknowledge([ids[0]], at: 1)
    try first.close()
    #expect(try state.open().waitingIDs() == [ids[1]])
  }

  @Test func `a database of a newer version is refused`() throws {
    try state.open().close()
    try state.lookFromOutside {
      try $0.execute(sql: "INSERT INTO grdb_migrations VALUES ('9 time travel')")
    }
    #expect(throws: OutboxError.newerSchema(migration: "9 time travel")) { try state.open() }
    #expect(throws: OutboxError.newerSchema(migration: "9 time travel")) {
      try OutboxDatabase.openForReading(in: state.directory)
    }
  }

  @Test func `a file that is no database is refused as corrupt`() throws {
    _ = try StateLock.acquire(in: state.directory)
    try writeFile(state.databasePath, Array(repeating: 0x41, count: 8_192))
    #expect { try state.open() } throws: { isCorrupt($0) }
    #expect { try OutboxDatabase.openForReading(in: state.directory) } throws: { isCorrupt($0) }
  }

  /// A row without a column that is read from it would end the process.
  @Test(arguments: [
    ("message", "headers", "headert"), ("app", "env", "enw"), ("run", "requests", "request2"),
  ])
  func `a schema in which a column has another name is reported as corrupt`(
    _ table: String, _ name: String, _ other: String
  ) throws {
    let outbox = try state.open()
    try outbox.enqueue([.sample(1)])
    try outbox.close()
    let queue = try DatabaseQueue(path: state.databasePath)
    try queue.writeWithoutTransaction { database in
      try database.execute(sql: "PRAGMA writable_schema = ON")
      try database.execute(
        sql: "UPDATE sqlite_master SET sql = replace(sql, ?, ?) WHERE name = ?",
        arguments: [name, other, table])
    }
    try queue.close()
    #expect { try state.open() } throws: { isCorrupt($0) }
    #expect { try OutboxDatabase.openForReading(in: state.directory) } throws: { isCorrupt($0) }
  }

  @Test func `a damaged page is reported as corrupt`() throws {
    let outbox = try state.open()
    try outbox.enqueue((0..<2_000).map { .sample($0, size: 300) })
    try outbox.close()
    let root = try state.lookFromOutside {
      try Int.fetchOne($0, sql: "SELECT rootpage FROM sqlite_master WHERE name = 'message'")
    }
    let page = try #require(root)
    var bytes = try #require(readFile(state.databasePath))
    for index in (page - 1) * 4_096..<page * 4_096 { bytes[index] = 0x5A }
    try writeFile(state.databasePath, bytes)

    #expect { try state.open() } throws: { isCorrupt($0) }
    let damaged = try OutboxDatabase.openForReading(in: state.directory)
    #expect { try damaged.waitingIDs() } throws: { isCorrupt($0) }
  }

  private func isCorrupt(_ error: any Error) -> Bool {
    if case .corrupt = error as? OutboxError { true } else { false }
  }

  @Test func `reading beside a writer sees what was committed, and may not write`() throws {
    let writer = try state.open()
    try writer.enqueue([.sample(1)])
    let checkpoint = try writer.beginCheckpoint()
    try checkpoint.enqueue(.sample(2))

    let reader = try OutboxDatabase.openForReading(in: state.directory)
    #expect(try reader.queueCounts() == [QueueCounts(app: .shop, waiting: 1, setAside: 0)])
    #expect(throws: OutboxError.readOnly) { try reader.startRun(command: "status", at: 1) }
    try checkpoint.commit()
    #expect(try reader.queueCounts() == [QueueCounts(app: .shop, waiting: 2, setAside: 0)])
  }

  @Test func `reading works when no writer is there, and says when there is nothing`() throws {
    #expect(throws: OutboxError.missing) {
      try OutboxDatabase.openForReading(in: state.directory)
    }
    try state.open().close()
    #expect(try OutboxDatabase.openForReading(in: state.directory).queueCounts().isEmpty)
    try writeFile(state.databasePath, [])
    #expect(throws: OutboxError.olderSchema) {
      try OutboxDatabase.openForReading(in: state.directory)
    }
  }

  @Test func `a full disk fails the checkpoint and keeps what was committed`() throws {
    let outbox = try state.open()
    let ids = try outbox.enqueue((0..<10).map { .sample($0) })
    try outbox.writing { try $0.execute(sql: "PRAGMA max_page_count = 100") }

    let checkpoint = try outbox.beginCheckpoint()
    try outbox.acknowledge([ids[0]], at: 1)
    #expect(throws: OutboxError.noSpace) {
      for number in 10..<10_000 { try checkpoint.enqueue(.sample(number, size: 1_000)) }
    }
    // Whatever is tried next fails too, so that half a checkpoint cannot be committed.
    #expect(throws: OutboxError.self) { try checkpoint.record(.sample()) }
    #expect(throws: OutboxError.self) { try checkpoint.commit() }

    #expect(try outbox.waitingIDs() == Array(ids[1...]))
    #expect(try state.countFromOutside("message") == 9)
    #expect(try outbox.allSources().isEmpty)
    #expect(try outbox.integrityProblems().isEmpty)
    try outbox.enqueue([.sample(10)])
  }

  @Test func `another program's lock is waited for, then reported`() throws {
    let outbox = try OutboxDatabase.open(
      holding: StateLock.acquire(in: state.directory), busyLimit: .milliseconds(20))
    try outbox.enqueue([.sample(1)])
    let other = try DatabaseQueue(path: state.databasePath)
    try other.inDatabase { database in
      try database.beginTransaction(.immediate)
      #expect(throws: OutboxError.busy) { try outbox.startRun(command: "import", at: 1) }
      try database.commit()
    }
    _ = try outbox.startRun(command: "import", at: 1)
  }

  @Test func `closing gives back the space of what was delivered`() throws {
    let outbox = try state.open()
    let ids = try outbox.enqueue((0..<1_000).map { .sample($0, size: 10_000) })
    try outbox.acknowledge(ids, at: 1)
    #expect(try outbox.waitingIDs().isEmpty)
    try outbox.close()
    #expect(readFile(state.databasePath + "-wal") == nil)
    #expect(try #require(readFile(state.databasePath)).count < 500_000)
    #expect(try state.bodyFiles() == [])
  }

  @Test func `a settlement that cannot be written is tried again when the database is closed`()
    throws
  {
    let outbox = try state.open()
    let ids = try outbox.enqueue([.sample(1), .sample(2)])
    try outbox.writing { try $0.execute(sql: "PRAGMA query_only = 1") }
    #expect(throws: OutboxError.readOnly) { try outbox.acknowledge([ids[0]], at: 1) }
    #expect(try outbox.waitingIDs() == [ids[1]])
    try outbox.writing { try $0.execute(sql: "PRAGMA query_only = 0") }
    try outbox.close()
    #expect(try state.countFromOutside("message") == 1)
  }

  @Test(
    arguments: [
      (13, OutboxError.noSpace), (8, .readOnly), (264, .readOnly), (1032, .readOnly),
      (3, .readOnly),
      (14, .readOnly), (11, .corrupt(detail: "m")), (267, .corrupt(detail: "m")),
      (26, .corrupt(detail: "m")), (5, .busy), (261, .busy), (6, .busy),
      (10, .other(code: 10, isSystem: false, detail: "m")),
      (2067, .other(code: 2067, isSystem: false, detail: "m")),
    ] as [(Int32, OutboxError)])
  func `SQLite's result codes become our errors`(code: Int32, expected: OutboxError) {
    #expect(OutboxError(sqliteCode: code, detail: "m") == expected)
  }

  @Test(arguments: [
    (ENOSPC, OutboxError.noSpace), (EDQUOT, .system(errno: EDQUOT)), (EACCES, .readOnly),
    (EROFS, .system(errno: EROFS)), (EMFILE, .system(errno: EMFILE)),
    (ENFILE, .system(errno: ENFILE)), (EFBIG, .system(errno: EFBIG)),
    (ENOTDIR, .system(errno: ENOTDIR)),
    (ENOENT, .missing), (EIO, .other(code: EIO, isSystem: true, detail: "open")),
  ])
  func `errors of system calls become our errors`(code: Int32, expected: OutboxError) {
    #expect(OutboxError(errno: code, doing: "open") == expected)
  }

  @Test func `a state directory that is a file is an error`() throws {
    try writeFile(state.directory, [1])
    #expect(throws: OutboxError.notOurs(path: state.directory, .isNoDirectory)) {
      try state.open()
    }
  }
}
