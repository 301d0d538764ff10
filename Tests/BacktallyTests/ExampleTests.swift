import Foundation
import TestSupport
import Testing
import Yams

/// `docs/examples`: what they run does what they say.
struct ExampleTests {
  private static let logs = "var/log/pods/shop_api-7d9c_1/api"

  /// A folder with what the examples name, as far as they find it below `/`.
  private func folder() async throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    let made = try await folder.bash(
      "mkdir -p etc/backtally var/log bin \(Self.logs) logs state var/lib/prometheus/node-exporter")
    try #require(made.status == 0)
    try folder.write(
      "client_id: \(Program.clientID)\nenv: test\ninputs: [\"\(folder.path)/access.log\"]\n",
      to: "etc/backtally/backtally.yaml")
    try folder.write(Log.lines(3), to: "access.log")
    return folder
  }

  private func example(_ name: String, in folder: TemporaryFolder) throws -> String {
    let program = Program.url.deletingLastPathComponent().path
    return try Page("docs/examples/\(name)").text
      .replacing(/([\s"'>\[])\/(etc|var|state|logs|usr\/bin)\b/) { match in
        let path = match.output.2 == "usr/bin" ? program : "\(folder.path)/\(match.output.2)"
        return "\(match.output.1)\(path)"
      }
  }

  private func environment(_ hub: RunningHub) -> [String: String] {
    [
      "APITALLY_HUB_BASE_URL": hub.url, "APITALLY_CLIENT_ID": Program.clientID,
      "APITALLY_ENV": "test",
    ]
  }

  @Test func `the lines of the crontab run, and say nothing where nothing is wrong`() async throws {
    let folder = try await folder()
    let lines = try example("crontab", in: folder).split(separator: "\n")
      .filter { !$0.hasPrefix("#") }
    #expect(lines.count == 3)
    try await folder.withHub { hub in
      for line in lines {
        let fields = line.split(separator: " ", maxSplits: 5)
        #expect(fields.prefix(5).allSatisfy { $0.wholeMatch(of: /[0-9*\/,-]+/) != nil })
        // Cron takes a % for the end of the line.
        #expect(!line.contains("%"))
        let outcome = try await folder.bash(
          String(fields[5]), environment: environment(hub))
        #expect(outcome.status == 0 && outcome.text.isEmpty && outcome.errors.isEmpty)
      }
      #expect(try await hub.totals().sums.requestCount == 3)
      #expect(try folder.text(of: "var/log/backtally.log").split(separator: "\n").count == 1)
      let metrics = try folder.text(of: "var/lib/prometheus/node-exporter/backtally.prom")
      #expect(try PrometheusText.parse(metrics).count == 12)
    }
  }

  @Test func `monit's check is told of a night without an import`() async throws {
    let folder = try await folder()
    let text = try example("monit", in: folder)
    let command = try #require(text.firstMatch(of: /with path "([^"]+)"/)?.output.1)
    let before = try await folder.bash(String(command))
    #expect(before.status == 1 && before.text.hasPrefix("failed: no import is recorded"))
    try await folder.withHub { hub in
      let made = try await folder.bash(
        "backtally import --state-dir var/lib/backtally access.log",
        environment: environment(hub))
      #expect(made.status == 0, "\(made.errors)")
    }
    let after = try await folder.bash(String(command))
    #expect(after.status == 0 && after.text.hasPrefix("ok: "), "\(after.text)")
  }

  @Test func `the script for a bucket counts what is new`() async throws {
    let folder = try await folder()
    let aws = """
      #!/bin/bash
      [[ $1 $2 = "s3 sync" && ${@: -2:1} = s3://logs/elb ]] || exit 9
      cp -p bucket/* "${@: -1}"

      """.replacing("$1 $2", with: "\"$1 $2\"")
    try folder.write(aws, to: "bin/aws")
    let made = try await folder.bash("chmod 755 bin/aws; mkdir bucket copies; bash -n bin/aws")
    #expect(made.status == 0, "\(made.errors)")
    // Without a newline at its end, as such files are.
    try folder.write(String(Log.lines(3).dropLast()), to: "bucket/1.log")
    let script = Program.root.appending(path: "docs/examples/s3-sync").path
    try await folder.withHub { hub in
      for count in [3, 5] {
        let outcome = try await folder.bash(
          "PATH=$PWD/bin:$PATH '\(script)' s3://logs/elb copies", environment: environment(hub))
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(try await hub.totals().sums.requestCount == count)
        try folder.write(String((Log.line("/a") + Log.line("/b")).dropLast()), to: "bucket/2.log")
      }
      let usage = try await folder.bash("'\(script)'", environment: environment(hub))
      #expect(usage.status != 0 && usage.errors.contains("usage: s3-sync"))
    }
  }

  // MARK: Kubernetes

  private typealias Node = [String: Any]

  /// The container named backtally of a pod, however deep it lies.
  private func container(_ node: Any) -> Node? {
    if let list = node as? [Any] {
      for element in list { if let found = container(element) { return found } }
    } else if let node = node as? Node {
      if node["name"] as? String == "backtally", node["image"] != nil { return node }
      for value in node.values { if let found = container(value) { return found } }
    }
    return nil
  }

  @Test func `the CronJob counts the logs of containers as the kubelet keeps them`() async throws {
    let folder = try await folder()
    let text = try example("kubernetes-cronjob.yaml", in: folder)
    let job = try #require(try Yams.load(yaml: text) as? Node)
    #expect(job["kind"] as? String == "CronJob" && job["apiVersion"] as? String == "batch/v1")
    let arguments = try #require(container(job)?["args"] as? [String])
    for (index, line) in Log.lines(4).split(separator: "\n").enumerated() {
      let file = index < 2 ? "0.log.20261123-090000" : "0.log"
      let earlier =
        folder.exists("\(Self.logs)/\(file)") ? try folder.text(of: "\(Self.logs)/\(file)") : ""
      try folder.write(
        earlier + "2026-11-23T09:0\(index):14.000000000Z stdout F \(line)\n",
        to: "\(Self.logs)/\(file)")
    }
    try await folder.withHub { hub in
      let outcome = try await folder.backtally(arguments, environment: environment(hub))
      #expect(outcome.status == 0, "\(outcome.errors)")
      #expect(outcome.errors.contains(#""code":"imported""#))
      #expect(try await hub.totals().sums.requestCount == 4)
    }
  }

  @Test func `the sidecar counts what comes through its pipe`() async throws {
    let folder = try await folder()
    let text = try example("kubernetes-sidecar.yaml", in: folder)
    let pod = try #require(try Yams.load(yaml: text) as? Node)
    let specification = try #require(pod["spec"] as? Node)
    let maker = try #require(
      (specification["initContainers"] as? [Node])?.first?["args"] as? [String])
    #expect(maker.first == "mkfifo")
    let made = try await folder.bash(maker.joined(separator: " "))
    try #require(made.status == 0, "\(made.errors)")
    let arguments = try #require(container(pod)?["args"] as? [String])
    let pipe = try #require(FileHandle(forUpdatingAtPath: folder.path(of: "logs/access.log")))
    try await folder.withHub { hub in
      let running = try RunningProcess(
        Program.url, arguments, in: folder, environment: environment(hub))
      try pipe.write(contentsOf: Data(Log.lines(3).utf8))
      // The program has to have read it before its last writer goes.
      while running.isRunning, unread(pipe) > 0 { try await Task.sleep(for: .milliseconds(10)) }
      try pipe.close()
      #expect(await running.end(within: .seconds(60)) == 0)
      #expect(try await hub.totals().sums.requestCount == 3)
    }
  }

  private func unread(_ pipe: FileHandle) -> Int {
    var count: Int32 = 0
    _ = unsafe ioctl(pipe.fileDescriptor, UInt(FIONREAD), &count)
    return Int(count)
  }

  @Test func `systemd takes the units`() async throws {
    let tool = "/usr/bin/systemd-analyze"
    guard FileManager.default.isExecutableFile(atPath: tool) else { return }
    let folder = try await folder()
    for unit in ["backtally.service", "backtally.timer"] {
      let text = try Page("scripts/package.d/\(unit)").text
      try folder.write(text.replacing("/usr/bin/backtally", with: Program.url.path), to: unit)
    }
    let outcome = try await folder.bash(
      "\(tool) verify --man=no ./backtally.service ./backtally.timer")
    #expect(outcome.status == 0 && outcome.errors.isEmpty, "\(outcome.errors)")
  }
}
