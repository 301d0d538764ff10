internal import ByteScanning
internal import Messaging

/// A row as it is written: members in the order in which they are added, without white space.
struct JSONRow: ~Copyable {
  private var bytes = OwnedBuffer<UInt8>(capacity: 1 << 10)

  init() { bytes.append(UInt8(ascii: "{")) }

  private mutating func begin(_ name: StaticString) {
    if bytes.count > 1 { bytes.append(UInt8(ascii: ",")) }
    bytes.append(UInt8(ascii: "\""))
    bytes.append(literal: name)
    bytes.append(literal: "\":")
  }

  mutating func add(_ name: StaticString, _ value: Int) { add(name, Int64(value)) }

  mutating func add(_ name: StaticString, _ value: Int64?) {
    begin(name)
    if let value { bytes.appendDecimal(value) } else { bytes.append(literal: "null") }
  }

  mutating func add(_ name: StaticString, _ value: Bool) {
    begin(name)
    bytes.append(literal: value ? "true" : "false")
  }

  mutating func add(_ name: StaticString, _ value: String?) {
    begin(name)
    bytes.appendJSON(value)
  }

  /// Adds a value that is JSON already.
  mutating func add(_ name: StaticString, json: [UInt8]) {
    begin(name)
    bytes.append(json.span)
  }

  /// Adds a list of what `append` writes of each element.
  mutating func add<Element>(
    _ name: StaticString, _ list: [Element],
    _ append: (Element, inout OwnedBuffer<UInt8>) -> Void
  ) {
    begin(name)
    bytes.append(UInt8(ascii: "["))
    for (place, element) in list.enumerated() {
      if place > 0 { bytes.append(UInt8(ascii: ",")) }
      append(element, &bytes)
    }
    bytes.append(UInt8(ascii: "]"))
  }

  /// Adds lists of numbers.
  mutating func add(_ name: StaticString, _ lists: [[UInt64]]) {
    begin(name)
    bytes.append(UInt8(ascii: "["))
    for (place, numbers) in lists.enumerated() {
      if place > 0 { bytes.append(UInt8(ascii: ",")) }
      bytes.append(UInt8(ascii: "["))
      for (place, number) in numbers.enumerated() {
        if place > 0 { bytes.append(UInt8(ascii: ",")) }
        bytes.appendDecimal(unsigned: number)
      }
      bytes.append(UInt8(ascii: "]"))
    }
    bytes.append(UInt8(ascii: "]"))
  }

  /// Adds an object of counts, in the order of their names.
  mutating func add(_ name: StaticString, _ counts: [String: Int]) {
    begin(name)
    bytes.append(UInt8(ascii: "{"))
    for (place, member) in counts.sorted(by: { $0.key < $1.key }).enumerated() {
      if place > 0 { bytes.append(UInt8(ascii: ",")) }
      bytes.appendJSON(member.key)
      bytes.append(UInt8(ascii: ":"))
      bytes.appendDecimal(Int64(member.value))
    }
    bytes.append(UInt8(ascii: "}"))
  }

  /// The row, with its line feed.
  consuming func line() -> [UInt8] {
    bytes.append(literal: "}\n")
    return bytes.copied()
  }

  /// As a value of another row.
  consuming func value() -> [UInt8] {
    bytes.append(UInt8(ascii: "}"))
    return bytes.copied()
  }

  static func text(_ value: String?) -> [UInt8] {
    var bytes = OwnedBuffer<UInt8>(capacity: 256)
    bytes.appendJSON(value)
    return bytes.copied()
  }
}

extension OwnedBuffer<UInt8> {
  /// Appends `value` as a JSON string; null if there is none.
  mutating func appendJSON(_ value: String?) {
    if let value { appendJSONString(value, to: &self) } else { append(literal: "null") }
  }

  /// Appends a number of which all 64 bits are digits.
  fileprivate mutating func appendDecimal(unsigned number: UInt64) {
    if number <= UInt64(Int64.max) { return appendDecimal(Int64(number)) }
    appendDecimal(Int64(number / 10))
    appendDecimal(Int64(number % 10))
  }
}
