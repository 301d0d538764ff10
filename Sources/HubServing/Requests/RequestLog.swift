import FoundationEssentials
import GRDB

/// A line of a request log, as a list shows it.
struct RequestLine: Sendable {
  var id: Int64
  var uuid: String
  var fields: LogItemFields
}

/// Lines, the newest first, and where the next page begins; nil after the last one.
struct RequestPage: Sendable {
  var lines: [RequestLine] = []
  var next: RequestQuery.Key?
  /// How many lines were looked at.
  var looked = 0
}

extension HubStore {
  /// Some lines of the request logs, the newest first.
  ///
  /// - Parameter limit: of lines that are shown; the page ends as well after ``RequestQuery/lookLimit`` lines
  ///   that were looked at.
  func requestPage(
    of origin: Origin, _ query: RequestQuery, limit: Int
  ) async throws -> RequestPage {
    try await database.read { db in
      let (condition, arguments) = Self.condition(query, origin)
      let rows = try Row.fetchCursor(
        db,
        sql: """
          SELECT id, uuid, time, method, path, url, consumer, status, response_time,
            \(query.text == nil ? "1" : "instr(lower(line), lower(?))") AS matches,
            \(query.text == nil ? "0" : "length(CAST(line AS BLOB))") AS size
          FROM log_item WHERE \(condition) ORDER BY time DESC, id DESC LIMIT ?
          """,
        arguments: (query.text.map { [$0] } ?? []) + arguments + [RequestQuery.lookLimit + 1])
      var page = RequestPage()
      var last: RequestQuery.Key?
      var searched = 0
      while let row = try rows.next() {
        guard page.lines.count < limit, page.looked < RequestQuery.lookLimit,
          searched < RequestQuery.searchLimit
        else {
          page.next = last
          break
        }
        page.looked += 1
        searched += row["size"]
        let line = RequestLine(row)
        last = RequestQuery.Key(time: line.fields.time, id: line.id)
        guard row["matches"] as Int64 > 0, query.view.includes(status: line.fields.status) else {
          continue
        }
        page.lines.append(line)
      }
      return page
    }
  }

  /// What the database can tell by itself.
  private static func condition(
    _ query: RequestQuery, _ origin: Origin
  ) -> (sql: String, arguments: StatementArguments) {
    var parts = [
      "origin = (SELECT id FROM origin WHERE client_id = ? AND env = ?)", "time >= ?", "time < ?",
    ]
    var arguments: StatementArguments = [
      origin.clientID, origin.env, query.view.span.lowerBound, query.view.span.upperBound,
    ]
    func add(_ part: String, _ values: StatementArguments) {
      parts.append(part)
      arguments += values
    }
    if let key = query.before { add("(time, id) < (?, ?)", [key.time, key.id]) }
    if let path = query.view.path { add("path = ?", [path]) }
    if let method = query.view.method { add("upper(method) = ?", [method]) }
    if let slower = query.slower { add("response_time >= ?", [slower / 1e3]) }
    if let consumer = query.view.consumer { add("coalesce(consumer, '') = ?", [consumer]) }
    if let group = query.view.group {
      add(
        """
        consumer IN (SELECT identifier FROM consumer AS named
          WHERE named.origin = log_item.origin AND "group" = ?)
        """, [group])
    }
    return (parts.joined(separator: " AND "), arguments)
  }

  /// One line as it was sent; nil if there is none.
  func requestLine(of origin: Origin, uuid: String) async throws -> String? {
    try await database.read { db in
      try String.fetchOne(
        db,
        sql: """
          SELECT line FROM log_item
          WHERE origin = (SELECT id FROM origin WHERE client_id = ? AND env = ?) AND uuid = ?
          """, arguments: [origin.clientID, origin.env, uuid])
    }
  }
}

extension RequestLine {
  fileprivate init(_ row: Row) {
    id = row["id"]
    uuid = row["uuid"]
    fields = LogItemFields(
      time: row["time"], method: row["method"] ?? "", path: row["path"], url: row["url"],
      consumer: row["consumer"], status: row["status"] ?? 0, responseTime: row["response_time"])
  }

  func write(to json: inout JSONWriting) {
    json.object { json in
      json.member("id", uuid)
      json.member("time") { $0.raw("\(fields.time)") }
      json.member("method", fields.method)
      json.member("path", fields.path)
      json.member("url", fields.url)
      json.member("consumer", fields.consumer)
      json.member("status", Int(fields.status))
      json.member("response_time_ms") { json in
        json.raw(fields.responseTime.map { "\(($0 * 1e6).rounded() / 1e3)" } ?? "null")
      }
    }
  }

  static let csvHeader = "time,method,path,url,consumer,status,response_time_ms,id\r\n"

  /// RFC 4180. What a spreadsheet would take for a formula begins with an apostrophe.
  var csv: String {
    let time = Date(timeIntervalSince1970: fields.time).formatted(
      Date.ISO8601FormatStyle(includingFractionalSeconds: true))
    let milliseconds = fields.responseTime.map { "\(($0 * 1e6).rounded() / 1e3)" }
    return [
      time, fields.method, fields.path ?? "", fields.url ?? "", fields.consumer ?? "",
      String(fields.status), milliseconds ?? "", uuid,
    ].map(Self.cell).joined(separator: ",") + "\r\n"
  }

  private static func cell(_ text: String) -> String {
    var text = text
    if let first = text.unicodeScalars.first, "=+-@\t\r".unicodeScalars.contains(first) {
      text = "'" + text
    }
    guard text.utf8.contains(where: { [0x22, 0x2C, 0x0A, 0x0D].contains($0) }) else { return text }
    return "\"" + text.replacing("\"", with: "\"\"") + "\""
  }
}
