internal import AccessLogParsing
internal import ByteScanning

/// Guesses the meaning of the keys of a JSON log that no format knows, by their names and values. It is
/// shown and written down for the user to look over, and never imported by.
enum MappingGuess {
  /// How many lines are looked at.
  private static let lineLimit = 500

  /// The format that reads at least half of the lines, if there is one.
  static func format(of bytes: borrowing Span<UInt8>) -> LogFormat? {
    var keys = JSONKeyListing()
    var start = 0
    for _ in 0..<lineLimit where start < bytes.count {
      let line = bytes.line(from: start)
      start = line.next
      keys.add(bytes, line: line.range)
    }
    let mapping = mapping(of: zip(keys.paths, keys.examples).map { Key(path: $0, example: $1) })
    guard let mapping else { return nil }
    let format = LogFormat.json(mapping, .end)
    let fit = FormatDetection(bytes, candidates: .init([format]))
    return fit.readCount * 2 >= fit.lineCount && fit.readCount > 0 ? format : nil
  }

  struct Key {
    var path: String
    var example: String

    /// The last name of the path: `Http.StatusCode` is `status_code`.
    var name: String {
      let last = path.split(separator: ".").last.map { String($0) } ?? path
      var name = ""
      for scalar in last.unicodeScalars {
        let isUpper = (0x41...0x5A).contains(scalar.value)
        if isUpper && !name.isEmpty && !name.hasSuffix("_")
          && name.unicodeScalars.last.map({ (0x61...0x7A).contains($0.value) }) == true
        {
          name += "_"
        }
        name += scalar == "-" ? "_" : String(scalar)
      }
      return name.lowercased()
    }
  }

  /// - Returns: nil if the keys do not tell of time, status and request.
  static func mapping(of keys: [Key]) -> FieldMapping? {
    var mapping = FieldMapping()
    func find(_ names: [String], _ accepts: (String) -> Bool = { _ in true }) -> [String] {
      for name in names {
        let found = keys.first { $0.name == name && (!$0.example.isEmpty && accepts($0.example)) }
        if let found { return [found.path] }
      }
      return []
    }
    mapping.time = find(times, isTimestamp)
    mapping.method = find(["method", "request_method", "http_method", "verb"], isMethod)
    mapping.target = find(targets, isTarget)
    mapping.route = find(["route", "http_route", "route_template", "path_template"], isTarget)
    mapping.request = find(["request", "request_line"]) { $0.contains(" /") }
    mapping.status = find(statuses, isStatus)
    mapping.requestSize = find(requestSizes, isNumber)
    mapping.responseSize = find(responseSizes, isNumber)
    mapping.host = find(["host", "http_host", "server_name", "vhost"])
    mapping.scheme = find(["scheme", "protocol"]) { ["http", "https"].contains($0) }
    mapping.userAgent = find(["user_agent", "http_user_agent", "useragent"])
    mapping.remoteAddress = find(["remote_addr", "remote_address", "remote_ip", "client_ip", "ip"])
    if let duration = duration(among: keys) {
      mapping.duration = [duration.path]
      mapping.durationUnit = duration.unit
    }
    let hasRequest =
      !mapping.request.isEmpty
      || !mapping.method.isEmpty && !(mapping.target.isEmpty && mapping.route.isEmpty)
    return hasRequest && !mapping.status.isEmpty && !mapping.time.isEmpty ? mapping : nil
  }

  // MARK: Names

  private static let times = [
    "time", "timestamp", "@timestamp", "ts", "datetime", "date_time", "date", "msec", "started_at",
    "start_time", "logged_at", "received_at",
  ]
  private static let targets = [
    "request_uri", "original_url", "target", "request_path", "uri", "url", "path", "endpoint",
  ]
  private static let statuses = [
    "status", "status_code", "response_status", "response_code", "http_status", "code",
  ]
  private static let requestSizes = [
    "request_size", "request_bytes", "request_content_length", "content_length", "bytes_in",
    "req_size",
  ]
  private static let responseSizes = [
    "response_size", "response_bytes", "response_content_length", "body_bytes_sent", "bytes_out",
    "res_size", "size", "bytes",
  ]

  private static let durationWords = [
    "duration", "took", "elapsed", "latency", "response_time", "request_time", "runtime",
  ]

  /// Whether a key is called a duration, without a unit in its name.
  static func isDurationName(_ path: String) -> Bool {
    durationWords.contains(Key(path: path, example: "").name)
  }

  /// A duration whose key names its unit: `took_ms`. One that does not is left out.
  private static func duration(among keys: [Key]) -> (path: String, unit: DurationUnit)? {
    let units: [(endings: [String], unit: DurationUnit)] = [
      (["_ms", "_msec", "_millis", "_milliseconds"], .milliseconds),
      (["_us", "_usec", "_micros", "_microseconds"], .microseconds),
      (["_ns", "_nsec", "_nanos", "_nanoseconds"], .nanoseconds),
      (["_s", "_sec", "_secs", "_seconds"], .seconds),
    ]
    for key in keys where isNumber(key.example) {
      for unit in units {
        let ending = unit.endings.first { key.name.hasSuffix($0) }
        if let ending, durationWords.contains(String(key.name.dropLast(ending.count))) {
          return (key.path, unit.unit)
        }
      }
    }
    return nil
  }

  // MARK: Values

  private static func isMethod(_ text: String) -> Bool {
    (3...16).contains(text.utf8.count) && text.utf8.allSatisfy { (0x41...0x5A).contains($0 & 0xDF) }
  }

  private static func isTarget(_ text: String) -> Bool {
    text.hasPrefix("/") || text.hasPrefix("\\/") || text.hasPrefix("http://")
      || text.hasPrefix("https://")
  }

  private static func isStatus(_ text: String) -> Bool {
    Int(text).map { (100...599).contains($0) } ?? false
  }

  private static func isNumber(_ text: String) -> Bool { Double(text) != nil }

  /// A number since 1970 that can be one, or a date.
  private static func isTimestamp(_ text: String) -> Bool {
    if let number = Double(text) { return number > 100_000_000 }
    return text.utf8.count >= 19 && text.utf8.contains(UInt8(ascii: ":"))
  }
}
