/// What one message says about one combination of consumer, method, route and status.
struct RequestItem: Equatable {
  /// What no two items of a message may have in common.
  struct Key: Hashable {
    var consumer: String?
    var method: String
    var path: String
    var statusCode: Int

    /// Compared byte by byte: to Swift, `é` as one scalar and as two are equal; to a hub they are
    /// two consumers.
    static func == (one: Key, other: Key) -> Bool {
      one.statusCode == other.statusCode
        && (one.consumer == nil) == (other.consumer == nil)
        && (one.consumer ?? "").utf8.elementsEqual((other.consumer ?? "").utf8)
        && one.method.utf8.elementsEqual(other.method.utf8)
        && one.path.utf8.elementsEqual(other.path.utf8)
    }

    func hash(into hasher: inout Hasher) {
      // Strings with equal bytes are equal, so the strings' own hashes will do.
      hasher.combine(consumer)
      hasher.combine(method)
      hasher.combine(path)
      hasher.combine(statusCode)
    }
  }

  /// A bar of a histogram: milliseconds rounded down to 10, or thousands of bytes.
  struct Bar: Equatable {
    var bin: Int
    var count: Int
  }

  var key: Key
  var requestCount: Int
  var requestSizeSum: Int
  var responseSizeSum: Int
  var responseTimes: [Bar]
  var requestSizes: [Bar]
  var responseSizes: [Bar]

  static let keys: Set<String> = [
    "consumer", "method", "path", "status_code", "request_count", "request_size_sum",
    "response_size_sum", "response_times", "request_sizes", "response_sizes",
  ]
}

extension Inspection {
  mutating func requestItems(_ value: JSONValue) -> [RequestItem]? {
    guard let list = list(value) else { return nil }
    var seen = Set<RequestItem.Key>(minimumCapacity: list.count)
    return elements(of: list) { inspection, value in
      guard let item = inspection.requestItem(value) else { return nil }
      if !seen.insert(item.key).inserted {
        inspection.complain(
          .duplicate, "an earlier item has the same consumer, method, path and status_code")
      }
      return item
    }
  }

  private mutating func requestItem(_ value: JSONValue) -> RequestItem? {
    guard let object = object(value) else { return nil }
    refuseUnknownKeys(of: object)
    let key = requestKey(of: object)
    let count = required("request_count", of: object) { $0.integer($1, atLeast: 1) }
    let requestSizeSum = required("request_size_sum", of: object) { $0.integer($1, atLeast: 0) }
    let responseSizeSum = required("response_size_sum", of: object) { $0.integer($1, atLeast: 0) }
    let responseTimes = histogram("response_times", of: object, binsAreMultiplesOf: 10, upTo: count)
    let requestSizes = histogram("request_sizes", of: object, binsAreMultiplesOf: 1, upTo: count)
    let responseSizes = histogram("response_sizes", of: object, binsAreMultiplesOf: 1, upTo: count)
    guard let key, let count, let requestSizeSum, let responseSizeSum, let responseTimes,
      let requestSizes, let responseSizes
    else { return nil }
    check(requestSizeSum, "request_size_sum", against: requestSizes, "request_sizes")
    check(responseSizeSum, "response_size_sum", against: responseSizes, "response_sizes")
    return RequestItem(
      key: key, requestCount: count, requestSizeSum: requestSizeSum,
      responseSizeSum: responseSizeSum, responseTimes: responseTimes, requestSizes: requestSizes,
      responseSizes: responseSizes)
  }

  /// A misspelled key would mean numbers lost silently.
  private mutating func refuseUnknownKeys(of object: JSONObject) {
    for member in object.members where !RequestItem.keys.contains(member.key) && !isFull {
      at(.name(member.key)) { $0.complain(.unknownKey, "unknown key") }
    }
  }

  private mutating func requestKey(of object: JSONObject) -> RequestItem.Key? {
    let consumer = required("consumer", of: object) { $0.consumerOrNull($1) }
    let method = required("method", of: object) { $0.method($1) }
    let path = required("path", of: object) { $0.template($1) }
    let status = required("status_code", of: object) { $0.statusCode($1) }
    guard let consumer, let method, let path, let status else { return nil }
    return RequestItem.Key(consumer: consumer, method: method, path: path, statusCode: status)
  }

  private mutating func histogram(
    _ key: String, of object: JSONObject, binsAreMultiplesOf width: Int, upTo requestCount: Int?
  ) -> [RequestItem.Bar]? {
    required(key, of: object) { inspection, value in
      guard let object = inspection.object(value) else { return nil }
      var bars: [RequestItem.Bar] = []
      bars.reserveCapacity(object.members.count)
      for member in object.members where !inspection.isFull {
        let bar = inspection.at(.name(member.key)) { $0.bar(member, binsAreMultiplesOf: width) }
        guard let bar else { return nil }
        bars.append(bar)
      }
      return inspection.fits(bars, into: requestCount) ? bars : nil
    }
  }

  private mutating func bar(
    _ member: JSONObject.Member, binsAreMultiplesOf width: Int
  ) -> RequestItem.Bar? {
    guard let bin = Int(member.key), String(bin) == member.key,
      (0...Self.maximumInteger).contains(bin)
    else {
      complain(
        .wrongValue,
        "not a decimal number without leading zeros, up to \(Self.maximumInteger)")
      return nil
    }
    guard bin.isMultiple(of: width) else {
      complain(.wrongValue, "a bin must be a multiple of \(width)")
      return nil
    }
    guard let count = integer(member.value, atLeast: 1) else { return nil }
    return RequestItem.Bar(bin: bin, count: count)
  }

  /// Every request is in a histogram once, or not at all if its value is unknown.
  private mutating func fits(_ bars: [RequestItem.Bar], into requestCount: Int?) -> Bool {
    guard let requestCount else { return true }
    var remaining = requestCount
    for bar in bars {
      remaining -= bar.count
      guard remaining >= 0 else {
        complain(.inconsistent, "counts add up to more than request_count \(requestCount)")
        return false
      }
    }
    return true
  }

  /// A sum of sizes must be consistent with its histogram: a bin holds sizes from `bin * 1000` to
  /// `bin * 1000 + 999`. The counts add up to at most the request count.
  private mutating func check(
    _ sum: Int, _ key: String, against bars: [RequestItem.Bar], _ histogram: String
  ) {
    // At most 2^53 counts of bins up to 2^53, times 1000: less than 2^117.
    let least = bars.reduce(Int128(0)) { $0 + Int128($1.bin) * 1000 * Int128($1.count) }
    let most = bars.reduce(least) { $0 + 999 * Int128($1.count) }
    guard !(least...most).contains(Int128(sum)) else { return }
    at(.name(key)) {
      $0.complain(.inconsistent, "\(sum) is not in \(least)...\(most), as \(histogram) says")
    }
  }
}
