import GRDB

extension HubStore {
  /// Some of the messages that an origin has sent, as lines of NDJSON.
  struct Page: Sendable {
    var lines: String
    var lineCount: Int
    /// Where the next page begins; nil after the last one.
    var next: Int64?
  }

  /// A page ends once it is this large, so that a long history neither fills the memory nor keeps
  /// writers waiting. A single message may be larger.
  private static let pageByteCount = 1 << 20

  /// Messages in the order in which they were stored; for ``Endpoint/log``, the items of the files.
  ///
  /// - Parameter after: the `next` of the page before; 0 for the first.
  func page(
    of origin: Origin, at endpoint: Endpoint, after: Int64, limit: Int
  ) async throws -> Page {
    try await database.read { db in
      let rows = try Row.fetchCursor(
        db.cachedStatement(sql: endpoint == .log ? Self.logItemsSQL : Self.messagesSQL),
        arguments: endpoint == .log
          ? [origin.clientID, origin.env, after, limit]
          : [origin.clientID, origin.env, after, limit, endpoint.rawValue])
      var page = Page(lines: "", lineCount: 0, next: nil)
      while let row = try rows.next() {
        // What is damaged is a line all the same, and no JSON.
        let line = endpoint == .log ? row["line"] : Self.body(of: row) ?? ""
        page.lines += singleLine(line) + "\n"
        page.lineCount += 1
        if page.lines.utf8.count >= Self.pageByteCount, page.lineCount < limit {
          page.next = row["id"]
          break
        }
      }
      return page
    }
  }

  private static let messagesSQL = """
    SELECT message.id AS id, body, packed FROM message JOIN origin ON origin.id = message.origin
    WHERE client_id = ?1 AND env = ?2 AND message.id > ?3 AND kind = ?5
    ORDER BY message.id LIMIT ?4
    """

  private static let logItemsSQL = """
    SELECT log_item.id AS id, line FROM log_item JOIN origin ON origin.id = log_item.origin
    WHERE client_id = ?1 AND env = ?2 AND log_item.id > ?3
    ORDER BY log_item.id LIMIT ?4
    """
}

/// A JSON text without line breaks. They can only be between its tokens: inside a string they would
/// have been escaped.
private func singleLine(_ json: String) -> String {
  guard json.utf8.contains(where: { $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\r") }) else {
    return json
  }
  let bytes = json.utf8.map { byte in
    byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r") ? UInt8(ascii: " ") : byte
  }
  return String(decoding: bytes, as: UTF8.self)
}
