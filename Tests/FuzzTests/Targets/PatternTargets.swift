import ByteScanning
import FuzzModels

@testable import Attribution

/// Patterns as users write them, in values as clients send them. An input is a pattern, a line feed and
/// a value.
final class PatternsTarget: FuzzTarget {
  /// Few inputs change the pattern, and compiling takes most of the time.
  private var compiled: (text: [UInt8], pattern: Pattern?, groups: GroupSearch?)?

  init() {}

  func run(_ input: borrowing Span<UInt8>) throws(Violation) {
    let end = input.plainLineEnd(from: 0)
    let text = input.extracting(0..<end).copied()
    if compiled?.text != text {
      let pattern = try? Pattern(String(decoding: text, as: UTF8.self), takesGroup: true)
      compiled = (text, pattern, pattern.flatMap { GroupSearch($0) })
    }
    guard let pattern = compiled?.pattern else { return }
    let raw = input.extracting(min(end + 1, input.count)..<input.count).copied()
    let value = Pattern.searched(String(decoding: raw, as: UTF8.self))
    let (isFound, group) = (pattern.isFound(in: value.span), pattern.firstGroup(in: value.span))
    if let group {
      try check(isFound, "a group of no match")
      try check(group.upperBound <= value.count, "\(group) of \(value.count)")
      try check(String(validating: value[group], as: UTF8.self) != nil, "\(group) cuts a character")
    }
    try check(pattern.groupCount > 0 || group == nil, "a group of a pattern without")
    if let groups = compiled?.groups, let match = pattern.firstMatch(in: value.span) {
      let found = groups.group(in: value.span, match: match)
      try check(
        found == .found(group) || found == .unknown, "\(found) is \(String(describing: group))")
    }
    // Bytes that are no UTF-8 are searched, too, should anyone forget to decode them.
    let rawGroup = pattern.firstGroup(in: raw.span)
    try check(rawGroup.map { $0.upperBound <= raw.count } ?? true, "beyond the value")
  }
}

/// What is masked in text without a grammar. An input is what stands before and behind a secret, with
/// a line feed between them; the first byte chooses the secret's name, the second how it is written.
final class SecretsTarget: FuzzTarget {
  private static let names = ["token", "api_key", "otp", "Password", "client_secret", "jwt"]
  private static let secret = "SEKRET0123"

  init() {}

  func run(_ input: borrowing Span<UInt8>) throws(Violation) {
    var parameters = ParameterReader()
    let name = Self.names[parameters.number(below: Self.names.count, input)]
    let form = parameters.number(below: 5, input)
    let start = min(parameters.offset, input.count)
    let end = max(start, input.plainLineEnd(from: start))
    var before = input.text(start..<end)
    let behind = input.text(min(end + 1, input.count)..<input.count)
    let planted: String
    switch form {
    case 0: planted = "?\(name)=\(Self.secret)&"
    case 1: planted = "?\(name)%3D\(Self.secret)%26"
    case 2:
      // Behind an odd quote it would be another text.
      before = before.filter { $0 != "\"" && $0 != "\\" }
      planted = " {\"\(name)\": \"\(Self.secret)\"} "
    case 3: planted = " Bearer \(Self.secret) "
    default: planted = " eyJhbGciOiJIUzI1NiJ9.\(Self.secret).x "
    }
    let text = before + planted + behind
    // What the input itself says twice is not planted.
    guard !(before + behind).contains(Self.secret) else { return }
    let masked = SecretText.masked(text)
    try check(!masked.contains(Self.secret), "\(text) becomes \(masked)")
    try check(SecretText.masked(masked) == masked || masked.contains(SecretText.mask), "\(masked)")
  }
}
