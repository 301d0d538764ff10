import FoundationEssentials
import HTTPTypes
import Hummingbird
import HummingbirdCore

/// Which lines of the request logs are shown: those of a view's query, and some more filters.
struct RequestQuery: Sendable {
  /// Where a page ends: the next one has what is older.
  struct Key: Sendable {
    /// Seconds since 1970.
    var time: Double
    var id: Int64

    init(time: Double, id: Int64) { (self.time, self.id) = (time, id) }

    /// `TIME-ID`, as ``text`` writes it.
    init?(_ text: Substring) {
      let parts = text.split(separator: "-", omittingEmptySubsequences: false)
      guard parts.count == 2, let bits = UInt64(parts[0], radix: 16), let id = Int64(parts[1])
      else { return nil }
      let time = Double(bitPattern: bits)
      guard time.isFinite else { return nil }
      self.init(time: time, id: id)
    }

    /// The very bits of the time, so that no line is shown twice or left out.
    var text: String { String(time.bitPattern, radix: 16) + "-\(id)" }
  }

  /// How many lines are looked at for a page: a rare text would else keep everybody waiting.
  static let lookLimit = 50_000
  /// How many bytes of them a text is looked for in.
  static let searchLimit = 64 << 20
  /// Lines of a CSV file.
  static let csvLimit = 10_000

  var view: ViewQuery
  /// Milliseconds; nil for all.
  var slower: Double?
  /// Looked for in the line as it was sent, whatever its case.
  var text: String?
  var before: Key?
  var isCSV = false

  init(_ parameters: FlatDictionary<Substring, Substring>, now: Date) throws {
    var rest = FlatDictionary<Substring, Substring>()
    for (key, value) in parameters
    where !["slower", "text", "before", "format"].contains(key) {
      rest.append(key: key, value: value)
    }
    view = try ViewQuery(rest, now: now)
    if let text = parameters["slower"], !text.isEmpty {
      guard let milliseconds = Double(text), milliseconds >= 0 else {
        throw ViewQuery.refused("slower", "not a number of milliseconds")
      }
      slower = milliseconds
    }
    text = parameters["text"].map { String($0) }.flatMap { $0.isEmpty ? nil : $0 }
    if let text = parameters["before"] {
      guard let key = Key(text) else {
        throw ViewQuery.refused("before", "not the `next` of a page")
      }
      before = key
    }
    switch parameters["format"] {
    case nil, "json": isCSV = false
    case "csv": isCSV = true
    default: throw ViewQuery.refused("format", "json or csv")
    }
  }
}
