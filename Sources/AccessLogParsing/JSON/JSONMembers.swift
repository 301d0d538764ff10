package import ByteScanning

/// Looks into a JSON line a second time, for what ``JSONLineScanner`` cannot be asked for
/// beforehand: members whose names are not known, and whole lists.
///
/// Only for lines that the scanner has accepted. Anything irregular ends the search nevertheless;
/// neither nesting nor the number of members costs memory.
package enum JSONMembers {
  /// A header field in a line.
  package struct Header: BitwiseCopyable, Sendable {
    /// Where its name begins, in the log's spelling: `http_user_agent` without `http_`, or
    /// `User-Agent`.
    package var nameStart: Int32
    package var nameEnd: Int32
    package var valueStart: Int32
    package var valueEnd: Int32
    package var isEscaped: Bool
    package var isOfResponse: Bool

    package var name: Range<Int> { Int(nameStart)..<Int(nameEnd) }
    package var value: FieldSlice {
      FieldSlice(offset: valueStart, end: valueEnd, isEscaped: isEscaped)
    }
  }

  /// How many header fields of a line are found; servers refuse requests with more.
  package static let headerLimit = 100
  /// How deep objects are searched for header fields.
  private static let depthLimit = 3

  /// Appends the header fields of the object in `line`: members named like nginx's variables
  /// (`http_…`, `sent_http_…`), and those of objects called `headers`, `request_headers`,
  /// `resp_headers` or `response_headers`, also inside `request` and `response`.
  package static func appendHeaders(
    of bytes: borrowing Span<UInt8>, line: Range<Int>, to headers: inout OwnedBuffer<Header>
  ) {
    var reader = MemberReader(offset: line.lowerBound, end: line.upperBound)
    appendHeaders(of: bytes, &reader, .root, depth: 0, to: &headers)
  }

  /// The value at `path`, with its quotes or brackets; nil if the line has none. As elsewhere, a
  /// dot in the path may be nesting or part of a name.
  package static func value(
    at path: String, of bytes: borrowing Span<UInt8>, line: Range<Int>
  ) -> Range<Int>? {
    let name = Array(path.utf8)
    return value(at: name[...], of: bytes, from: line.lowerBound, to: line.upperBound, depth: 0)
  }

  // MARK: Headers

  private enum Place {
    case root, request, response
    case requestHeaders, responseHeaders

    var isHeaders: Bool { self == .requestHeaders || self == .responseHeaders }
  }

  private static func appendHeaders(
    of bytes: borrowing Span<UInt8>, _ reader: inout MemberReader, _ place: Place, depth: Int,
    to headers: inout OwnedBuffer<Header>
  ) {
    guard reader.enter(bytes) else { return }
    while let member = reader.next(bytes), headers.count < headerLimit {
      let first = member.value.lowerBound
      if bytes[first] == UInt8(ascii: "{") {
        if depth < depthLimit, let inner = inner(bytes, member.name, of: place) {
          var object = MemberReader(offset: first, end: member.value.upperBound)
          appendHeaders(of: bytes, &object, inner, depth: depth + 1, to: &headers)
        }
      } else if let name = headerName(bytes, member.name, in: place),
        let value = text(bytes, member.value)
      {
        headers.append(
          Header(
            nameStart: Int32(truncatingIfNeeded: name.range.lowerBound),
            nameEnd: Int32(truncatingIfNeeded: name.range.upperBound), valueStart: value.offset,
            valueEnd: value.end, isEscaped: value.isEscaped, isOfResponse: name.isOfResponse))
      }
    }
  }

  private static func inner(
    _ bytes: borrowing Span<UInt8>, _ name: Range<Int>, of place: Place
  ) -> Place? {
    func isNamed(_ text: StaticString) -> Bool {
      name.count == text.utf8CodeUnitCount
        && bytes.holds(text, at: name.lowerBound, before: name.upperBound)
    }
    if isNamed("request_headers") { return .requestHeaders }
    if isNamed("response_headers") || isNamed("resp_headers") { return .responseHeaders }
    if isNamed("headers") { return place == .response ? .responseHeaders : .requestHeaders }
    if place == .root && isNamed("request") { return .request }
    if place == .root && isNamed("response") { return .response }
    return nil
  }

  private static func headerName(
    _ bytes: borrowing Span<UInt8>, _ name: Range<Int>, in place: Place
  ) -> (range: Range<Int>, isOfResponse: Bool)? {
    if place.isHeaders { return name.isEmpty ? nil : (name, place == .responseHeaders) }
    guard place == .root else { return nil }
    for (prefix, isOfResponse) in [("sent_http_" as StaticString, true), ("http_", false)] {
      let length = prefix.utf8CodeUnitCount
      if name.count > length, bytes.holds(prefix, at: name.lowerBound, before: name.upperBound) {
        return (name.lowerBound + length..<name.upperBound, isOfResponse)
      }
    }
    return nil
  }

  /// The text of a value: a string, the first string of a list, or a number.
  private static func text(_ bytes: borrowing Span<UInt8>, _ value: Range<Int>) -> FieldSlice? {
    var reader = MemberReader(offset: value.lowerBound, end: value.upperBound)
    switch bytes[value.lowerBound] {
    case UInt8(ascii: "\""): return reader.string(bytes)
    case UInt8(ascii: "["):
      reader.offset += 1
      reader.skipSpace(bytes)
      return reader.string(bytes)
    case UInt8(ascii: "0")...UInt8(ascii: "9"): return FieldSlice(value)
    default: return nil
    }
  }

  // MARK: Values

  private static func value(
    at path: ArraySlice<UInt8>, of bytes: borrowing Span<UInt8>, from start: Int, to end: Int,
    depth: Int
  ) -> Range<Int>? {
    var reader = MemberReader(offset: start, end: end)
    guard depth < JSONLineScanner.nodeDepthLimit, reader.enter(bytes) else { return nil }
    while let member = reader.next(bytes) {
      let length = member.name.count
      guard length <= path.count,
        bytes.equals(member.name, Array(path.prefix(length)).span, 0..<length)
      else { continue }
      let rest = path.dropFirst(length)
      if rest.isEmpty { return member.value }
      if rest.first == UInt8(ascii: "."),
        let found = value(
          at: rest.dropFirst(), of: bytes, from: member.value.lowerBound,
          to: member.value.upperBound, depth: depth + 1)
      {
        return found
      }
    }
    return nil
  }
}

