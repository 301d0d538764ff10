internal import Synchronization

/// How often the receiver of a live stream wants to hear from it, as its latest answer says in
/// `Apitally-Export-Interval` (seconds; OTLP). Every answer may change it, also an error.
package final class ExportInterval: Sendable {
  /// What is asked for is brought into this range, as in Apitally's SDKs.
  static let range = 5...60
  static let header = "Apitally-Export-Interval"

  private let asked = Mutex<Int?>(nil)

  package init() {}

  /// In seconds; nil if nothing was asked for yet.
  package var seconds: Int? { asked.withLock { $0 } }

  /// Takes a header's value. Anything but an integer changes nothing.
  func note(_ value: String) {
    guard let number = Int(value.trimmingPrefix { $0 == " " }) else { return }
    asked.withLock { $0 = min(max(number, Self.range.lowerBound), Self.range.upperBound) }
  }
}
