import Diagnostics
import Foundation
import TestSupport
import Testing

@testable import Clustering

/// Rows of one bucket become messages.
struct MergingTests {
  private struct Line: Decodable {
    struct Body: Decodable {
      var message_uuid: String
      var timestamp: Double
      var requests: [SyncItem]
    }

    var body: Body?
    var requests: Int?
  }

  private func lines(_ part: String) throws -> [Line] {
    try part.split(separator: "\n").map { try JSONDecoder().decode(Line.self, from: Data($0.utf8)) }
  }

  private func refusal(_ job: Job, _ rows: String) -> Diagnostic? {
    do {
      _ = try job.merged(rows)
      return nil
    } catch { return error as? Diagnostic }
  }

  @Test func `items of the same key are added up, in 64 bits`() throws {
    let job = try Job()
    let many: Int64 = 1 << 40
    let part = try job.merged(
      Job.row("/a", Job.item("x", count: many, sizes: .max, times: "\"0\":3,\"20\":\(many - 3)"))
        + Job.row("/b", Job.item("x", count: 5, sizes: 9, times: "\"10\":1,\"20\":4")))
    let lines = try lines(part)
    let item = try #require(lines.first?.body?.requests.first)
    #expect(item.request_count == many + 5)
    #expect(item.response_size_sum == Int.max)
    #expect(item.response_times == ["0": 3, "10": 1, "20": Int(many) + 1])
    #expect(lines.first?.body?.timestamp == 479.999)
    #expect(lines.last?.requests == Int(many) + 5)
  }

  @Test(arguments: ["hub", "otlp"])
  func `messages are a function of the set of rows`(_ target: String) throws {
    let job = try Job(target: target)
    func item(_ consumer: String?, _ path: String, _ count: Int64) -> String {
      target == "hub"
        ? Job.item(consumer, path, count: count, times: "\"\(10 * (count % 5))\":1")
        : Job.metric(consumer, path, count: count)
    }
    var rows: [String] = []
    for number in 0..<40 {
      let path = number % 2 == 0 ? "/a" : "/b"
      rows.append(
        Job.row(
          path, n: number, item(number % 3 == 0 ? nil : "c\(number % 4)", "/x", Int64(number) + 1),
          item("é\\\"", "/y", 2)))
    }
    let expected = try job.merged(rows.joined())
    var generator = SeededGenerator(seed: 1)
    for _ in 0..<5 {
      rows.shuffle(using: &generator)
      #expect(try job.merged(rows.joined()) == expected)
    }
    // Other numbers are another message.
    rows[0] = rows[0].replacing("\"request_count\":2,", with: "\"request_count\":3,")
    if target == "hub" {
      let (before, after) = (try lines(expected), try lines(job.merged(rows.joined())))
      #expect(before[0].body?.message_uuid != after[0].body?.message_uuid)
    }
  }