/// Walks over the members of one object.
private struct MemberReader {
  var offset: Int
  let end: Int

  /// Moves past the bracket that begins the object.
  mutating func enter(_ bytes: borrowing Span<UInt8>) -> Bool {
    skipSpace(bytes)
    guard offset < end, bytes[offset] == UInt8(ascii: "{") else { return false }
    offset += 1
    return true
  }

  /// The next member: its name without quotes and its value with them.
  mutating func next(_ bytes: borrowing Span<UInt8>) -> (name: Range<Int>, value: Range<Int>)? {
    while true {
      skipSpace(bytes)
      if offset < end, bytes[offset] == UInt8(ascii: ",") {
        offset += 1
        skipSpace(bytes)
      }
      guard let name = string(bytes) else { return nil }
      skipSpace(bytes)
      guard offset < end, bytes[offset] == UInt8(ascii: ":") else { return nil }
      offset += 1
      skipSpace(bytes)
      let start = offset
      skipValue(bytes)
      // `"rt":,` is how careless templates write an absent value.
      if offset > start { return (name.range, start..<offset) }
    }
  }

  /// The string whose opening quote is here; moves past the closing one.
  mutating func string(_ bytes: borrowing Span<UInt8>) -> FieldSlice? {
    guard offset < end, bytes[offset] == UInt8(ascii: "\"") else { return nil }
    let start = offset + 1
    var search = start
    var isEscaped = false
    while true {
      let hit = bytes.firstOffset(
        of: UInt8(ascii: "\""), or: UInt8(ascii: "\\"), from: min(search, end), to: end)
      guard hit < end else { return nil }
      if bytes[hit] == UInt8(ascii: "\"") {
        offset = hit + 1
        return FieldSlice(start..<hit, isEscaped: isEscaped)
      }
      isEscaped = true
      search = hit + 2
    }
  }

  mutating func skipSpace(_ bytes: borrowing Span<UInt8>) {
    while offset < end, bytes[offset] == 0x20 || (0x09...0x0D).contains(bytes[offset]) {
      offset += 1
    }
  }

  /// Moves past a value: to the comma or bracket that follows it, outside strings.
  private mutating func skipValue(_ bytes: borrowing Span<UInt8>) {
    var depth = 0
    while offset < end {
      switch bytes[offset] {
      case UInt8(ascii: "\""):
        guard string(bytes) != nil else {
          offset = end
          return
        }
        if depth == 0 { return }
        continue
      case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
      case UInt8(ascii: "}"), UInt8(ascii: "]"):
        if depth == 0 { return }
        depth -= 1
        if depth == 0 {
          offset += 1
          return
        }
      case UInt8(ascii: ","), UInt8(ascii: " "):
        if depth == 0 { return }
      default: break
      }
      offset += 1
    }
  }
}
