package import Addressing
package import Diagnostics
internal import Foundation

/// What a job is and where its numbers go: the first row of the file of what was admitted.
package struct AdmissionHead: BookRow, Equatable, Sendable {
  package var admitted = 1
  package var backtally: String
  package var job: String
  /// `hub` or `otlp`.
  package var target: String
  package var client_id: String
  package var env: String
  /// The width of a bucket in seconds.
  package var bucket: Int
  /// Of OTLP: the UUID of the instance that reports.
  package var instance: String?
  /// A digest of the job and of all sources that were admitted.
  package var admission: String
  package var sources: Int
  /// How many requests these sources have.
  package var requests: Int64
  /// How many sources were left out.
  package var left_out: Int

  package init(
    backtally: String, job: String, target: String, app: App, bucket: Int, instance: String?
  ) {
    (self.backtally, self.job, self.target) = (backtally, job, target)
    (client_id, env) = (app.clientID, app.environment)
    (self.bucket, self.instance) = (bucket, instance)
    (admission, sources, requests, left_out) = ("", 0, 0, 0)
  }

  /// Of a job whose numbers go nowhere.
  package init(_ header: TallyHeader) {
    self.init(
      backtally: header.backtally, job: header.job, target: header.target,
      app: App(clientID: "", environment: ""), bucket: header.bucket, instance: nil)
  }

  /// The last bucket whose times can be told in nanoseconds since 1970.
  package var lastBucket: Int64 { Int64.max / 1_000_000_000 / Int64(bucket) - 1 }

  package var line: [UInt8] {
    var row = JSONRow()
    row.add("admitted", admitted)
    row.add("backtally", backtally)
    row.add("job", job)
    row.add("target", target)
    row.add("client_id", client_id)
    row.add("env", env)
    row.add("bucket", bucket)
    row.add("instance", instance)
    row.add("admission", admission)
    row.add("sources", sources)
    row.add("requests", requests)
    row.add("left_out", left_out)
    return row.line()
  }
}

/// What has become of a provisional template.
package struct RenamedRow: BookRow, Equatable, Sendable {
  package var template: String
  package var becomes: String

  package init(template: String, becomes: String) {
    (self.template, self.becomes) = (template, becomes)
  }

  package var line: [UInt8] {
    var row = JSONRow()
    row.add("template", template)
    row.add("becomes", becomes)
    return row.line()
  }
}

/// An endpoint that was found.
package struct RouteRow: BookRow, Equatable, Sendable {
  package var method: String
  package var route: String

  package init(method: String, route: String) { (self.method, self.route) = (method, route) }

  package var line: [UInt8] {
    var row = JSONRow()
    row.add("method", method)
    row.add("route", route)
    return row.line()
  }
}

/// A consumer with a name or a group.
package struct ConsumerRow: BookRow, Equatable, Sendable {
  package var consumer: String
  package var name: String?
  package var group: String?

  package init(consumer: String, name: String?, group: String?) {
    (self.consumer, self.name, self.group) = (consumer, name, group)
  }

  package var line: [UInt8] {
    var row = JSONRow()
    row.add("consumer", consumer)
    row.add("name", name)
    row.add("group", group)
    return row.line()
  }
}

/// What an admission has decided: a file that begins with its ``AdmissionHead`` and ends with an ``EndRow``.
package struct AdmittedFile: Equatable, Sendable {
  package var head: AdmissionHead
  /// In the order of what they go by.
  package var sources: [SourceRow] = []
  package var renamed: [RenamedRow] = []
  package var routes: [RouteRow] = []
  package var consumers: [ConsumerRow] = []

  package init(_ head: AdmissionHead) { self.head = head }

  package func write(to path: String) throws(Diagnostic) {
    var output = try RowOutput(path: path)
    try output.write(head.line)
    for row in sources { try output.write(row.line) }
    for row in renamed { try output.write(row.line) }
    for row in routes { try output.write(row.line) }
    for row in consumers { try output.write(row.line) }
    try output.end()
  }

  package init(path: String) throws(Diagnostic) {
    var input = try RowInput(path: path)
    guard try input.advance(), let head = AdmissionHead(row: input.copied), head.admitted == 1,
      (1...86_400).contains(head.bucket), ["hub", "otlp"].contains(head.target)
    else {
      throw input.malformed("this is not what `backtally cluster admit` writes", at: 1)
    }
    self.head = head
    var checksum = RowChecksum()
    checksum.add(input.copied)
    var isWhole = false
    while try input.advance() {
      let row = input.copied
      guard !isWhole else { throw input.malformed("there is a row behind the last one") }
      if row.starts(with: "{\"source\":".utf8), let row = SourceRow(row: row), row.id != nil,
        row.rowsID != nil
      {
        sources.append(row)
      } else if row.starts(with: "{\"template\":".utf8), let row = RenamedRow(row: row) {
        renamed.append(row)
      } else if row.starts(with: "{\"method\":".utf8), let row = RouteRow(row: row) {
        routes.append(row)
      } else if row.starts(with: "{\"consumer\":".utf8), let row = ConsumerRow(row: row) {
        consumers.append(row)
      } else if let end = EndRow(row: row) {
        guard end == checksum.endRow else { throw input.malformed("the file is damaged") }
        isWhole = true
      } else {
        throw input.malformed("the row is damaged")
      }
      checksum.add(row)
    }
    guard isWhole else { throw input.malformed("the file is cut off") }
    guard sources.count == head.sources, requestCount == head.requests, digest == head.admission
    else { throw input.malformed("the sources are not those of the first row") }
  }

  /// How many requests the sources have.
  package var requestCount: Int64 { sources.reduce(0) { saturatingSum($0, Int64($1.tallied)) } }

  /// The digest of the job and of the sources that were admitted.
  package var digest: String {
    hexadecimal(
      sha256(Array(([head.job] + sources.map(\.source).sorted()).joined(separator: "\n").utf8)))
  }
}

/// The checksum of rows that were read, for the last of them.
package struct RowChecksum {
  private var rowCount = 0
  private var crc: UInt32 = 0

  package init() {}

  /// Adds a row, which comes without its line feed.
  package mutating func add(_ row: [UInt8]) {
    rowCount += 1
    crc = crc32(of: (row + [0x0A]).span, after: crc)
  }

  package var endRow: EndRow { EndRow(rows: rowCount, crc32: crc) }
}
