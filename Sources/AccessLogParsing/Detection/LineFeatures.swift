internal import ByteScanning

/// What the lines of a text have that no format reads: most of them, or nearly none.
///
/// This is for the words of a refusal only: nothing is read this way.
struct LineFeatures {
  private static let sampleLimit = 40
  private static let methods: Set<String> = [
    "GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS",
  ]
  private static let months: Set<String> = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
  ]

  private var lineCount = 0
  private var requests = 0
  private var statuses = 0
  private var times = 0
  private var dates = 0

  /// nil if there are no lines.
  init?(_ bytes: borrowing Span<UInt8>) {
    var start = 0
    while start < bytes.count, lineCount < Self.sampleLimit {
      let line = bytes.line(from: start)
      start = line.next
      if line.range.isEmpty { continue }
      lineCount += 1
      add(bytes.extracting(line.range.prefix(4096)).copied())
    }
    if lineCount == 0 { return nil }
  }

  private mutating func add(_ line: [UInt8]) {
    let words = line.split { byte in
      !((byte | 0x20) &- UInt8(ascii: "a") < 26 || byte &- UInt8(ascii: "0") <= 9)
    }
    let hasMethod = words.contains {
      $0.count <= 7 && Self.methods.contains(String(decoding: $0, as: UTF8.self))
    }
    // Neither the one of a date nor the one before a version.
    let hasPath = line.indices.contains { index in
      line[index] == UInt8(ascii: "/") && (index == 0 || line[index - 1] &- UInt8(ascii: "0") > 9)
        && (index + 1 == line.count || line[index + 1] &- UInt8(ascii: "0") > 9)
    }
    if hasMethod, hasPath { requests += 1 }
    if words.contains(where: { Self.isStatus($0) }) { statuses += 1 }
    if Self.hasDigits(line, [2, 2, 2], between: ":") { times += 1 }
    let hasDate =
      Self.hasDigits(line, [4, 2, 2], between: "-")
      || Self.hasDigits(line, [4, 2, 2], between: "/")
      || Self.hasDigits(line, [2, 2, 4], between: "/")
      || words.contains {
        $0.count == 3 && Self.months.contains(String(decoding: $0, as: UTF8.self))
      }
      || words.contains { $0.count >= 10 && $0.count <= 19 && Self.areDigits($0) }
    if hasDate { dates += 1 }
  }

  private static func areDigits(_ word: ArraySlice<UInt8>) -> Bool {
    word.allSatisfy { $0 &- UInt8(ascii: "0") <= 9 }
  }

  private static func isStatus(_ word: ArraySlice<UInt8>) -> Bool {
    word.count == 3 && areDigits(word) && word.first.map { "12345".utf8.contains($0) } ?? false
  }

  /// Whether groups of so many digits, with `separator` between them, are in `line`.
  private static func hasDigits(
    _ line: [UInt8], _ counts: [Int], between separator: Unicode.Scalar
  ) -> Bool {
    let length = counts.reduce(counts.count - 1, +)
    guard line.count >= length else { return false }
    return (0...line.count - length).contains { start in
      var offset = start
      for (index, count) in counts.enumerated() {
        if index > 0 {
          if line[offset] != UInt8(ascii: separator) { return false }
          offset += 1
        }
        if !areDigits(line[offset..<offset + count]) { return false }
        offset += count
      }
      return true
    }
  }

  /// Why the lines have no time, where all else of them can be read.
  var untimedObstacle: DetectionObstacle {
    times * 4 >= lineCount ? .timeOnOtherLine : .noTime
  }

  var obstacle: DetectionObstacle {
    func isUsual(_ count: Int) -> Bool { count * 2 >= lineCount }
    if requests * 10 < lineCount { return .noRequests }
    if !isUsual(times), !isUsual(dates) { return .noTime }
    if !isUsual(dates) { return .noDate }
    return .unknownLayout(lacksStatus: !isUsual(statuses))
  }
}
