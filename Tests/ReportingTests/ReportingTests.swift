import Diagnostics
import Testing

@testable import Reporting

struct ImportSummaryTests {
  private var summary: ImportSummary {
    var summary = ImportSummary()
    summary.linesRead = 1_234_567
    summary.linesTallied = 1_234_000
    summary.leftOut = ["options": 500, "never \"forwarded\"\u{1B}": 67]
    summary.explanations = ["options": "not counted"]
    summary.bytesRead = 2_000_000
    summary.bytesUncompressed = 10_000_000
    summary.sourceCount = 2
    summary.requestCount = 1_234_000
    summary.consumerCount = 1
    summary.routeCount = 2
    summary.bucketCount = 3
    summary.messages.queued = 5
    summary.messages.delivered = 4
    summary.messages.waiting = 1
    summary.firstRequest = 1_763_900_000_123_456_789
    summary.lastRequest = 1_763_900_060_000_000_000
    summary.seconds = 2
    return summary
  }

  @Test func `the JSON has the keys of the contract and escapes what it must`() {
    #expect(
      summary.json == """
        {"lines":{"read":1234567,"tallied":1234000,\
        "left_out":{"never \\"forwarded\\"\\u001b":67,"options":500}},\
        "bytes":{"read":2000000,"uncompressed":10000000},"sources":2,"requests":1234000,\
        "consumers":1,"consumers_per_day":null,"routes":2,"buckets":3,\
        "messages":{"queued":5,"delivered":4,"waiting":1,"refused":0,"dropped":0},\
        "request_logs":null,\
        "first_request":"2025-11-23T12:13:20.123Z","last_request":"2025-11-23T12:14:20.000Z",\
        "seconds":2.000}
        """)
  }

  @Test func `the text says it to people, with controls escaped`() {
    #expect(
      summary.text == """
        1,234,567 lines read, 1,234,000 tallied, left out:
          500  options  (not counted)
           67  never "forwarded"\\u{1B}
        from 2025-11-23 12:13:20.123 to 2025-11-23 12:14:20.000 UTC, 3 buckets of 60 s
        1 consumer, 2 routes
        5 messages queued, 4 delivered, 1 waiting
        10.0 MB from 2.0 MB in 2.00 s, 5 MB/s
        """)
  }

  @Test func `request logs and consumers of a day are said where they were asked for`() {
    var summary = summary
    summary.consumersPerDay = 1
    summary.messages.dropped = 2
    var logs = ImportSummary.RequestLogs()
    logs.items = 1_950
    logs.files = 2
    logs.excluded = 12
    logs.overLimit = 3
    summary.requestLogs = logs
    let lines = summary.text.split(separator: "\n")
    #expect(lines.contains("1 consumer (at most 1 in a day), 2 routes"))
    #expect(
      lines.contains(
        "1,950 request-log entries in 2 files; left out: 12 excluded, 3 over the limit"))
    #expect(lines.contains("5 messages queued, 4 delivered, 1 waiting, 2 dropped"))
    #expect(
      summary.json.contains(
        #""request_logs":{"items":1950,"files":2,"excluded":12,"not_sampled":0,"over_limit":3,"#
          + #""too_long":0}"#))
  }

  @Test func `nothing tallied has no first and last request`() {
    #expect(ImportSummary().json.contains("\"first_request\":null,\"last_request\":null"))
  }
}

struct ReportedNumbersTests {
  @Test(arguments: [
    (0, "0"), (999, "999"), (1000, "1,000"), (-1_234_567, "-1,234,567"),
    (Int.min, "-9,223,372,036,854,775,808"),
  ])
  func `thousands are grouped`(number: Int, text: String) {
    #expect(grouped(number) == text)
  }

  @Test(arguments: [
    (0.0, 2, "0.00"), (1.005, 1, "1.0"), (0.999, 2, "1.00"), (-2.5, 1, "-2.5"), (12.4, 0, "12"),
  ])
  func `decimals are rounded`(value: Double, places: Int, text: String) {
    #expect(decimal(value, places: places) == text)
  }

  @Test(arguments: [
    (Int64(0), "1970-01-01T00:00:00.000"), (-1, "1969-12-31T23:59:59.999"),
    (951_782_400_000_000_000, "2000-02-29T00:00:00.000"),
    (4_107_542_399_999_000_000, "2100-02-28T23:59:59.999"),
    (Int64.max, "2262-04-11T23:47:16.854"),
  ])
  func `moments are written in UTC`(moment: Int64, text: String) {
    #expect(timestamp(moment, separator: "T") == text)
  }
}

struct ProgressLineTests {
  private let line = ProgressLine(
    bytesRead: 250, bytesTotal: 1000, bytesUncompressed: 4_000_000, messagesQueued: 7,
    messagesDelivered: 3, seconds: 2)

  @Test func `it shows share, rest, speed and delivery`() {
    #expect(
      line.text(width: 120)
        == "[#####               ] 25 %  6 s left  4 MB  2 MB/s  7 messages queued, 3 delivered")
  }

  @Test func `it is no wider than the terminal`() {
    #expect(line.text(width: 10).count == 10)
    #expect(line.text(width: -1).isEmpty)
  }

  @Test func `a file that grows while it is read stays at the whole`() {
    var line = line
    line.bytesRead = 2000
    #expect(line.text(width: 120).hasPrefix("[####################] 100 %"))
  }
}
