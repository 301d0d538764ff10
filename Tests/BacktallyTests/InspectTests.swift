import Foundation
import Testing
import TestSupport

/// `backtally inspect`: what it shows is what an import does.
struct InspectTests {
  /// Texts, to be read when they change.
  @Test(arguments: [
    ("inspect-api.txt", ["--consumer", "extra_2", "api.log"]),
    ("inspect-wire.txt", ["wire.log"]),
    ("inspect-keys.txt", ["app.log"]),
    ("inspect-several.txt", ["api.log", "wire.log", "app.log", "prose.txt"]),
  ])
  func `what is found out is told`(golden: String, arguments: [String]) async throws {
    let folder = try TemporaryFolder(
      copying:
        "logs/api.log", "logs/wire.log", "logs/app.log")
    try folder.write("Lorem ipsum\ndolor sit amet\n", to: "prose.txt")
    let outcome = try await folder.backtally(["inspect"] + arguments)
    #expect(outcome.status == (arguments.contains("prose.txt") ? 4 : 0), "\(outcome.errors)")
    #expect(outcome.errors.isEmpty)
    try Golden(golden).expect(outcome.text)
    for line in outcome.lines {
      #expect(line.unicodeScalars.count <= 100, "\(line)")
    }
  }

  @Test func `counts are those of an import`() async throws {
    let folder = try TemporaryFolder(copying: "logs/api.log", "logs/access.log.gz")
    for options in [["api.log"], ["access.log.gz", "--consumer", "remote_user"]] {
      let outcome = try await folder.backtally(["inspect", "--summary", "json"] + options)
      let found = try #require(try Findings(outcome).formats.first)
      let imported = try await folder.backtally(
        ["import", "--dry-run", "--summary", "json"] + options)
      let summary = try imported.summary
      #expect(found.lines.read == summary.lines.read)
      #expect(found.lines.tallied == summary.lines.tallied)
      let leftOut = found.lines.left_out.map { ($0.reason, $0.count) }
      #expect(Dictionary(uniqueKeysWithValues: leftOut) == summary.lines.left_out)
      #expect(found.consumers.count == summary.consumers)
      #expect(found.routes.count == summary.routes)
      #expect(found.clock?.first_request == summary.first_request)
      #expect(found.clock?.last_request == summary.last_request)
    }
  }

  /// Counted by hand, so to speak: with Foundation, from the text of the fixture.
  @Test func `evidence is counted rightly`() async throws {
    let folder = try TemporaryFolder(copying: "logs/api.log")
    let outcome = try await folder.backtally(["inspect", "--summary", "json", "api.log"])
    let found = try #require(try Findings(outcome).formats.first)
    let counted = try folder.text(of: "api.log").split(separator: "\n").filter { line in
      line.contains("+0100] \"") && !line.contains("OPTIONS") && !line.contains("x16")
        && !line.contains(":99:") && !line.contains(" 2x0 ")
    }
    let rows = counted.map { $0.split(separator: "\"", omittingEmptySubsequences: false) }
    let durations = rows.compactMap { Double($0[6].trimmingCharacters(in: [" "])) }.sorted()
    let keys = rows.map { String($0[7]) }.filter { $0 != "-" }
    #expect(counted.count == 43)
    #expect(found.lines.tallied == counted.count)
    let duration = try #require(found.duration)
    #expect(duration.field == "extra_1" && duration.unit == "s" && duration.present == 43)
    #expect(duration.median_ns == Int((durations[21] * 1e9).rounded()))
    #expect(duration.longest_ns == Int(((durations.last ?? 0) * 1e9).rounded()))
    let key = try #require(found.other_fields.first { $0.field == "extra_2" })
    #expect(key.lines == keys.count && key.distinct == Set(keys).count)
    let responseSize = try #require(found.sizes.first)
    let bodiless = counted.filter { line in
      line.contains(" 204 ") || line.contains(" 304 ") || line.contains("HEAD")
    }
    #expect(responseSize.bodiless == bodiless.count && responseSize.bodiless_with_size == 0)
  }

