import ByteScanning
import Foundation
import TestSupport
import Testing

@testable import LogReading

/// Archives that tar has written, and what hostile or damaged ones come to.
struct TarTests {
  /// The files of an archive, and why reading them ended early.
  private struct Contents {
    var files: [(name: String, content: [UInt8])] = []
    var problems: [ReadingError] = []
    var error: ReadingError?

    /// - Parameter isForced: whether it is taken for an archive whatever it looks like.
    init(_ path: String, isForced: Bool = false) throws {
      var reader = try SourceReader(path: path, sourceIndex: 0, isArchive: isForced)
      let chunk = ChunkPool().take()
      let hasLines = try reader.fill(chunk)
      #expect(!hasLines)
      let isArchive = reader.isArchive
      #expect(isArchive)
      guard isArchive else { return }
      let archive = reader.takeArchive()
      do throws(ReadingError) {
        while let member = try archive.next() {
          if let problem = member.problem {
            problems.append(problem)
            continue
          }
          let name = String(decoding: member.name, as: UTF8.self)
          files.append((name, try Self.content(of: archive, name)))
        }
      } catch {
        self.error = error
      }
    }

    private static func content(
      of archive: TarArchive, _ name: String
    ) throws(ReadingError) -> [UInt8] {
      var reader = SourceReader(memberOf: archive, path: name, sourceIndex: 0)
      let chunk = ChunkPool().take()
      var content: [UInt8] = []
      while try reader.fill(chunk) { content += chunk.bytes.span.copied() }
      return content
    }
  }

  private static let longName = "var/log/" + String(repeating: "very/", count: 60) + "access.log"

  /// Runs `script` with the folder as its working directory.
  private static func run(_ script: String, in folder: TemporaryFolder) throws {
    let process = Process()
    process.executableURL = URL(filePath: "/bin/bash")
    process.arguments = ["-ec", script]
    process.currentDirectoryURL = URL(filePath: folder.path)
    try process.run()
    process.waitUntilExit()
    #expect(process.terminationStatus == 0, "\(script)")
  }

