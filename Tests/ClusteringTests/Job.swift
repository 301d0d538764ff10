import Addressing
import Foundation
import TestSupport

@testable import Clustering

/// A job of two sources, in files of a folder.
struct Job {
  static let app = App(clientID: "76b5cb91-a0a4-4ea0-a894-57d2b9fcb2c9", environment: "prod")

  let folder: TemporaryFolder
  var admitted: AdmittedFile

  init(target: String = "hub", paths: [String] = ["/a", "/b"]) throws {
    folder = try TemporaryFolder()
    var head = AdmissionHead(
      backtally: "1.2.3", job: "j", target: target, app: Self.app, bucket: 60, instance: nil)
    head.sources = paths.count
    admitted = AdmittedFile(head)
    admitted.sources = paths.map(Self.source).sorted { $0.source < $1.source }
    admitted.head.requests = admitted.requestCount
    admitted.head.admission = admitted.digest
  }

  /// The row of a source with 10 requests that was read to its end.
  static func source(_ path: String) -> SourceRow {
    let hash = sha256(Array(path.utf8))
    var row = SourceRow(
      source: SourceID(fingerprint: hash, position: 100, check: hash), path: path)
    (row.fingerprint, row.fingerprint_length) = (hexadecimal(hash), 100)
    (row.check, row.check_length) = (hexadecimal(hash), 50)
    row.beginnings = [[100, UInt64(hash[0])]]
    (row.position, row.lines, row.tallied, row.complete) = (100, 12, 10, true)
    (row.left_out, row.rejected) = (["options": 1, "unrecognized": 1], 1)
    (row.first_request, row.last_request) = (1, Int64(path.utf8.count))
    return row
  }

  /// A row of tallies of the source at `path`.
  static func row(
    _ path: String, n number: Int = 0, bucket: Int = 7, kind: String = "i", _ items: String...
  ) -> String {
    "{\"b\":\(bucket),\"s\":\"\(source(path).rows)\",\"n\":\(number),\"\(kind)\":"
      + "[\(items.joined(separator: ","))]}\n"
  }

  /// An item of `/sync`.
  static func item(
    _ consumer: String? = nil, _ path: String = "/x", count: Int64 = 1, sizes: Int64 = 0,
    times: String = ""
  ) -> String {
    "{\"consumer\":\(consumer.map { "\"\($0)\"" } ?? "null"),\"method\":\"GET\",\"path\":\"\(path)\","
      + "\"status_code\":200,\"request_count\":\(count),\"request_size_sum\":0,"
      + "\"response_size_sum\":\(sizes),\"response_times\":{\(times)},\"request_sizes\":{},"
      + "\"response_sizes\":{}}"
  }

  /// What merging makes of `rows`.
  func merged(_ rows: String) throws -> String {
    let input = try folder.write(rows, to: "rows")
    let path = folder.path(of: "part")
    var reader = try RowInput(path: input)
    var output = try RowOutput(path: path)
    var merging = Merging(admitted)
    try merging.run(&reader, to: &output)
    return try folder.text(of: "part")
  }
}