  @Test func `samples are what the messages say`() async throws {
    let folder = try TemporaryFolder(copying: "logs/api.log")
    let outcome = try await folder.backtally(
      ["inspect", "--summary", "json", "--consumer", "extra_2", "api.log"])
    let samples = try #require(try Findings(outcome).formats.first).samples
    #expect(samples.count == 10)
    #expect(samples.map(\.line) == samples.map(\.line).sorted())
    for sample in samples {
      let line = try folder.text(of: "api.log").split(
        separator: "\n", omittingEmptySubsequences: false)[sample.line - 1]
      try folder.write("\(line)\n", to: "one.log")
      let sent = try await folder.backtally(
        ["import", "--payloads", "-", "--consumer", "extra_2", "--duration-unit", "s"]
          + Program.target + ["one.log"])
      let item = try #require(try Sums(payloads: sent.output).groups.values.first)
      #expect(item.method == sample.method && item.path == sample.route)
      #expect(item.status_code == sample.status && item.consumer == sample.consumer)
      #expect(item.response_size_sum == sample.response_size)
      let bin = try #require(sample.duration_ns) / 10_000_000 * 10
      #expect(item.response_times == ["\(bin)": 1])
    }
  }

  @Test func `a sum is shown as one, and what only lacks its zone is shown as in UTC`() async throws
  {
    let folder = try TemporaryFolder()
    let alb = try await folder.backtally(["formats", "alb"]).text.split(separator: "\n")[2]
    try folder.write(alb.dropFirst(2) + "\n", to: "alb.log")
    let sum = try await folder.backtally(["inspect", "alb.log"])
    let fields =
      "request_processing_time + target_processing_time + response_processing_time"
    #expect(sum.text.contains(fields), "\(sum.text)")
    let uwsgi = try await folder.backtally(["formats", "uwsgi"]).text.split(separator: "\n")[2]
    try folder.write(uwsgi.dropFirst(2) + "\n", to: "uwsgi.log")
    let outcome = try await folder.backtally(["inspect", "uwsgi.log"])
    #expect(outcome.errors.contains("shown as if it were UTC"))
    #expect(outcome.text.contains("GET /v1/orders/{id}"))
  }

