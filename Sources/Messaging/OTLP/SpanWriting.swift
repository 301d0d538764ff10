internal import AccessLogParsing
internal import Attribution
internal import ByteScanning
internal import Crypto

// Request logs as spans: one of a server for each request, with the middleware's attributes in its order.

/// By what a span is known.
struct SpanIdentity {
  /// 16 bytes.
  var trace: [UInt8]
  /// 8 bytes.
  var span: [UInt8]
  /// 8 bytes; nil for the first span of a trace.
  var parent: [UInt8]?

  /// Context flags (`SpanFlags` of OTLP): 256 says that the next bit means something, and 512 that the
  /// parent is another process's.
  var flags: UInt32 { parent == nil ? 256 : 768 }
}

extension RequestLogBuilder {
  /// Which span the line tells of: the one that it names itself (`trace_id` and `span_id`), a child of the
  /// one that its `traceparent` names, or one whose identity follows from the line.
  ///
  /// - Parameter uuid: follows from the line.
  func spanIdentity(
    of record: borrowing AccessRecord, _ bytes: borrowing Span<UInt8>, _ fields: RequestLogFields,
    uuid: String
  ) -> SpanIdentity {
    let made = Array(SHA256.hash(data: Array("span \(uuid)".utf8)))
    var identity = SpanIdentity(trace: Array(made[0..<16]), span: Array(made[16..<24]))
    let parent = value(
      fields.telemetry?.traceParent, else: Array("traceparent".utf8), of: record, bytes)
    if !parent.isAbsent, let context = SpanText.traceContext(bytes, parent.range) {
      identity.trace = context.trace
      identity.parent = context.parent
    } else if let index = fields.telemetry?.traceID,
      let trace = SpanText.identifier(bytes, record.captured[index].range, count: 16)
    {
      identity.trace = trace
      if let index = fields.telemetry?.spanID,
        let span = SpanText.identifier(bytes, record.captured[index].range, count: 8)
      {
        identity.span = span
      }
    }
    return identity
  }

  /// Writes field 2 of `ScopeSpans` as the item.
  mutating func writeSpan(
    _ record: borrowing AccessRecord, _ bytes: borrowing Span<UInt8>, _ fields: RequestLogFields,
    _ parts: RequestURL.Parts, _ identity: SpanIdentity, consumer: NameTable.ID,
    route: NameTable.ID
  ) {
    let method = SpanText.method(bytes, record.method)
    let attributes = attributes(record, bytes, fields, parts, method, consumer, route)
    let routeName = route == 0 ? "" : names.routes.text(route)
    item.removeAll()
    item.append(field: 2) { span in
      span.append(field: 1, bytes: identity.trace.span)
      span.append(field: 2, bytes: identity.span.span)
      if let parent = identity.parent { span.append(field: 4, bytes: parent.span) }
      span.append(field: 5, text: routeName.isEmpty ? method : "\(method) \(routeName)")
      // A server's.
      span.append(field: 6, varint: 2)
      let start = max(record.start, 0)
      span.append(field: 7, fixed64: UInt64(start))
      span.append(field: 8, fixed64: UInt64(start &+ max(record.duration, 0)))
      span.append(attributes)
      if record.status >= 500 {
        // An error.
        span.append(field: 15) { $0.append(field: 3, varint: 2) }
      }
      span.append(field: 16, fixed32: identity.flags)
    }
  }

