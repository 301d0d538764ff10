package import Addressing
package import AccessLogParsing
package import Attribution
internal import ByteScanning
internal import Crypto
internal import Synchronization

/// Makes items of request logs from records. One worker's own.
///
/// An item says what the log holds of the request, in the shape of the middleware's: a line of JSON, or a
/// span (`SpanWriting.swift`). What the middleware leaves out is left out, and what it masks is masked, see
/// ``SecretMasking``.
package struct RequestLogBuilder: ~Copyable {
  /// A longer item is left out, in bytes. Servers take 8 to 64 KB of request line and headers.
  package static let itemLimit = 131_072

  /// What became of the requests that could have an item.
  package struct Counts: Equatable, Sendable {
    package var items = 0
    /// Left out for their path, user agent or status.
    package var excluded = 0
    /// Not in the sample.
    package var notSampled = 0
    /// Beyond the limit that the user has set.
    package var overLimit = 0
    package var tooLong = 0

    package init() {}

    package mutating func add(_ other: Counts) {
      items += other.items
      excluded += other.excluded
      notSampled += other.notSampled
      overLimit += other.overLimit
      tooLong += other.tooLong
    }
  }

  /// How many items a run may still make, shared by its workers.
  package final class Budget: Sendable {
    private let remaining: Atomic<Int>

    package init(limit: Int?) { remaining = Atomic(limit ?? .max) }

    func take() -> Bool { remaining.subtract(1, ordering: .relaxed).oldValue > 0 }
  }

  let names: RunNames
  /// Who reports spans; nil for items of hub v2.
  private let telemetry: TelemetrySource?
  private let statuses: [ClosedRange<Int>]
  private let sampleLimit: UInt64?
  private let baseURL: [UInt8]
  private let isBaseSecure: Bool
  private let budget: Budget
  private let identity: Insecure.SHA1
  private let excludedPaths: PatternList
  private let excludedAgents: PatternList
  private let hiddenHeaders: Set<[UInt8]>
  private let shownHeaders: Set<[UInt8]>
  let masking: SecretMasking

  /// For each route by number: 0 is not known yet, 1 is logged, 2 is excluded.
  private var routeVerdicts: [UInt8] = []
  private var file: RequestLogFile
  private var finished: [HubMessage] = []
  private var counts = Counts()
  /// How often a line has come in this chunk, by the beginning of its digest.
  private var occurrences: [UInt64: UInt32] = [:]
  /// Whether an item's URL had to do without a host.
  private var isHostMissing = false

  private var lineHeaders = OwnedBuffer<JSONMembers.Header>(capacity: 32)
  private var url: RequestURL
  var item = OwnedBuffer<UInt8>(capacity: 4096)
  var requestHeaders = OwnedBuffer<UInt8>(capacity: 2048)
  var responseHeaders = OwnedBuffer<UInt8>(capacity: 2048)
  var text = OwnedBuffer<UInt8>(capacity: 2048)
  private var name = OwnedBuffer<UInt8>(capacity: 128)
  private var value = OwnedBuffer<UInt8>(capacity: 2048)
  var target = OwnedBuffer<UInt8>(capacity: 2048)
  /// The URL; of a span only the host.
  var address = OwnedBuffer<UInt8>(capacity: 2048)
  var isSecure = false
  private var isForwardedSecurely = false

  /// - Parameters:
  ///   - compresses: whether files are gzip, as the hub takes them, or plain lines.
  ///   - consumers: a field that a rule cuts or hashes is not to be seen, and one that it takes as it
  ///     is needs no mask: it is sent as the consumer.
  package init(
    rules: RequestLogRules, app: App, names: RunNames, budget: Budget,
    consumers: [ConsumerRule], compresses: Bool, telemetry: TelemetrySource? = nil
  ) {
    self.names = names
    self.telemetry = telemetry
    self.budget = budget
    statuses = rules.statuses
    sampleLimit = rules.sampleRate < 1 ? UInt64(rules.sampleRate * 0x1p53) : nil
    let base = rules.baseURL ?? ""
    baseURL = Array(base.utf8)
    isBaseSecure = base.hasPrefix("https:")
    identity = app.identity(of: "/log/item/")
    let patterns = telemetry == nil ? Self.excludedPathPatterns : Self.excludedSpanPathPatterns
    excludedPaths = PatternList(rules.excludedPaths + patterns)
    excludedAgents = PatternList(rules.excludedUserAgents + Self.excludedAgentPatterns)
    let hidden = consumers.filter { $0.digest != nil || $0.pattern != nil }
    hiddenHeaders = Set(hidden.map { Self.headerName(ofField: $0.field) })
    shownHeaders = Set(consumers.map { Self.headerName(ofField: $0.field) })
    let masking = SecretMasking(
      rules,
      hiding: hidden.filter { $0.field.hasPrefix("arg_") }.map { String($0.field.dropFirst(4)) },
      isOfSpans: telemetry != nil)
    self.masking = masking
    url = RequestURL(masking)
    file = RequestLogFile(app: app, compresses: compresses, telemetry: telemetry)
  }

  /// What the middleware (0.25) leaves out of its request logs.
  private static let excludedPathPatterns = [
    "/_?healthz?$", #"/_?health[\-_]?checks?$"#, #"/_?heart[\-_]?beats?$"#, "/ping$", "/ready$",
    "/live$", #"/favicon(?:-[\w-]+)?\.(ico|png|svg)$"#, #"/apple-touch-icon(?:-[\w-]+)?\.png$"#,
    #"/robots\.txt$"#, #"/sitemap\.xml$"#, #"/manifest\.json$"#, #"/site\.webmanifest$"#,
    #"/service-worker\.js$"#, #"/sw\.js$"#, #"/\.well-known/"#,
  ]
  /// Its later versions (1.0) allow a slash behind those for health.
  private static let excludedSpanPathPatterns = excludedPathPatterns.enumerated().map {
    $0.offset < 6 ? String($0.element.dropLast()) + "/?$" : $0.element
  }
  private static let excludedAgentPatterns = [
    #"health[\-_ ]?check"#, "microsoft-azure-application-lb", "googlehc", "kube-probe",
  ]
  /// Where neither log nor configuration say which host a request was for. The name cannot exist
  /// (RFC 6761, 6.4), so that nobody takes it for one.
  private static let unknownHost: StaticString = "unknown.invalid"

  // MARK: What comes out

  /// Whether there are files that are full. Mutating only because a class cannot lend what cannot be
  /// copied out of an optional.
  package mutating func hasFinishedFiles() -> Bool { !finished.isEmpty }

  /// Gives everything away that was made so far.
  package mutating func take() -> (
    files: [HubMessage], counts: Counts, isHostMissing: Bool
  ) {
    if let last = file.take() { finished.append(last) }
    defer {
      finished = []
      counts = Counts()
    }
    return (finished, counts, isHostMissing)
  }

  // MARK: What goes in

  /// A chunk begins: lines that are equal are numbered within one.
  package mutating func beginChunk() {
    if !occurrences.isEmpty { occurrences.removeAll(keepingCapacity: true) }
  }

  /// Makes an item of `record`, unless it is left out.
  ///
  /// - Parameters:
  ///   - line: where the record's line stands in `bytes`; its UUID follows from it.
  ///   - route: 0 if it matches none; then the item has no `path`, as the middleware's.
  package mutating func add(
    _ record: borrowing AccessRecord, in bytes: borrowing Span<UInt8>, line: Range<Int>,
    fields: RequestLogFields, consumer: NameTable.ID, route: NameTable.ID,
    exception: LoggedException?
  ) {
    guard isWanted(record.status) else {
      counts.excluded += 1
      return
    }
    target.removeAll()
    Unescaping.append(record.target, of: bytes, to: &target)
    if record.target.isAbsent, route != 0 { names.routes.append(route, to: &target) }
    guard let parts = RequestURL.parts(of: target) else { return }
    guard !isExcluded(parts, route: route), !isExcludedAgent(record, bytes, fields, line) else {
      counts.excluded += 1
      return
    }
    guard let uuid = uuid(of: bytes, line) else {
      counts.notSampled += 1
      return
    }
    writeHeaders(record, bytes, fields)
    writeAddress(record, bytes, fields, parts)
    if telemetry == nil {
      write(record, bytes, uuid: uuid, consumer: consumer, route: route, exception: exception)
    } else {
      let identity = spanIdentity(of: record, bytes, fields, uuid: uuid)
      writeSpan(record, bytes, fields, parts, identity, consumer: consumer, route: route)
    }
    guard item.count <= Self.itemLimit else {
      counts.tooLong += 1
      return
    }
    guard budget.take() else {
      counts.overLimit += 1
      return
    }
    counts.items += 1
    if let full = file.add(item, uuid: uuid) { finished.append(full) }
  }

  private func isWanted(_ status: UInt16) -> Bool {
    statuses.isEmpty || statuses.contains { $0.contains(Int(status)) }
  }

  /// The middleware asks for the template, and for the path where there is none; in its later versions
  /// always for the path.
  private mutating func isExcluded(_ parts: RequestURL.Parts, route: NameTable.ID) -> Bool {
    text.removeAll()
    if route == 0 || telemetry != nil {
      RequestURL.appendDecodedPath(of: target, parts.path, to: &text)
      return excludedPaths.matches(text)
    }
    let index = Int(route)
    while routeVerdicts.count <= index { routeVerdicts.append(0) }
    if routeVerdicts[index] == 0 {
      names.routes.append(route, to: &text)
      routeVerdicts[index] = excludedPaths.matches(text) ? 2 : 1
    }
    return routeVerdicts[index] == 2
  }

  /// Also finds the header fields that the line names itself.
  private mutating func isExcludedAgent(
    _ record: borrowing AccessRecord, _ bytes: borrowing Span<UInt8>, _ fields: RequestLogFields,
    _ line: Range<Int>
  ) -> Bool {
    lineHeaders.removeAll()
    if fields.namesHeadersInLines {
      JSONMembers.appendHeaders(of: bytes, line: line, to: &lineHeaders)
    }
    let slice = value(fields.userAgent, else: Self.userAgentHeader, of: record, bytes)
    if slice.isAbsent { return false }
    takeText(slice, of: bytes, fields.encoding)
    return excludedAgents.matches(text)
  }

  /// Puts the value of a header field into ``text``.
  mutating func takeText(
    _ slice: FieldSlice, of bytes: borrowing Span<UInt8>, _ encoding: HeaderEncoding
  ) {
    text.removeAll()
    Unescaping.append(slice, of: bytes, to: &text)
    if encoding == .plain { return }
    var decoded = OwnedBuffer<UInt8>(capacity: max(text.count, 16))
    encoding.append(text, to: &decoded)
    swap(&text, &decoded)
  }

  static let userAgentHeader = Array("user-agent".utf8)
  private static let hostHeader = Array("host".utf8)

  /// What the captured field says, else the header of that name that the line holds.
  func value(
    _ index: Int?, else header: [UInt8], of record: borrowing AccessRecord,
    _ bytes: borrowing Span<UInt8>
  ) -> FieldSlice {
    if let index, bytes.hasValue(record.captured[index]) { return record.captured[index] }
    return lineHeader(header, bytes) ?? .absent
  }

  /// The value of a header of the request that the line names itself; nil if it says nothing.
  func lineHeader(_ name: [UInt8], _ bytes: borrowing Span<UInt8>) -> FieldSlice? {
    for index in 0..<lineHeaders.count where !lineHeaders[index].isOfResponse {
      let header = lineHeaders[index]
      guard header.name.count == name.count, header.value.count > 0 else { continue }
      var other = OwnedBuffer<UInt8>(capacity: 64)
      Self.appendHeaderName(bytes, header.name, to: &other)
      if other.span.equals(0..<other.count, name.span, 0..<name.count) { return header.value }
    }
    return nil
  }

  // MARK: Identity

  /// The item's UUID (version 5), whose name is the line itself and, where it comes more than once in a
  /// chunk, which of them it is; nil if the item is not in the sample.
  private mutating func uuid(of bytes: borrowing Span<UInt8>, _ line: Range<Int>) -> String? {
    var digest = identity
    unsafe bytes.extracting(line).withUnsafeBytes { unsafe digest.update(bufferPointer: $0) }
    var prefix: UInt64 = 0
    for byte in digest.finalize().prefix(8) { prefix = prefix << 8 | UInt64(byte) }
    let occurrence = occurrences[prefix, default: 0] + 1
    occurrences[prefix] = occurrence
    if let sampleLimit, prefix >> 11 >= sampleLimit { return nil }
    if occurrence > 1 { digest.update(data: Array("\n\(occurrence)".utf8)) }
    return uuidText(named: digest)
  }

  // MARK: Headers

  private mutating func writeHeaders(
    _ record: borrowing AccessRecord, _ bytes: borrowing Span<UInt8>, _ fields: RequestLogFields
  ) {
    requestHeaders.removeAll()
    responseHeaders.removeAll()
    isForwardedSecurely = false
    for index in 0..<lineHeaders.count {
      let header = lineHeaders[index]
      name.removeAll()
      Self.appendHeaderName(bytes, header.name, to: &name)
      if !isNoHeader() {
        writeHeader(header.value, of: bytes, record, isOfResponse: header.isOfResponse, .plain)
      }
    }
    for header in fields.headers {
      let slice = record.captured[header.captureIndex]
      guard lineHeader(header.name, bytes) == nil else { continue }
      name.removeAll()
      name.append(header.name)
      writeHeader(slice, of: bytes, record, isOfResponse: header.isOfResponse, fields.encoding)
    }
  }

  /// Loggers write `http_status` and the like, which no header is called.
  private static let otherNames = [
    "status", "status-code", "method", "version", "protocol", "code", "path", "url",
  ].map { Array($0.utf8) }

  private func isNoHeader() -> Bool {
    for other in Self.otherNames
    where name.count == other.count
      && name.span.equals(0..<name.count, other.span, 0..<other.count)
    {
      return true
    }
    return false
  }

  /// Writes the header called ``name``.
  private mutating func writeHeader(
    _ slice: FieldSlice, of bytes: borrowing Span<UInt8>, _ record: borrowing AccessRecord,
    isOfResponse: Bool, _ encoding: HeaderEncoding
  ) {
    guard record.dashMeansAbsent ? bytes.hasValue(slice) : slice.count > 0 else { return }
    takeText(slice, of: bytes, encoding)
    if !isOfResponse, !name.isEmpty, [UInt8(ascii: "x"), UInt8(ascii: "f")].contains(name[0]) {
      noteForwarding()
    }
    let isOfConsumer = !shownHeaders.isEmpty && shownHeaders.contains(name.copied())
    let isHidden =
      isOfConsumer && hiddenHeaders.contains(name.copied())
      || masking.masksHeader(name, valueCount: text.count)
    value.removeAll()
    if isHidden {
      value.append(literal: masking.mask)
    } else if isOfConsumer {
      value.append(text)
    } else {
      masking.appendValue(text, to: &value)
    }
    if telemetry != nil {
      if isOfResponse {
        SpanText.appendHeader(name, value, isOfResponse: true, to: &responseHeaders)
      } else {
        SpanText.appendHeader(name, value, isOfResponse: false, to: &requestHeaders)
      }
    } else if isOfResponse {
      Self.appendPair(name, value, to: &responseHeaders)
    } else {
      Self.appendPair(name, value, to: &requestHeaders)
    }
  }

  private static func appendPair(
    _ name: borrowing OwnedBuffer<UInt8>, _ value: borrowing OwnedBuffer<UInt8>,
    to headers: inout OwnedBuffer<UInt8>
  ) {
    headers.append(headers.isEmpty ? UInt8(ascii: "[") : UInt8(ascii: ","))
    headers.append(UInt8(ascii: "["))
    appendJSONText(name, to: &headers)
    headers.append(UInt8(ascii: ","))
    appendJSONLatin1(value, to: &headers)
    headers.append(UInt8(ascii: "]"))
  }

  /// The middleware reports `https` where a proxy says so.
  private mutating func noteForwarding() {
    let value = String(decoding: text.span.copied(), as: UTF8.self).lowercased()
    let first = value.split(separator: ",", omittingEmptySubsequences: false).first ?? ""
    switch String(decoding: name.span.copied(), as: UTF8.self) {
    case "x-forwarded-proto", "x-forwarded-protocol", "x-forwarded-scheme", "x-url-scheme",
      "x-scheme":
      let isSecure = first.filter { $0 != " " } == "https"
      isForwardedSecurely = isForwardedSecurely || isSecure
    case "forwarded":
      isForwardedSecurely = isForwardedSecurely || first.contains("proto=https")
    case "front-end-https", "x-forwarded-ssl":
      isForwardedSecurely = isForwardedSecurely || value == "on"
    default: break
    }
  }

  // MARK: URL

  private mutating func writeAddress(
    _ record: borrowing AccessRecord, _ bytes: borrowing Span<UInt8>, _ fields: RequestLogFields,
    _ parts: RequestURL.Parts
  ) {
    address.removeAll()
    text.removeAll()
    let host = value(fields.host, else: Self.hostHeader, of: record, bytes)
    if !host.isAbsent {
      Unescaping.append(host, of: bytes, to: &text)
    } else if let authority = parts.authority {
      for offset in authority { text.append(target[offset]) }
    }
    if telemetry != nil {
      isSecure = isSecure(record, bytes, fields, parts)
      if text.isEmpty {
        address.append(Array(baseURL.dropFirst(isBaseSecure ? 8 : 7)))
      } else {
        appendHost()
      }
      return
    }
    if text.isEmpty && !baseURL.isEmpty {
      address.append(baseURL)
    } else {
      address.append(literal: isSecure(record, bytes, fields, parts) ? "https://" : "http://")
      if text.isEmpty {
        address.append(literal: Self.unknownHost)
        isHostMissing = true
      } else {
        appendHost()
      }
    }
    url.append(parts, of: target, to: &address)
  }

  /// Whether the client spoke TLS, as far as it is known.
  private func isSecure(
    _ record: borrowing AccessRecord, _ bytes: borrowing Span<UInt8>, _ fields: RequestLogFields,
    _ parts: RequestURL.Parts
  ) -> Bool {
    if isForwardedSecurely { return true }
    if let index = fields.scheme, bytes.hasValue(record.captured[index]) {
      return bytes.extracting(record.captured[index].range).holdsIgnoringCase("https")
    }
    return text.span.endsIn(":443") || parts.isSecure || isBaseSecure
  }

  /// Appends the host in ``text``, without a port that its scheme has anyway, as clients send it.
  private mutating func appendHost() {
    var end = text.count
    if text.span.endsIn(":443") { end -= 4 } else if text.span.endsIn(":80") { end -= 3 }
    for index in 0..<end {
      let byte = text[index]
      // What cannot stand in a host would change the meaning of what stands behind it.
      let isAllowed =
        isLetterOrDigit(byte) || byte >= 0x80
        || [".", "-", "_", ":", "[", "]", "~", "%"].contains { UInt8(ascii: $0) == byte }
      address.append(isAllowed ? byte : UInt8(ascii: "_"))
    }
  }

  // MARK: The item

  private mutating func write(
    _ record: borrowing AccessRecord, _ bytes: borrowing Span<UInt8>, uuid: String,
    consumer: NameTable.ID, route: NameTable.ID, exception: LoggedException?
  ) {
    item.removeAll()
    item.append(literal: "{\"uuid\":\"")
    item.append(uuid)
    item.append(literal: "\",\"request\":{\"timestamp\":")
    item.appendSeconds(record.start)
    item.append(literal: ",\"method\":")
    if record.method.isAbsent {
      item.append(literal: "GET")
    } else {
      let method = record.method.isEscaped ? bytes.method(in: record.method) : nil
      if let method {
        appendJSONText(method.span, to: &item)
      } else {
        appendJSONText(bytes.extracting(record.method.range), to: &item)
      }
    }
    if route != 0 {
      item.append(literal: ",\"path\":")
      appendName(route, of: names.routes)
    }
    item.append(literal: ",\"url\":")
    appendJSONText(address, to: &item)
    if !requestHeaders.isEmpty {
      item.append(literal: ",\"headers\":")
      item.append(requestHeaders)
      item.append(UInt8(ascii: "]"))
    }
    appendSize(record.requestSize)
    if consumer != 0 {
      item.append(literal: ",\"consumer\":")
      appendName(consumer, of: names.consumers)
    }
    item.append(literal: "},\"response\":{\"status_code\":")
    item.appendDecimal(Int64(record.status))
    if record.duration >= 0 {
      item.append(literal: ",\"response_time\":")
      item.appendSeconds(record.duration)
    }
    if !responseHeaders.isEmpty {
      item.append(literal: ",\"headers\":")
      item.append(responseHeaders)
      item.append(UInt8(ascii: "]"))
    }
    appendSize(record.responseSize)
    item.append(UInt8(ascii: "}"))
    if let exception { exception.append(to: &item) }
    item.append(literal: "}\n")
  }

  private mutating func appendSize(_ size: Int64) {
    guard size >= 0 else { return }
    item.append(literal: ",\"size\":")
    item.appendDecimal(size)
  }

  private mutating func appendName(_ id: NameTable.ID, of table: NameTable) {
    text.removeAll()
    table.append(id, to: &text)
    appendJSONText(text, to: &item)
  }

  // MARK: Names of headers

  /// `X_API_User` as `x-api-user`.
  private static func appendHeaderName(
    _ bytes: borrowing Span<UInt8>, _ range: Range<Int>, to name: inout OwnedBuffer<UInt8>
  ) {
    for offset in range {
      let byte = bytes[offset]
      if byte == UInt8(ascii: "_") {
        name.append(UInt8(ascii: "-"))
      } else {
        name.append(byte &- UInt8(ascii: "A") < 26 ? byte | 0x20 : byte)
      }
    }
  }

  /// The header that a field of a log holds: of `http_x_key` and `request.headers.X-Key` it is `x-key`.
  private static func headerName(ofField field: String) -> [UInt8] {
    var name = field.split(separator: ".").last ?? ""
    for prefix in ["sent_http_", "http_"] where name.hasPrefix(prefix) {
      name = name.dropFirst(prefix.count)
      break
    }
    return Array(name.lowercased().replacing("_", with: "-").utf8)
  }
}

extension Span where Element == UInt8 {
  fileprivate func endsIn(_ text: StaticString) -> Bool {
    holds(text, at: count - text.utf8CodeUnitCount, before: count)
  }
}

extension OwnedBuffer<UInt8> {
  /// Appends nanoseconds as seconds, with as many decimals as it takes and at least one.
  mutating func appendSeconds(_ nanoseconds: Int64) {
    if nanoseconds < 0 { append(UInt8(ascii: "-")) }
    let (whole, rest) = nanoseconds.magnitude.quotientAndRemainder(dividingBy: 1_000_000_000)
    appendDecimal(Int64(whole))
    append(UInt8(ascii: "."))
    var fraction = rest
    var unit: UInt64 = 100_000_000
    repeat {
      append(UInt8(ascii: "0") + UInt8(fraction / unit))
      fraction %= unit
      unit /= 10
    } while fraction > 0
  }
}
