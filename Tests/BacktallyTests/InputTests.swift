import Foundation
import TestSupport
import Testing

/// The ways in which logs come in.
struct InputTests {
  @Test(arguments: ["gzip", "xz", "bzip2"])
  func `a compressed stream behind text is not passed over as broken lines`(tool: String)
    async throws
  {
    let folder = try TemporaryFolder()
    let lines = (0..<300).map { Log.line(minute: $0 % 60, "/a") }.joined()
    try folder.write(lines, to: "a.log")
    try folder.write((0..<300).map { Log.line(minute: $0 % 60, "/b") }.joined(), to: "b.log")
    #expect(try await folder.bash("\(tool) -c b.log >> a.log").status == 0)
    let outcome = try await folder.backtally(["import", "--dry-run", "--summary", "json", "a.log"])
    #expect(outcome.status == 4)
    #expect(try outcome.summary.requests == 300)
    let name =
      "a.log, byte \(lines.utf8.count): error: behind lines of text a \(tool) stream begins"
    #expect(outcome.errors.contains(name), "\(outcome.errors)")
  }

  private func requests(_ folder: TemporaryFolder, _ arguments: [String]) async throws -> Summary {
    let outcome = try await folder.backtally(
      ["import", "--dry-run", "--summary", "json"] + arguments)
    #expect(outcome.status == 0, "\(outcome.errors)")
    return try outcome.summary
  }

  @Test func `standard input is a file called -`() async throws {
    let folder = try TemporaryFolder()
    let log = try folder.write(Log.lines(50), to: "access.log")
    let outcome = try await folder.backtally(
      ["import", "--dry-run", "--summary", "json", "-"], input: log)
    #expect(outcome.status == 0)
    #expect(try outcome.summary.requests == 50)
    #expect(outcome.errors.contains("(standard input): note: read as combined"))
    let piped = try await folder.bash(
      "gzip -c access.log | backtally import --dry-run --summary json -")
    #expect(try piped.summary.requests == 50)
  }

  @Test func `a glob that the shell left alone is expanded`() async throws {
    let folder = try TemporaryFolder()
    try folder.write(Log.lines(5), to: "access.log")
    try folder.write(Log.lines(7), to: "access.log.1")
    try folder.write(Log.lines(100), to: "error.log")
    let summary = try await requests(folder, ["access.log*"])
    #expect(summary.sources == 2)
    #expect(summary.requests == 12)
  }

  @Test func `a file that is named twice is read once`() async throws {
    let folder = try TemporaryFolder()
    try folder.write(Log.lines(5), to: "access.log")
    let outcome = try await folder.backtally(
      ["import", "--dry-run", "--summary", "json", "access.log", "./access.log", "access*"])
    #expect(try outcome.summary.requests == 5)
    let note = "./access.log: note: this file is already in the list; it is read once"
    #expect(outcome.errors.contains(note))
  }

  @Test func `gzip is known by its content, and members may follow one another`() async throws {
    let folder = try TemporaryFolder()
    try folder.write(Log.lines(50), to: "access.log")
    // The second member ends in the middle of a line, the third is empty.
    let packing = try await folder.bash(
      """
      { head -c 1000 access.log | gzip; tail -c +1001 access.log | head -c 777 | gzip
        gzip </dev/null; tail -c +1778 access.log | gzip; head -c 512 /dev/zero; } > oddly-named
      gzip -c access.log > access.log.txt
      """)
    #expect(packing.status == 0)
    #expect(try await requests(folder, ["oddly-named"]).requests == 50)
    let both = try await requests(folder, ["oddly-named", "access.log.txt"])
    #expect(both.requests == 100)
    #expect(both.bytes.uncompressed == 2 * Log.lines(50).utf8.count)
  }

