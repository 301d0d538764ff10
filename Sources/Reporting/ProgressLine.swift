internal import Diagnostics

/// The line that a terminal shows while a run is in progress.
package struct ProgressLine: Equatable, Sendable {
  /// Bytes of the files read so far, and of all files; nil if a pipe makes the total unknown.
  package var bytesRead: Int
  package var bytesTotal: Int?
  package var bytesUncompressed: Int
  package var messagesQueued: Int
  /// nil if nothing is sent to a hub.
  package var messagesDelivered: Int?
  package var seconds: Double

  package init(
    bytesRead: Int, bytesTotal: Int?, bytesUncompressed: Int, messagesQueued: Int,
    messagesDelivered: Int?, seconds: Double
  ) {
    self.bytesRead = bytesRead
    self.bytesTotal = bytesTotal
    self.bytesUncompressed = bytesUncompressed
    self.messagesQueued = messagesQueued
    self.messagesDelivered = messagesDelivered
    self.seconds = seconds
  }

  /// The line's text, at most `width` columns.
  package func text(width: Int) -> String {
    var parts: [String] = []
    if let bytesTotal, bytesTotal > 0 {
      let share = min(1, Double(bytesRead) / Double(bytesTotal))
      parts.append("\(bar(share, width: 20)) \(decimal(share * 100, places: 0)) %")
      if share > 0.02 && share < 1 {
        parts.append("\(decimal(seconds / share - seconds, places: 0)) s left")
      }
    }
    let size = Double(bytesUncompressed) / 1e6
    parts.append("\(decimal(size, places: 0)) MB")
    if seconds > 0.1 { parts.append("\(decimal(size / seconds, places: 0)) MB/s") }
    if let messagesDelivered, messagesDelivered > 0 || messagesQueued > 0 {
      parts.append(
        "\(counted(messagesQueued, "message")) queued, \(grouped(messagesDelivered)) delivered")
    } else if messagesQueued > 0 {
      parts.append(counted(messagesQueued, "message"))
    }
    return String(parts.joined(separator: "  ").prefix(max(0, width)))
  }

  private func bar(_ share: Double, width: Int) -> String {
    let filled = Int((share * Double(width)).rounded(.down))
    return "[" + String(repeating: "#", count: filled)
      + String(repeating: " ", count: width - filled) + "]"
  }
}
