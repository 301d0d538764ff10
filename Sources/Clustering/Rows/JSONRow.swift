internal import Messaging

/// A row as it is written: members in the order in which they are added, without white space.
struct JSONRow {
  private(set) var bytes: [UInt8] = [UInt8(ascii: "{")]

  private mutating func begin(_ name: StaticString) {
    if bytes.count > 1 { bytes.append(UInt8(ascii: ",")) }
    bytes += Array("\"\(name)\":".utf8)
  }

  mutating func add(_ name: StaticString, _ value: Int) { add(name, Int64(value)) }

  mutating func add(_ name: StaticString, _ value: Int64?) {
    begin(name)
    bytes += Array((value.map { "\($0)" } ?? "null").utf8)
  }

  mutating func add(_ name: StaticString, _ value: Bool) {
    begin(name)
    bytes += Array((value ? "true" : "false").utf8)
  }

  mutating func add(_ name: StaticString, _ value: String?) {
    begin(name)
    Self.append(value, to: &bytes)
  }

  /// Adds a value that is JSON already.
  mutating func add(_ name: StaticString, json: [UInt8]) {
    begin(name)
    bytes += json
  }

  mutating func add(_ name: StaticString, _ list: [[UInt8]]) {
    add(name, json: Self.list(list))
  }

  /// The row, with its line feed.
  func line() -> [UInt8] { bytes + Array("}\n".utf8) }

  /// As a value of another row.
  func value() -> [UInt8] { bytes + [UInt8(ascii: "}")] }

  static func list(_ values: [[UInt8]]) -> [UInt8] {
    [UInt8(ascii: "[")] + Array(values.joined(separator: [UInt8(ascii: ",")]))
      + [UInt8(ascii: "]")]
  }

  static func text(_ value: String?) -> [UInt8] {
    var bytes: [UInt8] = []
    append(value, to: &bytes)
    return bytes
  }

  private static func append(_ value: String?, to bytes: inout [UInt8]) {
    if let value {
      appendJSONString(value.utf8, to: &bytes)
    } else {
      bytes += Array("null".utf8)
    }
  }
}
