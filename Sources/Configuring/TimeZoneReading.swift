package import AccessLogParsing
import Foundation

extension LocalClock {
  /// How far apart the moments are at which a zone's offset is queried, in seconds. Clocks never
  /// change twice between two of them: the shortest time any rule was in force was a Ramadan.
  private static let stride: Int64 = 5 * 86_400
  /// A zone's rules are followed up to here, 2100-01-01, and stay as they are after that.
  private static let lastSecond: Int64 = 4_102_444_800

  /// The clock of `zone`: a name from the IANA database (`Europe/Paris`), `UTC`, or an offset from
  /// it (`+01:00`, `-0330`); nil if there is no such zone.
  package init?(zone: String) {
    if let offset = Self.offset(zone) {
      self.init(offset: offset)
      return
    }
    guard let zone = TimeZone(identifier: zone) else { return nil }
    func offset(at second: Int64) -> Int64 {
      Int64(zone.secondsFromGMT(for: Date(timeIntervalSince1970: Double(second))))
    }
    let first = offset(at: 0)
    var changes: [(second: Int64, offset: Int64)] = []
    var before: (second: Int64, offset: Int64) = (0, first)
    for second in Swift.stride(from: 0, through: Self.lastSecond, by: Int(Self.stride)) {
      let here = offset(at: second)
      if here != before.offset {
        var (low, high) = (before.second, second)
        while high - low > 1 {
          let middle = (low + high) / 2
          if offset(at: middle) == before.offset { low = middle } else { high = middle }
        }
        changes.append((high, here))
      }
      before = (second, here)
    }
    self.init(first: first, changes: changes)
  }

  /// Seconds east of UTC of `Z`, `UTC`, `+01`, `+0100` or `+01:00`.
  private static func offset(_ text: String) -> Int64? {
    if ["Z", "UTC", "GMT"].contains(text) { return 0 }
    let bytes = Array(text.utf8)
    guard let first = bytes.first, first == UInt8(ascii: "+") || first == UInt8(ascii: "-"),
      [3, 5, 6].contains(bytes.count), bytes.count < 6 || bytes[3] == UInt8(ascii: ":")
    else { return nil }
    let digits = bytes.dropFirst().filter { $0 != UInt8(ascii: ":") }
    guard digits.count == bytes.count - (bytes.count == 6 ? 2 : 1),
      digits.allSatisfy({ (0x30...0x39).contains($0) })
    else { return nil }
    let numbers = digits.map { Int64($0 - 0x30) }
    let hours = numbers[0] * 10 + numbers[1]
    let minutes = numbers.count == 4 ? numbers[2] * 10 + numbers[3] : 0
    guard hours < 24, minutes < 60 else { return nil }
    return (first == UInt8(ascii: "-") ? -1 : 1) * (hours * 3600 + minutes * 60)
  }
}