  private static func bytes(_ folder: TemporaryFolder, _ name: String) throws -> [UInt8] {
    Array(try #require(FileManager.default.contents(atPath: folder.path(of: name))))
  }

  @Test(arguments: ["ustar", "gnu", "pax", "v7"])
  func `files are read as tar has written them, links and directories passed over`(
    format: String
  ) throws {
    let folder = try TemporaryFolder()
    let deep = ["gnu", "pax"].contains(format) ? Self.longName : "d/deep.log"
    let script = """
      mkdir -p logs/empty.d "logs/$(dirname '\(deep)')" && cd logs
      printf 'one\\ntwo\\n' >a.log; >b.log; seq 100000 >c.log; echo deep >'\(deep)'
      ln -s a.log link; ln a.log z-hard; [ \(format) = v7 ] || mkfifo pipe; cd ..
      tar --sort=name --format=\(format) -cf a.tar logs
      """
    try Self.run(script, in: folder)
    let contents = try Contents(folder.path(of: "a.tar"), isForced: format == "v7")
    #expect(contents.error == nil && contents.problems.isEmpty)
    let names = contents.files.map { $0.name.replacing("logs/", with: "", maxReplacements: 1) }
    #expect(Set(names) == ["a.log", "b.log", "c.log", deep] && names.count == 4)
    let sizes = Dictionary(uniqueKeysWithValues: zip(names, contents.files.map(\.content.count)))
    #expect(sizes == ["a.log": 8, "b.log": 0, "c.log": 588_895, deep: 5])
  }

  @Test(arguments: ["gzip", "zstd", "xz", "bzip2"])
  func `an archive may be compressed, and so may its files`(compression: String) throws {
    let folder = try TemporaryFolder()
    try folder.write(String(repeating: "a line\n", count: 30_000), to: "access.log.1")
    try Self.run(
      "gzip -k access.log.1 && tar -cf a.tar access.log.1.gz access.log.1", in: folder)
    let plain = try Self.bytes(folder, "a.tar")
    let bytes =
      switch compression {
      case "zstd": Compressed.zstd(plain)
      case "xz": Compressed.xz(plain)
      case "bzip2": Compressed.bzip2(plain)
      default: Gzip.deflated(plain)
      }
    let contents = try Contents(try folder.write(bytes, to: "a"))
    #expect(contents.error == nil)
    #expect(contents.files.map(\.name) == ["access.log.1.gz", "access.log.1"])
    #expect(contents.files.map(\.content.count) == [210_000, 210_000])
  }

  @Test func `two archives that were joined are read both`() throws {
    let folder = try TemporaryFolder()
    let script = "echo 1 >a.log; echo 2 >b.log; (tar -cf - a.log; tar -cf - b.log) >a.tar"
    try Self.run(script, in: folder)
    let contents = try Contents(folder.path(of: "a.tar"))
    #expect(contents.files.map(\.name) == ["a.log", "b.log"] && contents.error == nil)
  }

  @Test func `a sparse file is refused by its name, and the others are read`() throws {
    for options in ["--format=gnu", "--format=pax"] {
      let folder = try TemporaryFolder()
      let script = """
        truncate -s 1M holes.log && echo end >>holes.log && echo 1 >a.log \
        && tar --sparse \(options) -cf a.tar holes.log a.log
        """
      try Self.run(script, in: folder)
      let contents = try Contents(folder.path(of: "a.tar"))
      #expect(contents.problems == [.sparseMember], "\(options)")
      #expect(contents.files.map(\.name) == ["a.log"] && contents.error == nil)
    }
  }

  /// An archive that is cut anywhere gives the files before, and says so.
  @Test func `a truncated archive says so`() throws {
    let folder = try TemporaryFolder()
    let script = "seq 1000 >a.log; seq 2000 >b.log; tar --format=pax -cf a.tar a.log b.log"
    try Self.run(script, in: folder)
    let whole = try Self.bytes(folder, "a.tar")
    let full = try Contents(folder.path(of: "a.tar"))
    let end = try #require(whole.lastIndex { $0 != 0 })
    for length in stride(from: 600, to: end, by: 611) {
      let contents = try Contents(try folder.write(whole[..<length], to: "cut.tar"))
      // Cut between two files, nothing tells that there were more.
      if case .truncatedArchive? = contents.error { continue }
      #expect(contents.error == nil && contents.files.count < full.files.count, "\(length)")
    }
  }

  @Test func `a damaged header, size or record is an error and no crash`() throws {
    let folder = try TemporaryFolder()
    let script = """
      echo 1 >a.log; n=$(printf 'x%.0s' {1..150}).log; echo 2 >$n
      tar --format=pax --pax-option='foo:=bar' -cf a.tar a.log $n
      """
    try Self.run(script, in: folder)
    let whole = try Self.bytes(folder, "a.tar")
    var generator = SeededGenerator(seed: 5)
    var errors = 0
    for _ in 0..<400 {
      var bytes = whole
      let place = Int.random(in: 0..<min(bytes.count, 4096), using: &generator)
      bytes[place] = UInt8.random(in: 0...255, using: &generator)
      let contents = try Contents(try folder.write(bytes, to: "damaged.tar"), isForced: true)
      if contents.error != nil { errors += 1 }
      #expect(contents.files.allSatisfy { $0.content.count <= bytes.count })
    }
    #expect(errors > 100)
  }

  @Test func `what is no archive is refused where one was said to be`() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write(String(repeating: "a line\n", count: 1000), to: "a.log")
    let contents = try Contents(path, isForced: true)
    guard case .corruptArchive? = contents.error else {
      Issue.record("\(String(describing: contents.error))")
      return
    }
  }
}
