internal import ByteScanning
internal import Foundation

/// A row that is no row of tallies: read as JSON, and refused unless it is spelled as it is written.
package protocol BookRow: Codable {
  /// The row, with its line feed.
  var line: [UInt8] { get }
}

extension BookRow {
  /// - Parameter row: without its line feed.
  /// - Returns: nil if it is not such a row, or is spelled otherwise.
  package init?(row: [UInt8]) {
    guard let decoded = try? JSONDecoder().decode(Self.self, from: Data(row)),
      decoded.line.dropLast() == row[...]
    else { return nil }
    self = decoded
  }
}

/// The first row of a stream of tallies.
package struct TallyHeader: BookRow, Equatable, Sendable {
  /// The version of the stream.
  package static let version = 1

  package var tally = version
  package var backtally: String
  /// A digest of all that shapes the numbers: only streams with the same are of one job.
  package var job: String
  /// `hub` or `otlp`.
  package var target: String
  /// The width of a bucket in seconds.
  package var bucket: Int

  package init(backtally: String, job: String, target: String, bucket: Int) {
    (self.backtally, self.job, self.target, self.bucket) = (backtally, job, target, bucket)
  }

  package var line: [UInt8] {
    var row = JSONRow()
    row.add("tally", tally)
    row.add("backtally", backtally)
    row.add("job", job)
    row.add("target", target)
    row.add("bucket", bucket)
    return row.line()
  }
}

/// The last row of a stream: without it, the stream is cut off.
package struct EndRow: BookRow, Equatable, Sendable {
  package var end = 1
  /// How many rows there are before it, the header among them.
  package var rows: Int
  /// The CRC-32 of all bytes before it, in eight hexadecimal digits.
  package var crc32: String

  package init(rows: Int, crc32: UInt32) {
    self.rows = rows
    let digits = String(crc32, radix: 16)
    self.crc32 = String(repeating: "0", count: 8 - digits.count) + digits
  }

  package var line: [UInt8] {
    var row = JSONRow()
    row.add("end", end)
    row.add("rows", rows)
    row.add("crc32", crc32)
    return row.line()
  }
}

/// What one source came to.
package struct SourceRow: BookRow, Equatable, Sendable {
  package struct Stamp: Codable, Equatable, Sendable {
    package var size: Int
    /// Nanoseconds since 1970.
    package var modified: Int64
    package var inode: Int64
    package var device: Int64

    package init(size: Int, modified: Int64, inode: Int64, device: Int64) {
      (self.size, self.modified, self.inode, self.device) = (size, modified, inode, device)
    }
  }

  /// A ``SourceID``.
  package var source: String
  /// What its rows of tallies go by.
  package var rows: String
  package var path: String
  package var stamp: Stamp?
  /// A hash of the first bytes of the content, and of how many.
  package var fingerprint: String
  package var fingerprint_length: Int
  /// Sums of the beginnings that end with a line, each with its length: a source of which less was imported
  /// before is known by them.
  package var beginnings: [[UInt64]]
  /// How many bytes the content has, and how many lines.
  package var position: Int
  package var lines: Int
  /// A hash of the last bytes, and of how many.
  package var check: String
  package var check_length: Int
  /// How its lines were read, as the ledger keeps it.
  package var format: String?
  /// Whether it was read to its end; if not, no row of tallies is of it.
  package var complete: Bool
  package var problem: String?
  package var first_request: Int64?
  package var last_request: Int64?
  package var tallied: Int
  package var left_out: [String: Int]
  /// How many lines speak against the format.
  package var rejected: Int
  /// When the requests began that were counted, in nanoseconds since 1970: `--since` and `--until`.
  package var since: Int64?
  package var until: Int64?
  /// A digest of the routes and filters that leave requests out; empty if none do.
  package var rules: String
  /// How many requests were left out by these.
  package var outside_window: Int
  package var left_out_by_rules: Int
  /// What the reading had no room for: `templates`, `doubts`, `methods` or `consumers`.
  package var overflow: [String]

  package init(source: SourceID, path: String) {
    (self.source, self.path) = (source.text, path)
    rows = SourceID(copyOf: source, at: path).text
    (fingerprint, fingerprint_length, beginnings) = ("", 0, [])
    (position, lines, check, check_length) = (0, 0, "", 0)
    (complete, tallied, left_out, rejected, overflow) = (false, 0, [:], 0, [])
    (rules, outside_window, left_out_by_rules) = ("", 0, 0)
  }

  package var id: SourceID? { SourceID(source) }
  package var rowsID: SourceID? { SourceID(rows) }

  package var line: [UInt8] {
    var row = JSONRow()
    row.add("source", source)
    row.add("rows", rows)
    row.add("path", path)
    if let stamp { row.add("stamp", json: Self.json(stamp)) }
    row.add("fingerprint", fingerprint)
    row.add("fingerprint_length", fingerprint_length)
    row.add("beginnings", beginnings)
    row.add("position", position)
    row.add("lines", lines)
    row.add("check", check)
    row.add("check_length", check_length)
    row.add("format", format)
    row.add("complete", complete)
    row.add("problem", problem)
    row.add("first_request", first_request)
    row.add("last_request", last_request)
    row.add("tallied", tallied)
    row.add("left_out", left_out)
    row.add("rejected", rejected)
    row.add("since", since)
    row.add("until", until)
    row.add("rules", rules)
    row.add("outside_window", outside_window)
    row.add("left_out_by_rules", left_out_by_rules)
    row.add("overflow", overflow) { $1.appendJSON($0) }
    return row.line()
  }

  private static func json(_ stamp: Stamp) -> [UInt8] {
    var row = JSONRow()
    row.add("size", stamp.size)
    row.add("modified", stamp.modified)
    row.add("inode", stamp.inode)
    row.add("device", stamp.device)
    return row.value()
  }
}

