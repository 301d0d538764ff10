internal import Synchronization

/// Notes of attempts that are about to be made, in the file `<state-dir>/attempts`, until the database has
/// them.
///
/// While an import has a checkpoint open, the database cannot be written, and an attempt must not begin
/// before it is durable that it may have been made: the hub drops a message that it has taken before for
/// an hour only. So the notes go into a file of their own first, and into the database with the next
/// transaction.
///
/// **On disk.** Lines of a message's number and the time in nanoseconds since 1970, both decimal, with a
/// space between them. The file is only appended to, and synced, until all that it says is in the
/// database; then it is emptied. A last line without a newline was not written to its end, so that its
/// attempt was not made. It grows with what is sent during a checkpoint, by about 30 bytes a message.
final class AttemptJournal: Sendable {
  private let willWrite: @Sendable () throws(OutboxError) -> Void
  private let file: OpenFile
  private let size: Mutex<Int>

  /// Opens the journal in `stateDirectory`, or makes it.
  ///
  /// - Parameter willWrite: called before each write and sync; tests let it throw.
  init(
    inState stateDirectory: String,
    willWrite: @escaping @Sendable () throws(OutboxError) -> Void = {}
  ) throws(OutboxError) {
    let path = stateDirectory + "/attempts"
    let isNew = !fileExists(at: path)
    file = try OpenFile(privateFileAt: path)
    if isNew { try syncDirectory(at: stateDirectory) }
    size = Mutex(file.size)
    self.willWrite = willWrite
  }

  /// Appends notes, and makes them durable.
  func append(_ ids: [Int64], at time: Int64) throws(OutboxError) {
    let bytes = Array(ids.map { "\($0) \(time)\n" }.joined().utf8)
    try size.withLock { (size) throws(OutboxError) in
      try willWrite()
      try file.write(bytes, at: size)
      try willWrite()
      try file.sync()
      size += bytes.count
    }
  }

  /// What the journal says, in order.
  var noted: [Settlement] {
    let content = size.withLock { (try? file.read($0, at: 0)) ?? nil } ?? []
    guard let end = content.lastIndex(of: UInt8(ascii: "\n")) else { return [] }
    return content[..<end].split(separator: UInt8(ascii: "\n")).compactMap { line in
      let words = line.split(separator: UInt8(ascii: " "))
      guard words.count == 2, let id = Int64(String(decoding: words[0], as: UTF8.self)),
        let time = Int64(String(decoding: words[1], as: UTF8.self))
      else { return nil }
      return Settlement(id, .noted, at: time)
    }
  }

  /// Empties the journal, all of which is in the database. If that does not become durable, a message may
  /// later count as attempted which was not: that is the safe side.
  func clear() {
    size.withLock { size in
      guard size > 0, (try? file.replaceContent(with: [])) != nil else { return }
      size = 0
    }
  }
}
