internal import ByteScanning
internal import Reporting

/// The shapes that the time stamps of a log have.
struct TimestampSurvey {
  /// A log has one or two; clients may write the rest.
  private static let shapeLimit = 8

  private struct Seen {
    var shape: TimestampShape
    /// Some writers leave out zeros at the end.
    var decimals: ClosedRange<Int>
    var count: Int
    var example: String
  }

  private var seen: [Seen] = []
  private(set) var hasFractions = false

  mutating func add(_ bytes: borrowing Span<UInt8>, _ range: Range<Int>) {
    let (shape, decimals) = TimestampShape.read(bytes, range)
    if decimals > 0 || shape.isFinerThanSeconds { hasFractions = true }
    if let index = seen.firstIndex(where: { $0.shape == shape }) {
      seen[index].count += 1
      let known = seen[index].decimals
      seen[index].decimals =
        min(known.lowerBound, decimals)...max(known.upperBound, decimals)
    } else if seen.count < Self.shapeLimit {
      let example = String(decoding: bytes.extracting(range).copied(), as: UTF8.self)
      seen.append(Seen(shape: shape, decimals: decimals...decimals, count: 1, example: example))
    }
  }

  /// The most frequent first.
  var shapes: [Occurrence] {
    seen.sorted { $0.count > $1.count }.map {
      Occurrence($0.shape.description(decimals: $0.decimals), $0.count, example: $0.example)
    }
  }
}

/// How one stamp is written, but for its decimals.
enum TimestampShape: Equatable {
  case common(zone: String?)
  case iso(zone: String?)
  case epoch(unit: String)
  case other

  static func read(
    _ bytes: borrowing Span<UInt8>, _ range: Range<Int>
  ) -> (shape: TimestampShape, decimals: Int) {
    let text = bytes.extracting(range.prefix(64)).copied()
    if text.count >= 20, text[2] == UInt8(ascii: "/") {
      let (decimals, zone) = rest(text[20...])
      return (.common(zone: zone), decimals)
    }
    if text.count >= 19, text[4] == UInt8(ascii: "-") {
      let (decimals, zone) = rest(text[19...])
      return (.iso(zone: zone), decimals)
    }
    guard let decimals = decimalCount(bytes, range) else { return (.other, 0) }
    // The same borders as where they are read.
    let unit =
      switch range.count - (decimals == 0 ? 0 : decimals + 1) {
      case ...11: "seconds"
      case ...14: "milliseconds"
      case ...17: "microseconds"
      default: "nanoseconds"
      }
    return (.epoch(unit: unit), decimals)
  }

  /// The parts after the seconds: a fraction, a time zone.
  private static func rest(_ text: ArraySlice<UInt8>) -> (decimals: Int, zone: String?) {
    let isFraction = text.first == UInt8(ascii: ".") || text.first == UInt8(ascii: ",")
    let digits = isFraction ? text.dropFirst().prefix { $0 &- UInt8(ascii: "0") <= 9 } : []
    let zone = text.dropFirst(isFraction ? digits.count + 1 : 0).drop { $0 == UInt8(ascii: " ") }
    return (digits.count, zone.isEmpty ? nil : String(decoding: zone, as: UTF8.self))
  }

  var isFinerThanSeconds: Bool {
    if case .epoch(let unit) = self { unit != "seconds" } else { false }
  }

  func description(decimals: ClosedRange<Int>) -> String {
    switch self {
    case .common(let zone):
      "common log format, \(Self.fraction(decimals)), " + Self.words(for: zone)
    case .iso(let zone): "ISO 8601, \(Self.fraction(decimals)), " + Self.words(for: zone)
    case .epoch(let unit):
      "\(unit) since 1970" + (decimals.upperBound > 0 ? ", \(Self.fraction(decimals))" : "")
    case .other: "another shape"
    }
  }

  private static func words(for zone: String?) -> String {
    zone.map { "zone \($0)" } ?? "without a zone"
  }

  private static func fraction(_ decimals: ClosedRange<Int>) -> String {
    let most = decimals.upperBound
    if most == 0 { return "whole seconds" }
    let words = most == 1 ? "1 decimal" : "\(most) decimals"
    return decimals.count == 1 ? words : "up to \(words)"
  }
}
