internal import Diagnostics

/// A name of a log as the page shows it.
enum ShownName {
  /// Characters. Longer names would be most of a page, and nobody reads them.
  static let limit = 200

  /// `name`, safe and shortened.
  static func text(_ name: String) -> String {
    let safe = terminalSafe(name)
    guard safe.unicodeScalars.count > limit else { return safe }
    return String(String.UnicodeScalarView(safe.unicodeScalars.prefix(limit - 1))) + "…"
  }
}
