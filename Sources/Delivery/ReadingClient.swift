internal import AsyncHTTPClient
internal import Diagnostics
internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix

/// Asks an HTTP API that is read by: requests that change nothing, and are repeated until they are answered
/// or the attempts are used up.
package final class ReadingClient: Sendable {
  /// How often a request is sent at most.
  package static let attemptLimit = 5
  /// How long one wait between attempts is at most, in seconds: the API's limits are by the minute.
  package static let waitLimit = 65
  /// How large an answer may be.
  package static let answerLimit = 64 << 20

  package struct Request: Sendable {
    /// Below the base URL, beginning with `/`; with its query.
    package var path: String
    /// JSON; nil for a GET.
    package var body: [UInt8]?

    package init(_ path: String, body: [UInt8]? = nil) {
      self.path = path
      self.body = body
    }
  }

  private let settings: HTTPTransport.Settings
  private let client: HTTPClient
  private let eventLoops = MultiThreadedEventLoopGroup(numberOfThreads: 1)
  private let secondsSince1970: @Sendable () -> Int64
  private let wait: @Sendable (Duration) async -> Void

  /// - Parameters:
  ///   - settings: `attemptTimeout` is of one attempt.
  ///   - secondsSince1970: the wall clock.
  ///   - wait: waits between attempts.
  package init(
    _ settings: HTTPTransport.Settings, secondsSince1970: @escaping @Sendable () -> Int64,
    wait: @escaping @Sendable (Duration) async -> Void
  ) {
    self.settings = settings
    self.secondsSince1970 = secondsSince1970
    self.wait = wait
    client = HTTPClient(
      eventLoopGroup: eventLoops, configuration: HTTPTransport.configuration(for: settings))
  }

  /// Must be called before the client goes.
  package func shutDown() async {
    try? await client.shutdown()
    try? await eventLoops.shutdownGracefully()
  }

  /// The body of the answer.
  package func answer(to request: Request) async throws(ReadingFault) -> [UInt8] {
    var number = 1
    while true {
      let fault: ReadingFault
      do throws(ReadingFault) {
        return try await attempt(request)
      } catch {
        fault = error
      }
      guard number < Self.attemptLimit, !Task.isCancelled, let pause = fault.pause(after: number)
      else { throw fault }
      await wait(min(pause, .seconds(Self.waitLimit)))
      number += 1
    }
  }

  private func attempt(_ request: Request) async throws(ReadingFault) -> [UInt8] {
    let deadline = NIODeadline.now() + .seconds(Int64(settings.attemptTimeout / .seconds(1)))
    do {
      let response = try await client.execute(httpRequest(request), deadline: deadline)
      let status = Int(response.status.code)
      var bytes: [UInt8] = []
      for try await buffer in response.body {
        bytes += buffer.readableBytesView
        guard bytes.count <= Self.answerLimit else { throw ReadingFault.tooLarge }
      }
      if status == 200 { return bytes }
      throw ReadingFault.answered(
        status: status, reason: HTTPTransport.reason(bytes), pause: pause(response.headers))
    } catch let fault as ReadingFault {
      throw fault
    } catch {
      if case .failed(let fault) = AttemptOutcome(error) { throw .failed(fault.text) }
      throw .failed("it was called off")
    }
  }

  /// How long the answer asks to wait: by `Retry-After`, or until `X-RateLimit-Reset`.
  private func pause(_ headers: HTTPHeaders) -> Duration? {
    if let header = headers.first(name: "Retry-After") {
      return retryAfter(header, now: secondsSince1970())
    }
    guard let reset = headers.first(name: "X-RateLimit-Reset").flatMap({ Int64($0) }) else {
      return nil
    }
    return .seconds(max(reset - secondsSince1970(), 1))
  }

  private func httpRequest(_ request: Request) -> HTTPClientRequest {
    var message = HTTPClientRequest(url: settings.hub.description + request.path)
    message.method = request.body == nil ? .GET : .POST
    message.headers.add(name: "User-Agent", value: settings.userAgent)
    for header in settings.secretHeaders {
      message.headers.add(name: header.name, value: header.value.secret)
    }
    if let body = request.body {
      message.headers.add(name: "Content-Type", value: "application/json")
      message.body = .bytes(ByteBuffer(bytes: body))
    }
    return message
  }
}

/// Why there is no answer that can be read.
package enum ReadingFault: Error, Equatable, Sendable {
  /// - Parameter reason: the beginning of the answer, safe to print.
  case answered(status: Int, reason: String, pause: Duration?)
  /// One clause, without a URL or a secret.
  case failed(String)
  case tooLarge

  /// How long to wait before the request is sent again; nil if that is of no use.
  func pause(after attempts: Int) -> Duration? {
    let usual = Duration.seconds(1 << min(attempts - 1, 6))
    switch self {
    case .answered(let status, _, let pause):
      guard status == 429 || status == 408 || status >= 500 else { return nil }
      return pause ?? (status == 429 ? .seconds(15) : usual)
    case .failed: return usual
    case .tooLarge: return nil
    }
  }
}
