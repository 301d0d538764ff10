internal import Diagnostics

/// A time for people, in its two largest units: `51 s`, `12 min`, `3 h 5 min`, `2 d 4 h`.
///
/// - Parameter seconds: at least 0.
package func timeSpan(_ seconds: Double) -> String {
  // Beyond that nobody counts, and an integer would not hold it for ever.
  let whole = Int(min(max(seconds, 0), 1e9).rounded())
  switch whole {
  case ..<120: return "\(whole) s"
  case ..<7_200: return "\(whole / 60) min"
  case ..<172_800:
    let minutes = whole / 60 % 60
    return "\(whole / 3_600) h" + (minutes > 0 ? " \(minutes) min" : "")
  default:
    let hours = whole / 3_600 % 24
    return "\(grouped(whole / 86_400)) d" + (hours > 0 ? " \(hours) h" : "")
  }
}
