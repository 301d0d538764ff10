/// Where a message is posted, with which headers, and how delivery may treat it: all that delivery
/// knows of a message besides its bytes.
package struct Envelope: Hashable, Sendable {
  /// A header that this message needs. Headers that every request has (`User-Agent`) and secrets
  /// (`Authorization`) are the transport's.
  package struct Header: Hashable, Sendable {
    package let name: String
    package let value: String

    /// - Precondition: the name is a token (RFC 9110, 5.6.2) and the value is printable ASCII.
    package init(_ name: String, _ value: String) {
      precondition(
        !name.isEmpty && name.utf8.allSatisfy { (0x21...0x7E).contains($0) && $0 != 0x3A },
        "not the name of a header")
      precondition(value.utf8.allSatisfy { (0x20...0x7E).contains($0) }, "not a header's value")
      (self.name, self.value) = (name, value)
    }

    package static func contentType(_ value: String) -> Header { Header("Content-Type", value) }
  }

  /// Below the hub's base URL, beginning with `/`.
  package var path: String
  /// Without `?`.
  package var query: String?
  package var headers: [Header]
  /// Whether nothing that was queued later is sent until the hub has taken this message.
  package var goesFirst: Bool
  /// Whether the message may be dropped when the hub wants none of its kind for the time being.
  package var isDroppable: Bool

  package init(
    path: String, query: String? = nil, headers: [Header] = [], goesFirst: Bool = false,
    isDroppable: Bool = false
  ) {
    self.path = path
    self.query = query
    self.headers = headers
    self.goesFirst = goesFirst
    self.isDroppable = isDroppable
  }
}

extension Envelope {
  /// The headers as text, `name: value` on a line each, for storing.
  package var headerText: String {
    headers.map { "\($0.name): \($0.value)" }.joined(separator: "\n")
  }

  /// The headers that `headerText` stands for; nil if it is not such a text.
  package static func headers(from headerText: String) -> [Header]? {
    var headers: [Header] = []
    for line in headerText.split(separator: "\n", omittingEmptySubsequences: true) {
      guard let separator = line.firstRange(of: ": "), !line[..<separator.lowerBound].isEmpty,
        line.utf8.allSatisfy({ (0x20...0x7E).contains($0) }),
        !line[..<separator.lowerBound].contains(where: { $0 == " " || $0 == ":" })
      else { return nil }
      headers.append(
        Header(String(line[..<separator.lowerBound]), String(line[separator.upperBound...])))
    }
    return headers
  }
}
