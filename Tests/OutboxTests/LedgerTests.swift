import Addressing
import GRDB
import Testing

@testable import Outbox

struct LedgerTests {
  let state: TemporaryState

  init() throws {
    state = try TemporaryState()
  }

  private func record(_ source: LedgerSource, in outbox: OutboxDatabase) throws -> Int64 {
    let checkpoint = try outbox.beginCheckpoint()
    let id = try checkpoint.record(source)
    try checkpoint.commit()
    return id
  }

  @Test func `a source is found with everything that is known of it`() throws {
    let outbox = try state.open()
    var source = LedgerSource.sample()
    source.id = try record(source, in: outbox)
    #expect(try outbox.allSources() == [source])
    #expect(try outbox.sources(of: .shop) == [source])
    #expect(try outbox.sources(of: .blog) == [])
    #expect(try outbox.sources(of: .shop, target: "otlp") == [])
  }

  @Test func `what was counted of a source is kept by its parts`() throws {
    let outbox = try state.open()
    var source = LedgerSource.sample()
    source.parts = [
      .init(
        end: 50, lines: 5, counted: [.min..<5, 7..<9], rules: "", requests: 4, leftOut: 0),
      .init(end: 100, lines: 10, counted: [.min..<(.max)], rules: "a", requests: 2, leftOut: 3),
    ]
    source.id = try record(source, in: outbox)
    #expect(try outbox.allSources() == [source])
    try state.lookFromOutside { try $0.execute(sql: "UPDATE source SET parts = '[1]'") }
    #expect(throws: OutboxError.corrupt(detail: "a source with broken parts")) {
      try outbox.allSources()
    }
  }

  @Test func `an app on another hub is another app`() throws {
    let outbox = try state.open()
    var elsewhere = App.shop
    elsewhere.hub = "http://127.0.0.1:8000"
    _ = try record(.sample(), in: outbox)
    _ = try record(.sample(app: elsewhere), in: outbox)
    try outbox.enqueue([.sample(1), .sample(2, of: elsewhere), .sample(3, of: elsewhere)])
    #expect(try outbox.sources(of: .shop).map(\.app) == [.shop])
    #expect(try outbox.sources(of: elsewhere).map(\.app) == [elsewhere])
    #expect(try outbox.queueCounts().map(\.waiting) == [1, 2])
    let batch = try outbox.nextBatch(after: 0, count: 9, bytes: 999, of: elsewhere)
    #expect(batch.map(\.message.app) == [elsewhere, elsewhere])
  }

  @Test func `the state of the version before belongs to the first hub that is named`() throws {
    _ = try StateLock.acquire(in: state.directory)
    let older = try DatabaseQueue(path: state.databasePath)
    try outboxMigrator().migrate(older, upTo: "4 envelopes and killed runs")
    try older.write { database in
      for app in [App.shop, .blog] {
        try database.execute(
          sql: "INSERT INTO app (client_id, env) VALUES (?, ?)",
          arguments: [app.clientID, app.environment])
        try database.execute(
          sql: """
            INSERT INTO source (app_id, target, fingerprint, fingerprint_length, position_bytes,
              position_lines, check_hash, check_length, last_path, line_count, request_count,
              first_imported_at, last_imported_at)
            VALUES (last_insert_rowid(), 'hub', x'01', 1, 100, 10, x'02', 1, '/a.log', 10, 9, 1, 2)
            """)
      }
      try database.execute(sql: "INSERT INTO key_value VALUES (1, 'startup-digest', 'x')")
      try database.execute(sql: "INSERT INTO consumer VALUES (1, 'acme', 'Acme', NULL)")
      try database.execute(sql: "INSERT INTO delivered VALUES (1, 'sync', 7, 1)")
    }
    try older.close()

    let outbox = try state.open()
    #expect(try outbox.integrityProblems().isEmpty)
    #expect(try outbox.allSources().map(\.app) == [.shop, .blog])
    #expect(try outbox.allSources().map(\.parts) == [[], []])
    var shop = App.shop
    shop.hub = "https://hub.apitally.io"
    try outbox.adopt(shop)
    #expect(try outbox.sources(of: shop).map(\.position.bytes) == [100])
    #expect(try outbox.value(forKey: "startup-digest", of: shop) == "x")
    #expect(try outbox.consumers(of: shop).keys.sorted() == ["acme"])
    #expect(try outbox.deliveredCounts() == [DeliveredCount(app: shop, count: 7)])
    // A second hub has nothing of it.
    var other = App.shop
    other.hub = "http://127.0.0.1:8000"
    try outbox.adopt(other)
    #expect(try outbox.sources(of: other).isEmpty)
    #expect(try outbox.sources(of: .blog).count == 1)
  }

  @Test func `two spellings of a client ID become one app`() throws {
    _ = try StateLock.acquire(in: state.directory)
    let older = try DatabaseQueue(path: state.databasePath)
    try outboxMigrator().migrate(older, upTo: "9 formats of sources")
    try older.write { database in
      // 1 and 2 are one, 3 is the same in another environment, 4 on another hub, and 5 another one.
      for (id, env, hub) in [
        ("AB-1", "prod", "h"), ("ab-1", "prod", "h"), ("Ab-1", "dev", "h"), ("AB-1", "prod", "g"),
        ("AB-2", "prod", "h"),
      ] {
        try database.execute(
          sql: "INSERT INTO app (client_id, env, hub) VALUES (?, ?, ?)", arguments: [id, env, hub])
        try database.execute(
          sql: """
            INSERT INTO source (app_id, target, fingerprint, fingerprint_length, position_bytes,
              position_lines, check_hash, check_length, last_path, line_count, request_count,
              first_imported_at, last_imported_at)
            VALUES (last_insert_rowid(), 'hub', x'01', 1, 100, 10, x'02', 1, '/a.log', 10, 9, 1, 2)
            """)
      }
      try database.execute(
        sql: """
          INSERT INTO message (app_id, uuid, kind, path, enqueued_at)
            VALUES (1, 'u1', 'sync', '/', 1), (2, 'u2', 'sync', '/', 2), (3, 'u3', 'sync', '/', 3);
          INSERT INTO key_value VALUES (1, 'startup-digest', 'x'), (2, 'startup-digest', 'y'),
            (2, 'other', 'z');
          INSERT INTO consumer VALUES (1, 'acme', 'Acme', NULL), (2, 'acme', 'ACME', NULL),
            (2, 'initech', NULL, NULL);
          INSERT INTO delivered VALUES (1, 'sync', 7, 1), (2, 'sync', 5, 2), (2, 'startup', 1, 3),
            (5, 'sync', 1, 1);
          """)
    }
    try older.close()

    let outbox = try state.open()
    #expect(try outbox.integrityProblems().isEmpty)
    func app(_ id: String, _ env: String, _ hub: String) -> App {
      App(clientID: id, environment: env, hub: hub)
    }
    let joined = app("ab-1", "prod", "h")
    #expect(try outbox.sources(of: joined).map(\.id) == [1, 2])
    for (app, id) in [
      (app("ab-1", "dev", "h"), 3), (app("ab-1", "prod", "g"), 4), (app("ab-2", "prod", "h"), 5),
    ] as [(App, Int64)] {
      #expect(try outbox.sources(of: app).map(\.id) == [id])
    }
    #expect(try outbox.queueCounts().map(\.waiting).sorted() == [1, 2])
    #expect(try outbox.value(forKey: "startup-digest", of: joined) == "x")
    #expect(try outbox.value(forKey: "other", of: joined) == "z")
    #expect(try outbox.consumers(of: joined).keys.sorted() == ["acme", "initech"])
    let delivered = try outbox.deliveredCounts()
    #expect(delivered.first { $0.app == joined }?.count == 13)
    #expect(delivered.count == 2)
  }

  @Test func `a source that grew keeps its id and moves`() throws {
    let outbox = try state.open()
    var source = LedgerSource.sample(position: 10)
    source.identity = .fingerprint([1], length: 10)
    source.id = try record(source, in: outbox)

    source.identity = .fingerprint([1, 2], length: 4096)
    source.position = .init(bytes: 9_000, lines: 90, check: [], checkLength: 0)
    source.lastPath = "/var/log/nginx/access.log.1"
    source.file = nil
    #expect(try record(source, in: outbox) == source.id)
    #expect(try outbox.allSources() == [source])
  }

  @Test func `two sources may begin alike, and one may have a name instead`() throws {
    let outbox = try state.open()
    var named = LedgerSource.sample()
    named.identity = .name("edge-1")
    named.firstRequestAt = nil
    named.lastRequestAt = nil
    let ids = try [.sample(), .sample(), named].map { try record($0, in: outbox) }
    #expect(Set(ids).count == 3)
    #expect(try outbox.allSources().map(\.identity).last == .name("edge-1"))
  }

  @Test func `a forgotten source is gone, and its id is not given again`() throws {
    let outbox = try state.open()
    let first = try record(.sample(), in: outbox)
    #expect(try outbox.forgetSource(first))
    #expect(try !outbox.forgetSource(first))
    #expect(try outbox.allSources().isEmpty)
    #expect(try record(.sample(), in: outbox) > first)
  }

  @Test func `runs are kept with their totals, latest first, up to a limit`() throws {
    let outbox = try state.open()
    var totals = RunTotals()
    totals.bytesRead = 1
    totals.linesRead = 2
    totals.linesTallied = 3
    totals.requests = 4
    totals.messagesQueued = 5
    totals.messagesDelivered = 6
    totals.messagesSetAside = 7
    let killed = try outbox.startRun(
      command: "import", of: .shop, bytesTotal: 1_000, at: 10)
    let checkpoint = try outbox.beginCheckpoint()
    try checkpoint.record(totals, ofRun: killed, at: 15)
    try checkpoint.commit()
    let finished = try outbox.startRun(command: "deliver", at: 20)
    try outbox.finishRun(finished, exitStatus: 5, totals: totals, at: 30)

    #expect(
      try outbox.lastRuns(limit: 9) == [
        RecordedRun(
          id: finished, command: "deliver", startedAt: 20, finishedAt: 30, wasKilled: false,
          exitStatus: 5, totals: totals, checkpointedAt: 30),
        RecordedRun(
          id: killed, command: "import", startedAt: 10, finishedAt: nil, wasKilled: false,
          exitStatus: nil, totals: totals, app: .shop, bytesTotal: 1_000, checkpointedAt: 15),
      ])
  }

  @Test func `a run that has not ended when the next one comes was killed`() throws {
    let first = try state.open()
    let killed = try first.startRun(command: "import", at: 10)
    let ended = try first.startRun(command: "import", at: 20)
    try first.finishRun(ended, exitStatus: 0, totals: RunTotals(), at: 30)
    #expect(try first.lastRuns(limit: 9).map(\.wasKilled) == [false, false])
    try first.close()
    // Looking changes nothing.
    let looking = try OutboxDatabase.openForReading(in: state.directory)
    #expect(try looking.lastRuns(limit: 9).map(\.wasKilled) == [false, false])
    try looking.close()

    let second = try state.open()
    let running = try second.startRun(command: "import", at: 40)
    let runs = try second.lastRuns(limit: 9)
    #expect(runs.map(\.id) == [running, ended, killed])
    #expect(runs.map(\.wasKilled) == [false, false, true])
  }

  @Test func `no more runs are kept than the limit`() throws {
    let outbox = try state.open()
    let last = try outbox.startRun(command: "import", at: 10)
    try state.lookFromOutside {
      let sql = "INSERT INTO run (id, command, started_at) VALUES (?, 'import', 10)"
      try $0.execute(sql: sql, arguments: [last + Int64(OutboxDatabase.runLimit)])
    }
    #expect(try outbox.lastRuns(limit: 9).count == 2)
    _ = try outbox.startRun(command: "import", at: 20)
    #expect(try outbox.lastRuns(limit: 9).map(\.startedAt) == [20, 10])
    #expect(try outbox.lastRuns(limit: 9).last?.id != last)
  }

  @Test func `of each app the last import is known, and when one ended well`() throws {
    let outbox = try state.open()
    for (app, status, time) in [(App.shop, Int32(0), Int64(10)), (.blog, 5, 20), (.shop, 4, 30)] {
      let run = try outbox.startRun(command: "import", of: app, at: time)
      try outbox.finishRun(run, exitStatus: status, totals: RunTotals(), at: time + 1)
    }
    let none = try outbox.startRun(command: "deliver", of: .shop, at: 40)
    try outbox.finishRun(none, exitStatus: 0, totals: RunTotals(), at: 41)
    let runs = try outbox.runsByApp()
    #expect(runs.map(\.app) == [.shop, .blog])
    #expect(runs.map(\.last.exitStatus) == [4, 5])
    #expect(runs.map(\.last.startedAt) == [30, 20])
    #expect(runs.map(\.lastSuccessAt) == [11, nil])
  }

  @Test func `the last run of each app is kept, however many others there were`() throws {
    let outbox = try state.open()
    let quiet = try outbox.startRun(command: "import", of: .blog, at: 10)
    try state.lookFromOutside {
      let sql = "INSERT INTO run (id, command, started_at) VALUES (?, 'import', 10)"
      try $0.execute(sql: sql, arguments: [quiet + 2 * Int64(OutboxDatabase.runLimit)])
    }
    _ = try outbox.startRun(command: "import", of: .shop, at: 20)
    #expect(try outbox.lastRuns(limit: 9).map(\.app) == [.shop, nil, .blog])
  }

  @Test func `values are kept by app and key`() throws {
    let outbox = try state.open()
    let checkpoint = try outbox.beginCheckpoint()
    try checkpoint.set("a", forKey: "startup", of: .shop)
    try checkpoint.set("b", forKey: "startup", of: .shop)
    try checkpoint.set("c", forKey: "consumers", of: .shop)
    try checkpoint.set("d", forKey: "startup", of: .blog)
    try checkpoint.commit()
    #expect(try outbox.value(forKey: "startup", of: .shop) == "b")
    #expect(try outbox.value(forKey: "startup", of: .blog) == "d")
    #expect(try outbox.value(forKey: "else", of: .blog) == nil)
    #expect(
      try ["startup", "consumers", "none"].map { try outbox.value(forKey: $0, of: .shop) } == [
        "b", "c", nil,
      ])
  }
}
