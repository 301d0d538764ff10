import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import Synchronization

/// A hub of a few lines on a loopback port: it keeps the requests and answers as the test wishes.
final class LoopbackHub: Sendable {
  struct Request: Sendable {
    var method: String
    var uri: String
    var headers: HTTPHeaders
    var body: [UInt8]
  }

  enum Behaviour: Sendable {
    case answer(Int, headers: [(String, String)] = [], body: String = "")
    /// The request is read, and no answer comes.
    case silence
    /// The connection is closed as soon as the request has been read.
    case close
    /// An answer begins, and its body never ends.
    case endlessBody(Int)
    /// An answer with a body of so many bytes.
    case longBody(Int, size: Int)
  }

  private let requestsSeen = Mutex<[Request]>([])
  private let channel: any Channel
  let behaviour: @Sendable (Request) -> Behaviour

  var requests: [Request] { requestsSeen.withLock { $0 } }
  var port: Int { channel.localAddress?.port ?? 0 }

  /// - Parameter tls: for a hub with a certificate.
  static func with<Value: Sendable>(
    _ behaviour: @escaping @Sendable (Request) -> Behaviour, tls: NIOSSLContext? = nil,
    _ body: (LoopbackHub) async throws -> Value
  ) async throws -> Value {
    let holder = Holder()
    let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
      .childChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          if let tls {
            try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: tls))
          }
          try channel.pipeline.syncOperations.configureHTTPServerPipeline()
          try channel.pipeline.syncOperations.addHandler(Handler(holder))
        }
      }
      .bind(host: "127.0.0.1", port: 0).get()
    let hub = LoopbackHub(channel: channel, behaviour: behaviour)
    holder.hub.withLock { $0 = hub }
    let result: Result<Value, any Error>
    do { result = .success(try await body(hub)) } catch { result = .failure(error) }
    try await channel.close()
    return try result.get()
  }

  private init(channel: any Channel, behaviour: @escaping @Sendable (Request) -> Behaviour) {
    self.channel = channel
    self.behaviour = behaviour
  }

  private final class Holder: Sendable {
    let hub = Mutex<LoopbackHub?>(nil)
  }

  private final class Handler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let holder: Holder
    private var request: Request?

    init(_ holder: Holder) {
      self.holder = holder
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
      switch unwrapInboundIn(data) {
      case .head(let head):
        request = Request(
          method: head.method.rawValue, uri: head.uri, headers: head.headers, body: [])
      case .body(let buffer):
        request?.body += Array(buffer.readableBytesView)
      case .end:
        guard let request, let hub = holder.hub.withLock({ $0 }) else { return }
        hub.requestsSeen.withLock { $0.append(request) }
        act(hub.behaviour(request), context)
      }
    }

    private func act(_ behaviour: Behaviour, _ context: ChannelHandlerContext) {
      switch behaviour {
      case .answer(let status, let headers, let body):
        write(status, headers, body: body, context)
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
      case .silence: break
      case .close: context.close(promise: nil)
      case .endlessBody(let status):
        write(status, [("Transfer-Encoding", "chunked")], body: "x", context)
        context.flush()
      case .longBody(let status, let size):
        write(status, [], body: String(repeating: "x", count: size), context)
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
      }
    }

    private func write(
      _ status: Int, _ headers: [(String, String)], body: String, _ context: ChannelHandlerContext
    ) {
      var headers = HTTPHeaders(headers)
      if !headers.contains(name: "Transfer-Encoding") {
        headers.add(name: "Content-Length", value: "\(body.utf8.count)")
      }
      let head = HTTPResponseHead(
        version: .http1_1, status: HTTPResponseStatus(statusCode: status), headers: headers)
      context.write(wrapOutboundOut(.head(head)), promise: nil)
      context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(string: body)))), promise: nil)
    }
  }
}
