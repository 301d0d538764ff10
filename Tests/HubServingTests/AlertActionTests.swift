import Configuring
import Diagnostics
import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization
import Testing
import TestSupport

@testable import HubServing

/// What alerts do, to a server of the test's own and to real programs.
struct AlertActionTests {
  private static let body = #"{"event":"firing"}"#

  // MARK: Webhooks

  private func webhook(_ url: String) throws -> AlertRule.Webhook {
    try #require(alertRule("metric: rpm, above: 1, webhook: '\(url)'").webhook)
  }

  @Test func `a webhook is posted JSON, and secrets of its address go where they belong`()
    async throws
  {
    try await HookServer.serving { server in
      let address = "http://ada:p%40ss@127.0.0.1:\(server.port)/hook?key=a%20b"
      let failure = await WebhookPosting().post(Self.body, to: try webhook(address))
      #expect(failure == nil)
      let request = try #require(server.requests.first)
      #expect(server.requests.count == 1)
      #expect(request.head.method == .POST && request.head.uri == "/hook?key=a%20b")
      #expect(request.head.headers.first(name: "Content-Type") == "application/json")
      #expect(request.head.headers.first(name: "Host") == "127.0.0.1:\(server.port)")
      let credentials = Data("ada:p@ss".utf8).base64EncodedString()
      #expect(request.head.headers.first(name: "Authorization") == "Basic \(credentials)")
      #expect(request.body == Self.body)
    }
  }

  @Test(arguments: [
    ("/200", nil), ("/204", nil), ("/302", "the answer was 302"), ("/404", "the answer was 404"),
    ("/500", "the answer was 500"), ("/close", "the connection was closed before the answer"),
    ("/silent", "no answer in time"),
  ])
  func `whatever is not success is a failure, and no redirect is followed`(
    path: String, failure: String?
  ) async throws {
    try await HookServer.serving { server in
      var posting = WebhookPosting()
      if path == "/silent" { posting.timeout = .milliseconds(200) }
      let address = "http://user:secret@127.0.0.1:\(server.port)\(path)"
      let outcome = await posting.post(Self.body, to: try webhook(address))
      #expect(outcome == failure)
      #expect(server.requests.count == 1)
    }
  }

  @Test func `where nobody listens there is no connection`() async throws {
    let port = try await HookServer.serving { $0.port }
    let failure = await WebhookPosting().post(
      Self.body, to: try webhook("http://127.0.0.1:\(port)/secret"))
    #expect(failure == "Connection refused")
  }

  // MARK: Commands

