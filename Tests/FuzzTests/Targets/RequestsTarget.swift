import ByteScanning
import FuzzModels

@testable import Compressing
@testable import HubServing

/// What the hub makes of a request: whom it hears, and which bodies it takes. The first byte of an input
/// chooses; then come the headers, one a line, or the body.
///
/// On loopback it hears nobody who does not ask for this machine by its name, and no page of another site;
/// elsewhere nobody without the token. A body is taken or refused, the same way each time, and the
/// response to one that is refused is JSON.
final class RequestsTarget: FuzzTarget {
  private static let token = "T0KEN-of-16-chars"

  init() {}

  func run(_ input: borrowing Span<UInt8>) throws(Violation) {
    guard input.count > 0 else { return }
    let bytes = input.extracting(1..<input.count).copied()
    switch input[0] % 6 {
    case 0: try checkSigns(bytes, token: nil)
    case 1: try checkSigns(bytes, token: Self.token)
    case 2: try checkBody(bytes) { json in try StartupMessage(json) }
    case 3:
      try checkBody(bytes) { json in try SyncMessage(json) }
      try checkScanning(bytes)
    case 4: try checkFile(bytes)
    default:
      guard let content = try? inflated(bytes, limit: 1 << 20) else { return }
      try check(content.count <= 1 << 20, "\(content.count) bytes")
      try checkFile(content)
    }
  }

  private func checkSigns(_ bytes: [UInt8], token: String?) throws(Violation) {
    let lines = bytes.split(separator: 0x0A, maxSplits: 4, omittingEmptySubsequences: false)
      .map { Array($0) }
    func text(_ index: Int) -> String? {
      guard index < lines.count, !lines[index].isEmpty else { return nil }
      return String(decoding: lines[index], as: UTF8.self)
    }
    let signs = RequestGuard.Signs(
      authority: text(0) ?? "", path: text(1) ?? "", origin: text(2), site: text(3),
      authorization: text(4))
    let objection = RequestGuard(allowedHosts: ["hub.test"], token: token).objection(to: signs)
    guard objection == nil else { return }
    if token == nil {
      let isKnown = signs.authority.lowercased().hasPrefix("hub.test")
      try check(
        isKnown || SlowHosts.isOfThisMachine(Array(signs.authority.utf8)), "heard: \(signs)")
    } else {
      let shown = signs.path + (signs.authorization ?? "")
      try check(shown.utf8.count >= Self.token.utf8.count, "heard: \(signs)")
      try check(shown.contains(Self.token), "heard: \(signs)")
    }
    try check(signs.site.map { ["same-origin", "none"].contains($0) } ?? true, "heard: \(signs)")
    try check(
      signs.origin.map { $0.lowercased().hasSuffix("//" + signs.authority.lowercased()) } ?? true,
      "heard: \(signs)")
  }

  /// The fast way takes what the long way takes, and makes the same of it.
  private func checkScanning(_ bytes: [UInt8]) throws(Violation) {
    let slow = (try? JSONReading.value(of: bytes)).flatMap { try? SyncMessage($0) }
    let fast = try? SyncMessage.message(of: bytes)
    try check((slow == nil) == (fast == nil), "taken one way only")
    guard let slow, let batch = fast?.batch else { return }
    var expected = TrafficBatch()
    for request in slow.requests { expected.add(request, bucket: 0) }
    try check(batch.items.count == expected.items.count, "other items")
    for (item, other) in zip(batch.items, expected.items) {
      let isSame =
        batch.text[item.consumer] == expected.text[other.consumer]
        && batch.text[item.method] == expected.text[other.method]
        && batch.text[item.path] == expected.text[other.path]
        && item.status == other.status && item.requestCount == other.requestCount
        && item.requestSizeSum == other.requestSizeSum
        && item.responseSizeSum == other.responseSizeSum
        && item.bins.count == other.bins.count
      try check(isSame, "another item")
    }
  }

  private func checkBody<Message: Equatable>(
    _ bytes: [UInt8], _ read: (JSONValue) throws -> Message
  ) throws(Violation) {
    func outcome() -> Result<Message, InvalidMessage> {
      var inspection = Inspection()
      let value = inspection.json(bytes)
      do {
        return .success(try read(try inspection.verdict(value)))
      } catch let error as InvalidMessage {
        return .failure(error)
      } catch {
        preconditionFailure("\(error)")
      }
    }
    try checkAlike(outcome(), outcome())
  }

  private func checkFile(_ lines: [UInt8]) throws(Violation) {
    func outcome() -> Result<LogFile, InvalidMessage> {
      do throws(InvalidMessage) {
        return .success(try LogFile(uuid: "a", lines: lines))
      } catch {
        return .failure(error)
      }
    }
    let first = outcome()
    try checkAlike(first, outcome())
    if case .success(let file) = first {
      let size = file.items.reduce(0) { $0 + $1.line.utf8.count }
      try check(size <= lines.count, "\(size) bytes of \(lines.count)")
    }
  }

  private func checkAlike<Message: Equatable>(
    _ first: Result<Message, InvalidMessage>, _ second: Result<Message, InvalidMessage>
  ) throws(Violation) {
    try check(first == second, "the same twice")
    guard case .failure(let error) = first else { return }
    try check((1...Inspection.complaintLimit).contains(error.complaints.count), "complaints")
    let answer = Complaint.answer(error.complaints)
    try check(SlowJSON.value(of: Array(answer.utf8)) != nil, "no JSON: \(answer)")
    try check(answer.utf8.count < 64 << 10, "an answer of \(answer.utf8.count) bytes")
  }
}
