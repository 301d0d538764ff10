import Addressing
import Foundation
import GRDB
import Outbox

/// A state directory of its own, gone with the test.
final class TemporaryState {
  let directory: String
  var databasePath: String { directory + "/backtally.sqlite" }

  /// The directory itself does not exist yet, only the one around it.
  init() throws {
    let parent = FileManager.default.temporaryDirectory
      .appendingPathComponent("backtally-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: parent, withIntermediateDirectories: true)
    directory = parent.appendingPathComponent("state").path
  }

  deinit {
    try? FileManager.default.removeItem(atPath: (directory as NSString).deletingLastPathComponent)
  }

  func open() throws -> OutboxDatabase {
    try OutboxDatabase.open(holding: StateLock.acquire(in: directory))
  }

  /// What another program sees in the database, by a connection of its own.
  func lookFromOutside<Value>(_ body: (Database) throws -> Value) throws -> Value {
    let queue = try DatabaseQueue(path: databasePath)
    defer { try? queue.close() }
    return try queue.inDatabase(body)
  }

  func countFromOutside(_ table: String) throws -> Int {
    try lookFromOutside { try Int.fetchOne($0, sql: "SELECT count(*) FROM \(table)") ?? -1 }
  }

  /// The names of the files of bodies.
  func bodyFiles() throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: directory + "/bodies").sorted()
  }

  func mode(of path: String) throws -> Int {
    let attributes = try FileManager.default.attributesOfItem(atPath: path)
    return (attributes[.posixPermissions] as? NSNumber)?.intValue ?? -1
  }
}

extension App {
  static let shop = App(clientID: "76b5cb91-a0a4-4ea0-a894-57d2b9fcb2c9", environment: "prod")
  static let blog = App(clientID: "0f1e2d3c-0000-4000-8000-57d2b9fcb2c9", environment: "dev")
}

extension NewMessage {
  static func sample(
    _ number: Int, kind: MessageKind = .sync, of app: App = .shop, size: Int = 20
  ) -> NewMessage {
    var body = Array("{\"number\":\(number)}".utf8)
    body += [UInt8](repeating: 0x20, count: max(size - body.count, 0))
    return NewMessage(
      app: app, kind: kind, uuid: "message-\(app.environment)-\(number)",
      envelope: Envelope(
        path: "/v2/\(app.clientID)/\(app.environment)/\(kind.rawValue)",
        query: kind == .log ? "uuid=\(number)" : nil,
        headers: kind == .log ? [] : [.contentType("application/json")],
        goesFirst: kind == .startup, isDroppable: kind == .log),
      body: body, enqueuedAt: Int64(number))
  }
}

extension LedgerSource {
  static func sample(position: Int = 100, app: App = .shop) -> LedgerSource {
    LedgerSource(
      app: app, identity: .fingerprint([1, 2, 3], length: 4096),
      position: Position(bytes: position, lines: position / 10, check: [9, 8], checkLength: 64),
      file: FileStamp(size: 5_000, modifiedAt: 1_700_000_000_123_456_789, inode: 77, device: 3),
      lastPath: "/var/log/nginx/access.log", firstRequestAt: 5, lastRequestAt: 9,
      lineCount: position / 10, requestCount: position / 10, firstImportedAt: 1, lastImportedAt: 2)
  }
}

extension OutboxDatabase {
  /// Queues messages in a checkpoint of their own.
  @discardableResult
  func enqueue(_ messages: some Sequence<NewMessage>) throws -> [Int64] {
    let checkpoint = try beginCheckpoint()
    let ids = try messages.map { try checkpoint.enqueue($0) }
    try checkpoint.commit()
    return ids
  }

  func acknowledge(_ ids: [Int64], at time: Int64) throws(OutboxError) {
    try settle(ids.map { Settlement($0, .acknowledged, at: time) })
  }

  func setAside(_ id: Int64, reason: String, at time: Int64) throws(OutboxError) {
    try settle([Settlement(id, .setAside(reason: reason), at: time)])
  }

  func recordAttempt(_ id: Int64, error: String, at time: Int64) throws(OutboxError) {
    try settle([Settlement(id, .attempted(error: error, isUncertain: false), at: time)])
  }

  func waitingIDs() throws -> [Int64] {
    try nextBatch(after: 0, count: .max, bytes: .max).map(\.id)
  }
}

func readFile(_ path: String) -> [UInt8]? {
  FileManager.default.contents(atPath: path).map(Array.init)
}

func writeFile(_ path: String, _ bytes: [UInt8]) throws {
  try Data(bytes).write(to: URL(fileURLWithPath: path))
}