  /// The attributes: each field 9 of a span.
  private mutating func attributes(
    _ record: borrowing AccessRecord, _ bytes: borrowing Span<UInt8>, _ fields: RequestLogFields,
    _ parts: RequestURL.Parts, _ method: String, _ consumer: NameTable.ID, _ route: NameTable.ID
  ) -> OwnedBuffer<UInt8> {
    var list = OwnedBuffer<UInt8>(capacity: 4096)
    SpanText.append("url.scheme", isSecure ? "https" : "http", to: &list)
    if !address.isEmpty {
      SpanText.append("server.address", address, to: &list)
      if let port = SpanText.port(of: address) {
        list.append(field: 9, attribute: "server.port", integer: port)
      }
    }
    if let version = SpanText.version(record, bytes, fields) {
      SpanText.append("network.protocol.version", version, to: &list)
    }
    var path = OwnedBuffer<UInt8>(capacity: 512)
    RequestURL.appendDecodedPath(of: target, parts.path, to: &path)
    var masked = OwnedBuffer<UInt8>(capacity: 512)
    appendMaskingAddresses(path, by: masking.mask, to: &masked)
    SpanText.append("url.path", masked, to: &list)
    if !parts.query.isEmpty {
      masked.removeAll()
      masking.appendQuery(target.span.extracting(parts.query), to: &masked)
      SpanText.append("url.query", masked, to: &list)
    }
    let isKnown = SpanText.knownMethods.contains(method)
    if !isKnown { SpanText.append("http.request.method_original", method, to: &list) }
    SpanText.append("http.request.method", isKnown ? method : "_OTHER", to: &list)
    let agent = value(fields.userAgent, else: Self.userAgentHeader, of: record, bytes)
    if agent.count > 0, !record.dashMeansAbsent || bytes.hasValue(agent) {
      takeText(agent, of: bytes, fields.encoding)
      masked.removeAll()
      masking.appendValue(text, to: &masked)
      // The middleware reads this one as UTF-8 if it is.
      let isUTF8 = (try? UTF8Span(validating: masked.span)) != nil
      SpanText.append(
        "user_agent.original",
        isUTF8 ? String(decoding: masked.copied(), as: UTF8.self) : SpanText.latin1(masked),
        to: &list)
    }
    if consumer != 0 {
      SpanText.append("apitally.consumer.identifier", names.consumers.text(consumer), to: &list)
    }
    list.append(field: 9, attribute: "http.response.status_code", integer: Int64(record.status))
    if record.status >= 500 { SpanText.append("error.type", "\(record.status)", to: &list) }
    if route != 0 { SpanText.append("http.route", names.routes.text(route), to: &list) }
    if let client = SpanText.client(record, bytes, fields) {
      SpanText.append("client.address", client, to: &list)
    }
    if record.requestSize >= 0 {
      list.append(field: 9, attribute: "http.request.body.size", integer: record.requestSize)
    }
    if record.responseSize >= 0 {
      list.append(field: 9, attribute: "http.response.body.size", integer: record.responseSize)
    }
    list.append(requestHeaders)
    list.append(responseHeaders)
    return list
  }
}

/// The texts in spans.
enum SpanText {
  /// What stands where a secret was, in the middleware's later versions (1.0).
  static let mask: StaticString = "[REDACTED]"
  /// The middleware's own, which hide a value however short it is.
  static let secretParameters = ["auth", "api[-_]?key", "secret", "token", "password", "pwd"]
  static let secretHeaders = ["auth", "api[-_]?key", "secret", "token", "cookie"]
  /// Longer values are cut, in Unicode scalars, as the middleware does.
  static let lengthLimit = 65_536
  /// Those of RFC 9110 and RFC 5789. Others have an attribute of their own.
  static let knownMethods: Set<String> = [
    "CONNECT", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "TRACE",
  ]

  static func append(_ key: StaticString, _ text: String, to list: inout OwnedBuffer<UInt8>) {
    let text =
      text.utf8.count > lengthLimit
      ? String(String.UnicodeScalarView(text.unicodeScalars.prefix(lengthLimit))) : text
    list.append(field: 9, attribute: key, text: text)
  }

  /// Bytes that are not UTF-8 are replaced.
  static func append(
    _ key: StaticString, _ text: borrowing OwnedBuffer<UInt8>, to list: inout OwnedBuffer<UInt8>
  ) {
    append(key, String(decoding: text.copied(), as: UTF8.self), to: &list)
  }

  /// A header as an attribute with a list of one value.
  static func appendHeader(
    _ name: borrowing OwnedBuffer<UInt8>, _ value: borrowing OwnedBuffer<UInt8>,
    isOfResponse: Bool, to list: inout OwnedBuffer<UInt8>
  ) {
    let prefix = isOfResponse ? "http.response.header." : "http.request.header."
    let key = prefix + String(decoding: name.copied(), as: UTF8.self)
    let text = latin1(value)
    list.append(field: 9) { pair in
      pair.append(field: 1, text: key)
      pair.append(field: 2) { any in
        any.append(field: AnyValueField.array) { values in
          values.append(field: 1) { $0.append(field: AnyValueField.text, text: text) }
        }
      }
    }
  }

  /// Each byte as a character: so the middleware reads header fields.
  static func latin1(_ bytes: borrowing OwnedBuffer<UInt8>) -> String {
    var text = ""
    for offset in 0..<min(bytes.count, lengthLimit) {
      text.unicodeScalars.append(Unicode.Scalar(bytes[offset]))
    }
    return text
  }

  /// In upper case; GET where the log has none.
  static func method(_ bytes: borrowing Span<UInt8>, _ slice: FieldSlice) -> String {
    slice.isAbsent
      ? "GET"
      : String(decoding: bytes.method(in: slice), as: UTF8.self).uppercased()
  }

  /// The port in `host:port`; nil if there is none.
  static func port(of address: borrowing OwnedBuffer<UInt8>) -> Int64? {
    let text = String(decoding: address.copied(), as: UTF8.self)
    guard let colon = text.lastIndex(of: ":"),
      text.firstIndex(of: ":") == colon || text.hasPrefix("["),
      let port = UInt16(text[text.index(after: colon)...])
    else { return nil }
    return Int64(port)
  }