  @Test func `a command is given the values as JSON, and no shell`() async throws {
    let folder = try TemporaryFolder()
    let file = folder.path(of: "out")
    let failure = await CommandRunning().run(
      ["sh", "-c", #"cat >"$1"; printf ' %s' "$2" >>"$1""#, "sh", file, "$(id) `id` *"],
      input: Self.body)
    #expect(failure == nil)
    #expect(try String(contentsOfFile: file, encoding: .utf8) == Self.body + " $(id) `id` *")
  }

  @Test(arguments: [
    (["true"], nil), (["false"], "it ended with status 1"),
    (["sh", "-c", "exit 7"], "it ended with status 7"),
    (["sh", "-c", "kill -9 $$"], "it ended by signal 9"),
    (["/no/such/program"], "it cannot be started: No such file or directory"),
    (["/"], "it cannot be started: Permission denied"),
  ])
  func `how a command ends says whether it failed`(words: [String], failure: String?) async {
    #expect(await CommandRunning().run(words, input: Self.body) == failure)
  }

  @Test func `a command that goes on is killed with what it has started`() async throws {
    let folder = try TemporaryFolder()
    let file = folder.path(of: "pid")
    var running = CommandRunning()
    running.timeout = .seconds(1)
    let failure = await running.run(
      ["sh", "-c", #"sleep 600 & echo $! >"$1"; wait"#, "sh", file], input: "")
    #expect(failure == "it was killed after 1 s")
    let text = try String(contentsOfFile: file, encoding: .utf8)
    let child = try #require(text.split(separator: "\n").first.flatMap { Int32($0) })
    // It is gone as soon as whoever inherits it has waited for it.
    var isGone = false
    while !isGone {
      isGone = kill(child, 0) != 0 || Self.isZombie(child)
      if !isGone { try await Task.sleep(for: .milliseconds(5)) }
    }
  }

  private static func isZombie(_ process: Int32) -> Bool {
    let text = (try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8)) ?? ") Z"
    return text.contains(") Z")
  }

  @Test func `a command has no files but the standard ones, and no signal ignored`() async throws {
    let folder = try TemporaryFolder()
    let file = folder.path(of: "out")
    let leak = unsafe open(file, O_RDWR | O_CREAT, 0o600)
    defer { close(leak) }
    let script = #"exec >"$1"; ls /proc/$$/fd; exec grep -E 'SigIgn|SigBlk' /proc/self/status"#
    let failure = await CommandRunning().run(["sh", "-c", script, "sh", file], input: Self.body)
    #expect(failure == nil)
    let lines = try String(contentsOfFile: file, encoding: .utf8).split(separator: "\n")
    let files = lines.compactMap { Int($0) }
    #expect(files.count == 3 && files.allSatisfy { $0 < 3 }, "\(files)")
    let masks = lines.compactMap { line in
      line.hasPrefix("Sig")
        ? line.split(separator: "\t").last.flatMap { UInt64($0, radix: 16) } : nil
    }
    // glibc keeps the signals 32 and 33 for itself.
    #expect(masks.count == 2 && masks.allSatisfy { $0 & 0x7FFF_FFFF == 0 }, "\(lines)")
  }

  @Test func `input that does not fit is said, and nobody waits for ever`() async {
    let input = String(repeating: "x", count: 1 << 21)
    #expect(await CommandRunning().run(["true"], input: input) == "its input does not fit a pipe")
  }

  @Test(arguments: [
    ("https://a/b", "https://a/b", nil), ("https://u:p@a/b@c", "https://a/b@c", "u:p"),
    ("https://u%3Aq:p%zz@a?x", "https://a?x", "u:q:p%zz"),
    ("https://tok%C3%A9n@a", "https://a", "tokén"),
  ])
  func `name and password are kept apart from an address`(
    text: String, url: String, credentials: String?
  ) {
    let address = WebhookAddress(text)
    #expect(address.url == url && address.credentials == credentials)
  }
}

/// A server that notes what it is asked, and answers as the path says.
private final class HookServer: Sendable {
  struct Noted: Sendable {
    var head: HTTPRequestHead
    var body: String
  }

  private let noted = Mutex([Noted]())
  private let channel: any Channel

  var requests: [Noted] { noted.withLock { $0 } }
  var port: Int { channel.localAddress?.port ?? 0 }

  private init(_ channel: any Channel) { self.channel = channel }

  static func serving<Value>(
    _ body: (HookServer) async throws -> Value
  ) async throws -> Value {
    let place = Mutex<HookServer?>(nil)
    let note: @Sendable (Noted) -> Void = { request in
      place.withLock { $0 }?.noted.withLock { $0.append(request) }
    }
    let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .childChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          try channel.pipeline.syncOperations.configureHTTPServerPipeline()
          try channel.pipeline.syncOperations.addHandler(HookHandler(note))
        }
      }
      .bind(host: "127.0.0.1", port: 0).get()
    let server = HookServer(channel)
    place.withLock { $0 = server }
    let value: Value
    do {
      value = try await body(server)
    } catch {
      try await channel.close()
      throw error
    }
    try await channel.close()
    return value
  }
}

private final class HookHandler: ChannelInboundHandler {
  typealias InboundIn = HTTPServerRequestPart
  typealias OutboundOut = HTTPServerResponsePart

  private let note: @Sendable (HookServer.Noted) -> Void
  private var head = HTTPRequestHead(version: .http1_1, method: .GET, uri: "/")
  private var body = ""

  init(_ note: @escaping @Sendable (HookServer.Noted) -> Void) { self.note = note }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    switch unwrapInboundIn(data) {
    case .head(let head): (self.head, body) = (head, "")
    case .body(let buffer): body += String(buffer: buffer)
    case .end:
      note(HookServer.Noted(head: head, body: body))
      answer(context)
    }
  }

  private func answer(_ context: ChannelHandlerContext) {
    switch head.uri {
    case "/silent": break
    case "/close": context.close(promise: nil)
    default:
      let status = Int(head.uri.dropFirst()) ?? 200
      let headers: HTTPHeaders = ["Content-Length": "0", "Location": "/200"]
      let head = HTTPResponseHead(
        version: .http1_1, status: HTTPResponseStatus(statusCode: status), headers: headers)
      context.write(wrapOutboundOut(.head(head)), promise: nil)
      context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
    }
  }
}
