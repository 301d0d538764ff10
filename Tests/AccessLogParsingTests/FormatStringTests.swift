import AccessLogParsing
import TestSupport
import Testing

/// What is wrong with a format string is said with its place.
struct FormatStringTests {
  struct Refusal: CustomTestStringConvertible, Sendable {
    var server: String
    var text: String
    var offset: Int
    var message: String

    var testDescription: String { "\(server):\(text)" }

    init(_ server: String, _ text: String, _ offset: Int, _ message: String) {
      (self.server, self.text, self.offset, self.message) = (server, text, offset, message)
    }
  }

  static func format(_ server: String, _ text: String) throws(FormatStringError) -> LogFormat {
    server == "nginx"
      ? try NginxFormatString.format(of: text) : try ApacheFormatString.format(of: text)
  }

  static let refusals = [
    Refusal("nginx", "", 0, "the format string is empty"),
    Refusal("nginx", "log_format main ;", 16, "the format string is empty"),
    Refusal("nginx", "log_format main '$request' '$status;", 27, "''' is not closed"),
    Refusal("nginx", "$request $ $status", 9, "'$' is not one of the server's directives"),
    Refusal("nginx", "$request ${status", 9, "'${' is not closed"),
    Refusal(
      "nginx", "$request $status$request_time", 16,
      "there is nothing between '$status' and '$request_time' to show where the first one ends"),
    Refusal(
      "nginx", "\"$request\" $status $request_uri$uri", 31,
      "there is nothing between '$request_uri' and '$uri' to show where the first one ends"),
    Refusal(
      "nginx", "$http_referer$request_uri $request_method $status", 13,
      "there is nothing between '$http_referer' and '$request_uri' to show where the first one ends"
    ),
    Refusal(
      "nginx", "$msec $time_local$status \"$request\"", 17,
      "there is nothing between '$time_local' and '$status' to show where the first one ends"),
    Refusal("nginx", "$remote_addr $status", 0, "the format string does not log the request"),
    Refusal("nginx", "$request_method $status", 0, "the format string does not log the request"),
    Refusal("nginx", "[$time_local] \"$request\"", 0, "the format string does not log the status"),
    Refusal(
      "nginx", #"{"r":"$request","s":$status"#, 20,
      "the template begins like JSON, but is not valid"),
    Refusal(
      "nginx", String(repeating: "$request ", count: 130) + "$status", 0,
      "the format string has more than 128 values"),
    Refusal(
      "nginx", String(repeating: "x", count: 16_385), 16_384,
      "the format string is longer than 16384 bytes"),
    Refusal("apache", "", 0, "the format string is empty"),
    Refusal("apache", "%h %y", 3, "'%y' is not one of the server's directives"),
    Refusal("apache", "%h %{Referer", 4, "'{' is not closed"),
    Refusal("apache", "%r %>s %", 7, "'%' is not one of the server's directives"),
    Refusal(
      "apache", "%r %>s%b", 6,
      "there is nothing between '%>s' and '%b' to show where the first one ends"),
    Refusal("apache", "LogFormat \"%r %>s", 10, "'\"' is not closed"),
    Refusal("apache", "%{%j}t %r %>s", 0, "'%j' is not a timestamp that can be read"),
    Refusal(
      "apache", "%r %{%Y-%m-%d}t %>s", 3,
      "'%{%Y-%m-%d}t' is not a timestamp that can be read"),
    Refusal("apache", "%{hours}T %r %>s", 0, "'%{hours}T' is not one of the server's directives"),
    Refusal("apache", "%h %l %u %t %>s %b", 0, "the format string does not log the request"),
    Refusal("apache", "%h %l %u %t \"%r\" %b", 0, "the format string does not log the status"),
  ]

