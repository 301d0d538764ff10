import Foundation
import TestSupport
import Testing

#if canImport(FoundationNetworking)
  import FoundationNetworking
#endif

/// Many machines count, one queues: the same numbers as of one import.
struct ClusterTests {
  /// Where a job's numbers go.
  enum Target: String, CaseIterable {
    case hub, otlp

    var environment: [String: String] {
      switch self {
      case .hub: ["APITALLY_CLIENT_ID": Program.clientID]
      case .otlp: ["APITALLY_WRITE_TOKEN": "apt_Secret0123456789ABCDEFGH"]
      }
    }

    func address(_ hub: RunningHub) -> [String] {
      ["--target", rawValue, self == .hub ? "--hub-url" : "--otlp-url", hub.url]
    }
  }

  private static let options = "--format combined --consumer remote_user"

  /// Three logs of one hour, and what can go wrong with folding: templates that only many of their kind show
  /// to be some, paths that were only asked for in vain, and those that one server does not have.
  private static func folder() throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    for server in 0..<3 {
      var log = ""
      for number in 0..<300 {
        let target =
          switch number % 6 {
          case 0: "/users/\(number)"
          case 1: "/v\(server).\(number % 4)/x"
          case 2: "/nowhere/\(number % 3)a"
          case 3: "/only-\(server)"
          default: "/orders"
          }
        let isMissing = number % 6 == 2 || number % 6 == 3 && (server + number) % 2 == 0
        log += Log.line(
          minute: number * 59 / 300, target,
          user: ["-", "ann", "bob\\x22", "é"][(number + server) % 4],
          status: isMissing ? 404 : 200, size: number * 997 % 70_000)
      }
      try folder.write(log + "no request\n", to: "s\(server).log")
    }
    return folder
  }

  /// Tallies parts of a job, admits, merges in `mergers` partitions, seals and imports.
  private func run(
    _ folder: TemporaryFolder, _ hub: RunningHub, _ target: Target, parts: [String],
    work: String = "work", mergers: Int = 1, order: String = "sort", admit: String = "",
    state: String = "state", options: String = ClusterTests.options
  ) async throws -> Outcome {
    var script = "set -e; rm -f \(work)-*.tally; mkdir -p \(work)/messages; export LC_ALL=C\n"
    for (number, part) in parts.enumerated() {
      script +=
        "backtally cluster tally \(options) --target \(target.rawValue)"
        + " --output \(work)-\(number).tally \(part)\n"
    }
    let address = target.address(hub).joined(separator: " ") + " --env test --state-dir \(state)"
    script +=
      "cat \(work)-*.tally | backtally cluster admit \(address) \(admit) --out \(work)/admitted.ndjson\n"
    for merger in 0..<mergers {
      // Buckets are whole, in any order of theirs and of the rows in them.
      script += """
        grep -h '^{"b":' \(work)-*.tally | awk -F'[:,]' '$2 % \(mergers) == \(merger)' | \(order) \
        | sort -s -t, -k1,1 | backtally cluster merge --admitted \(work)/admitted.ndjson \
        --output \(work)/messages/part-\(merger).ndjson

        """
    }
    script += "backtally cluster merge --seal \(work)\n"
    script += "backtally cluster import \(address) --summary json \(work)\n"
    return try await folder.bash(script, environment: target.environment)
  }

  /// What the hub has, by bucket.
  private func totals(_ hub: RunningHub, env: String = "test") async throws -> Set<String> {
    let page = try await URLSession.shared.data(from: #require(URL(string: hub.url))).0
    let text = String(decoding: page, as: UTF8.self)
    let id = try #require(
      text.firstMatch(of: /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/))
    let address = try #require(URL(string: "\(hub.url)/v2/\(id.output)/\(env)/totals?by=bucket"))
    let answer = try await URLSession.shared.data(from: address).0
    let json = try #require(try JSONSerialization.jsonObject(with: answer) as? [String: Any])
    let items = try #require(json["totals"] as? [[String: Any]])
    return Set(
      try items.map {
        String(
          decoding: try JSONSerialization.data(withJSONObject: $0, options: .sortedKeys),
          as: UTF8.self)
      })
  }

  /// The same of one import by this machine.
  private func single(
    _ folder: TemporaryFolder, _ hub: RunningHub, _ target: Target, _ files: [String],
    options: [String] = ["--format", "combined", "--consumer", "remote_user"]
  ) async throws -> Set<String> {
    let outcome = try await folder.backtally(
      ["import", "--env", "single", "--state-dir", "single-\(folder.nextNumber())"]
        + target.address(hub) + options + files, environment: target.environment)
    #expect(outcome.status == 0, "\(outcome.errors)")
    return try await totals(hub, env: "single")
  }

  private func messages(_ outcome: Outcome) throws -> (queued: Int, repeated: Bool) {
    struct Summary: Decodable {
      struct Messages: Decodable { var queued: Int }
      var messages: Messages
      var repeated: Bool
    }
    let start = try #require(outcome.text.firstIndex(of: "{"), "\(outcome.errors)")
    let summary = try JSONDecoder().decode(Summary.self, from: Data(outcome.text[start...].utf8))
    return (summary.messages.queued, summary.repeated)
  }

  @Test(arguments: Target.allCases, [1, 3])
  func `parts that are merged come to what one import does`(
    _ target: Target, _ mergers: Int
  ) async throws {
    let folder = try Self.folder()
    #expect(try await folder.bash("cp s1.log copy.log; gzip copy.log").status == 0)
    try await folder.withHub { hub async throws in
      // A copy in another part, parts of one file and of two.
      let outcome = try await run(
        folder, hub, target, parts: ["s0.log s1.log", "s2.log", "copy.log.gz"], mergers: mergers,
        order: "sort -R")
      #expect(outcome.status == 0, "\(outcome.errors)")
      #expect(outcome.text.contains("1 copies"), "\(outcome.text)")
      let start = try #require(outcome.text.firstIndex(of: "{"))
      var keys: JSON.Keys = [:]
      try JSON(Data(outcome.text[start...].utf8)).note(
        in: &keys, namingMembersOf: ["lines.left_out": "REASON"])
      JSON.expect(keys, toBe: try JSON.documented("## cluster import"))
      let expected = try await single(folder, hub, target, ["s0.log", "s1.log", "s2.log"])
      #expect(try await totals(hub) == expected)
      #expect(expected.count > 100)
      // The same admission again, and the same files in another job.
      let again = try await folder.bash(
        "backtally cluster import \(target.address(hub).joined(separator: " ")) --env test"
          + " --state-dir state --summary json work", environment: target.environment)
      #expect(again.status == 0)
      #expect(try messages(again) == (0, true))
      let other = try await run(
        folder, hub, target, parts: ["s0.log", "s1.log s2.log"], work: "other")
      #expect(other.status == 0, "\(other.errors)")
      #expect(other.text.contains("3 imported before"), "\(other.text)")
      #expect(try messages(other).queued == 0)
      // What a cluster has counted, an import on this machine knows.
      let import_ = try await folder.backtally(
        ["import", "--env", "test", "--state-dir", "state", "--summary", "json", "--format"]
          + ["combined", "--consumer", "remote_user", "s0.log", "copy.log.gz"]
          + target.address(hub), environment: target.environment)
      #expect(try import_.summary.requests == 0)
      #expect(try await totals(hub) == expected)
      let verified = try await folder.backtally(
        ["verify", "--env", "test", "--state-dir", "state", "--api-url", hub.url]
          + target.address(hub),
        environment: target.environment.merging(["APITALLY_API_KEY": "any"]) { $1 })
      #expect(verified.status == 0, "\(verified.text)\(verified.errors)")
    }
  }

  @Test func `an archive on standard input is the files in it`() async throws {
    let folder = try Self.folder()
    try await folder.withHub { hub async throws in
      let direct = try await folder.bash(
        "backtally cluster tally \(Self.options) s0.log s1.log > direct.tally && "
          + "tar -c s0.log s1.log | backtally cluster tally \(Self.options) --archive tar - > tar.tally"
      )
      #expect(direct.status == 0, "\(direct.errors)")
      func ids(_ name: String) throws -> [String] {
        try folder.text(of: name).matches(of: /"source":"([0-9a-f]+)"/).map { String($0.1) }
      }
      #expect(try ids("direct.tally") == ids("tar.tally"))
      #expect(try ids("tar.tally").count == 2)
      #expect(try folder.text(of: "tar.tally").contains(#""path":"s0.log""#))
    }
  }

  @Test func `a source that was imported meanwhile lets nothing be queued`() async throws {
    let folder = try Self.folder()
    try await folder.withHub { hub async throws in
      let address = Target.hub.address(hub).joined(separator: " ") + " --env test --state-dir state"
      let outcome = try await folder.bash(
        """
        set -e; mkdir -p work/messages
        backtally cluster tally \(Self.options) s0.log s1.log > a.tally
        backtally cluster admit \(address) --sources a.tally --out work/admitted.ndjson
        LC_ALL=C sort a.tally | backtally cluster merge --admitted work/admitted.ndjson --output work/messages/part-0
        backtally cluster merge --seal work
        backtally import \(address) \(Self.options) s1.log
        backtally cluster import \(address) work
        """, environment: Target.hub.environment)
      #expect(outcome.status == 4)
      #expect(outcome.errors.contains("s1.log: error: was imported since"), "\(outcome.errors)")
      #expect(try await totals(hub) == single(folder, hub, .hub, ["s1.log"]))
    }
  }

  @Test(
    arguments: [
      ("rm work/messages/part-0", "cannot be read"), ("rm work/manifest.json", "no manifest.json"),
      ("sed -i 's/\"request_count\":1,/\"request_count\":2,/' work/messages/part-0", "damaged"),
      ("truncate -s -40 work/messages/part-0", "cut off"),
      ("sed -i 's/\"requests\":[0-9]*,/\"requests\":1,/' work/manifest.json", "not whole"),
    ])
  func `a folder that is not whole lets nothing be queued`(
    _ damage: String, _ words: String
  ) async throws {
    let folder = try Self.folder()
    try await folder.withHub { hub async throws in
      let address = Target.hub.address(hub).joined(separator: " ") + " --env test --state-dir state"
      let outcome = try await folder.bash(
        """
        set -e; mkdir -p work/messages
        backtally cluster tally \(Self.options) s0.log > a.tally
        backtally cluster admit \(address) --sources a.tally --out work/admitted.ndjson
        LC_ALL=C sort a.tally | backtally cluster merge --admitted work/admitted.ndjson --output work/messages/part-0
        backtally cluster merge --seal work
        \(damage)
        backtally cluster import \(address) work
        """, environment: Target.hub.environment)
      #expect(outcome.status == 4, "\(outcome.errors)")
      #expect(outcome.errors.contains(words), "\(outcome.errors)")
      let status = try await folder.backtally(["status", "--state-dir", "state"])
      #expect(!status.text.contains("s0.log"))
    }
  }

  @Test func `a file that is cut off fails the job, or is left out as a whole`() async throws {
    let folder = try Self.folder()
    #expect(
      try await folder.bash("gzip -k s1.log; head -c 2000 s1.log.gz > cut.gz").status == 0)
    try await folder.withHub { hub async throws in
      let failed = try await run(folder, hub, .hub, parts: ["s0.log", "cut.gz"])
      #expect(failed.status == 4)
      #expect(failed.errors.contains("cut.gz"), "\(failed.errors)")
      let skipped = try await run(
        folder, hub, .hub, parts: ["s0.log", "cut.gz"], work: "w", admit: "--bad-sources skip")
      // All else counts, and it is said that something is missing.
      #expect(skipped.status == 4, "\(skipped.errors)")
      #expect(try await totals(hub) == single(folder, hub, .hub, ["s0.log"]))
    }
  }

  @Test func `more than 1,000 templates are refused before anything is merged`() async throws {
    let folder = try TemporaryFolder()
    for part in 0..<2 {
      let log = (0..<700).map { number in
        let word = String(number + part * 301, radix: 26).map { digit in
          String(UnicodeScalar(UInt8(ascii: "a") + UInt8(digit.hexDigitValue ?? 0)))
        }
        return Log.line(
          minute: 1,
          "/w\(word.joined())q\(String(number + part * 301, radix: 2).replacing("0", with: "x").replacing("1", with: "y"))"
        )
      }
      try folder.write(log.joined(), to: "\(part).log")
    }
    try await folder.withHub { hub async throws in
      let one = try await run(folder, hub, .hub, parts: ["0.log"], work: "one", state: "one")
      #expect(one.status == 0, "\(one.errors)")
      let both = try await run(folder, hub, .hub, parts: ["0.log", "1.log"])
      #expect(both.status == 4)
      #expect(both.errors.contains("1,000 templates"), "\(both.errors)")
      #expect(!folder.exists("work/admitted.ndjson"))
    }
  }

  @Test func `errors and names of consumers are those of an import`() async throws {
    let folder = try TemporaryFolder()
    let configuration = """
      format:
        type: json
        fields:
          {time: ts, request: request, status: status, exception_type: error.type,
           exception_message: error.message, exception_traceback: error.stack}
      consumers: [{field: user, name: user_name, group: team}]
      consumer_names: names.csv

      """
    try folder.write(configuration, to: "c.yaml")
    try folder.write("identifier,name,group\nglobex,Globex,partners\nnobody,No,\n", to: "names.csv")
    for part in 0..<2 {
      let log = (0..<8).map { number in
        #"{"ts":"2026-11-23T09:00:1\#(part)Z","request":"POST /o/item-\#(number + part * 4) HTTP/1.1","#
          + #""status":500,"user":"\#(number % 2 == 0 ? "globex" : "acme")","user_name":"Acme \#(part)","#
          + #""error":{"type":"app.Bad","message":"m","stack":"s"}}"# + "\n"
      }
      try folder.write(log.joined(), to: "\(part).log")
    }
    try await folder.withHub { hub async throws in
      let outcome = try await run(
        folder, hub, .hub, parts: ["0.log", "1.log"], options: "--config c.yaml")
      #expect(outcome.status == 0, "\(outcome.errors)")
      let lines = try await hub.lines(of: "sync")
      let errors = try #require(lines.first { !$0.contains(#""server_errors":[]"#) })
      #expect(errors.contains(#""error_count":8"#))
      // Two consumers, each with one route.
      #expect(errors.matches(of: /"error_count"/).count == 2, "\(errors)")
      #expect(!errors.contains("item-1\""), "\(errors)")
      let names = try #require(lines.first { !$0.contains(#""consumers":[]"#) })
      #expect(names.contains(#"{"identifier":"acme","name":"Acme 1","group":null}"#), "\(names)")
      #expect(
        names.contains(#"{"identifier":"globex","name":"Globex","group":"partners"}"#), "\(names)")
    }
  }

  @Test func `objects that the ledger knows as they are need not be read`() async throws {
    let folder = try Self.folder()
    try await folder.withHub { hub async throws in
      let address = Target.hub.address(hub).joined(separator: " ") + " --env test --state-dir state"
      let outcome = try await folder.bash(
        """
        set -e; mkdir -p work/messages
        for name in s0.log s1.log s2.log; do
          echo "{\\"path\\":\\"$name\\",\\"size\\":$(stat -c %s $name),\\"modified\\":7,\\"etag\\":\\"e\\"}"
        done > objects
        backtally cluster admit --stamps \(address) < objects > first
        tar -c s0.log s1.log | backtally cluster tally \(Self.options) --archive tar - > a.tally
        backtally cluster admit \(address) --sources a.tally --objects objects \
          --out work/admitted.ndjson
        LC_ALL=C sort a.tally | backtally cluster merge --admitted work/admitted.ndjson --output work/messages/part-0
        backtally cluster merge --seal work
        backtally cluster import \(address) work
        backtally cluster admit --stamps \(address) < objects > second
        sed -i 's/"etag":"e"/"etag":"f"/' objects
        backtally cluster admit --stamps \(address) < objects > third
        wc -l < first; wc -l < second; wc -l < third; cat second
        """, environment: Target.hub.environment)
      #expect(outcome.status == 0, "\(outcome.errors)")
      #expect(outcome.lines.suffix(4).prefix(3) == ["3", "1", "3"], "\(outcome.text)")
      #expect(outcome.lines.last?.contains("s2.log") == true)
    }
  }

  @Test(
    arguments: [
      ("tally s0.log", "format-required", "format has to be named"),
      ("tally --format combined -", "", "standard input has no name"),
      ("merge", "", "--admitted"), ("admit --max-rejected 101", "", "percentages"),
    ])
  func `what a part must not decide is wrong usage`(
    _ command: String, _ code: String, _ words: String
  ) async throws {
    let folder = try Self.folder()
    let outcome = try await folder.backtally(
      ["cluster"] + command.split(separator: " ").map(String.init))
    #expect(outcome.status == 2)
    #expect(outcome.errors.contains(words), "\(outcome.errors)")
  }

  @Test func `a tally looks at no configuration and no variable that was not named`() async throws {
    let folder = try Self.folder()
    try folder.write("nonsense: 1\n", to: "backtally.yaml")
    let outcome = try await folder.backtally(
      ["cluster", "tally", "--format", "combined", "s0.log"],
      environment: ["APITALLY_CLIENT_ID": "none", "APITALLY_OTLP_ENDPOINT": "none"])
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(!folder.exists(".local"))
  }

  @Test func `a part that is merged by another job's admission is refused`() async throws {
    let folder = try Self.folder()
    let outcome = try await folder.bash(
      """
      backtally cluster tally --format combined s0.log > a.tally
      backtally cluster tally --format combined --bucket 3600 s0.log > b.tally
      backtally cluster admit --env test --state-dir state --sources a.tally --out admitted
      backtally cluster merge --admitted admitted b.tally > part; echo $?
      cat a.tally b.tally | backtally cluster admit --env test --state-dir state > admitted; echo $?
      """, environment: Target.hub.environment)
    #expect(outcome.lines.suffix(2) == ["4", "4"], "\(outcome.text) \(outcome.errors)")
    #expect(outcome.errors.contains("another job"), "\(outcome.errors)")
  }
}
