internal import ByteScanning

// Writing the wire format of Protocol Buffers (protobuf.dev/programming-guides/encoding), with fields in
// the order of their numbers and lengths as short as they can be: what every encoder makes of the same
// message. Fields at their default are the caller's to leave out.

/// How a field's value is written.
enum WireType: UInt64 {
  case varint = 0
  case fixed64 = 1
  case delimited = 2
  case fixed32 = 5
}

/// How many bytes `value` takes as a varint.
@inline(__always)
func varintSize(_ value: UInt64) -> Int {
  (70 &- (value | 1).leadingZeroBitCount) / 7
}

@inline(__always)
func varintSize(_ value: Int) -> Int { varintSize(UInt64(truncatingIfNeeded: value)) }

/// A number that may be negative, so that small ones are short (`sint32`).
@inline(__always)
func zigzag(_ value: Int) -> UInt64 {
  UInt64(bitPattern: Int64(value &<< 1) ^ Int64(value &>> 63))
}

extension ByteWriter {
  @inline(__always)
  mutating func put(varint value: UInt64) {
    var rest = value
    while rest >= 0x80 {
      put(byte: UInt8(truncatingIfNeeded: rest) | 0x80)
      rest &>>= 7
    }
    put(byte: UInt8(truncatingIfNeeded: rest))
  }

  @inline(__always)
  mutating func put(length: Int) { put(varint: UInt64(truncatingIfNeeded: length)) }

  /// A tag of one byte, and eight bytes.
  @inline(__always)
  mutating func put(tag: UInt8, fixed64 value: UInt64) {
    put(byte: tag)
    put(littleEndian: value)
  }

  @inline(__always)
  mutating func put(tag: UInt8, double value: Double) { put(tag: tag, fixed64: value.bitPattern) }
}

extension OwnedBuffer<UInt8> {
  mutating func append(varint value: UInt64) {
    var rest = value
    while rest >= 0x80 {
      append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    append(UInt8(truncatingIfNeeded: rest))
  }

  private mutating func append(tag field: UInt64, _ type: WireType) {
    append(varint: field << 3 | type.rawValue)
  }

  mutating func append(field: UInt64, varint value: UInt64) {
    append(tag: field, .varint)
    append(varint: value)
  }

  mutating func append(field: UInt64, fixed64 value: UInt64) {
    append(tag: field, .fixed64)
    for shift in 0..<8 { append(UInt8(truncatingIfNeeded: value >> UInt64(8 * shift))) }
  }

  mutating func append(field: UInt64, fixed32 value: UInt32) {
    append(tag: field, .fixed32)
    for shift in 0..<4 { append(UInt8(truncatingIfNeeded: value >> UInt32(8 * shift))) }
  }

  mutating func append(field: UInt64, bytes: borrowing Span<UInt8>) {
    append(tag: field, .delimited)
    append(varint: UInt64(bytes.count))
    append(bytes)
  }

  mutating func append(field: UInt64, text: String) {
    append(tag: field, .delimited)
    append(varint: UInt64(text.utf8.count))
    append(text)
  }

  mutating func append(field: UInt64, literal: StaticString) {
    append(tag: field, .delimited)
    append(varint: UInt64(literal.utf8CodeUnitCount))
    append(literal: literal)
  }

  /// A message in a message: what `body` appends, with its length in front.
  mutating func append(field: UInt64, _ body: (inout OwnedBuffer<UInt8>) -> Void) {
    append(tag: field, .delimited)
    let start = count
    append(0)
    body(&self)
    let length = count - start - 1
    let size = varintSize(length)
    // Most lengths have one byte, for which there is room.
    if size > 1 { makeGap(at: start, count: size - 1) }
    var rest = UInt64(length)
    for offset in start..<start + size {
      self[offset] = UInt8(truncatingIfNeeded: rest & 0x7F) | (offset < start + size - 1 ? 0x80 : 0)
      rest >>= 7
    }
  }

  // MARK: Values of OpenTelemetry

  /// A `KeyValue` as field `field`, whose `AnyValue` `value` appends.
  mutating func append(
    field: UInt64, attribute key: StaticString, _ value: (inout OwnedBuffer<UInt8>) -> Void
  ) {
    append(field: field) { pair in
      pair.append(field: 1, literal: key)
      pair.append(field: 2, value)
    }
  }

  mutating func append(field: UInt64, attribute key: StaticString, text: String) {
    append(field: field, attribute: key) { $0.append(field: AnyValueField.text, text: text) }
  }

  mutating func append(
    field: UInt64, attribute key: StaticString, text: borrowing OwnedBuffer<UInt8>
  ) {
    append(field: field, attribute: key) {
      $0.append(field: AnyValueField.text, bytes: text.span)
    }
  }

  mutating func append(field: UInt64, attribute key: StaticString, integer: Int64) {
    append(field: field, attribute: key) {
      $0.append(field: AnyValueField.integer, varint: UInt64(bitPattern: integer))
    }
  }
}

/// The numbers of the fields of `AnyValue`.
enum AnyValueField {
  static let text: UInt64 = 1
  static let integer: UInt64 = 3
  static let array: UInt64 = 5
  static let pairs: UInt64 = 6
}
