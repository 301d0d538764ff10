internal import ByteScanning

/// Requests that are logged in two lines, one when they begin and one when they end, which have the
/// request's id in common.
///
/// Fastify's lines are JSON: `{"reqId":"req-1","req":{…},"msg":"incoming request"}` and
/// `{"reqId":"req-1","res":{…},"responseTime":38.4,…}`; what the first one has of the request is put
/// into the second. Rails' and Phoenix's are text, `[id] Started GET "/a" for 192.0.2.1 at …` and
/// `[id] Completed 200 OK in 38ms`, or `request_id=id [info] GET /a` and `Sent 200 in 38ms`; they are
/// made into a line that the formats `rails` and `phoenix` read.
enum PairedLines {
  /// What a line is.
  enum Kind: UInt8 {
    case json, rails, phoenix
  }

  /// One of the two lines of a request.
  struct Half {
    var kind: Kind
    var isEnd: Bool
    /// What both have in common.
    var id: Range<Int>
    /// Where what the line says begins, behind what the logger has put before it.
    var message: Int
  }
}

extension Span where Element == UInt8 {
  /// Which half of a request the line is; nil if it is neither, or has no id.
  func halfOfRequest(in line: Range<Int>) -> PairedLines.Half? {
    guard !line.isEmpty else { return nil }
    return self[line.lowerBound] == UInt8(ascii: "{")
      ? jsonHalf(in: line) : railsHalf(in: line) ?? phoenixHalf(in: line)
  }

  private func jsonHalf(in line: Range<Int>) -> PairedLines.Half? {
    guard holdsAll([Array("\"reqId\":".utf8)], in: line),
      let id = JSONMembers.value(at: "reqId", of: self, line: line), !id.isEmpty
    else { return nil }
    let hasRequest = JSONMembers.value(at: "req.method", of: self, line: line) != nil
    let hasResponse = JSONMembers.value(at: "res.statusCode", of: self, line: line) != nil
    guard hasRequest != hasResponse else { return nil }
    return PairedLines.Half(
      kind: .json, isEnd: hasResponse, id: id, message: line.lowerBound)
  }

  private func railsHalf(in line: Range<Int>) -> PairedLines.Half? {
    for (word, isEnd) in [("] Started ", false), ("] Completed ", true)] {
      guard let place = firstOffset(of: Array(word.utf8), in: line),
        let bracket = lastOffset(of: UInt8(ascii: "["), from: line.lowerBound, to: place),
        place - bracket > 4
      else { continue }
      return PairedLines.Half(
        kind: .rails, isEnd: isEnd, id: bracket + 1..<place, message: place + 2)
    }
    return nil
  }

  private func phoenixHalf(in line: Range<Int>) -> PairedLines.Half? {
    guard let place = firstOffset(of: Array("request_id=".utf8), in: line) else { return nil }
    let end = firstOffset(of: UInt8(ascii: " "), from: place, to: line.upperBound)
    guard end - place > 15, let level = firstOffset(of: Array("] ".utf8), in: end..<line.upperBound)
    else { return nil }
    let message = level + 2
    let isEnd =
      holds("Sent ", at: message, before: line.upperBound)
      || holds("Chunked ", at: message, before: line.upperBound)
    let space = firstOffset(of: UInt8(ascii: " "), from: message, to: line.upperBound)
    guard
      isEnd
        || isMethod(in: message..<space) && space + 1 < line.upperBound
          && self[space + 1] == UInt8(ascii: "/")
    else { return nil }
    return PairedLines.Half(
      kind: .phoenix, isEnd: isEnd, id: place + 11..<end, message: message)
  }

  /// What the two lines of a request have in common, and no others.
  func key(of half: PairedLines.Half) -> [UInt8] {
    [half.kind.rawValue] + extracting(half.id).copied()
  }

  /// Where `text` first stands in `range`.
  func firstOffset(of text: [UInt8], in range: Range<Int>) -> Int? {
    var offset = range.lowerBound
    while offset < range.upperBound {
      offset = firstOffset(of: text[0], from: offset, to: range.upperBound)
      let end = offset + text.count
      guard end <= range.upperBound else { return nil }
      if equals(offset..<end, text.span, 0..<text.count) { return offset }
      offset += 1
    }
    return nil
  }

  /// Appends the line of the request that begins with `start` and ends with `end`; false if they do not
  /// say enough.
  ///
  /// - Parameter time: what is around the first line says when it was written; empty if it does not.
  func appendRequest(
    _ start: PairedLines.Half, in startLine: Range<Int>, at time: [UInt8],
    _ end: PairedLines.Half, in endLine: Range<Int>, to text: inout OwnedBuffer<UInt8>
  ) -> Bool {
    switch end.kind {
    case .json:
      guard let request = JSONMembers.value(at: "req", of: self, line: startLine),
        let brace = lastOffset(
          of: UInt8(ascii: "}"), from: endLine.lowerBound, to: endLine.upperBound)
      else { return false }
      text.append(extracting(endLine.lowerBound..<brace))
      text.append(literal: ",\"req\":")
      text.append(extracting(request))
      text.append(UInt8(ascii: "}"))
      return true
    case .rails:
      return appendRails(start.message..<startLine.upperBound, endOf(end, endLine), &text)
    case .phoenix:
      return appendPhoenix(startLine, from: start.message, at: time, endOf(end, endLine), &text)
    }
  }

