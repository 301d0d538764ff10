import AccessLogParsing
import Testing

/// Extended log files name their columns themselves, also anew in the middle.
struct ColumnTests {
  private static func lines(_ text: [String]) throws -> [String] {
    var parser = try LineParser(
      format: #require(LogFormat(name: "w3c")), capturing: ["cs-username"])
    return text.map { line in
      do throws(LineRejection) {
        let reading = try LineReading(Array(line.utf8), by: &parser)
        let record = reading.record
        return [
          utcText(record.start), reading.text(of: record.target) ?? "absent", "\(record.status)",
          "\(record.duration / 1_000_000)", reading.text(of: record.captured[0]) ?? "absent",
        ].joined(separator: " ")
      } catch {
        return error.reason.name
      }
    }
  }

  @Test func `columns change where the file says so`() throws {
    let lines = try Self.lines([
      "2026-11-23 09:10:13 /a 200", "#Version: 1.0",
      "#Fields: date time cs-method cs-uri-stem sc-status",
      "2026-11-23 09:10:13 GET /a 200", "2026-11-23 09:10:13 GET /a",
      "#Fields: sc-status time-taken cs-username cs-method cs-uri-stem date time sc-substatus",
      "404 12 ada GET /b 2026-11-23 09:10:14 0", "2026-11-23 09:10:13 GET /a 200",
    ])
    #expect(
      lines == [
        "unrecognized", "comment", "comment", "2026-11-23T09:10:13Z /a 200 0 absent",
        "unrecognized",
        "comment", "2026-11-23T09:10:13.988Z /b 404 12 ada", "unrecognized",
      ])
  }

  @Test func `CloudFront's columns stand apart by tabs`() throws {
    let fields = [
      "date", "time", "x-edge-location", "sc-bytes", "c-ip", "cs-method", "cs(Host)", "cs-uri-stem",
      "sc-status", "cs(User-Agent)", "cs-uri-query", "time-taken", "sc-content-len",
    ]
    func line(_ status: String) -> String {
      [
        "2026-11-23", "09:10:13", "LAX1", "2390282", "203.0.113.7", "GET", "d1.cloudfront.net",
        "/soundtrack/happy.mp3", status, "Mozilla/4.0%20(compatible)", "a=b", "0.214", "2389000",
      ].joined(separator: "\t")
    }
    let lines = try Self.lines([
      "#Version: 1.0", "#Fields: " + fields.joined(separator: " "), line("200"), line("000"),
    ])
    #expect(lines[2] == "2026-11-23T09:10:12.786Z /soundtrack/happy.mp3 200 214 absent")
    #expect(lines[3] == "no-response")
  }

  @Test func `Imperva's values are quoted, and its target begins with the host`() throws {
    let lines = try Self.lines([
      "#Software: Incapsula LOGS API",
      "#Fields: date time c-ip cs(User-Agent) cs-uri cs-method cs-uri-query sc-status",
      #""2026-11-23" "09:10:13" "203.0.113.7" "Mozilla/5.0 (X11)" "shop.test/v1/a" "GET" "" "200""#,
      #""2026-11-23" "09:10:13" "203.0.113.7" "curl" "/v1/b" "POST" "a=b" "404""#,
      #""2026-11-23" "09:10:13" "203.0.113.7" "curl" "http://shop.test/v1/c" "GET" "" "200""#,
    ])
    #expect(
      lines.dropFirst(2).map { $0.replacing(#/ \S+ absent$/#, with: "") } == [
        "2026-11-23T09:10:13Z /v1/a 200", "2026-11-23T09:10:13Z /v1/b 404",
        "2026-11-23T09:10:13Z http://shop.test/v1/c 200",
      ])
  }

  @Test func `a quoted value may hold spaces`() throws {
    let lines = try Self.lines([
      "#Fields: date time cs-method cs-uri-stem cs(Cookie) sc-status cs-username",
      #"2026-11-23 09:10:13 GET /a "x=1; y=2; z="q"" 200 ada"#,
    ])
    #expect(lines[1] == "2026-11-23T09:10:13Z /a 200 0 ada")
  }
}
