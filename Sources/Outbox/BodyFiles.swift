internal import GRDB
internal import Synchronization

/// The bodies of queued messages, in the files `<state-dir>/bodies/<number>`.
///
/// They are apart from the database because SQLite moves each byte of a large value often: into its
/// write-ahead log, from there to its place, and where it is built to wipe what is deleted (as by
/// Debian) the same way once more. That took most of the time of an import.
///
/// **On disk.** A file holds bodies without anything between them; the table `message` says where
/// each one is, and the table `body_file` which messages a file may hold. A file has mode 0600.
///
/// **Durability.** A file is written by one checkpoint, and synced before that is committed: what
/// the database knows of is there in full. It is removed once its last message has left the queue and
/// that is committed. So a crash may leave files that the database does not know, which are removed
/// when it is next opened for writing, and never the other way round. What happens to a file later, by a
/// failing disk or somebody's hand, is found when its bodies are read (`BodyDamage`). A number is not used
/// again while the database is open, so that a commit that has failed on the way to disk, and may yet turn
/// out to have succeeded, cannot find another content in its file.
final class BodyFiles: Sendable {
  /// When a file would grow beyond this many bytes, the next is begun: that much of what was
  /// delivered is kept at most because of what is in the same file and was not.
  static let sizeLimit = 16 << 20

  private let stateDirectory: String
  private var directory: String { stateDirectory + "/bodies" }
  /// Called before each write and sync; tests let it throw.
  private let willWrite: @Sendable () throws(OutboxError) -> Void
  private let state = Mutex(State())

  private struct State {
    var lastNumber: Int64 = 0
    /// Messages are read in their order, so the next one is most likely in the same file.
    var lastRead: (number: Int64, file: OpenFile)?
  }

  init(
    inState stateDirectory: String,
    willWrite: @escaping @Sendable () throws(OutboxError) -> Void = {}
  ) {
    self.stateDirectory = stateDirectory
    self.willWrite = willWrite
  }

  /// Makes the directory if it is missing, and removes the files that are not among `known`.
  func open(known: Set<Int64>) throws(OutboxError) {
    if !fileExists(at: directory) {
      try createPrivateDirectory(at: directory)
      try syncDirectory(at: stateDirectory)
    }
    try checkOurs(directoryAt: directory)
    // What has another name is not ours.
    let numbers = try fileNames(in: directory).compactMap { Int64($0) }
    remove(numbers.filter { !known.contains($0) })
    let last = max(known.max() ?? 0, numbers.max() ?? 0)
    state.withLock { $0.lastNumber = last }
  }

  /// A new file, and its number.
  func create() throws(OutboxError) -> (number: Int64, file: OpenFile) {
    let number = state.withLock { state in
      state.lastNumber += 1
      return state.lastNumber
    }
    return (number, try OpenFile(newFileAt: path(of: number)))
  }

  func write(_ body: [UInt8], to file: OpenFile, at offset: Int) throws(OutboxError) {
    try willWrite()
    try file.write(body, at: offset)
  }

  /// Makes the file durable, and its name.
  func sync(_ file: OpenFile) throws(OutboxError) {
    try willWrite()
    try file.sync()
    try syncDirectory(at: directory)
  }

  /// The body, or what has become of it. Throws what is no fault of the file: a limit of the system, a file
  /// that may not be opened.
  func read(_ place: BodyPlace) throws(OutboxError) -> Result<[UInt8], BodyDamage> {
    do throws(OutboxError) {
      guard let file = try file(place.file), file.size >= place.end,
        let body = try file.read(place.length, at: place.offset)
      else { return .failure(.missing) }
      let isSame = place.check.map { $0 == checkValue(of: body) } ?? true
      return isSame ? .success(body) : .failure(.changed)
    } catch {
      guard let code = error.fileFault else { throw error }
      return .failure(.unreadable(code: code))
    }
  }

