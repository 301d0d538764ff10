import AccessLogParsing
import ByteScanning
import Testing

/// Every format, in everything that collectors put around lines: what is read is the same as without.
struct WrappedFormatTests {
  /// What a collector makes of a line.
  struct Collector: CustomTestStringConvertible, Sendable {
    var testDescription: String
    /// Whether it notes the time in a way that says which moment it was.
    var hasTime = true
    /// Whether it is read as words before a line, which go with the blanks behind them.
    var isOfWords = false
    var wrap: @Sendable (String) -> String
  }

  static let stamp = "2026-11-23T09:10:13.5Z"

  private static func escaped(_ line: String) -> String {
    line.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
  }

  private static func object(_ key: String, _ time: String = "@timestamp") -> Collector {
    Collector(testDescription: "an object with \(key)") {
      #"{"host":"web-1","\#(time)":"\#(stamp)","\#(key)":"\#(escaped($0))","log.level":"info"}"#
    }
  }

  static let collectors: [Collector] =
    [
      Collector(testDescription: "Docker") {
        #"{"log":"\#(escaped($0))\n","stream":"stdout","time":"\#(stamp)"}"#
      },
      Collector(testDescription: "CRI") { "\(stamp) stdout F \($0)" },
      Collector(testDescription: "CRI, before the tags", isOfWords: true) {
        "\(stamp) stdout \($0)"
      },
      Collector(testDescription: "kubectl logs --timestamps") { "\(stamp) \($0)" },
      Collector(testDescription: "kubectl logs --prefix", hasTime: false) {
        "[pod/web-7d4b9c-x2x0/nginx] \($0)"
      },
      Collector(testDescription: "kubectl logs --prefix --timestamps") {
        "[pod/web-7d4b9c-x2x0/nginx] \(stamp) \($0)"
      },
      Collector(testDescription: "stern", hasTime: false) { "web-7d4b9c-x2x0 nginx \($0)" },
      Collector(testDescription: "stern --timestamps") { "web-7d4b9c-x2x0 nginx \(stamp) \($0)" },
      Collector(testDescription: "docker compose", hasTime: false) { "web-1  | \($0)" },
      Collector(testDescription: "docker compose, one blank", hasTime: false) { "web-1 | \($0)" },
      Collector(testDescription: "docker compose --timestamps") { "web-1  | \(stamp) \($0)" },
      Collector(testDescription: "docker service logs", hasTime: false) {
        "shop_web.1.k2x0f3a9b0c1@node-1    | \($0)"
      },
      Collector(testDescription: "pm2", hasTime: false) { "0|shop-api  | \($0)" },
      Collector(testDescription: "syslog, RFC 5424") {
        "<134>1 \(stamp) host app 17 - - \($0)"
      },
      Collector(testDescription: "syslog, RFC 5424, with its length") {
        let frame = "<134>1 \(stamp) host app 17 - - \($0)"
        return "\(frame.utf8.count) \(frame)"
      },
      Collector(testDescription: "syslog, RFC 3164", hasTime: false) {
        "<134>Nov 23 09:10:13 node1 app[17]: \($0)"
      },
      Collector(testDescription: "syslog, RFC 3164, as a file", hasTime: false) {
        "Nov 23 09:10:13 node1 app: \($0)"
      },
      Collector(testDescription: "rsyslog") { "\(stamp) node1 app[17]: \($0)" },
      Collector(testDescription: "heroku logs") { "\(stamp) app[web.1]: \($0)" },
      Collector(testDescription: "aws logs tail", isOfWords: true) {
        "\(stamp) ecs/web/0f3a9b0c1d2e4f40 \($0)"
      },
      Collector(testDescription: "logcli", isOfWords: true) {
        "\(stamp) {app=\"nginx\", pod=\"web-1\"} \($0)"
      },
      Collector(testDescription: "fly logs", isOfWords: true) {
        "\(stamp) app[d891234a] fra [info] \($0)"
      },
      Collector(testDescription: "Fluentd, a file") {
        "\(stamp)\tweb.access\t{\"log\":\"\(escaped($0))\"}"
      },
      Collector(testDescription: "Fluent Bit, a file") {
        "web.access: [1795425013.500000000, {\"log\":\"\(escaped($0))\"}]"
      },
      Collector(testDescription: "journald, bytes") { line in
        let list = Array(line.utf8).map { "\($0)" }.joined(separator: ", ")
        return
          #"{"_HOSTNAME":"web-1","MESSAGE":[\#(list)],"__REALTIME_TIMESTAMP":"1795425013500000"}"#
      },
      Collector(testDescription: "a dump of Elasticsearch") {
        #"{"_index":"logs","_id":"a","_source":{"@timestamp":"\#(stamp)","#
          + #""message":"\#(escaped($0))","log":{"file":{"path":"/var/log/access.log"}}}}"#
      },
    ]
    + [
      "log", "message", "msg", "line", "MESSAGE", "textPayload", "@message", "event.original",
      "jsonPayload.message", "body", "content", "_raw",
    ].map { object($0) }

