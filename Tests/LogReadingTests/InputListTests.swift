import Foundation
import LogReading
import Testing
import TestSupport

struct InputListTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    for name in ["access.log", "access.log.1", "access.log.2.gz", "error.log", "odd[1].log"] {
      try folder.write([0x0A], to: name)
    }
  }

  private func expanded(_ names: String...) -> (
    paths: [String], unmatched: [String], repeated: [String]
  ) {
    let list = InputList(expanding: names.map { $0 == "-" ? $0 : folder.path(of: $0) })
    func short(_ paths: [String]) -> [String] {
      paths.map { $0.replacingOccurrences(of: folder.path + "/", with: "") }
    }
    return (short(list.paths), short(list.unmatched), short(list.repeated))
  }

  @Test func `names stay in the order given and a glob's matches are sorted`() {
    let list = expanded("error.log", "access.log*", "-")
    #expect(list.paths == ["error.log", "access.log", "access.log.1", "access.log.2.gz", "-"])
    #expect(list.unmatched.isEmpty && list.repeated.isEmpty)
  }

  @Test func `braces and brackets are patterns`() {
    #expect(expanded("{error,access}.log").paths == ["error.log", "access.log"])
    #expect(expanded("access.log.[0-9]").paths == ["access.log.1"])
  }

  @Test func `a file whose name looks like a pattern is itself`() {
    #expect(expanded("odd[1].log").paths == ["odd[1].log"])
  }

  @Test func `what matches nothing is named`() {
    let list = expanded("missing.log", "nothing*", "error.log")
    #expect(list.paths == ["error.log"])
    #expect(list.unmatched == ["missing.log", "nothing*"])
  }

  @Test func `a file is read once, whatever names it has`() throws {
    let files = FileManager.default
    try files.createSymbolicLink(
      atPath: folder.path(of: "symbolic.log"), withDestinationPath: folder.path(of: "access.log"))
    try files.linkItem(atPath: folder.path(of: "error.log"), toPath: folder.path(of: "hard.log"))
    let list = expanded("access.log", "./access.log", "*.log", "symbolic.log")
    #expect(list.paths == ["access.log", "error.log", "odd[1].log"])
    #expect(
      list.repeated == [
        "./access.log", "access.log", "hard.log", "symbolic.log", "symbolic.log",
      ])
  }

  @Test func `standard input is read once`() {
    let list = expanded("-", "error.log", "-")
    #expect(list.paths == ["-", "error.log"])
    #expect(list.repeated == ["-"])
  }

  @Test func `equal content is no reason to leave a file out`() {
    #expect(expanded("access.log", "access.log.1").repeated.isEmpty)
  }

  /// `logs`, with files at several depths, a link to a directory and an empty directory.
  private func makeTree() throws {
    for path in ["a.log", "b/x.log", "b/c/y.log", "b/c/z.txt", "d/e/y.log", "b[1]/q.log"] {
      let url = URL(filePath: folder.path(of: "logs/\(path)"))
      try FileManager.default.createDirectory(
        at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
      try folder.write([0x0A], to: "logs/\(path)")
    }
    try FileManager.default.createDirectory(
      atPath: folder.path(of: "empty"), withIntermediateDirectories: true)
    try FileManager.default.createSymbolicLink(
      atPath: folder.path(of: "logs/b/loop"), withDestinationPath: folder.path(of: "logs"))
  }

  @Test(arguments: [
    ("logs", ["a.log", "b/c/y.log", "b/c/z.txt", "b/x.log", "b[1]/q.log", "d/e/y.log"]),
    ("logs/b", ["b/c/y.log", "b/c/z.txt", "b/x.log"]),
    ("logs/**/*.log", ["a.log", "b/x.log", "b/c/y.log", "b[1]/q.log", "d/e/y.log"]),
    ("logs/**/y.log", ["b/c/y.log", "d/e/y.log"]), ("logs/**/c/*", ["b/c/y.log", "b/c/z.txt"]),
    ("logs/b/**", ["b/x.log", "b/c/y.log", "b/c/z.txt"]), ("logs/d*/**/*.log", ["d/e/y.log"]),
    ("logs/*", ["a.log", "b/c/y.log", "b/c/z.txt", "b/x.log", "b[1]/q.log", "d/e/y.log"]),
  ])
  func `directories stand for their files, and two stars for any directories`(
    _ name: String, _ expected: [String]
  ) throws {
    try makeTree()
    let list = expanded(name)
    #expect(list.paths == expected.map { "logs/" + $0 })
    #expect(list.unmatched.isEmpty && list.repeated.isEmpty)
  }

  @Test func `what has no files is named`() throws {
    try makeTree()
    let list = expanded("empty", "logs/**/*.gz", "logs/**/nothing")
    #expect(list.paths.isEmpty)
    #expect(list.unmatched == ["empty", "logs/**/*.gz", "logs/**/nothing"])
  }

  @Test func `listed paths are no globs`() throws {
    try makeTree()
    let paths = ["odd[1].log", "access.log*", "logs/b"].map { folder.path(of: $0) }
    let list = InputList(expanding: [], listed: paths)
    #expect(list.paths.count == 4 && list.paths.first == paths[0])
    #expect(list.unmatched == [paths[1]])
  }

  @Test func `a dangling link is left for the reader to refuse`() throws {
    try FileManager.default.createSymbolicLink(
      atPath: folder.path(of: "dangling"), withDestinationPath: folder.path(of: "gone"))
    #expect(expanded("dangling").paths + expanded("dangling").unmatched == ["dangling"])
  }

  @Test func `a glob that finds a file called - does not mean standard input`() async {
    await #expect(processExitsWith: .success) {
      let folder = try TemporaryFolder()
      try folder.write([0x0A], to: "-")
      precondition(unsafe chdir(folder.path) == 0)
      precondition(InputList(expanding: ["*"]).paths == ["./-"])
      precondition(InputList(expanding: ["-"]).paths == ["-"])
    }
  }
}
