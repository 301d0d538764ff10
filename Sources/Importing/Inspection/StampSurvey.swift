internal import ByteScanning
internal import Reporting

/// The shapes that the time stamps of a log have.
struct StampSurvey {
  /// A log has one or two; clients may write the rest.
  private static let shapeLimit = 8

  private(set) var shapes: [Occurrence] = []
  private(set) var hasFractions = false

  mutating func add(_ bytes: borrowing Span<UInt8>, _ range: Range<Int>) {
    let shape = StampShape(bytes, range)
    if shape.hasFraction { hasFractions = true }
    // Neighbouring lines mostly have the same.
    let name = shape.description
    if let index = shapes.firstIndex(where: { $0.name == name }) {
      shapes[index].count += 1
    } else if shapes.count < Self.shapeLimit {
      shapes.append(
        Occurrence(
          name, 1, example: String(decoding: bytes.extracting(range).copied(), as: UTF8.self)))
    }
  }
}

/// How one stamp is written.
enum StampShape: Equatable, CustomStringConvertible {
  case common(zone: String)
  case iso(decimals: Int, zone: String?)
  case epoch(unit: String, decimals: Int)
  case other

  init(_ bytes: borrowing Span<UInt8>, _ range: Range<Int>) {
    let text = Array(bytes.extracting(range.prefix(64)).copied())
    if text.count == 26, text[2] == UInt8(ascii: "/") {
      self = .common(zone: String(decoding: text[21...], as: UTF8.self))
    } else if text.count >= 19, text[4] == UInt8(ascii: "-") {
      let rest = text[19...]
      let isFraction = rest.first == UInt8(ascii: ".") || rest.first == UInt8(ascii: ",")
      let digits = isFraction ? rest.dropFirst().prefix { $0 &- UInt8(ascii: "0") <= 9 } : []
      let zone = rest.dropFirst(isFraction ? digits.count + 1 : 0)
      self = .iso(
        decimals: digits.count,
        zone: zone.isEmpty ? nil : String(decoding: zone, as: UTF8.self))
    } else if let decimals = decimalCount(bytes, range) {
      let whole = range.count - (decimals == 0 ? 0 : decimals + 1)
      // The same borders as where they are read.
      let unit =
        switch whole {
        case ...11: "seconds"
        case ...14: "milliseconds"
        case ...17: "microseconds"
        default: "nanoseconds"
        }
      self = .epoch(unit: unit, decimals: decimals)
    } else {
      self = .other
    }
  }

  var hasFraction: Bool {
    switch self {
    case .common, .other: false
    case .iso(let decimals, _): decimals > 0
    case .epoch(let unit, let decimals): decimals > 0 || unit != "seconds"
    }
  }

  var description: String {
    switch self {
    case .common(let zone): "common log format, whole seconds, zone \(zone)"
    case .iso(let decimals, let zone):
      "ISO 8601, \(Self.fraction(decimals)), " + (zone.map { "zone \($0)" } ?? "without a zone")
    case .epoch(let unit, let decimals):
      "\(unit) since 1970" + (decimals > 0 ? ", \(Self.fraction(decimals))" : "")
    case .other: "another shape"
    }
  }

  private static func fraction(_ decimals: Int) -> String {
    switch decimals {
    case 0: "whole seconds"
    case 1: "1 decimal"
    default: "\(decimals) decimals"
    }
  }
}
