/// Request targets (RFC 9112, 3.2), byte by byte.
package enum SlowTargets {
  /// The decoded path of a target; nil if it has none.
  package static func path(of target: [UInt8]) -> [UInt8]? {
    guard let first = target.first else { return nil }
    var rest = target[...]
    if first != UInt8(ascii: "/") {
      guard let scheme = ["http://", "https://"].first(where: { isPrefix($0, target) }) else {
        return nil
      }
      rest = rest.dropFirst(scheme.utf8.count)
        .drop { $0 != UInt8(ascii: "/") && $0 != UInt8(ascii: "?") }
    }
    let path = withoutParameters(rest.prefix { $0 != UInt8(ascii: "?") && $0 != UInt8(ascii: "#") })
    return path.isEmpty ? [UInt8(ascii: "/")] : path
  }

  /// `%2F` is a slash; what only looks like an encoding stays as it is.
  package static func decoded(_ text: ArraySlice<UInt8>) -> [UInt8] {
    var bytes: [UInt8] = []
    var rest = text
    while let byte = rest.popFirst() {
      if byte == UInt8(ascii: "%"), rest.count >= 2,
        let high = digit(rest[rest.startIndex]), let low = digit(rest[rest.startIndex + 1])
      {
        bytes.append(high << 4 | low)
        rest = rest.dropFirst(2)
      } else {
        bytes.append(byte)
      }
    }
    return bytes
  }

  /// Decoded segments without what follows a semicolon, encoded or not, and has a name and `=`.
  private static func withoutParameters(_ path: ArraySlice<UInt8>) -> [UInt8] {
    let segments = path.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
    let kept = segments.map { segment in
      let parts = decoded(segment).split(
        separator: UInt8(ascii: ";"), omittingEmptySubsequences: false)
      let values = parts.dropFirst().filter { part in
        (part.firstIndex(of: UInt8(ascii: "=")) ?? part.startIndex) == part.startIndex
      }
      return Array((parts.prefix(1) + values).joined(separator: [UInt8(ascii: ";")]))
    }
    return Array(kept.joined(separator: [UInt8(ascii: "/")]))
  }

  private static func isPrefix(_ scheme: String, _ target: [UInt8]) -> Bool {
    let start = target.prefix(scheme.utf8.count).map { $0 >= 0x41 && $0 <= 0x5A ? $0 | 0x20 : $0 }
    return start == Array(scheme.utf8)
  }

  private static func digit(_ byte: UInt8) -> UInt8? {
    switch byte {
    case 0x30...0x39: byte - 0x30
    case 0x41...0x46: byte - 0x41 + 10
    case 0x61...0x66: byte - 0x61 + 10
    default: nil
    }
  }
}
