import Foundation
import Testing
import TestSupport

/// `backtally status` and `deliver`.
struct StatusTests {
  private struct Status: Decodable {
    struct Source: Decodable {
      var number: Int
      var path: String
      var lines: Int
      var requests: Int
    }

    struct Queue: Decodable, Equatable {
      var app: String
      var waiting: Int
      var refused: Int
      var delivered: Int
    }

    struct Run: Decodable {
      var command: String
      var exit_status: Int?
      var delivered: Int
    }

    var sources: [Source]
    var queues: [Queue]
    var runs: [Run]
  }

  private func status(_ folder: TemporaryFolder) async throws -> Status {
    let outcome = try await folder.backtally(["status", "--summary", "json"])
    #expect(outcome.status == 0, "\(outcome.errors)")
    return try JSONDecoder().decode(Status.self, from: outcome.output)
  }

  @Test func `what a hub out of reach did not take is delivered later`() async throws {
    let folder = try TemporaryFolder()
    try folder.write(Log.lines(3), to: "access.log")
    let app = "\(Program.clientID)/test"
    let port = try freePort()
    let outcome = try await folder.backtally(
      ["import", "--hub-url", "http://127.0.0.1:\(port)", "--give-up-after", "1", "access.log"]
        + Program.target)
    #expect(outcome.status == 5)
    let before = try await status(folder)
    #expect(before.sources.map(\.lines) == [3])
    #expect(before.sources.map(\.requests) == [3])
    #expect(before.queues == [.init(app: app, waiting: 4, refused: 0, delivered: 0)])
    #expect(before.runs.map(\.command) == ["import"])
    #expect(before.runs.map(\.exit_status) == [5])

    try await folder.withHub(["--port", "\(port)"]) { hub in
      let delivered = try await folder.backtally(["deliver", "--hub-url", hub.url])
      #expect(delivered.status == 0, "\(delivered.errors)")
      #expect(delivered.text == "4 delivered, 0 waiting, 0 refused\n")
      #expect(try await hub.totals().sums.requestCount == 3)
    }
    let after = try await status(folder)
    #expect(after.queues == [.init(app: app, waiting: 0, refused: 0, delivered: 4)])
    #expect(after.runs.map(\.command) == ["deliver", "import"])
    #expect(after.runs.map(\.exit_status) == [0, 5])
    #expect(after.runs.map(\.delivered) == [4, 0])

    // One that finds nothing to send is not worth a place in it.
    let idle = try await folder.backtally(["deliver", "--hub-url", "http://127.0.0.1:9"])
    #expect(idle.status == 0, "\(idle.errors)")
    #expect(try await status(folder).runs.count == 2)
    let text = try await folder.backtally(["status"]).text
    #expect(text.contains(/deliver  exit 0  4 delivered\n/), "\(text)")
  }

  @Test func `the text shows sources, queue and runs`() async throws {
    let folder = try TemporaryFolder()
    try folder.write(Log.lines(3), to: "access.log")
    _ = try await folder.backtally(
      ["import", "--hub-url", "http://127.0.0.1:9", "--give-up-after", "1", "access.log"]
        + Program.target)
    let outcome = try await folder.backtally(["status"])
    let text = outcome.text.replacing(folder.path, with: "~")
      .replacing(/20[0-9]{2}-[0-9]{2}-[0-9]{2} [0-9:]{8} UTC/, with: "NOW UTC")
    try Golden("status.txt").expect(text)
  }
}
