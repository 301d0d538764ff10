import Diagnostics
import Foundation
import TestSupport
import Testing

@testable import Ingesting

/// A file that is written all at once.
struct ReplacedFileTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func write(_ text: String, to name: String) throws {
    try ReplacedFile(path: folder.path(of: name), name: "the page").write(Array(text.utf8))
  }

  private func status(_ name: String) -> stat {
    var status = stat()
    _ = unsafe lstat(folder.path(of: name), &status)
    return status
  }

  private var names: [String] {
    get throws { try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted() }
  }

  @Test func `a new file is its owner's only, and an old one keeps its mode`() throws {
    try write("new", to: "new")
    #expect(status("new").st_mode & 0o7777 == 0o600)
    try folder.write("much longer than what follows", to: "old")
    _ = unsafe chmod(folder.path(of: "old"), 0o644)
    let before = status("old").st_ino
    try write("short", to: "old")
    #expect(try folder.text(of: "old") == "short")
    #expect(status("old").st_mode & 0o7777 == 0o644)
    // Another file under its name: who reads the old one reads it to its end.
    #expect(status("old").st_ino != before)
    #expect(try names == ["new", "old"])
  }

  @Test func `nothing changes until it is written, and nothing is left if it never is`() throws {
    try folder.write("old", to: "page")
    do {
      let file = try ReplacedFile(path: folder.path(of: "page"), name: "the page")
      #expect(try folder.text(of: "page") == "old")
      #expect(try names.count == 2)
      withExtendedLifetime(file) {}
    }
    #expect(try names == ["page"])
    #expect(try folder.text(of: "page") == "old")
  }

  @Test func `links lead to what they led to, and other names keep the content`() throws {
    try folder.write("old", to: "real")
    for (link, target) in [("link", "real"), ("dangling", "later")] {
      try FileManager.default.createSymbolicLink(
        atPath: folder.path(of: link), withDestinationPath: target)
      try write("through \(link)", to: link)
      #expect(status(link).st_mode & S_IFMT == S_IFLNK)
      #expect(try folder.text(of: target) == "through \(link)")
    }
    #expect(status("later").st_mode & 0o7777 == 0o600)
    try FileManager.default.linkItem(
      atPath: folder.path(of: "real"), toPath: folder.path(of: "other"))
    try write("to both", to: "real")
    #expect(try folder.text(of: "other") == "to both")
    #expect(try names == ["dangling", "later", "link", "other", "real"])
  }

  @Test func `a folder that is missing, or is the file, is said at the start`() throws {
    for name in ["no/such/folder/page", "."] {
      let error = #expect(throws: Diagnostic.self) {
        _ = try ReplacedFile(path: folder.path(of: name), name: "the page")
      }
      #expect(error?.exitStatus == .wrongUsage, "\(name)")
    }
  }
}
