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

    init(_ closed: EventLoopPromise<Void>) { self.closed = closed }

    func channelActive(context: ChannelHandlerContext) {
      let bytes = ByteBuffer(string: "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n")
      context.writeAndFlush(NIOAny(bytes), promise: nil)
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
}
