internal import Foundation
internal import Ingesting

/// Remembered formats as the ledger keeps them: JSON.
struct FormatTexts {
  /// How many are kept: few, for many sources.
  private static let limit = 64
  private var known: [RememberedFormat: String] = [:]
  private var read: [String: RememberedFormat?] = [:]

  /// nil for the text of a version that knows other wrappings.
  mutating func format(of text: String) -> RememberedFormat? {
    if let format = read[text] { return format }
    let format = try? JSONDecoder().decode(RememberedFormat.self, from: Data(text.utf8))
    if read.count < Self.limit { read[text] = .some(format) }
    return format
  }

  mutating func text(of format: RememberedFormat) -> String? {
    if let text = known[format] { return text }
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    guard let json = try? encoder.encode(format) else { return nil }
    let text = String(decoding: json, as: UTF8.self)
    known[format] = text
    return text
  }
}
