import Foundation
import Testing

@testable import Outbox

/// A state directory into which somebody else has put something, or could: nothing that is not ours is
/// written to, and nothing is left behind.
struct ForeignStateTests {
  private let state: TemporaryState
  /// A file outside of the directory.
  private let victim: String
  private let content = Array("precious\n".utf8)

  init() throws {
    state = try TemporaryState()
    victim = (state.directory as NSString).deletingLastPathComponent + "/victim"
    try writeFile(victim, content)
    _ = try setMode(0o644, victim)
  }

  private func setMode(_ mode: Int, _ path: String) throws {
    try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
  }

  private func expectRefusal(_ name: String, _ reason: NotOurs) {
    let path = name.isEmpty ? state.directory : state.directory + "/" + name
    #expect(throws: OutboxError.notOurs(path: path, reason)) { try state.open() }
    #expect(readFile(victim) == content)
    #expect((try? state.mode(of: victim)) == 0o644)
  }

  @Test(arguments: ["lock", "backtally.sqlite", "backtally.sqlite-wal", "bodies"])
  func `a link is not followed`(_ name: String) throws {
    try state.open().close()
    let path = state.directory + "/" + name
    try? FileManager.default.removeItem(atPath: path)
    try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: victim)
    expectRefusal(name, .isLink)
  }

  @Test(arguments: ["lock", "backtally.sqlite"])
  func `a link to nothing makes nothing`(_ name: String) throws {
    try FileManager.default.createDirectory(
      atPath: state.directory, withIntermediateDirectories: true,
      attributes: [.posixPermissions: 0o700])
    let target = victim + ".new"
    try FileManager.default.createSymbolicLink(
      atPath: state.directory + "/" + name, withDestinationPath: target)
    expectRefusal(name, .isLink)
    #expect(!FileManager.default.fileExists(atPath: target))
  }

  @Test(arguments: ["lock", "backtally.sqlite", "backtally.sqlite-wal"])
  func `a file with a second name is not written to`(_ name: String) throws {
    try state.open().close()
    let path = state.directory + "/" + name
    try? FileManager.default.removeItem(atPath: path)
    try FileManager.default.linkItem(atPath: victim, toPath: path)
    expectRefusal(name, .hasOtherNames)
  }

  @Test(arguments: [
    "precious\n", "12\n13\n", "12 ", "-1\n", "1234567890123456\n", "\n\n",
    String(repeating: "1", count: 40),
  ])
  func `a lock file that holds anything else stays as it is`(_ text: String) throws {
    try state.open().close()
    let path = state.directory + "/lock"
    try writeFile(path, Array(text.utf8))
    expectRefusal("lock", .holdsSomethingElse)
    #expect(readFile(path) == Array(text.utf8))
  }

  @Test(arguments: ["", "1", "99999999\n", "\n"])
  func `a lock file of ours is taken`(_ text: String) throws {
    try state.open().close()
    try writeFile(state.directory + "/lock", Array(text.utf8))
    try state.open().close()
  }

  @Test(arguments: [0o770, 0o707, 0o777, 0o1777, 0o722])
  func `a directory that others can write to is not used`(_ mode: Int) throws {
    try FileManager.default.createDirectory(
      atPath: state.directory, withIntermediateDirectories: true)
    try setMode(mode, state.directory)
    expectRefusal("", .isWritableByOthers)
    #expect(try FileManager.default.contentsOfDirectory(atPath: state.directory).isEmpty)
  }

  @Test func `nor are its bodies`() throws {
    try state.open().close()
    // A directory around them that others can pass.
    try setMode(0o755, state.directory)
    try setMode(0o777, state.directory + "/bodies")
    expectRefusal("bodies", .isWritableByOthers)
  }

  @Test(arguments: [0o700, 0o755, 0o500 | 0o200])
  func `a directory that only we can write to is`(_ mode: Int) throws {
    try FileManager.default.createDirectory(
      atPath: state.directory, withIntermediateDirectories: true)
    try setMode(mode, state.directory)
    try state.open().close()
  }

  @Test func `a link of ours may lead to the directory`() throws {
    try state.open().close()
    let link = victim + ".link"
    try FileManager.default.createSymbolicLink(
      atPath: link, withDestinationPath: state.directory)
    try OutboxDatabase.open(holding: StateLock.acquire(in: link)).close()
  }

  @Test(.enabled(if: geteuid() == 0, "only root can give files away"))
  func `what belongs to another user is not used`() throws {
    try state.open().close()
    for name in ["", "/lock", "/backtally.sqlite", "/bodies"] {
      let path = state.directory + name
      _ = unsafe chown(path, 65_534, 65_534)
      #expect(throws: OutboxError.notOurs(path: path, .hasOtherOwner(65_534))) { try state.open() }
      _ = unsafe chown(path, 0, 0)
    }
    try state.open().close()
  }

  @Test func `what is no file is not waited for`() throws {
    try state.open().close()
    for name in ["lock", "backtally.sqlite"] {
      let path = state.directory + "/" + name
      try FileManager.default.removeItem(atPath: path)
      #expect(unsafe mkfifo(path, 0o600) == 0)
      expectRefusal(name, .isNoFile)
      try FileManager.default.removeItem(atPath: path)
    }
  }
}