  /// `1.1` of `HTTP/1.1`, which a field holds or the request line behind the target.
  static func version(
    _ record: borrowing AccessRecord, _ bytes: borrowing Span<UInt8>, _ fields: RequestLogFields
  ) -> String? {
    for index in fields.telemetry?.version ?? [] where bytes.hasValue(record.captured[index]) {
      let range = record.captured[index].range
      if let version = version(bytes, from: range.lowerBound, to: range.upperBound) {
        return version
      }
    }
    guard !record.target.isAbsent else { return nil }
    let end = record.target.range.upperBound
    guard end < bytes.count, bytes[end] == UInt8(ascii: " ") else { return nil }
    return version(bytes, from: end + 1, to: min(end + 9, bytes.count))
  }

  private static func version(_ bytes: borrowing Span<UInt8>, from start: Int, to end: Int)
    -> String?
  {
    guard end - start >= 6, bytes.holds("HTTP/", at: start, before: end) else { return nil }
    var text = ""
    for offset in start + 5..<end {
      let byte = bytes[offset]
      guard byte &- 0x30 < 10 || byte == UInt8(ascii: ".") else { return nil }
      text.unicodeScalars.append(Unicode.Scalar(byte))
    }
    return ["2.0": "2", "3.0": "3"][text] ?? text
  }

  /// The client's address, if it is one.
  static func client(
    _ record: borrowing AccessRecord, _ bytes: borrowing Span<UInt8>, _ fields: RequestLogFields
  ) -> String? {
    guard
      let index = fields.telemetry?.remoteAddress.first(where: {
        bytes.hasValue(record.captured[$0])
      })
    else { return nil }
    let text = String(
      decoding: bytes.extracting(record.captured[index].range).copied(), as: UTF8.self)
    let isAddress =
      text.utf8.count <= 45 && text.contains { $0 == "." || $0 == ":" }
      && text.allSatisfy { $0.isHexDigit || $0 == "." || $0 == ":" }
    return isAddress ? text : nil
  }

  // MARK: Identifiers

  /// So many bytes in hexadecimal digits; nil for anything else, and for zeros, which are none.
  static func identifier(
    _ bytes: borrowing Span<UInt8>, _ range: Range<Int>, count: Int
  ) -> [UInt8]? {
    guard range.count == 2 * count else { return nil }
    var identifier: [UInt8] = []
    for offset in stride(from: range.lowerBound, to: range.upperBound, by: 2) {
      guard let high = hexadecimalValue(of: bytes[offset]),
        let low = hexadecimalValue(of: bytes[offset + 1])
      else { return nil }
      identifier.append(high << 4 | low)
    }
    return identifier.contains { $0 != 0 } ? identifier : nil
  }

  /// Trace and parent of a `traceparent` (W3C Trace Context, 3.2): `00-<trace>-<parent>-<flags>`.
  static func traceContext(
    _ bytes: borrowing Span<UInt8>, _ range: Range<Int>
  ) -> (trace: [UInt8], parent: [UInt8])? {
    let start = range.lowerBound
    let dash = UInt8(ascii: "-")
    guard range.count >= 55, bytes[start + 2] == dash, bytes[start + 35] == dash,
      bytes[start + 52] == dash, !bytes.holds("ff", at: start, before: range.upperBound),
      let trace = identifier(bytes, start + 3..<start + 35, count: 16),
      let parent = identifier(bytes, start + 36..<start + 52, count: 8)
    else { return nil }
    return (trace, parent)
  }
}

extension SecretMasking {
  /// Appends a query as it came, but for the values of secret parameters and what is secret in others.
  func appendQuery(_ query: borrowing Span<UInt8>, to output: inout OwnedBuffer<UInt8>) {
    var name = OwnedBuffer<UInt8>(capacity: 64)
    var value = OwnedBuffer<UInt8>(capacity: 256)
    var offset = 0
    while offset <= query.count {
      let end = query.firstOffset(of: UInt8(ascii: "&"), from: offset, to: query.count)
      if offset > 0 { output.append(UInt8(ascii: "&")) }
      let equals = query.firstOffset(of: UInt8(ascii: "="), from: offset, to: end)
      if equals < end {
        output.append(query.extracting(offset..<equals + 1))
        name.removeAll()
        appendUnquoting(query, in: offset..<equals, to: &name)
        if masksParameter(name, valueCount: max(end - equals - 1, 1)) {
          output.append(literal: mask)
        } else {
          value.removeAll()
          value.append(query.extracting(equals + 1..<end))
          appendValue(value, to: &output)
        }
      } else {
        value.removeAll()
        value.append(query.extracting(offset..<end))
        appendValue(value, to: &output)
      }
      offset = end + 1
    }
  }
}