  /// Removes files. One that cannot be removed now is when the database is next opened.
  func remove(_ numbers: some Sequence<Int64>) {
    for number in numbers {
      state.withLock { if $0.lastRead?.number == number { $0.lastRead = nil } }
      removeFile(at: path(of: number))
    }
  }

  /// nil if it is missing.
  private func file(_ number: Int64) throws(OutboxError) -> OpenFile? {
    if let last = state.withLock({ $0.lastRead }), last.number == number { return last.file }
    do throws(OutboxError) {
      let file = try OpenFile(readingFileAt: path(of: number))
      state.withLock { $0.lastRead = (number, file) }
      return file
    } catch .missing {
      return nil
    }
  }

  private func path(of number: Int64) -> String { "\(directory)/\(number)" }
}

/// Where a body is.
struct BodyPlace: Equatable {
  var file: Int64
  var offset: Int
  var length: Int
  /// Nil if an earlier version stored it, and it could not be read since.
  var check: UInt32?

  /// The offset behind it.
  var end: Int { offset + length }
}

extension BodyPlace {
  /// From the columns of `message`; nil if they name no place in a file.
  init?(_ row: Row) throws(OutboxError) {
    guard let file: Int64 = try row.value("body_file"),
      let offset: Int = try row.value("body_offset"),
      let length: Int = try row.value("body_length"), offset >= 0, length >= 0,
      !offset.addingReportingOverflow(length).overflow
    else { return nil }
    let check: Int64? = try row.value("body_check")
    self.init(
      file: file, offset: offset, length: length, check: check.map(UInt32.init(truncatingIfNeeded:))
    )
  }
}

/// The files that an open checkpoint writes bodies to, one after another.
struct BodyWriting {
  private let files: BodyFiles
  private var current: (number: Int64, file: OpenFile)?
  private var size = 0
  /// The first and last of the messages whose bodies are in the current file.
  private var messages: ClosedRange<Int64>?
  /// All files so far.
  private(set) var numbers: [Int64] = []

  init(to files: BodyFiles) {
    self.files = files
  }

  /// Writes a body behind the last one.
  mutating func append(_ body: [UInt8], in database: Database) throws -> BodyPlace {
    if size > 0, size + body.count > BodyFiles.sizeLimit { try finish(in: database) }
    let (number, file) = try current ?? begin()
    try files.write(body, to: file, at: size)
    defer { size += body.count }
    return BodyPlace(
      file: number, offset: size, length: body.count, check: checkValue(of: body))
  }

  /// Says whose body the last one is.
  mutating func noteMessage(_ id: Int64) {
    messages = (messages?.lowerBound ?? id)...id
  }

  /// Makes what was written durable, and makes it known in the open transaction.
  mutating func finish(in database: Database) throws {
    guard let current, let messages else { return }
    try files.sync(current.file)
    try database.cachedStatement(
      sql: "INSERT INTO body_file (id, first_message, last_message) VALUES (?, ?, ?)"
    ).execute(arguments: [current.number, messages.lowerBound, messages.upperBound])
    self.current = nil
    self.messages = nil
    size = 0
  }

  private mutating func begin() throws(OutboxError) -> (number: Int64, file: OpenFile) {
    let new = try files.create()
    current = new
    numbers.append(new.number)
    return new
  }
}

/// Forgets, in the open transaction, the files of which no message is left in the queue.
///
/// - Parameter ids: only files that held some of these messages.
/// - Returns: the files, to be removed once the transaction is committed.
func forgetEmptyFiles(
  among ids: ClosedRange<Int64> = 0 ... .max, in database: Database
) throws -> [Int64] {
  let empty = try Int64.fetchAll(
    database.cachedStatement(
      sql: """
        SELECT id FROM body_file WHERE first_message <= ? AND last_message >= ? AND NOT EXISTS (
          SELECT 1 FROM message WHERE message.id BETWEEN first_message AND last_message)
        """), arguments: [ids.upperBound, ids.lowerBound])
  for number in empty {
    try database.cachedStatement(sql: "DELETE FROM body_file WHERE id = ?")
      .execute(arguments: [number])
  }
  return empty
}