  @Test(arguments: [
    ("lz4", [0x04, 0x22, 0x4D, 0x18]), ("compress", [0x1F, 0x9D]),
  ])
  func `other compression is named, with the way round it`(
    name: String, magic: [UInt8]
  ) async throws {
    let folder = try TemporaryFolder()
    try folder.write(magic + [UInt8](repeating: 7, count: 100), to: "access.log.z")
    let outcome = try await folder.backtally(["import", "--dry-run", "access.log.z"])
    #expect(outcome.status == 4)
    #expect(outcome.errors.contains("is compressed with \(name)"), "\(outcome.errors)")
    #expect(outcome.errors.contains("access.log.z | backtally import -"))
  }

  @Test func `the same sums however the lines arrive`() async throws {
    let folder = try TemporaryFolder()
    let generated = try await folder.bash(
      """
      python3 '\(Program.script("fixtures/gen_access_log.py"))' --lines 1500 --rate 20000 > access.log
      """)
    #expect(generated.status == 0, "\(generated.errors)")
    let outcome = try await folder.script(
      "checks/check-invariance",
      [Program.url.path, folder.path(of: "access.log"), "--consumer", "remote_user"])
    #expect(outcome.status == 0, "\(outcome.text)\(outcome.errors)")
    #expect(outcome.lines.count { $0.hasSuffix(" same") } == 17)
  }

  /// By an independent program: a regular expression and a dictionary in Python.
  @Test func `logs in the combined format are counted as an independent count has it`() async throws
  {
    let folder = try TemporaryFolder()
    let generator = Program.script("fixtures/gen_access_log.py")
    let generated = try await folder.bash(
      "python3 '\(generator)' --format combined --lines 3000 --rate 9000 > plain.log")
    #expect(generated.status == 0, "\(generated.errors)")
    let outcome = try await folder.script(
      "checks/compare-with-count",
      [Program.url.path, Program.fixture("logs/odd.log"), folder.path(of: "plain.log")])
    #expect(outcome.status == 0, "\(outcome.text)\(outcome.errors)")
    #expect(outcome.text.contains("requests counted"))
  }

  @Test(arguments: [
    ["import", "--dry-run", "--rejects", "./access.log"],
    ["import", "--payloads", "access.log"] + Program.target,
    ["inspect", "--write-config", "link.log", "--overwrite"],
  ])
  func `a file that is read is not written to`(arguments: [String]) async throws {
    let folder = try TemporaryFolder()
    try folder.write(Log.lines(3), to: "access.log")
    try FileManager.default.createSymbolicLink(
      atPath: folder.path(of: "link.log"), withDestinationPath: "access.log")
    let outcome = try await folder.backtally(arguments + ["*.log"])
    #expect(outcome.status == 2)
    #expect(outcome.errors.contains("is one of the files to read"))
    #expect(try folder.text(of: "access.log") == Log.lines(3))
  }

  @Test func `file names that are no UTF-8 are read, shown escaped, and remembered apart`()
    async throws
  {
    let folder = try TemporaryFolder()
    try folder.write(Log.line(minute: 1, "/a"), to: "a")
    try folder.write(Log.line(minute: 2, "/b"), to: "b")
    let target = Program.target.joined(separator: " ")
    try await folder.withHub { hub async throws in
      let script = """
        mkdir d; mv a d/$'caf\\xe9.log'; mv b d/$'caf\\xe8.log'
        import() { backtally import --complete --hub-url \(hub.url) \(target) "$@" | head -1; }
        import d; import d/*; import 'd/*.log'
        find d -name '*.log' -print0 | import --files-from -
        backtally status; backtally forget d/$'caf\\xe9.log'; import d/$'caf\\xe9.log'
        """
      let outcome = try await folder.bash(script)
      #expect(outcome.status == 0, "\(outcome.errors)")
      let lines = outcome.lines.filter { $0.contains("lines read") || $0.contains("line read") }
      #expect(lines.map { $0.prefix(1) } == ["2", "0", "0", "0", "1"], "\(outcome.text)")
      #expect(outcome.text.contains(#"d/caf\xE9.log"#) && outcome.text.contains(#"d/caf\xE8.log"#))
      #expect(try await hub.totals().sums.requestCount == 3)
    }
  }
}
