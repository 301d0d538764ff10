internal import Diagnostics

/// How far a run is, as one line: for a terminal, or for a log.
package struct ProgressLine: Equatable, Sendable {
  /// Bytes of the files read so far, and of all files; nil if a pipe makes the total unknown.
  package var bytesRead: Int
  package var bytesTotal: Int?
  package var bytesUncompressed: Int
  package var messagesQueued: Int
  /// nil if nothing is sent to a hub.
  package var messagesDelivered: Int?
  package var seconds: Double
  /// nil while logs are read.
  package var sending: Sending?

  /// The sending of messages once all logs are read.
  package struct Sending: Equatable, Sendable {
    /// Messages that the hub has taken during the run, and what that comes to in the end.
    package var delivered: Int
    package var total: Int
    /// How many of them it had taken when all logs were read, and how many seconds ago that was.
    package var deliveredBefore: Int
    package var seconds: Double

    package init(delivered: Int, total: Int, deliveredBefore: Int, seconds: Double) {
      self.delivered = delivered
      self.total = max(total, delivered)
      self.deliveredBefore = deliveredBefore
      self.seconds = seconds
    }

    /// Messages in a second; nil as long as that says nothing.
    fileprivate var rate: Double? {
      guard seconds >= 1, delivered > deliveredBefore else { return nil }
      return Double(delivered - deliveredBefore) / seconds
    }

    /// `sending 1,147 of 22,123, 410/s, 51 s left`
    fileprivate var parts: [String] {
      var parts = ["sending \(grouped(delivered)) of \(grouped(total))"]
      if let rate {
        parts.append("\(rate < 10 ? decimal(rate, places: 1) : grouped(Int(rate.rounded())))/s")
        if delivered < total {
          parts.append("\(timeSpan(Double(total - delivered) / rate)) left")
        }
      }
      return parts
    }
  }

  package init(
    bytesRead: Int, bytesTotal: Int?, bytesUncompressed: Int, messagesQueued: Int,
    messagesDelivered: Int?, seconds: Double, sending: Sending? = nil
  ) {
    self.bytesRead = bytesRead
    self.bytesTotal = bytesTotal
    self.bytesUncompressed = bytesUncompressed
    self.messagesQueued = messagesQueued
    self.messagesDelivered = messagesDelivered
    self.seconds = seconds
    self.sending = sending
  }

  /// For a terminal, at most `width` columns: what matters least goes first where there is no room.
  package func text(width: Int) -> String {
    if let sending { return fitted(sending.parts, [2, 1], separator: ", ", to: width) }
    var parts: [String] = []
    // The places of the parts in the order in which they can be done without.
    var dispensable: [Int] = []
    if let share {
      if width >= 60 { parts.append(bar(share)) }
      parts.append("\(decimal(share * 100, places: 0)) %")
    }
    if width >= 60, share != nil { parts[0...1] = ["\(parts[0]) \(parts[1])"] }
    if let left { parts.append("\(left) left") }
    dispensable.append(parts.count)
    parts.append(size)
    if let rate { parts.append(rate) }
    if let messages {
      dispensable.insert(parts.count, at: 0)
      parts.append(messages)
    }
    return fitted(parts, dispensable, separator: "  ", to: width)
  }

  /// For a log: `reading: 25 %, 4 MB, 2 MB/s, 6 s left, 7 messages queued, 3 delivered`.
  package var text: String {
    if let sending { return sending.parts.joined(separator: ", ") }
    let parts = [
      share.map { "\(decimal($0 * 100, places: 0)) %" }, size, rate, left.map { "\($0) left" },
      messages,
    ]
    return "reading: " + parts.compactMap { $0 }.joined(separator: ", ")
  }

  private func fitted(
    _ parts: [String], _ dispensable: [Int], separator: String, to width: Int
  ) -> String {
    var kept = parts.map { Optional($0) }
    var text: String { kept.compactMap { $0 }.joined(separator: separator) }
    for index in dispensable where text.count > width && kept.indices.contains(index) {
      kept[index] = nil
    }
    return String(text.prefix(max(0, width)))
  }

  /// From 0 to 1; nil if the whole is not known.
  private var share: Double? {
    guard let bytesTotal, bytesTotal > 0 else { return nil }
    return min(1, Double(bytesRead) / Double(bytesTotal))
  }

  private var left: String? {
    guard let share, share > 0.02, share < 1 else { return nil }
    return timeSpan(seconds / share - seconds)
  }

  private var size: String { "\(decimal(Double(bytesUncompressed) / 1e6, places: 0)) MB" }

  private var rate: String? {
    guard seconds > 0.1 else { return nil }
    return "\(decimal(Double(bytesUncompressed) / 1e6 / seconds, places: 0)) MB/s"
  }

  private var messages: String? {
    if let messagesDelivered, messagesDelivered > 0 || messagesQueued > 0 {
      return "\(counted(messagesQueued, "message")) queued, \(grouped(messagesDelivered)) delivered"
    }
    return messagesQueued > 0 ? counted(messagesQueued, "message") : nil
  }

  private func bar(_ share: Double) -> String {
    let width = 20
    let filled = Int((share * Double(width)).rounded(.down))
    return "[" + String(repeating: "#", count: filled)
      + String(repeating: " ", count: width - filled) + "]"
  }
}

/// When a run that nobody watches says how far it is: once a minute.
package struct ProgressPacing: Equatable, Sendable {
  /// In seconds.
  package static let interval = 60

  private var next = Double(interval)

  package init() {}

  /// Whether a line is due, which is then taken for written.
  ///
  /// - Parameter seconds: since the run began.
  package mutating func isDue(at seconds: Double) -> Bool {
    guard seconds >= next else { return false }
    // After a pause there is one line, and not one for each minute of it.
    let interval = Double(Self.interval)
    next = ((seconds / interval).rounded(.down) + 1) * interval
    return true
  }
}