  @Test(arguments: refusals)
  func `a format string that cannot be used is refused with the byte`(_ item: Refusal) throws {
    let error = try #require(throws: FormatStringError.self) {
      try Self.format(item.server, item.text)
    }
    #expect(error.message == item.message)
    #expect(error.offset == item.offset)
  }

  @Test(arguments: [
    (
      "nginx", #"$remote_addr [$time_local] "$request" $status"#,
      [
        #"log_format x '$remote_addr [$time_local] "$request" $status';"#,
        #"log_format x escape=default '$remote_addr [$time_local] ' '"$request" $status' ;"#,
        #"'$remote_addr [$time_local] ' '"$request" $status'"#,
        #"'${remote_addr} [$time_local] "${request}" $status'"#,
        #"log_format x "$remote_addr [$time_local] \"$request\" $status";"#,
      ]
    ),
    (
      "apache", #"%h %t "%r" %>s"#,
      [
        #"LogFormat "%h %t \"%r\" %>s" x"#, #""%h %t \"%r\" %>s" x"#, #"%h %t \"%r\" %>s"#,
        #"%h %!200t "%r" %>s"#, #"%h [%{%d/%b/%Y:%H:%M:%S %z}t] "%r" %200,304>s"#,
      ]
    ),
  ])
  func `the ways to write a format string mean the same`(
    server: String, text: String, others: [String]
  ) throws {
    let line = #"203.0.113.7 [23/Nov/2026:09:10:13 +0000] "GET /a HTTP/1.1" 200"#
    for text in [text] + others {
      var parser = try LineParser(format: Self.format(server, text), capturing: ["remote_addr"])
      let reading = try LineReading(Array(line.utf8), by: &parser)
      #expect(utcText(reading.record.start) == "2026-11-23T09:10:13Z", "\(text)")
      #expect(reading.text(of: reading.record.target) == "/a")
      #expect(reading.record.status == 200)
      #expect(reading.text(of: reading.record.captured[0]) == "203.0.113.7")
    }
  }

  /// What servers write for some of their values.
  private static let written: [(server: String, value: String, text: String)] = [
    ("nginx", "$host", "shop.test"), ("nginx", "$http_host", "shop.test:8443"),
    ("nginx", "$scheme", "https"), ("nginx", "$remote_addr", "203.0.113.7"),
    ("nginx", "$server_port", "443"), ("nginx", "$request_uri", "/a/b?c=d"),
    ("nginx", "$uri", "/a/b"), ("nginx", "$request_method", "GET"), ("nginx", "$status", "200"),
    ("nginx", "$request", "GET /a/b?c=d HTTP/1.1"), ("nginx", "$msec", "1795425013.500"),
    ("nginx", "$time_local", "23/Nov/2026:09:10:13 +0000"), ("nginx", "$request_time", "0.012"),
    ("nginx", "$time_iso8601", "2026-11-23T09:10:13+00:00"), ("nginx", "$body_bytes_sent", "5"),
    ("nginx", "$http_referer", "https://a.test/b"), ("nginx", "$remote_user", "ada"),
    ("nginx", "$upstream_addr", "10.0.0.1:80, 10.0.0.2:80"), ("nginx", "$args", "c=d"),
    ("apache", "%v", "shop.test"), ("apache", "%{Host}i", "shop.test:8443"),
    ("apache", "%p", "443"),
    ("apache", "%h", "203.0.113.7"), ("apache", "%U%q", "/a/b?c=d"), ("apache", "%m", "GET"),
    ("apache", "%>s", "200"), ("apache", "%t", "[23/Nov/2026:09:10:13 +0000]"),
    ("apache", "%{usec}t", "1795425013500000"), ("apache", "%r", "GET /a/b?c=d HTTP/1.1"),
    ("apache", "%X", "+"), ("apache", "%H", "HTTP/1.1"), ("apache", "%B", "5"),
    ("apache", "%D", "12"),
    ("apache", "%{Referer}i", "https://a.test/b"), ("apache", "%u", "ada"),
  ]

  /// Beside everything that makes a record, so that none of the two has to be a part of it.
  @Test(arguments: ["nginx", "apache"])
  func `two values side by side are refused, or a line with them is read`(_ server: String) throws {
    let values = Self.written.filter { $0.server == server }
    let frame =
      server == "nginx"
      ? (
        format: #"$msec "$request" $status "#, line: #"1795425013.500 "GET /a/b?c=d HTTP/1.1" 200 "#
      )
      : (
        format: #"%t "%r" %>s "#,
        line: #"[23/Nov/2026:09:10:13 +0000] "GET /a/b?c=d HTTP/1.1" 200 "#
      )
    var readCount = 0
    for first in values {
      for second in values {
        let text = frame.format + first.value + second.value + " end"
        guard let format = try? Self.format(server, text) else { continue }
        var parser = try LineParser(format: format, capturing: [])
        let line = frame.line + first.text + second.text + " end"
        let reading = try? LineReading(Array(line.utf8), by: &parser)
        #expect(reading?.record.status == 200, "\(text)")
        #expect(reading?.text(of: reading?.record.target ?? .absent) == "/a/b?c=d", "\(text)")
        readCount += 1
      }
    }
    #expect(readCount > values.count)
  }

  @Test func `a host right before the path ends where the path begins`() throws {
    let format = try Self.format(
      "nginx", #"$msec "$request" $status $host$request_uri "$http_user_agent""#)
    var parser = try LineParser(format: format, capturing: ["host", "request_uri"])
    let line = #"1795425013.500 "GET /a/b HTTP/1.1" 200 shop.test/a/b "curl/8""#
    let reading = try LineReading(Array(line.utf8), by: &parser)
    #expect(reading.text(of: reading.record.captured[0]) == "shop.test")
    #expect(reading.text(of: reading.record.captured[1]) == "/a/b")
    // A target without a slash is not looked for in the user agent.
    let star = line.replacing("GET /a/b", with: "OPTIONS *").replacing(
      "shop.test/a/b", with: "a.test*")
    #expect(throws: LineRejection.self) { try LineReading(Array(star.utf8), by: &parser) }
  }

  @Test func `the combined format as a string reads what the parser for it reads`() throws {
    let nginx =
      #"$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "#
      + #""$http_referer" "$http_user_agent""#
    let fields = ["remote_addr", "remote_user", "http_referer", "http_user_agent"]
    var own = try LineParser(format: #require(LogFormat(name: "combined")), capturing: fields)
    var compiled = try LineParser(format: NginxFormatString.format(of: nginx), capturing: fields)
    var count = 0
    for item in try FormatFixture.cases(of: "combined.txt") where item.expected.hasPrefix("= ") {
      // A user in quotes is Apache's way to say that it is empty; other quotes are beyond the format.
      guard item.line.count(where: { $0 == "\"" }) <= 6, !item.line.contains("- \"\" ["),
        !item.line.hasSuffix(" \"")
      else {
        continue
      }
      let line = Array(item.line.utf8)
      let expected = try LineReading(line, by: &own)
      // With an identity, or more behind, it is another format.
      guard let reading = try? LineReading(line, by: &compiled) else { continue }
      count += 1
      #expect(reading.record.start == expected.record.start)
      #expect(reading.record.method == expected.record.method)
      #expect(reading.record.target == expected.record.target)
      #expect(reading.record.status == expected.record.status)
      for index in fields.indices {
        #expect(
          reading.text(of: reading.record.captured[index])
            == expected.text(of: expected.record.captured[index]), "\(item.line)")
      }
    }
    #expect(count > 10)
  }

  @Test(arguments: ["nginx", "apache"])
  func `any text is compiled or refused, and then reads any line`(_ server: String) throws {
    var generator = SeededGenerator(seed: 31)
    let pieces = [
      "$request", "$status", "$time_local", "$uri", "${", "'", "\"", ";", " ", "[", "]", "{", "}",
      "\\", "%r", "%>s", "%t", "%{", "%Y", "}t", "%", "%U%q", "{\"a\":\"", "\",", ":", "é", "\0",
      "log_format ", "LogFormat ", "escape=json ", "%{usec}t", "$upstream_addr", "%X", "%!200",
    ]
    let line = Array(#"203.0.113.7 [23/Nov/2026:09:10:13 +0000] "GET /a HTTP/1.1" 200 {"a":"#.utf8)
    var compiledCount = 0
    for _ in 0..<4_000 {
      let count = Int.random(in: 0...14, using: &generator)
      var text = (0..<count).compactMap { _ in pieces.randomElement(using: &generator) }.joined()
      if Bool.random(using: &generator) {
        text += server == "nginx" ? " $request $status" : " %r %s"
      }
      guard let format = try? Self.format(server, text) else { continue }
      compiledCount += 1
      var parser = try LineParser(format: format, capturing: [])
      _ = try? LineReading(line, by: &parser)
    }
    #expect(compiledCount > 200)
  }
}
