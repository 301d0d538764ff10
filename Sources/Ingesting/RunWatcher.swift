package import Diagnostics

/// Is shown what a run does, as it happens. Called from any thread.
package protocol RunWatcher: AnyObject, Sendable {
  func report(_ diagnostic: Diagnostic)
  func show(_ progress: ReadingProgress)
  /// Clears what `show` has shown.
  func endProgress()
}

/// How far a reading is.
package struct ReadingProgress: Equatable, Sendable {
  package var bytesRead: Int
  /// nil if an input has no known end.
  package var bytesTotal: Int?
  package var bytesUncompressed: Int
  package var seconds: Double

  package init(bytesRead: Int, bytesTotal: Int?, bytesUncompressed: Int, seconds: Double) {
    self.bytesRead = bytesRead
    self.bytesTotal = bytesTotal
    self.bytesUncompressed = bytesUncompressed
    self.seconds = seconds
  }
}

extension Duration {
  package var inSeconds: Double {
    Double(components.seconds) + Double(components.attoseconds) / 1e18
  }
}
