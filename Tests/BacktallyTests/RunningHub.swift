import Foundation
import Testing
import TestSupport

#if canImport(FoundationNetworking)
  import FoundationNetworking
#endif

/// `backtally hub` on a free port, while a test needs it.
struct RunningHub {
  let url: String

  /// What `GET …/totals` answers, as far as these tests look at it.
  struct Totals: Decodable {
    struct Messages: Decodable, Equatable {
      var startup: Int
      var sync: Int
      var log: Int
      var duplicate: Int
    }

    var messages: Messages
    var totals: [SyncItem]

    var sums: Sums { Sums(totals) }
  }

  func totals(of clientID: String = Program.clientID, env: String = "test") async throws -> Totals {
    try JSONDecoder().decode(Totals.self, from: try await answer(of: clientID, env: env))
  }

  /// The hub's totals as it answers them.
  func answer(of clientID: String = Program.clientID, env: String = "test") async throws -> Data {
    let address = try #require(URL(string: "\(url)/v2/\(clientID)/\(env)/totals"))
    return try await URLSession.shared.data(from: address).0
  }

  /// The messages, or items of request logs, that the hub has.
  func lines(of kind: String) async throws -> [Substring] {
    let address = try #require(
      URL(string: "\(url)/v2/\(Program.clientID)/test/messages?kind=\(kind)"))
    let body = try await URLSession.shared.data(from: address).0
    return String(decoding: body, as: UTF8.self).split(separator: "\n")
  }
}

/// A port of this machine on which nobody listens yet: for a hub that is away, and comes back.
func freePort() throws -> UInt16 {
  let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
  defer { close(descriptor) }
  var address = sockaddr_in()
  address.sin_family = sa_family_t(AF_INET)
  address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
  var length = socklen_t(MemoryLayout<sockaddr_in>.size)
  // SAFETY: a sockaddr_in is read and written as the sockaddr that these functions take.
  let isBound = unsafe withUnsafeMutablePointer(to: &address) { pointer in
    unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
      unsafe bind(descriptor, $0, length) == 0 && getsockname(descriptor, $0, &length) == 0
    }
  }
  try #require(isBound)
  return UInt16(bigEndian: address.sin_port)
}

extension TemporaryFolder {
  /// Runs a hub while `body` runs.
  func withHub<Result>(
    _ options: [String] = [], _ body: (RunningHub) async throws -> Result
  ) async throws -> Result {
    let process = try RunningProcess(Program.url, ["hub", "--port", "0"] + options, in: self)
    do {
      let result = try await body(RunningHub(url: try await Self.address(of: process)))
      process.terminate()
      #expect(await process.end(within: .seconds(10)) == 0)
      return result
    } catch {
      process.terminate()
      _ = await process.end(within: .seconds(10))
      throw error
    }
  }

  /// What the hub's first line says.
  private static func address(of process: RunningProcess) async throws -> String {
    let deadline = ContinuousClock.now + .seconds(60)
    var isLate = false
    while !isLate, process.isRunning {
      // Looked at before the file: where tests keep all threads busy, the sleep may take a minute.
      isLate = ContinuousClock.now > deadline
      let text = String(decoding: try Data(contentsOf: process.output), as: UTF8.self)
      if text.hasSuffix("\n"), let url = text.split(separator: " ").last {
        return url.trimmingCharacters(in: .newlines)
      }
      try await Task.sleep(for: .milliseconds(10))
    }
    let errors = String(decoding: try Data(contentsOf: process.errors), as: UTF8.self)
    Issue.record("the hub does not listen: \(errors)")
    throw CancellationError()
  }
}

extension TemporaryFolder {
  /// Runs a hub of a few lines of Python, which writes its port to a file.
  func startHub(_ program: String) async throws -> (RunningProcess, url: String) {
    try write(program, to: "hub.py")
    let running = try RunningProcess(
      URL(filePath: "/usr/bin/env"), ["python3", "hub.py"], in: self)
    while running.isRunning, !((try? text(of: "port").hasSuffix("\n")) ?? false) {
      try await Task.sleep(for: .milliseconds(10))
    }
    return (running, "http://127.0.0.1:\(try text(of: "port").dropLast())")
  }
}
