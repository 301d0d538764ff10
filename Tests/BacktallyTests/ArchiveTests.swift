import Foundation
import TestSupport
import Testing

/// Tar archives: each of their files is a source, known by its content.
struct ArchiveTests {
  private func requests(
    _ folder: TemporaryFolder, _ hub: RunningHub, _ arguments: [String], input: String? = nil
  ) async throws -> Int {
    let outcome = try await folder.backtally(
      ["import", "--summary", "json", "--hub-url", hub.url] + Program.target + arguments,
      input: input)
    #expect(outcome.status == 0, "\(outcome.errors)")
    return try outcome.summary.requests
  }

  private static func folder() throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    for (name, count) in [("a", 30), ("b", 20), ("c", 10)] {
      try folder.write(
        (0..<count).map { Log.line(minute: $0, "/\(name)") }.joined(), to: "\(name).log")
    }
    return folder
  }

  @Test func `nothing counts twice, whether it comes in an archive or not, and nothing is lost`()
    async throws
  {
    let folder = try Self.folder()
    try await folder.withHub { hub async throws in
      #expect(
        try await folder.bash("gzip -k b.log; tar -czf logs.tar.gz a.log b.log.gz").status == 0)
      #expect(try await requests(folder, hub, ["logs.tar.gz"]) == 50)
      #expect(try await requests(folder, hub, ["logs.tar.gz"]) == 0)
      // A file of it, by itself.
      #expect(try await requests(folder, hub, ["a.log", "b.log"]) == 0)
      // It has grown by one, and is not compressed any more.
      #expect(try await folder.bash("gunzip logs.tar.gz; tar -rf logs.tar c.log").status == 0)
      #expect(try await requests(folder, hub, ["logs.tar"]) == 10)
      // What was in it has grown, and is in another.
      try folder.write(
        (0..<40).map { Log.line(minute: $0, "/a") }.joined(), to: "a.log")
      #expect(try await folder.bash("tar -cJf more.txz c.log a.log").status == 0)
      #expect(try await requests(folder, hub, ["more.txz"]) == 10)
      #expect(try await hub.totals().sums.requestCount == 70)
      let sources = try await folder.backtally(["status"]).text
      #expect(sources.contains("more.txz!a.log"), "\(sources)")
    }
  }

  @Test func `a changed copy in an archive is warned of`() async throws {
    let folder = try Self.folder()
    try await folder.withHub { hub async throws in
      #expect(try await requests(folder, hub, ["a.log"]) == 30)
      #expect(
        try await folder.bash("sed -i s/192.0.2.1/192.0.2.0/ a.log; tar -cf copy.tar a.log").status
          == 0)
      let outcome = try await folder.backtally(
        ["import", "--hub-url", hub.url] + Program.target + ["copy.tar"])
      #expect(
        outcome.status == 0 && outcome.errors.contains("copy.tar!a.log: warning: has as many"))
    }
  }

  @Test func `a file of an archive that is to blame holds up no other`() async throws {
    let broken = #"192.0.2.1 - - [23/Nov/2026:99:10:13 +0000] "GET / HTTP/1.1" 200 5"# + "\n"
    let folder = try Self.folder()
    try folder.write(
      (0..<30).map { Log.line(minute: $0, "/bad") }.joined()
        + String(repeating: broken, count: 15), to: "bad.log")
    #expect(
      try await folder.bash("tar -cf one.tar a.log bad.log b.log; tar -cf two.tar c.log").status
        == 0)
    try await folder.withHub { hub async throws in
      for expected in [60, 0] {
        let outcome = try await folder.backtally(
          ["import", "--summary", "json", "--hub-url", hub.url] + Program.target
            + ["one.tar", "two.tar"])
        #expect(outcome.status == 4)
        // By itself, the second time, there is nothing that it could hold up.
        if expected > 0 {
          #expect(outcome.errors.contains("one.tar!bad.log: error: 33.3 % of its lines"))
        }
        #expect(try outcome.summary.requests == expected)
      }
      #expect(try await hub.totals().sums.requestCount == 60)
    }
  }

  @Test func `what was said to be an archive is one also when a run begins anew`() async throws {
    let broken = #"192.0.2.1 - - [23/Nov/2026:99:10:13 +0000] "GET / HTTP/1.1" 200 5"# + "\n"
    let folder = try Self.folder()
    try folder.write(
      (0..<30).map { Log.line(minute: $0, "/bad") }.joined()
        + String(repeating: broken, count: 15), to: "bad.log")
    // Tar of the seventh edition has no magic number: these are archives only because they are said to be.
    try folder.write(
      """
      import tarfile
      for name, files in {"one": ["a.log", "bad.log"], "two": ["b.log", "c.log"]}.items():
          with tarfile.open(name, "w", format=tarfile.USTAR_FORMAT) as archive:
              for file in files:
                  archive.add(file)
              places = [member.offset for member in archive.getmembers()]
          data = bytearray(open(name, "rb").read())
          for place in places:
              data[place + 257:place + 265] = bytes(8)
              data[place + 148:place + 156] = b" " * 8
              data[place + 148:place + 156] = b"%06o\\0 " % sum(data[place:place + 512])
          open(name, "wb").write(data)
      """, to: "pack.py")
    #expect(try await folder.bash("python3 pack.py").status == 0)
    try await folder.withHub { hub async throws in
      let outcome = try await folder.backtally(
        ["import", "--archive", "tar", "--summary", "json", "--hub-url", hub.url]
          + Program.target + ["one", "two"])
      #expect(outcome.status == 4, "\(outcome.errors)")
      #expect(try outcome.summary.requests == 60)
      #expect(try await hub.totals().sums.requestCount == 60)
      let sources = try await folder.backtally(["status"]).text
      #expect(sources.contains("one!a.log") && sources.contains("two!c.log"), "\(sources)")
    }
  }

  @Test func `files of an archive are sources, beside others`() async throws {
    let folder = try Self.folder()
    #expect(try await folder.bash("tar -cf ab.tar a.log b.log").status == 0)
    for jobs in ["1", "2"] {
      let outcome = try await folder.backtally(
        ["import", "--dry-run", "--summary", "json", "--jobs", jobs, "ab.tar", "c.log"])
      #expect(outcome.status == 0, "\(outcome.errors)")
      let summary = try outcome.summary
      #expect(summary.requests == 60 && summary.sources == 3)
      #expect(outcome.errors.contains("ab.tar!b.log: note: read as combined"))
    }
  }

  @Test
  func `an archive comes from standard input, and an old one is read if it is said to be one`()
    async throws
  {
    let folder = try Self.folder()
    let target = Program.target.joined(separator: " ")
    try await folder.withHub { hub async throws in
      for (format, option) in [("gnu", ""), ("v7", "--archive tar")] {
        let script = """
          tar --format=\(format) -c a.log b.log | backtally import --summary json \(option) \
            --hub-url \(hub.url) \(target) --env \(format) -
          """
        let outcome = try await folder.bash(script)
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(try outcome.summary.requests == 50)
        #expect(!outcome.errors.contains("pipe-not-remembered"))
      }
      #expect(try await folder.bash("tar --format=v7 -cf old.tar a.log b.log").status == 0)
      #expect(try await requests(folder, hub, ["--archive", "tar", "old.tar"]) == 50)
    }
  }

  @Test func `what cannot be read of an archive is named, and the rest is read`() async throws {
    let folder = try Self.folder()
    let script = """
      tar -cf inner.tar a.log; printf 'PK\\3\\4 and so on' >some.zip
      tar -cf outer.tar inner.tar some.zip b.log
      """
    #expect(try await folder.bash(script).status == 0)
    let outcome = try await folder.backtally(
      ["import", "--dry-run", "--summary", "json", "outer.tar"])
    #expect(outcome.status == 4)
    #expect(try outcome.summary.requests == 20)
    #expect(outcome.errors.contains("outer.tar!inner.tar: error: is a tar archive within another"))
    #expect(outcome.errors.contains("outer.tar!some.zip: error: is a zip archive"))
    let damaged = try await folder.bash("head -c 40000 outer.tar >cut.tar")
    #expect(damaged.status == 0)
    let cut = try await folder.backtally(["import", "--dry-run", "cut.tar"])
    #expect(cut.status == 4, "\(cut.errors)")
  }

  @Test func `what reads samples reads archives as an import does`() async throws {
    let folder = try Self.folder()
    #expect(try await folder.bash("tar -czf logs.tgz a.log b.log").status == 0)
    let inspection = try await folder.backtally(["inspect", "logs.tgz"])
    #expect(inspection.status == 0 && inspection.text.contains("logs.tgz!a.log"), "\(inspection)")
    let routes = try await folder.backtally(["routes", "logs.tgz"])
    #expect(routes.status == 0 && routes.text.contains("/a"), "\(routes)")
  }

  @Test func `a wider window counts the rest of an archive's files`() async throws {
    let folder = try Self.folder()
    #expect(try await folder.bash("tar -czf logs.tgz a.log b.log").status == 0)
    try await folder.withHub { hub async throws in
      let until = ["--until", "2026-11-23T09:10:00Z"]
      #expect(try await requests(folder, hub, until + ["logs.tgz"]) == 20)
      #expect(try await requests(folder, hub, ["logs.tgz"]) == 30)
      #expect(try await requests(folder, hub, ["logs.tgz"]) == 0)
    }
  }
}