  @Test func `a message is closed before it is a megabyte`() throws {
    let job = try Job()
    let items = (0..<6_000).map { Job.item("consumer \($0)", "/a/rather/long/path/\($0)") }
    let row = { (number: Int, part: ArraySlice<String>) in
      "{\"b\":7,\"s\":\"\(Job.source("/a").rows)\",\"n\":\(number),\"i\":[\(part.joined(separator: ","))]}\n"
    }
    let part = try job.merged(row(0, items[..<3_000]) + row(1, items[3_000...]))
    let messages = part.split(separator: "\n").dropLast()
    #expect(messages.count == 2)
    #expect(messages.allSatisfy { $0.utf8.count < 1_000_100 })
    #expect(
      try lines(part).reduce(0) { $0 + ($1.body?.requests.count ?? 0) } == 6_000)
    #expect(Set(try lines(part).compactMap { $0.body?.message_uuid }).count == 2)
  }

  @Test func `rows of other sources are passed over, and provisional templates get their names`()
    throws
  {
    var job = try Job()
    job.admitted.renamed = [RenamedRow(template: "/v\"1", becomes: "/{id}")]
    let part = try job.merged(
      Job.row("/a", kind: "p", Job.item("x", "/v\\\"1", count: 2))
        + Job.row("/b", Job.item("x", "/{id}", count: 3)) + Job.row("/other", Job.item("x")))
    let items = try #require(lines(part).first?.body?.requests)
    #expect(items.map(\.path) == ["/{id}"])
    #expect(items.map(\.request_count) == [5])
    #expect(part.contains("\"passed_over\":1"))
    #expect(refusal(job, Job.row("/a", kind: "p", Job.item("x", "/unknown"))) != nil)
  }

  @Test func `errors are added up`() throws {
    let job = try Job()
    let error =
      #"{"consumer":"x","method":"GET","path":"/x","type":"E","msg":"m","traceback":"t\n","sentry_event_id":null,"error_count":2}"#
    let invalid =
      #"{"consumer":null,"method":"GET","path":"/x","loc":["a","b"],"msg":"m","type":"t","error_count":1}"#
    let part = try job.merged(
      Job.row("/a", n: 0, kind: "e", error) + Job.row("/b", n: 1, kind: "e", error, error)
        + Job.row("/a", n: 2, kind: "v", invalid))
    #expect(part.contains(#""traceback":"t\n","sentry_event_id":null,"error_count":6}"#))
    #expect(part.contains(#""loc":["a","b"],"msg":"m","type":"t","error_count":1}"#))
  }

  @Test(
    arguments: [
      // A row that comes twice, a bucket that comes again, another job, no row at all.
      (Job.row("/a", Job.item("x")) + Job.row("/a", Job.item("y")), 2, "comes twice"),
      (
        Job.row("/a", bucket: 7, Job.item("x")) + Job.row("/a", n: 1, bucket: 8, Job.item("x"))
          + Job.row("/a", n: 2, bucket: 7, Job.item("x")), 3, "one behind the other"
      ),
      (
        String(
          decoding: TallyHeader(backtally: "1", job: "k", target: "hub", bucket: 60).line,
          as: UTF8.self), 1, "another job"
      ),
      ("{\"what\":1}\n", 1, "no row"),
      (Job.row("/a", Job.item("x")) + "{\"b\":8", 2, "cut off"),
      (Job.row("/a", Job.item("x", count: 0)), 1, "a count above 0"),
      (Job.row("/a", Job.item("x", times: "\"15\":1")), 1, "a bin"),
      (Job.row("/a", Job.item("x", count: 3, times: "\"20\":1,\"10\":1")), 1, "a bin above"),
      (Job.row("/a", Job.item("x", count: 1, times: "\"20\":2")), 1, "no more values"),
      (Job.row("/a", Job.item("x", times: "\"42949672960\":1")), 1, "a bin"),
      (Job.row("/a", Job.item("x").replacing("200", with: "1000")), 1, "a status"),
      (Job.row("/a", Job.item("x") + " "), 1, "expected"),
      (Job.row("/a", bucket: 1 << 34, Job.item("x")), 1, "a bucket"),
      (Job.row("/a", bucket: (1 << 34) - 1, Job.item("x")), 1, "beyond all times"),
    ])
  func `a row that cannot be is refused with its place`(
    _ rows: String, _ line: Int, _ words: String
  ) throws {
    let found = try #require(refusal(try Job(), rows))
    #expect(found.exitStatus == .inputUnreadable)
    #expect(found.message.contains(words), "\(found.message)")
    #expect(found.place?.lineNumber == line)
  }

  /// Whatever is done to a row, it is read or refused, and never more is counted than it says.
  @Test(arguments: ["hub", "otlp"])
  func `damaged rows are refused or read, and never end the program`(_ target: String) throws {
    let job = try Job(target: target)
    let row = Array(
      (target == "hub"
        ? Job.row("/a", Job.item("x\\\"", count: 12, sizes: 99, times: "\"0\":3,\"20\":4"))
        : Job.row("/a", Job.metric("x\\\"", "/x", count: 12))).utf8)
    var generator = SeededGenerator(seed: 7)
    var refusedCount = 0
    for offset in 0..<row.count - 1 {
      for change in 0..<3 {
        var damaged = row
        switch change {
        case 0: damaged.remove(at: offset)
        case 1: damaged[offset] = UInt8.random(in: 0...255, using: &generator)
        default: damaged.insert(damaged[offset], at: offset)
        }
        if refusal(job, String(decoding: damaged, as: UTF8.self)) != nil { refusedCount += 1 }
      }
    }
    #expect(refusedCount > row.count)
  }

  @Test(
    arguments: [
      // Sums, bins and counts that do not belong together, or have no room.
      "[5,5,5,0]", "[5,5,5,1,74,1]", "[5,6,5,0,74,1]", "[99,5,5,0,74,1]", "[5,5,5,0,74,1,74,1]",
      "[5,5,5,0,73,1]", "[5,5,5,0,-9000000000000000000,1,74,1]", "[0,0,0,1,5,1]",
      "[1329227995784915872903807060280344576,1,1,0,-1,1]", "[5,5,5,0,74,13]", "[0]", "[0,0,0,0]",
    ])
  func `a histogram that cannot be is refused`(_ histogram: String) throws {
    let job = try Job(target: "otlp")
    let sound = Job.row("/a", Job.metric("x", "/x", count: 12, sizes: "[5,5,5,0,74,1]"))
    #expect(refusal(job, sound) == nil)
    let found = try #require(
      refusal(job, Job.row("/a", Job.metric("x", "/x", count: 12, sizes: histogram))))
    #expect(found.exitStatus == .inputUnreadable)
  }

  @Test func `hostile sums end in a refusal and not in an overflow`() throws {
    let job = try Job(target: "otlp")
    let largest = Int64.max
    let bin = 32 * 63 - 1
    let count = largest / 2
    let sum = UInt128(count) * UInt128(largest)
    let rows = (0..<4).map { number in
      Job.row(
        "/a", n: number,
        Job.metric(
          "x", "/x", count: count,
          sizes: "[\(sum / 8),\(largest),\(largest),0,\(bin),\(count / 8)]"))
    }
    #expect(refusal(job, rows.joined()) != nil)
  }
}

extension Job {
  /// An item with exponential histograms.
  static func metric(
    _ consumer: String?, _ path: String, count: Int64, sizes: String = "[]"
  ) -> String {
    // 2^(-96/32) s is 0.125 s; 125,000,000 ns is in the bin that ends there.
    "{\"consumer\":\(consumer.map { "\"\($0)\"" } ?? "null"),\"method\":\"GET\",\"path\":\"\(path)\","
      + "\"status_code\":200,\"request_count\":\(count),"
      + "\"durations\":[125000000,125000000,125000000,0,-97,1],\"request_sizes\":[],"
      + "\"response_sizes\":\(sizes)}"
  }
}
