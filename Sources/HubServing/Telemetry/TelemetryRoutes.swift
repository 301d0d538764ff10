import Crypto
import HTTPTypes
import Hummingbird

/// Where messages of OTLP arrive. An app is known by its write token: its client ID is a UUID that follows
/// from it.
extension HubRoutes {
  func receive(
    _ request: Request, _ signal: TelemetrySignal, _ context: HubRequestContext
  ) async throws -> Response {
    let origin = try telemetryOrigin(request)
    let type = request.headers[.contentType]?.prefix { $0 != ";" }.lowercased()
    guard type == "application/x-protobuf" else {
      throw Refusal(.unsupportedMediaType, "Content-Type must be application/x-protobuf")
    }
    return try await receive(
      request, at: signal.endpoint, context, answering: HubAnswer.takenTelemetry
    ) { body in
      let message = try await turns.taking { try telemetry(body, signal, request, origin) }
      _ = try await store.keep(message, from: origin)
    }
  }

  private func telemetry(
    _ body: [UInt8], _ signal: TelemetrySignal, _ request: Request, _ origin: Origin
  ) throws -> TelemetryMessage {
    let digest = Array(SHA256.hash(data: body))
    var content = body
    switch request.headers[.contentEncoding]?.lowercased() {
    case nil, "identity": break
    case "gzip": content = try inflatedBody(body, limit: Self.maximumBodyByteCount)
    default: throw Refusal(.badRequest, "Content-Encoding is neither gzip nor identity")
    }
    return try TelemetryInspection.message(
      content, signal, digest: digest, environment: origin.env)
  }

  private func telemetryOrigin(_ request: Request) throws -> Origin {
    let header = request.headers[.authorization] ?? ""
    let token = header.dropFirst("Bearer ".count)
    guard header.lowercased().hasPrefix("bearer "), isWriteToken(token) else {
      throw Refusal(.unauthorized, "a write token is required: apt_ and 24 letters and digits")
    }
    guard let name = HTTPField.Name("Apitally-Env"), let env = request.headers[name],
      let origin = Origin(clientID: clientID(ofToken: String(token)), env: env)
    else {
      throw Refusal(
        .badRequest, "Apitally-Env is not 1 to 32 letters, digits, hyphens and underscores")
    }
    guard allowedClientIDs.isEmpty || allowedClientIDs.contains(origin.clientID) else {
      throw Refusal(.unauthorized, "unknown write token")
    }
    return origin
  }
}

private func isWriteToken(_ text: Substring) -> Bool {
  text.hasPrefix("apt_") && text.utf8.count == 28
    && text.utf8.dropFirst(4).allSatisfy { byte in
      (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte & 0xDF)
    }
}

/// The client ID of the app with this write token: a UUID of version 8 (RFC 9562, 5.8) from its SHA-256, as
/// backtally itself makes one where it knows no other.
func clientID(ofToken token: String) -> String {
  var bytes = Array(SHA256.hash(data: Array("backtally otlp token \(token)".utf8)).prefix(16))
  bytes[6] = bytes[6] & 0x0F | 0x80
  bytes[8] = bytes[8] & 0x3F | 0x80
  let digits = bytes.map { $0 < 16 ? "0" + String($0, radix: 16) : String($0, radix: 16) }.joined()
  var text = ""
  for (index, digit) in digits.enumerated() {
    if [8, 12, 16, 20].contains(index) { text += "-" }
    text.append(digit)
  }
  return text
}

extension HubAnswer {
  /// An empty message, which says that all was taken.
  static let takenTelemetry = Response(
    status: .ok, headers: [.contentType: "application/x-protobuf"])
}
