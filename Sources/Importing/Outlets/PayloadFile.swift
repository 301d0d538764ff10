internal import Addressing
internal import Attribution
internal import Diagnostics
internal import Foundation
internal import Ingesting
internal import Messaging

/// Writes messages to a file instead of sending them (`--payloads`): NDJSON, a message a line,
/// `{"path":"/v2/…/sync","body":{…}}`.
final class PayloadFile: MessageSink {
  /// nil for standard output.
  private let file: OutputFile?
  private var buffer: [UInt8] = []
  private var isWritten = false
  private var parts = BucketParts()
  private let encoding: PayloadEncoding
  /// What is gathered before it is written.
  private static let bufferSize = 1 << 18

  /// Opens the file at `path`, which from now on holds nothing but these messages, or takes standard
  /// output for `-`.
  ///
  /// - Parameter encoding: of messages of OTLP.
  init(path: String, encoding: PayloadEncoding) throws(Diagnostic) {
    self.encoding = encoding
    file = path == "-" ? nil : try OutputFile(path: path, name: "the payload file")
    try file?.begin()
  }

  func rememberedRoutes() throws(Diagnostic) -> [KnownRoute] { [] }

  func addPart(ofBucketAt start: Int64) throws(Diagnostic) -> Int { parts.add(start) }

  func accept(_ message: HubMessage) throws(Diagnostic) -> Bool {
    if message.isTelemetry {
      buffer += message.payloadLine(encoding)
      if buffer.count >= Self.bufferSize { try flush() }
    } else if message.kind == .log {
      // An item a line.
      for item in message.body.split(separator: UInt8(ascii: "\n")) {
        try write(item, message.envelope)
      }
    } else {
      try write(message.body[...], message.envelope)
    }
    return true
  }

  private func write(
    _ body: ArraySlice<UInt8>, _ envelope: Envelope
  ) throws(Diagnostic) {
    buffer += Array("{\"path\":\"\(envelope.path)\",\"body\":".utf8)
    buffer += body
    buffer += Array("}\n".utf8)
    if buffer.count >= Self.bufferSize { try flush() }
  }

  /// What was written stays written, unless nobody can have read it yet: a run before whose first
  /// checkpoint the buffer was not full.
  func startOver() -> Bool {
    buffer.removeAll()
    parts = BucketParts()
    return !isWritten
  }

  func checkpoint(_ checkpoint: OutletCheckpoint) throws(Diagnostic) { try flush() }

  private func flush() throws(Diagnostic) {
    defer { buffer.removeAll(keepingCapacity: true) }
    isWritten = true
    if let file { return try file.write(buffer) }
    do {
      try FileHandle.standardOutput.write(contentsOf: Data(buffer))
    } catch {
      // `backtally import --payloads - … | head` is no error.
      let number = errno
      if number == EPIPE { throw .closedPipe }
      throw Diagnostic(
        .error, code: "cannot-write", "writing the payload file failed (\(systemMessage(number)))",
        hint: systemHint(number), at: Place(source: "-"))
    }
  }
}

extension Diagnostic {
  /// The reader of our output has closed it, which ends the run without an error.
  static let closedPipe = Diagnostic(
    .note, code: "closed-pipe", "the output was closed", exitStatus: .done)
}