  /// A wrapping inside another one.
  private static func nested(
    _ description: String, _ outer: @escaping @Sendable (String) -> String,
    _ inner: @escaping @Sendable (String) -> String
  ) -> Collector {
    Collector(testDescription: description) { outer(inner($0)) }
  }

  private static let cri: @Sendable (String) -> String = { "\(stamp) stdout F \($0)" }
  private static let docker: @Sendable (String) -> String = {
    #"{"log":"\#(escaped($0))\n","stream":"stdout","time":"\#(stamp)"}"#
  }
  private static let syslog: @Sendable (String) -> String = {
    "<134>1 \(stamp) host app 17 - - \($0)"
  }

  static let nestedCollectors: [Collector] = [
    nested("CRI in Fluent Bit's lines", { #"{"date":1795425013.5,"log":"\#(escaped($0))"}"# }, cri),
    nested(
      "CRI in Fluent Bit's file",
      { "web.access: [1795425013.500000000, {\"log\":\"\(escaped($0))\"}]" }, cri),
    nested("Docker's in syslog", syslog, docker),
    nested("CRI in stern", { "web-7d4b9c-x2x0 nginx \($0)" }, cri),
    nested(
      "Docker's in an event of CloudWatch",
      { #"{"logStreamName":"a","timestamp":1795425013500,"message":"\#(escaped($0))"}"# }, docker),
    nested(
      "a message in Loki's", { #"{"timestamp":"\#(stamp)","line":"\#(escaped($0))"}"# },
      { #"{"level":"info","message":"\#(escaped($0))"}"# }),
    nested(
      "CRI in Fluent Bit's lines in an event of CloudWatch",
      { #"{"logStreamName":"a","timestamp":1795425013500,"message":"\#(escaped($0))"}"# },
      { #"{"log":"\#(escaped(cri($0)))","kubernetes":{"pod_name":"web-1"}}"# }),
    nested("compose in CRI", cri, { "web-1  | \($0)" }),
    nested(
      "syslog in a message", { #"{"@timestamp":"\#(stamp)","message":"\#(escaped($0))"}"# },
      {
        "<134>Nov 23 09:10:13 node1 app[17]: \($0)"
      }),
  ]

  /// What is read of a line.
  struct Reading: Equatable {
    var start: Int64
    var method: String?
    var target: String?
    var status: UInt16
    var requestSize: Int64
    var responseSize: Int64
    var duration: Int64
    var user: String?
    var address: String?
  }

  private static let fields = ["remote_user", "remote_address"]

  /// What `format` reads of `text`, with nil for lines that are no requests.
  private static func readings(_ text: String, _ format: LogFormat) throws -> [Reading?] {
    let lines = Array(text.utf8)
    var parser = try LineParser(
      format: format, capturing: fields, clock: LocalClock(offset: 0), allowsUnknown: true)
    guard case .wrapped(let wrapping, _) = format else { return readings(lines.span, &parser) }
    var unwrapper = LineUnwrapper(wrapping)
    unwrapper.unwrap(lines.span)
    return readings(unwrapper.text.span, &parser)
  }

  private static func readings(
    _ bytes: borrowing Span<UInt8>, _ parser: inout LineParser
  ) -> [Reading?] {
    var readings: [Reading?] = []
    var record = AccessRecord()
    var start = 0
    while start < bytes.count {
      let line = bytes.line(from: start)
      start = line.next
      record.reset()
      guard (try? parser.parse(bytes, line: line.range, into: &record)) != nil else {
        readings.append(nil)
        continue
      }
      func text(_ slice: FieldSlice) -> String? {
        guard bytes.hasValue(slice) else { return nil }
        var text = OwnedBuffer<UInt8>(capacity: 64)
        Unescaping.append(slice, of: bytes, to: &text)
        return String(decoding: text.span.copied(), as: UTF8.self)
      }
      readings.append(
        Reading(
          start: record.start, method: text(record.method), target: text(record.target),
          status: record.status, requestSize: record.requestSize,
          responseSize: record.responseSize, duration: record.duration,
          user: text(record.captured[0]), address: text(record.captured[1])))
    }
    return readings
  }

  /// The lines of a format's fixture that are read, as its server writes them.
  private static func lines(of entry: CatalogueEntry) throws -> [String] {
    let (fixture, cases) = try CatalogueTests.fixture(of: entry)
    var lines = cases.filter { $0.expected.hasPrefix("= ") }.map(\.line)
    if case .wrapped = fixture.format {
      lines = lines.map { FormatFixture.withoutStamp($0) }
    }
    if case .columns(let layout) = fixture.format {
      lines.insert("#Fields: \(layout.columns.joined(separator: " "))", at: 0)
    }
    return lines
  }

  @Test(arguments: [
    "combined", "main", "ingress-nginx", "haproxy", "envoy", "caddy", "json", "pino-http", "alb",
    "heroku", "logfmt", "gin", "morgan-dev", "uvicorn", "traefik-json", "rails", "w3c",
  ])
  func `a format is read alike in a wrapping inside another one`(_ name: String) throws {
    let entry = try #require(FormatCatalogue.entries.first { $0.name == name })
    let lines = try Self.lines(of: entry)
    let text = lines.map { $0 + "\n" }.joined()
    let plain = Array(text.utf8)
    let format = try #require(FormatDetection(plain.span).format)
    let expected = try Self.readings(text, format)
    for collector in Self.nestedCollectors {
      let wrapped = lines.map { collector.wrap($0) + "\n" }.joined()
      let bytes = Array(wrapped.utf8)
      let outer = try #require(
        FormatDetection(bytes.span).format, "\(name), \(collector.testDescription)")
      let readings = try Self.readings(wrapped, outer)
      let how = "\(name), \(collector.testDescription): \(outer.displayName)"
      guard format.hasTime else {
        #expect(readings.allSatisfy { ($0?.start ?? 1) > 0 }, "\(how)")
        #expect(readings.count { $0 != nil } == lines.count, "\(how)")
        continue
      }
      #expect(readings == expected, "\(how)")
    }
  }

  @Test(arguments: FormatCatalogue.entries.map(\.name))
  func `a format is read alike in every wrapping`(_ name: String) throws {
    let entry = try #require(FormatCatalogue.entries.first { $0.name == name })
    let lines = try Self.lines(of: entry)
    let text = lines.map { $0 + "\n" }.joined()
    for candidates in [entry.isDetected ? FormatDetection.candidates : nil, [entry.format]] {
      guard let candidates else { continue }
      let plain = Array(text.utf8)
      let format = try #require(
        FormatDetection(plain.span, candidates: .init(candidates)).format, "\(name) as it is")
      let expected = try Self.readings(text, format)
      for collector in Self.collectors {
        if !format.hasTime && !collector.hasTime { continue }
        if collector.isOfWords, lines.contains(where: { $0.hasPrefix(" ") }) { continue }
        let wrapped = lines.map { collector.wrap($0) + "\n" }.joined()
        let bytes = Array(wrapped.utf8)
        let found = FormatDetection(bytes.span, candidates: .init(candidates)).format
        let how = "\(name), \(candidates.count) formats, \(collector.testDescription)"
        let outer = try #require(found, "\(how)")
        // Pairs are found behind whatever words a collector puts before them.
        if case .wrapped = outer {
        } else if case .pairs = outer {
        } else {
          Issue.record("\(how): read as \(outer.displayName)")
          continue
        }
        let readings = try Self.readings(wrapped, outer)
        guard format.hasTime else {
          #expect(readings.allSatisfy { ($0?.start ?? 1) > 0 }, "\(how)")
          #expect(readings.count { $0 != nil } == lines.count, "\(how): \(outer.displayName)")
          continue
        }
        #expect(readings == expected, "\(how): \(outer.displayName)")
      }
    }
  }
}
