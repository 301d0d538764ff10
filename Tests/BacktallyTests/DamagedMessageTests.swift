import Foundation
import TestSupport
import Testing

/// A message whose body a disk or a hand has damaged does not hold up the others.
struct DamagedMessageTests {
  /// A folder whose outbox holds messages for `hub`, and what happens to the bodies in it.
  private func damaged(
    for hub: String, _ accident: (_ bodies: String, _ first: String) throws -> Void
  ) async throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    try folder.write(Log.lines(3), to: "access.log")
    let outcome = try await folder.backtally(
      ["import", "--hub-url", hub, "--give-up-after", "1"] + Program.target + ["access.log"])
    #expect(outcome.status == 5, "\(outcome.errors)")
    let bodies = folder.path(of: ".local/state/backtally/bodies")
    let names = try FileManager.default.contentsOfDirectory(atPath: bodies).sorted()
    try accident(bodies, "\(bodies)/\(try #require(names.first))")
    return folder
  }

  @Test func `it is set aside and said, the rest is delivered, and it can be dropped`() async throws
  {
    let port = "\(try freePort())"
    let hubURL = "http://127.0.0.1:\(port)"
    let folder = try await damaged(for: hubURL) { _, first in
      var bytes = try Data(contentsOf: URL(filePath: first))
      // In the last body: those of the other messages stay sound.
      bytes[bytes.count - 20] ^= 1
      try bytes.write(to: URL(filePath: first))
    }
    try await folder.withHub(["--port", port]) { hub in
      let delivery = try await folder.backtally(["deliver", "--hub-url", hub.url])
      #expect(delivery.status == 5)
      #expect(delivery.text == "3 delivered, 0 waiting, 0 refused, 1 damaged\n")
      #expect(
        delivery.errors.contains("1 message in the outbox is damaged and cannot be sent"),
        "\(delivery.errors)")
      let messages = try await hub.totals().messages
      #expect(messages.startup + messages.sync == 3)

      let list = try await folder.backtally(["outbox", "list"]).text
      #expect(list.contains("  1 refused\n"), "\(list)")
      #expect(list.contains(": the body is damaged: it is not what was stored\n"), "\(list)")
      // It is said once, and once more when it is asked for.
      #expect(try await folder.backtally(["deliver", "--hub-url", hub.url]).status == 0)
      let retry = try await folder.backtally(
        ["deliver", "--retry-refused", "--hub-url", hub.url])
      #expect(retry.status == 5 && retry.text.contains("1 damaged"))

      let drop = try await folder.backtally(["outbox", "drop", "4"])
      #expect(drop.text == "dropped 1 message of \(Program.clientID)/test\n")
      #expect(try await folder.backtally(["outbox", "list"]).text == "the outbox is empty\n")
    }
  }

  @Test func `an import delivers its own messages beside those that have lost their file`()
    async throws
  {
    let port = "\(try freePort())"
    let folder = try await damaged(for: "http://127.0.0.1:\(port)") { _, first in
      try FileManager.default.removeItem(atPath: first)
    }
    try await folder.withHub(["--port", port]) { hub in
      try folder.write(Log.lines(3) + Log.line(minute: 7), to: "access.log")
      let outcome = try await folder.backtally(
        ["import", "--summary", "json", "--hub-url", hub.url] + Program.target + ["access.log"])
      #expect(outcome.status == 5, "\(outcome.errors)")
      let messages = try outcome.summary.messages
      #expect(messages.damaged == 4 && messages.waiting == 0)
      #expect(messages.delivered == messages.queued && messages.delivered > 0)
      #expect(outcome.errors.contains("4 messages in the outbox are damaged"))
      #expect(try await hub.totals().sums.requestCount == 1)
      let drop = try await folder.backtally(["outbox", "drop", "--refused"])
      #expect(drop.text == "dropped 4 messages of \(Program.clientID)/test\n")
    }
  }
}
