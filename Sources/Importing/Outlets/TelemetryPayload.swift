internal import Addressing
internal import ByteScanning
internal import Foundation
internal import Messaging

/// How the bodies of messages of OTLP are written to a file.
package enum PayloadEncoding: String, CaseIterable, Sendable {
  /// In the OTLP/JSON mapping, as `body`.
  case json
  /// As they are sent, before they are compressed, in base64 as `body_base64`.
  case protobuf
  case both
}

extension HubMessage {
  var isTelemetry: Bool { envelope.path.hasPrefix("/v1/") }

  /// A message of OTLP, uncompressed, as a line: path, the headers that say more than how the body is
  /// written, and the body.
  func payloadLine(_ encoding: PayloadEncoding) -> [UInt8] {
    var line = OwnedBuffer<UInt8>(capacity: 2 * body.count + 256)
    line.append("{\"path\":\"\(envelope.path)\",\"headers\":{")
    let headers = envelope.headers.filter { !$0.name.hasPrefix("Content-") }
    // The environment, which has no character that JSON escapes.
    line.append(headers.map { "\"\($0.name)\":\"\($0.value)\"" }.joined(separator: ","))
    line.append("}")
    if encoding != .protobuf {
      line.append(",\"body\":")
      TelemetryJSON.append(body, of: envelope.path, to: &line)
    }
    if encoding != .json {
      line.append(",\"body_base64\":\"\(Data(body).base64EncodedString())\"")
    }
    line.append("}\n")
    return line.copied()
  }
}
