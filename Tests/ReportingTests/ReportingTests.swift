import Diagnostics
import Testing

@testable import Reporting

struct ImportSummaryTests {
  private var summary: ImportSummary {
    var summary = ImportSummary()
    summary.linesRead = 1_234_567
    summary.linesTallied = 1_234_000
    summary.linesRejected = 12
    summary.exitStatus = 4
    summary.error = "no \"hub\""
    summary.coverage = [
      ImportSummary.Part(name: "duration", requestCount: 1_233_000, field: "extra_1", unit: "s"),
      ImportSummary.Part(name: "consumer", requestCount: 0, field: nil, unit: nil),
    ]
    summary.notTaken = ["bytes"]
    summary.unmatched = [
      ImportSummary.UnmatchedPath(path: "/a/{id}", requestCount: 12),
      ImportSummary.UnmatchedPath(path: "/\"", requestCount: 1),
    ]
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
    summary.seconds = 5
    summary.readingSeconds = 2
    summary.sendingSeconds = 3
    return summary
  }

  @Test func `the JSON has the keys of the contract and escapes what it must`() {
    #expect(
      summary.json == """
        {"exit_status":4,"error":"no \\"hub\\"","lines":{"read":1234567,"tallied":1234000,\
        "rejected":12,\
        "left_out":{"never \\"forwarded\\"\\u001b":67,"options":500}},\
        "coverage":{"duration":{"requests":1233000,"field":"extra_1","unit":"s"},\
        "consumer":{"requests":0,"field":null,"unit":null}},"not_taken":["bytes"],\
        "unmatched":[{"path":"/a/{id}","requests":12},{"path":"/\\"","requests":1}],\
        "bytes":{"read":2000000,"uncompressed":10000000},"sources":2,"requests":1234000,\
        "consumers":1,"consumers_per_day":null,"routes":2,"buckets":3,\
        "messages":{"queued":5,"delivered":4,"waiting":1,"refused":0,"uncertain":0,"damaged":0,\
        "dropped":0},\
        "request_logs":null,\
        "first_request":"2025-11-23T12:13:20.123Z","last_request":"2025-11-23T12:14:20.000Z",\
        "seconds":5.000,"seconds_reading":2.000,"seconds_sending":3.000}
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
        durations on 1,233,000 of 1,234,000 requests (extra_1, s); no consumers
        5 messages queued, 4 delivered, 1 waiting
        10.0 MB from 2.0 MB read in 2.00 s, 5 MB/s, sent in 3.00 s
        """)
  }

  @Test func `a log has it in one line`() {
    #expect(
      summary.line
        == "2 sources, 1,234,567 lines read, 1,234,000 requests, 5 messages queued, 4 delivered, "
        + "1 waiting, 10.0 MB from 2.0 MB read in 2.00 s, 5 MB/s, sent in 3.00 s")
  }

  @Test func `what sends nothing has one time`() {
    var summary = summary
    summary.sendingSeconds = nil
    #expect(summary.text.hasSuffix("10.0 MB from 2.0 MB in 5.00 s, 5 MB/s"))
    #expect(summary.json.hasSuffix(#""seconds_sending":null}"#))
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

  @Test func `one thing is in the singular`() {
    var summary = ImportSummary()
    summary.linesRead = 1
    summary.linesTallied = 1
    summary.requestCount = 1
    summary.consumerCount = 1
    summary.routeCount = 1
    summary.bucketCount = 1
    summary.firstRequest = 0
    summary.lastRequest = 0
    summary.messages.queued = 1
    summary.messages.delivered = 1
    summary.requestLogs = ImportSummary.RequestLogs()
    summary.requestLogs?.items = 1
    summary.requestLogs?.files = 1
    let lines = summary.text.split(separator: "\n")
    #expect(lines.first == "1 line read, 1 tallied")
    #expect(lines.contains { $0.hasSuffix("UTC, 1 bucket of 60 s") })
    #expect(lines.contains("1 consumer, 1 route"))
    #expect(lines.contains("1 request-log entry in 1 file"))
    #expect(lines.contains("1 message queued, 1 delivered"))
  }

  @Test(arguments: [
    (Share(0, of: 0), "0 lines"), (Share(1, of: 1), "1 line"), (Share(0, of: 1), "none of 1 line"),
    (Share(2, of: 2), "all 2 lines"), (Share(0, of: 2), "none of 2 lines"),
    (Share(1_234, of: 2_000), "1,234 of 2,000 lines"),
  ])
  func `a share names its things`(share: Share, text: String) {
    #expect(Reporting.share(share, "line") == text)
  }

  @Test func `nothing tallied has no first and last request`() {
    #expect(ImportSummary().json.contains("\"first_request\":null,\"last_request\":null"))
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