/// Templates of a source: which methods were asked for, and how they were answered.
package struct TemplateRow: BookRow, Equatable, Sendable {
  package struct Template: Codable, Equatable, Sendable {
    package enum Kind: String, Codable, Sendable {
      /// Folded, and the same whatever other lines say.
      case certain
      /// The log itself has named it.
      case given
      /// A segment identifies something if there are others like it.
      case form
      /// Nothing but 404 and 405 was answered.
      case existence
      /// What everything is counted under that has no template of its own.
      case other
    }

    package var method: String
    package var path: String
    package var requests: Int64
    /// Of these, how many were answered otherwise than by 404 or 405.
    package var answered: Int64
    package var kind: Kind

    package init(method: String, path: String, requests: Int64, answered: Int64, kind: Kind) {
      (self.method, self.path) = (method, path)
      (self.requests, self.answered, self.kind) = (requests, answered, kind)
    }

    package init(from decoder: any Decoder) throws {
      var list = try decoder.unkeyedContainer()
      method = try list.decode(String.self)
      path = try list.decode(String.self)
      requests = try list.decode(Int64.self)
      answered = try list.decode(Int64.self)
      kind = try list.decode(Kind.self)
    }

    package func encode(to encoder: any Encoder) throws {
      var list = encoder.unkeyedContainer()
      try list.encode(method)
      try list.encode(path)
      try list.encode(requests)
      try list.encode(answered)
      try list.encode(kind)
    }

    fileprivate func append(to json: inout OwnedBuffer<UInt8>) {
      json.append(UInt8(ascii: "["))
      json.appendJSON(method)
      json.append(UInt8(ascii: ","))
      json.appendJSON(path)
      json.append(UInt8(ascii: ","))
      json.appendDecimal(requests)
      json.append(UInt8(ascii: ","))
      json.appendDecimal(answered)
      json.append(UInt8(ascii: ","))
      json.appendJSON(kind.rawValue)
      json.append(UInt8(ascii: "]"))
    }
  }

  /// What the source's rows of tallies go by.
  package var templates: String
  package var t: [Template]

  package init(templates: String, t: [Template]) { (self.templates, self.t) = (templates, t) }

  package var line: [UInt8] {
    var row = JSONRow()
    row.add("templates", templates)
    row.add("t", t) { $0.append(to: &$1) }
    return row.line()
  }
}

/// Names and groups of consumers, as a source gives them.
package struct NameRow: BookRow, Equatable, Sendable {
  package struct Consumer: Codable, Equatable, Sendable {
    package var identifier: String
    package var name: String?
    package var group: String?

    package init(identifier: String, name: String?, group: String?) {
      (self.identifier, self.name, self.group) = (identifier, name, group)
    }

    package init(from decoder: any Decoder) throws {
      var list = try decoder.unkeyedContainer()
      identifier = try list.decode(String.self)
      name = try list.decode(String?.self)
      group = try list.decode(String?.self)
    }

    package func encode(to encoder: any Encoder) throws {
      var list = encoder.unkeyedContainer()
      try list.encode(identifier)
      try list.encode(name)
      try list.encode(group)
    }

    fileprivate func append(to json: inout OwnedBuffer<UInt8>) {
      json.append(UInt8(ascii: "["))
      json.appendJSON(identifier)
      json.append(UInt8(ascii: ","))
      json.appendJSON(name)
      json.append(UInt8(ascii: ","))
      json.appendJSON(group)
      json.append(UInt8(ascii: "]"))
    }
  }

  /// What the source's rows of tallies go by.
  package var names: String
  package var c: [Consumer]

  package init(names: String, c: [Consumer]) { (self.names, self.c) = (names, c) }

  package var line: [UInt8] {
    var row = JSONRow()
    row.add("names", names)
    row.add("c", c) { $0.append(to: &$1) }
    return row.line()
  }
}
