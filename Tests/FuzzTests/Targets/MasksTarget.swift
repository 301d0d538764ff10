import AccessLogParsing
import Attribution
import ByteScanning
import FuzzModels

@testable import Messaging

/// What is masked in request logs. An input is what stands before and behind a secret, with a line feed
/// between them; the first byte chooses the secret's name, the second how it is written, and the third
/// whether it stands in the target, in a header, or in a parameter of the target.
final class MasksTarget: FuzzTarget {
  private static let names = [
    "token", "api_key", "otp", "Password", "client_secret", "jwt", "X-Auth", "SAMLResponse",
  ]
  private static let secret = "SEKRET0123"

  private let masking = SecretMasking(RequestLogRules())
  private var url: RequestURL

  init() { url = RequestURL(masking) }

  func run(_ input: borrowing Span<UInt8>) throws(Violation) {
    var parameters = ParameterReader()
    let name = Self.names[parameters.number(below: Self.names.count, input)]
    let form = parameters.number(below: 8, input)
    let place = parameters.number(below: 4, input)
    let start = min(parameters.offset, input.count)
    let end = max(start, input.plainLineEnd(from: start))
    let before = input.text(start..<end)
    let behind = input.text(min(end + 1, input.count)..<input.count)
    guard !(before + behind).contains(Self.secret) else { return }
    let text = Self.planted(name, form, before, behind)
    let written =
      switch place {
      case 0: target("/p?" + text)
      case 1: target("/p?q=" + Self.encoded(text) + "&z=1")
      case 2: target("/p?q=" + Self.encoded(Self.encoded(text)) + "&z=1")
      default: header(text)
      }
    // As it is, and as whoever reads it may decode it.
    let decoded = String(decoding: SlowTargets.decoded(Array(written.utf8)[...]), as: UTF8.self)
    try check(!written.contains(Self.secret), "\(text) becomes \(written)")
    try check(!decoded.contains(Self.secret), "\(text) becomes \(decoded)")
  }

  private static func planted(
    _ name: String, _ form: Int, _ before: String, _ behind: String
  ) -> String {
    switch form {
    case 0: return before + "&\(name)=\(secret)&" + behind
    case 1: return before + "&\(name)%3D\(secret)%26" + behind
    case 2:
      // Behind an odd quote it would be another text.
      let plain = before.filter { $0 != "\"" && $0 != "\\" }
      return plain + " {\"\(name)\": \"\(secret)\"} " + behind
    case 3: return before + " Bearer \(secret) " + behind
    case 4: return before + " https://ada:\(secret)@a.test/ " + behind
    case 5: return before + " \(secret)@a.test " + behind
    case 6: return before + "?\(name)=\(secret)" + "#" + behind
    default: return before + " eyJhbGciOiJIUzI1NiJ9.\(secret).x " + behind
    }
  }

  private static func encoded(_ text: String) -> String {
    text.utf8.map { byte in
      isLetterOrDigit(byte)
        ? String(UnicodeScalar(byte)) : "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
    }.joined()
  }

  private func target(_ text: String) -> String {
    var target = OwnedBuffer<UInt8>(capacity: 256)
    target.append(text)
    guard let parts = RequestURL.parts(of: target) else { return "" }
    var written = OwnedBuffer<UInt8>(capacity: 256)
    url.append(parts, of: target, to: &written)
    return String(decoding: written.copied(), as: UTF8.self)
  }

  private func header(_ text: String) -> String {
    var value = OwnedBuffer<UInt8>(capacity: 256)
    value.append(text)
    var written = OwnedBuffer<UInt8>(capacity: 256)
    masking.appendValue(value, to: &written)
    return String(decoding: written.copied(), as: UTF8.self)
  }
}
