import AsyncHTTPClient
import NIOCore
import NIOEmbedded
import NIOPosix
import Testing

@testable import HubServing

/// A connection has to bring a whole header in time, or it takes a place from others.
struct HeaderDeadlineTests {
  private func channel() throws -> EmbeddedChannel {
    let channel = EmbeddedChannel(handler: HeaderDeadline(limit: .seconds(10)))
    try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
    return channel
  }

  @Test func `a connection over which nothing comes is closed when the time is over`() throws {
    let channel = try channel()
    channel.embeddedEventLoop.advanceTime(by: .milliseconds(9_999))
    #expect(channel.isActive)
    channel.embeddedEventLoop.advanceTime(by: .milliseconds(1))
    #expect(!channel.isActive)
  }

  @Test func `one that has brought a header stays`() throws {
    let channel = try channel()
    channel.embeddedEventLoop.advanceTime(by: .seconds(9))
    try channel.writeInbound("a header")
    channel.embeddedEventLoop.advanceTime(by: .hours(1))
    #expect(channel.isActive)
    #expect(try channel.readInbound(as: String.self) == "a header")
    _ = try channel.finish()
  }

  /// Sends the beginning of a header, and waits for the end of the connection.
  private final class Waiting: ChannelInboundHandler, Sendable {
    typealias InboundIn = ByteBuffer
    let closed: EventLoopPromise<Void>
    let text: String
    /// Sent again and again, a byte each time.
    let tail: String

    init(
      _ closed: EventLoopPromise<Void>, text: String = "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n",
      tail: String = ""
    ) {
      (self.closed, self.text, self.tail) = (closed, text, tail)
    }

    func channelActive(context: ChannelHandlerContext) {
      context.writeAndFlush(NIOAny(ByteBuffer(string: text)), promise: nil)
      guard !tail.isEmpty else { return }
      let channel = context.channel
      let bytes = ByteBuffer(string: tail)
      context.eventLoop.scheduleRepeatedTask(initialDelay: .zero, delay: .milliseconds(10)) {
        task in
        guard channel.isActive else { return task.cancel() }
        channel.writeAndFlush(bytes, promise: nil)
      }
    }

    func channelInactive(context: ChannelHandlerContext) { closed.succeed() }
  }

  @Test func `the hub closes a connection whose header does not end`() async throws {
    var options = LocalHub.Options()
    options.headerTimeout = .milliseconds(200)
    try await LocalHub(options: options).serving { url async throws in
      let port = try #require(url.split(separator: ":").last.flatMap { Int($0) })
      let group = MultiThreadedEventLoopGroup.singleton
      let closed = group.next().makePromise(of: Void.self)
      _ = try await ClientBootstrap(group: group)
        .channelInitializer { $0.pipeline.addHandler(Waiting(closed)) }
        .connect(host: "127.0.0.1", port: port).get()
      try await closed.futureResult.get()
    }
  }

  /// Read or not: a request that is refused, or that has no use for a body, is no way to keep a connection.
  @Test(
    arguments: [
      "POST /v2/00000000-0000-4000-8000-00000000b477/prod/sync", "GET /", "POST /nowhere",
      "GET /v2/00000000-0000-4000-8000-00000000b477/prod/totals",
    ], ["127.0.0.1", "a.test"])
  func `the hub closes a connection over which a body comes byte by byte`(
    _ line: String, _ host: String
  ) async throws {
    var options = LocalHub.Options()
    options.bodyTimeout = .milliseconds(200)
    try await LocalHub(options: options).serving { url async throws in
      let port = try #require(url.split(separator: ":").last.flatMap { Int($0) })
      let group = MultiThreadedEventLoopGroup.singleton
      let closed = group.next().makePromise(of: Void.self)
      let text =
        "\(line) HTTP/1.1\r\nHost: \(host)\r\nContent-Type: application/json\r\n"
        + "Content-Length: 100000\r\n\r\n"
      _ = try await ClientBootstrap(group: group)
        .channelInitializer { $0.pipeline.addHandler(Waiting(closed, text: text, tail: " ")) }
        .connect(host: "127.0.0.1", port: port).get()
      try await closed.futureResult.get()
    }
  }
}