  /// Each key that a rule may name takes room in a parser, and headers take three.
  @Test func `the parts of a log with very many keys are shown`() async throws {
    let folder = try TemporaryFolder()
    let headers = (0..<60).map { #""request_X-Header-\#($0)":"a""# }.joined(separator: ",")
    let line =
      #"{"RequestMethod":"GET","RequestPath":"/v1/a","DownstreamStatus":200,"Duration":187001,"#
      + #""StartUTC":"2026-11-23T09:10:13.041Z",\#(headers)}"#
    try folder.write(line + "\n", to: "traefik.log")
    let outcome = try await folder.backtally(["inspect", "traefik.log"])
    #expect(outcome.text.contains("Duration, in nanoseconds"), "\(outcome.text)")
    #expect(outcome.text.contains("DownstreamStatus"))
  }

  // MARK: The configuration

  @Test(arguments: [
    ["logs/access.log.gz"], ["logs/api.log"], ["oracle/nginx.json.log"],
    ["logs/api.log", "oracle/nginx.json.log"], ["logs/edge.log"],
  ])
  func `an import with the configuration counts what one without it does`(
    fixtures: [String]
  ) async throws {
    let folder = try TemporaryFolder()
    var names: [String] = []
    for fixture in fixtures {
      let name = String(fixture.split(separator: "/").last ?? "")
      try folder.write(try Data(contentsOf: URL(filePath: Program.fixture(fixture))), to: name)
      names.append(name)
    }
    let written = try await folder.backtally(["inspect", "--write-config", "c.yaml"] + names)
    #expect(written.status == 0, "\(written.errors)")
    let arguments = ["import", "--payloads", "-"] + Program.target
    let detected = try await folder.backtally(arguments + names)
    let configured = try await folder.backtally(arguments + ["--config", "c.yaml"])
    #expect(configured.status == 0, "\(configured.errors)")
    let sums = try Sums(payloads: detected.output)
    #expect(sums.requestCount > 0)
    expect(try Sums(payloads: configured.output), toEqual: sums)
  }

  @Test func `what a guess has understood is imported with its configuration only`() async throws {
    let folder = try TemporaryFolder(copying: "logs/app.log")
    let before = try await folder.backtally(["import", "--dry-run", "app.log"])
    #expect(before.status == 4)
    _ = try await folder.backtally(["inspect", "--write-config", "c.yaml", "app.log"])
    let after = try await folder.backtally(
      ["import", "--payloads", "-", "--config", "c.yaml"] + Program.target)
    #expect(after.status == 0, "\(after.errors)")
    let groups = try Sums(payloads: after.output).groups.values
    #expect(groups.reduce(0) { $0 + $1.request_count } == 5)
    #expect(Set(groups.map(\.path)).contains("/v1/products/{product_id}"))
    #expect(groups.first { $0.path == "/v1/orders" }?.response_times == ["160": 1])
  }

  @Test func `all that was configured before is in the new configuration`() async throws {
    let folder = try TemporaryFolder(copying: "logs/app.log", "logs/routes.txt")
    try folder.write(
      #"""
      client_id: 00000000-0000-4000-8000-00000000b477
      env: test
      hub_url: http://127.0.0.1:1
      state_dir: state
      inputs: [app.log]
      bucket: 3600
      format:
        type: json
        fields:
          time: ts
          method: http.method
          route: http.route
          status: [http.status, status]
          duration: {field: took_ms, unit: ms}
        time_is: start
      consumers:
        - field: user.key
          pattern: '^Bearer (.+)$'
          hash: sha256
          encoding: latin-1
        - field: user.id
      filters:
        - {name: "health: checks", field: http.path, matches: '^/healthz'}
        - {name: nobody, field: user.id, equals: ""}
      routes:
        file: routes.txt
        unmatched: keep
      """#, to: "old.yaml")
    let written = try await folder.backtally(
      ["inspect", "--config", "old.yaml", "--write-config", "new.yaml"])
    #expect(written.status == 0, "\(written.errors)")
    var sums: [Sums] = []
    for name in ["old.yaml", "new.yaml"] {
      let outcome = try await folder.backtally(["import", "--payloads", "-", "--config", name])
      #expect(outcome.status == 0, "\(outcome.errors)")
      sums.append(try Sums(payloads: outcome.output))
    }
    #expect(sums[0].requestCount == 4)
    expect(sums[1], toEqual: sums[0])
    let text = try folder.text(of: "new.yaml")
    for line in [
      "bucket: 3600", "hub_url: \"http://127.0.0.1:1\"", "state_dir: state", "env: test",
    ] {
      #expect(text.contains("\(line)\n"), "\(text)")
    }
  }

  /// Times, sizes and all, by an import with each of the two configurations.
  private func expectSame(
    _ folder: TemporaryFolder, _ old: [String], _ new: String = "new.yaml"
  ) async throws {
    var sums: [Sums] = []
    for arguments in [old, ["--config", new]] {
      let outcome = try await folder.backtally(
        ["import", "--payloads", "-"] + Program.target + arguments)
      #expect(outcome.status == 0, "\(outcome.errors)")
      sums.append(try Sums(payloads: outcome.output))
    }
    #expect(sums[0].requestCount > 0)
    expect(sums[1], toEqual: sums[0])
  }

  @Test func `a format string that only the configuration has is in the new one`() async throws {
    let folder = try TemporaryFolder()
    try folder.write(
      (0..<9).map { "203.0.113.\($0)|1795425013.\($0)00|GET /a HTTP/1.1|200|\($0)500\n" }.joined(),
      to: "own.log")
    try folder.write(
      """
      inputs: [own.log]
      format:
        type: nginx
        string: |

          '$remote_addr|$msec|$request|'

          '$status|$upstream_header_time'
        duration: {field: upstream_header_time, unit: us}
        time_is: start
      consumers: [{field: remote_addr, name: remote_addr, group: status}]
      consumer_names: names.csv
      app_version: "7"
      client: swift:test
      request_logs:
        sample_rate: 0.5
        only_status: [5xx, 404]
        exclude_paths: ['^/a: b', "é"]
      """, to: "old.yaml")
    try folder.write("203.0.113.1,Ada\n", to: "names.csv")
    let written = try await folder.backtally(
      ["inspect", "--config", "old.yaml", "--write-config", "new.yaml"])
    #expect(written.status == 0, "\(written.errors)")
    try await expectSame(folder, ["--config", "old.yaml"])
    let text = try folder.text(of: "new.yaml")
    for line in ["app_version: \"7\"", "client: \"swift:test\"", "consumer_names: names.csv"] {
      #expect(text.contains("\n\(line)\n"), "\(text)")
    }
    var messages: [String] = []
    for name in ["old.yaml", "new.yaml"] {
      let outcome = try await folder.backtally(
        ["import", "--dry-run", "--request-logs", "--summary", "json", "--config", name])
      messages.append(String(outcome.text.split(separator: "\"seconds\"")[0]))
    }
    #expect(messages[0] == messages[1])
  }

  @Test(arguments: [
    ["--duration-unit", "us"], ["--format", "tomcat", "--duration-unit", "ms"],
    ["--format", "combined", "--duration-unit", "us"],
  ])
  func `a unit that was said is in the configuration`(_ options: [String]) async throws {
    let folder = try TemporaryFolder()
    let isTomcat = options.contains("tomcat")
    try folder.write(
      (0..<50).map { index in
        let line = Log.line(minute: index, "/a").dropLast()
        return (isTomcat ? line.dropLast(11) : line) + " \(index * 977)\n"
      }.joined(), to: "access.log")
    let written = try await folder.backtally(
      ["inspect", "--write-config", "new.yaml", "access.log"] + options)
    #expect(written.status == 0, "\(written.errors)")
    #expect(try folder.text(of: "new.yaml").contains("\nduration_unit: "))
    try await expectSame(folder, ["access.log"] + options)
  }

  @Test func `a zone that was said is in the configuration`() async throws {
    let folder = try TemporaryFolder()
    try folder.write(
      #"2026-11-02 09:00:11,866 INFO 127.0.0.1:0 - "POST /users HTTP/1.1" 201 Created"# + "\n",
      to: "access.log")
    let zone = ["--timezone", "Europe/Paris"]
    let written = try await folder.backtally(
      ["inspect", "--write-config", "new.yaml", "access.log"] + zone)
    #expect(written.status == 0, "\(written.errors)")
    try await expectSame(folder, ["access.log"] + zone)
  }

  private static let object =
    #"{"time":"2026-11-02T09:00:11Z","request_method":"GET","request_uri":"/a","status":200}"#
    + "\n"

  @Test func `two formats in one log are both looked at`() async throws {
    let folder = try TemporaryFolder()
    let both = Self.object + Self.object + Log.line("/b")
    try folder.write(
      String(repeating: both, count: 30) + "started\n" + Log.line().replacing(" 5 ", with: " 5x "),
      to: "access.log")
    let outcome = try await folder.backtally(["inspect", "--summary", "json", "access.log"])
    let formats = try Findings(outcome).formats
    #expect(formats.map(\.format) == ["json", "combined"])
    #expect(formats.map(\.lines.tallied) == [60, 30])
    #expect(formats.map(\.lines.read) == [61, 31])
    #expect(formats[0].lines.left_out.map(\.reason) == ["other-line"])
    #expect(formats[1].lines.left_out.map(\.reason) == ["invalid-size"])
    #expect(formats.flatMap { $0.sources.map(\.lines) } == [61, 31])
    #expect(formats[1].samples.first?.line == 3)
    let imported = try await folder.backtally(
      ["import", "--dry-run", "--summary", "json", "access.log"])
    let lines = try imported.summary.lines
    #expect(lines == .init(read: 92, tallied: 90, left_out: ["other-line": 1, "invalid-size": 1]))
    let text = try await folder.backtally(["inspect", "access.log"]).text
    #expect(text.contains("Format: json") && text.contains("Format: combined"))
    #expect(text.contains("31 lines among lines of another format, read to the end, 1 rejected"))
    let routes = try await folder.backtally(["routes", "access.log"]).text
    #expect(routes.contains("GET /a") && routes.contains("GET /b"))
  }

  @Test func `a log whose format changes was read to its end`() async throws {
    let folder = try TemporaryFolder()
    try folder.write(
      Log.lines(9_000) + String(repeating: Self.object, count: 9_000), to: "access.log")
    let outcome = try await folder.backtally(["inspect", "--summary", "json", "access.log"])
    let found = try Findings(outcome)
    #expect(found.limit == nil)
    #expect(found.formats.map(\.lines.tallied) == [9_000, 9_000])
    #expect(found.formats.allSatisfy { $0.sources.allSatisfy(\.complete) })
    let text = try await folder.backtally(["inspect", "access.log"]).text
    #expect(text.contains("9,000 lines from a later line on, read to the end; it fits"))
  }

  @Test func `of a log with very many formats the first are shown`() async throws {
    let folder = try TemporaryFolder()
    let columns = (0..<40).map { index in
      "#Fields: date time cs-method cs-uri-stem sc-status x-\(index)\n"
        + String(repeating: "2026-11-02 09:00:11 GET /a 200 \(index)\n", count: 20_000)
    }
    try folder.write(columns.joined(), to: "access.log")
    let outcome = try await folder.backtally([
      "inspect", "--all", "--summary", "json", "access.log",
    ])
    #expect(outcome.errors.contains("the files so far have more than 32 formats"))
    #expect(try Findings(outcome).formats.count == 32)
  }

  @Test func `nothing of the environment is written down`() async throws {
    let folder = try TemporaryFolder(copying: "logs/edge.log")
    let outcome = try await folder.backtally(
      ["inspect", "--write-config", "-", "edge.log"],
      environment: ["APITALLY_CLIENT_ID": Program.clientID, "APITALLY_ENV": "prod"])
    #expect(outcome.text.contains("\n# client_id:"))
    #expect(!outcome.text.contains(Program.clientID))
    // What was found goes elsewhere then.
    #expect(outcome.errors.contains("Clock and units"))
  }

  @Test func `a file is overwritten only if told`() async throws {
    let folder = try TemporaryFolder(copying: "logs/edge.log")
    try folder.write("mine", to: "c.yaml")
    let refused = try await folder.backtally(["inspect", "--write-config", "c.yaml", "edge.log"])
    #expect(refused.status == 2)
    #expect(refused.errors.contains("c.yaml: error: a file of that name already exists"))
    #expect(refused.output.isEmpty)
    #expect(try folder.text(of: "c.yaml") == "mine")
    let allowed = try await folder.backtally(
      ["inspect", "--write-config", "c.yaml", "--overwrite", "edge.log"])
    #expect(allowed.status == 0)
    #expect(try folder.text(of: "c.yaml").contains("type: combined"))
    for arguments in [["--overwrite"], ["--overwrite", "--write-config", "-"]] {
      let outcome = try await folder.backtally(["inspect", "edge.log"] + arguments)
      #expect(outcome.status == 2)
    }
    let nowhere = try await folder.backtally(
      ["inspect", "--write-config", "no/where.yaml", "edge.log"])
    #expect(nowhere.status == 2)
  }

  @Test func `paths are right from another folder`() async throws {
    let folder = try TemporaryFolder(copying: "logs/edge.log", "logs/routes.txt")
    try FileManager.default.createDirectory(
      atPath: folder.path(of: "etc"), withIntermediateDirectories: true)
    let written = try await folder.backtally(
      ["inspect", "--write-config", "etc/c.yaml", "--routes", "routes.txt", "edge.log"])
    #expect(written.status == 0, "\(written.errors)")
    let imported = try await folder.backtally(
      ["import", "--dry-run", "--summary", "json", "--config", "etc/c.yaml"])
    #expect(imported.status == 0, "\(imported.errors)")
    #expect(try imported.summary.lines.read == 3)
  }

  // MARK: Edges

  @Test func `a consumer that differs in every request is warned of`() async throws {
    let folder = try TemporaryFolder()
    let log = (0..<100).map { Log.line("/users", user: "session-\($0)") }
    try folder.write(log.joined(), to: "access.log")
    let asked = try await folder.backtally(["inspect", "--consumer", "remote_user", "access.log"])
    #expect(asked.text.contains("Nearly every request has a consumer of its own"))
    let offered = try await folder.backtally(["inspect", "access.log"])
    #expect(offered.text.contains("nearly unique per request, so unlikely to be a consumer"))
    let draft = try await folder.backtally(["inspect", "--write-config", "-", "access.log"])
    #expect(!draft.text.contains("field: remote_user"))
  }

  @Test func `values of fields that may hold secrets are not shown`() async throws {
    let folder = try TemporaryFolder()
    let line =
      #"{"msec":1.5,"request":"GET / HTTP/1.1","status":200,"http_authorization":"Bearer s3cr3t"}"#
    try folder.write("\(line)\n\(line)\n", to: "access.log")
    for options in [[], ["--summary", "json"], ["--write-config", "-"]] {
      let outcome = try await folder.backtally(["inspect"] + options + ["access.log"])
      #expect(outcome.text.contains("http_authorization"))
      #expect(!(outcome.text + outcome.errors).contains("s3cr3t"))
    }
  }

  @Test func `only the beginning of a long log is looked at, unless all is asked for`() async throws
  {
    let folder = try TemporaryFolder()
    let lines = String(repeating: Log.line(), count: 1000)
    try folder.write(String(repeating: lines, count: 201), to: "access.log")
    for (options, count) in [([], 200_000), (["--all"], 201_000)] {
      let outcome = try await folder.backtally(
        ["inspect", "--summary", "json"] + options + ["access.log"])
      let found = try Findings(outcome)
      #expect(found.formats.first?.lines.read == count)
      #expect(found.formats.first?.sources.first?.complete == !options.isEmpty)
      #expect((found.limit == nil) == !options.isEmpty)
    }
  }

  @Test func `standard input, an empty file and a missing one`() async throws {
    let folder = try TemporaryFolder(copying: "logs/edge.log")
    let piped = try await folder.backtally(["inspect", "-"], input: folder.path(of: "edge.log"))
    #expect(piped.status == 0)
    #expect(piped.text.contains("(standard input)\n    3 lines, read to the end"))
    try folder.write("", to: "empty.log")
    let empty = try await folder.backtally(["inspect", "empty.log"])
    #expect(empty.status == 0)
    #expect(empty.errors == "empty.log: note: has no lines\n")
    let missing = try await folder.backtally(["inspect", "edge.log", "missing.log"])
    #expect(missing.status == 4)
    #expect(missing.errors.contains("missing.log: error: no such file"))
    #expect(missing.text.contains("Format: combined"))
    let nothing = try await folder.backtally(["inspect"])
    #expect(nothing.status == 2)
    let field = try await folder.backtally(["inspect", "--consumer", "nobody", "edge.log"])
    #expect(field.status == 2)
    #expect(field.errors.contains("the format has no field 'nobody'"))
  }

  @Test func `neither ledger nor outbox is made`() async throws {
    let folder = try TemporaryFolder(copying: "logs/edge.log")
    for command in ["inspect", "routes"] {
      let outcome = try await folder.backtally([command, "edge.log"])
      #expect(outcome.status == 0)
      #expect(!folder.exists(".local"))
    }
  }

  /// A line as the advised configuration makes a server write it.
  @Test func `what is advised for Apache can be read as advised`() async throws {
    let folder = try TemporaryFolder()
    try folder.write(Log.line(), to: "plain.log")
    let outcome = try await folder.backtally(["inspect", "plain.log"])
    let text = outcome.text
    let start = try #require(text.range(of: "and in backtally.yaml\n"))
    try folder.write(String(text[start.upperBound...]), to: "c.yaml")
    let line =
      #"{"time":"2026-11-02T09:00:12.418000+0100","request":"GET /a\"b?x=1 HTTP/1.1","#
      + #""status":200,  "request_size":"-",  "response_size":17,  "duration":18250,"#
      + #""remote_user":"-","api_key":"k-acme"}"#
    try folder.write(line + "\n", to: "api.log")
    let read = try await folder.backtally(
      ["inspect", "--summary", "json", "--config", "c.yaml", "api.log"])
    let sample = try #require(try Findings(read).formats.first?.samples.first)
    #expect(sample.start == "2026-11-02T08:00:12.418Z" && sample.route == #"/a"b"#)
    #expect(sample.duration_ns == 18_250_000 && sample.response_size == 17)
    #expect(sample.request_size == nil && sample.consumer?.count == 16)
  }

  @Test func `what is advised for nginx is what README advises`() async throws {
    let folder = try TemporaryFolder()
    try folder.write(Log.line(), to: "plain.log")
    let outcome = try await folder.backtally(["inspect", "plain.log"])
    let readme = try Page("README.md").text
    let advice = outcome.lines.filter { $0.contains("log_format api") || $0.contains("\":\"$") }
    #expect(advice.count == 5)
    for line in advice {
      #expect(readme.contains(line.trimmingCharacters(in: [" "])), "\(line)")
    }
  }
}

/// What `inspect --summary json` prints.
struct Findings: Decodable {
  struct Limit: Decodable {
    var lines: Int
    var bytes: Int
  }

  struct Format: Decodable {
    var format: String?
    var guess: Bool
    var sources: [Source]
    var lines: Lines
    var other_fields: [Field]
    var clock: Clock?
    var duration: Duration?
    var sizes: [Size]
    var samples: [Sample]
    var consumers: Names
    var routes: Names
    var missing: [String]
  }

  struct Source: Decodable {
    var path: String
    var lines: Int
    var complete: Bool
  }

  struct Lines: Decodable {
    var read: Int
    var tallied: Int
    var left_out: [LeftOut]
  }

  struct LeftOut: Decodable {
    var reason: String
    var count: Int
  }

  struct Field: Decodable {
    var field: String
    var lines: Int
    var distinct: Int
  }

  struct Clock: Decodable {
    var first_request: String?
    var last_request: String?
  }

  struct Duration: Decodable {
    var field: String
    var unit: String
    var present: Int
    var median_ns: Int
    var longest_ns: Int
  }

  struct Size: Decodable {
    var bodiless: Int
    var bodiless_with_size: Int
  }

  struct Sample: Decodable {
    var line: Int
    var start: String
    var method: String
    var route: String
    var status: Int
    var consumer: String?
    var duration_ns: Int?
    var request_size: Int?
    var response_size: Int?
  }

  struct Names: Decodable {
    var count: Int
  }

  var limit: Limit?
  var formats: [Format]

  init(_ outcome: Outcome) throws {
    self = try JSONDecoder().decode(Findings.self, from: outcome.output)
  }
}