  /// `GET "/a" for 192.0.2.1 at 2026-11-23 09:10:13 +0000` with a status and a duration.
  private func appendRails(
    _ start: Range<Int>, _ end: (status: Range<Int>, duration: Range<Int>)?,
    _ text: inout OwnedBuffer<UInt8>
  ) -> Bool {
    guard let end, let at = firstOffset(of: Array(" at ".utf8), in: start),
      let address = firstOffset(of: Array("\" for ".utf8), in: start),
      let quote = firstOffset(of: Array(" \"".utf8), in: start),
      // One after the other, and none in another: `Started "/a"` has no method.
      start.lowerBound + 8 < quote, quote < address, address + 6 <= at
    else { return false }
    let method = start.lowerBound + 8..<quote
    let time = at + 4..<start.upperBound
    guard time.count >= 25, self[time.lowerBound + 10] == UInt8(ascii: " ") else {
      return false
    }
    text.append(literal: "rails ")
    text.append(extracting(time.lowerBound..<time.lowerBound + 10))
    text.append(UInt8(ascii: "T"))
    text.append(extracting(time.lowerBound + 11..<time.lowerBound + 19))
    text.append(extracting(time.lowerBound + 20..<time.lowerBound + 25))
    text.append(UInt8(ascii: " "))
    text.append(extracting(address + 6..<at))
    text.append(UInt8(ascii: " "))
    text.append(extracting(method))
    text.append(UInt8(ascii: " "))
    text.append(extracting(quote + 1..<address + 1))
    appendEnd(end, &text)
    return true
  }

  /// `2026-11-23 09:10:13.380 request_id=… [info] GET /a` with a status and a duration. Without a date
  /// and a time around it, it is none.
  private func appendPhoenix(
    _ line: Range<Int>, from message: Int, at time: [UInt8],
    _ end: (status: Range<Int>, duration: Range<Int>)?, _ text: inout OwnedBuffer<UInt8>
  ) -> Bool {
    let space = firstOffset(of: UInt8(ascii: " "), from: message, to: line.upperBound)
    guard let end, space < line.upperBound else { return false }
    let stamp = dateAndTime(at: line.lowerBound, before: line.upperBound)
    if stamp == nil, time.isEmpty { return false }
    text.append(literal: "phoenix ")
    if let stamp {
      text.append(extracting(stamp))
      text.append(UInt8(ascii: " "))
      text.append(extracting(message..<space))
    } else {
      text.append(extracting(message..<space))
      text.append(UInt8(ascii: " "))
      text.append(time.span)
    }
    text.append(literal: " \"")
    text.append(extracting(space + 1..<line.upperBound))
    text.append(UInt8(ascii: "\""))
    appendEnd(end, &text)
    return true
  }

  /// `2026-11-23 09:10:13.380`, if that is at `start`.
  private func dateAndTime(at start: Int, before end: Int) -> Range<Int>? {
    guard end - start > 24, self[start + 4] == UInt8(ascii: "-"),
      self[start + 10] == UInt8(ascii: " "), self[start + 13] == UInt8(ascii: ":")
    else { return nil }
    return start..<firstOffset(of: UInt8(ascii: " "), from: start + 11, to: end)
  }

  private func appendEnd(
    _ end: (status: Range<Int>, duration: Range<Int>), _ text: inout OwnedBuffer<UInt8>
  ) {
    text.append(UInt8(ascii: " "))
    text.append(extracting(end.status))
    text.append(UInt8(ascii: " "))
    text.append(extracting(end.duration))
  }

  /// The status and the duration of `Completed 200 OK in 38ms (…)` and `Sent 200 in 38ms`.
  private func endOf(
    _ half: PairedLines.Half, _ line: Range<Int>
  ) -> (status: Range<Int>, duration: Range<Int>)? {
    let end = line.upperBound
    let status = firstOffset(of: UInt8(ascii: " "), from: half.message, to: end) + 1
    guard status + 3 < end, let place = firstOffset(of: Array(" in ".utf8), in: status..<end) else {
      return nil
    }
    let duration = place + 4
    let durationEnd = firstOffset(of: UInt8(ascii: " "), from: duration, to: end)
    return duration < durationEnd ? (status..<status + 3, duration..<durationEnd) : nil
  }
}

extension LineUnwrapper {
  /// The halves of requests in a chunk.
  struct Pairing {
    /// Where each half that has begun stands, by its id.
    private var begun: [[UInt8]: Begun] = [:]

    struct Begun {
      var half: PairedLines.Half
      var line: Range<Int>
      /// The time of what is around the line; empty if it has none.
      var time: [UInt8]
    }

    /// How many requests may be under way at once; one more makes the others forgotten.
    static let limit = 10_000

    mutating func removeAll() { begun.removeAll(keepingCapacity: true) }

    var count: Int { begun.count }

    /// Notes a half that begins.
    ///
    /// - Returns: the line of another that had the same id, and has no end.
    mutating func begin(
      _ half: PairedLines.Half, in line: Range<Int>, at time: borrowing OwnedBuffer<UInt8>,
      of bytes: borrowing Span<UInt8>
    ) -> Range<Int>? {
      if begun.count >= Self.limit { begun.removeAll() }
      let begin = Begun(half: half, line: line, time: time.span.copied())
      return begun.updateValue(begin, forKey: bytes.key(of: half))?.line
    }

    /// The half that `half` is the end of.
    mutating func end(_ half: PairedLines.Half, of bytes: borrowing Span<UInt8>) -> Begun? {
      begun.removeValue(forKey: bytes.key(of: half))
    }
  }
}
