import AccessLogParsing
import Testing

/// Timestamps of shapes that a format string describes, and timestamps without a zone.
struct ClockTests {
  private static func start(
    _ pattern: String, _ timestamp: String, _ clock: LocalClock? = nil
  ) throws -> String {
    let format = try ApacheFormatString.format(of: "%{\(pattern)}t|%r|%s")
    var parser = try LineParser(format: format, capturing: [], clock: clock)
    do throws(LineRejection) {
      let line = Array("\(timestamp)|GET / HTTP/1.1|200".utf8)
      return utcText(try LineReading(line, by: &parser).record.start)
    } catch {
      return error.reason.name
    }
  }

  @Test(arguments: [
    ("%Y-%m-%dT%H:%M:%S%z", "2026-11-23T09:10:13+0100", "2026-11-23T08:10:13Z"),
    ("%Y-%m-%dT%H:%M:%S%z", "2026-11-23T09:10:13Z", "2026-11-23T09:10:13Z"),
    ("%Y-%m-%dT%H:%M:%S%z", "2026-11-23T09:10:13-03:30", "2026-11-23T12:40:13Z"),
    ("%F %T %Z", "2026-11-23 09:10:13 UTC", "2026-11-23T09:10:13Z"),
    ("%F %T %Z", "2026-11-23 09:10:13 CET", "unrecognized"),
    ("%d/%b/%Y:%T %z", "23/Nov/2026:09:10:13 +0000", "2026-11-23T09:10:13Z"),
    ("%e %b %y %I:%M:%S %p %z", " 3 Nov 26 12:10:13 AM +0000", "2026-11-03T00:10:13Z"),
    ("%e %b %y %I:%M:%S %p %z", "23 Nov 99 12:10:13 PM +0000", "1999-11-23T12:10:13Z"),
    ("%a, %d %b %Y %T %z", "Mon, 23 Nov 2026 09:10:13 +0000", "2026-11-23T09:10:13Z"),
    ("%D %R %z", "11/23/26 09:10 +0000", "2026-11-23T09:10:00Z"),
    ("%s", "1795425013", "2026-11-23T09:10:13Z"), ("sec", "1795425013", "2026-11-23T09:10:13Z"),
    ("msec", "1795425013042", "2026-11-23T09:10:13.042Z"),
    ("usec", "1795425013042017", "2026-11-23T09:10:13.042017Z"),
    ("usec", "99999999999999999", "unrecognized"),
    ("%F %T", "2026-11-23 09:10:13", "time-without-zone"),
    ("%F %T", "2026-02-30 09:10:13", "unrecognized"),
    ("%F %T", "2026-11-23 24:10:13", "unrecognized"), ("%F %T", "2026-11-23", "unrecognized"),
  ])
  func `a timestamp is read as its pattern says`(
    pattern: String, timestamp: String, expected: String
  ) throws {
    #expect(try Self.start(pattern, timestamp) == expected)
  }

  /// Berlin in 2026: from 29 March, 01:00 UTC, two hours ahead; from 25 October, 01:00 UTC, one.
  private static let berlin = LocalClock(
    first: 3600, changes: [(1_774_746_000, 7200), (1_792_890_000, 3600)])

  @Test(arguments: [
    ("2026-03-29 01:59:59", "2026-03-29T00:59:59Z"),
    ("2026-03-29 03:00:00", "2026-03-29T01:00:00Z"),
    // This hour was left out.
    ("2026-03-29 02:30:00", "2026-03-29T01:30:00Z"),
    ("2026-07-01 12:00:00", "2026-07-01T10:00:00Z"),
    // This hour came twice.
    ("2026-10-25 02:30:00", "2026-10-25T00:30:00Z"),
    ("2026-10-25 03:00:00", "2026-10-25T02:00:00Z"),
    ("2026-12-01 12:00:00", "2026-12-01T11:00:00Z"),
  ])
  func `a timestamp without a zone is read from the clock on the wall`(
    timestamp: String, expected: String
  ) throws {
    #expect(try Self.start("%F %T", timestamp, Self.berlin) == expected)
    let object = Array(#"{"ts":"\#(timestamp)","status":200,"request":"GET / HTTP/1.1"}"#.utf8)
    let format = try #require(LogFormat(name: "json"))
    var parser = try LineParser(format: format, capturing: [], clock: Self.berlin)
    #expect(utcText(try LineReading(object, by: &parser).record.start) == expected)
    var strict = try LineParser(format: format, capturing: [])
    #expect(throws: LineRejection(.timeWithoutZone, at: 7)) {
      _ = try LineReading(object, by: &strict)
    }
  }
}
