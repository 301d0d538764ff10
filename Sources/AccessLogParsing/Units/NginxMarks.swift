internal import ByteScanning

/// What tells nginx from other servers that write the combined format. Its `$request_time` and the
/// `:response-time` of Node's morgan look alike, with three decimals, and one is in seconds and the other
/// in milliseconds.
///
/// morgan writes its times in UTC, a size only if the response has a `Content-Length`, which an empty one
/// has not, and HTTP/1.1, which Express speaks (morgan's index.js). nginx writes local time, the size
/// of what it sent, 0 if that was nothing, and statuses of its own (ngx_http_request.h).
struct NginxMarks {
  /// The fields to capture.
  static let fields = ["time_local", "request", "remote_addr"]

  /// How many lines have to have a mark that others might write as well.
  private static let fewest = 3

  private var ownStatus: UInt16?
  private var emptyCount = 0
  private var newerProtocolCount = 0
  private var localTimeCount = 0
  /// Lines as nginx does not write them.
  private var otherCount = 0

  /// - Parameter first: where ``fields`` begin among the captured ones.
  mutating func note(
    _ record: borrowing AccessRecord, from first: Int, _ bytes: borrowing Span<UInt8>
  ) {
    if record.status == 444 || (494...499).contains(record.status) { ownStatus = record.status }
    if record.responseSize == AccessRecord.absent { otherCount += 1 }
    if record.responseSize == 0, record.status == 204 || record.status == 304 { emptyCount += 1 }
    let time = record.captured[first].range
    if !time.isEmpty, !bytes.ends(time, with: "+0000"), !bytes.ends(time, with: "Z") {
      localTimeCount += 1
    }
    let request = record.captured[first + 1].range
    if bytes.ends(request, with: "HTTP/2.0") || bytes.ends(request, with: "HTTP/3.0") {
      newerProtocolCount += 1
    }
    let address = record.captured[first + 2].range
    if bytes.holds("::ffff:", at: address.lowerBound, before: address.upperBound) {
      otherCount += 1
    }
  }

  /// What shows that nginx wrote the lines; nil if nothing does, or something speaks against it.
  var mark: String? {
    guard otherCount == 0 else { return nil }
    if let ownStatus { return "the status \(ownStatus) is nginx's own" }
    let marks = [
      emptyCount >= Self.fewest ? "empty responses have a size of 0" : nil,
      newerProtocolCount >= Self.fewest ? "requests came by HTTP/2 or 3" : nil,
      localTimeCount >= Self.fewest ? "the times are local" : nil,
    ].compactMap { $0 }
    return marks.count >= 2 ? marks.joined(separator: ", and ") : nil
  }
}

extension Span where Element == UInt8 {
  fileprivate func ends(_ range: Range<Int>, with text: StaticString) -> Bool {
    let start = range.upperBound - text.utf8CodeUnitCount
    return start >= range.lowerBound && holds(text, at: start, before: range.upperBound)
  }
}
