package import ByteScanning

/// The OTLP/JSON mapping of what this module has encoded (opentelemetry.io/docs/specs/otlp, "JSON Protobuf
/// Encoding"): for people, and for files. It reads the bytes that are sent, so that it cannot say anything
/// else than they do.
package enum TelemetryJSON {
  /// Appends the body of a request to `path` as JSON.
  ///
  /// - Parameter body: protobuf, uncompressed, as this module writes it.
  package static func append(_ body: [UInt8], of path: String, to json: inout OwnedBuffer<UInt8>) {
    let type: MessageType =
      switch path {
      case "/v1/metrics": .metricsRequest
      case "/v1/logs": .logsRequest
      default: .tracesRequest
      }
    append(body.span, as: type, to: &json)
  }

  /// How a field is written in JSON.
  enum Kind {
    case text
    /// Bytes as hexadecimal digits: an identifier.
    case hexadecimal
    /// A number of 64 bits, which JSON readers may not hold, as text; of eight bytes, or a varint.
    case longNumber
    /// A number of up to 32 bits.
    case number
    case signedNumber
    case real
    case boolean
    /// Varints in one field.
    case packed
    case message(MessageType)
  }

  enum MessageType {
    case metricsRequest, resourceMetrics, scopeMetrics, metric, exponentialHistogram, dataPoint,
      buckets
    case logsRequest, resourceLogs, scopeLogs, logRecord
    case tracesRequest, resourceSpans, scopeSpans, span, status
    case resource, scope, pair, value, list, pairs
  }

  /// What this module writes: names, kinds, and whether a field may come more than once.
  static func field(_ number: UInt64, of type: MessageType) -> (StaticString, Kind, Bool)? {
    switch (type, number) {
    case (.metricsRequest, 1): ("resourceMetrics", .message(.resourceMetrics), true)
    case (.logsRequest, 1): ("resourceLogs", .message(.resourceLogs), true)
    case (.tracesRequest, 1): ("resourceSpans", .message(.resourceSpans), true)
    case (.resourceMetrics, 1), (.resourceLogs, 1), (.resourceSpans, 1):
      ("resource", .message(.resource), false)
    case (.resourceMetrics, 2): ("scopeMetrics", .message(.scopeMetrics), true)
    case (.resourceLogs, 2): ("scopeLogs", .message(.scopeLogs), true)
    case (.resourceSpans, 2): ("scopeSpans", .message(.scopeSpans), true)
    case (.scopeMetrics, 1), (.scopeLogs, 1), (.scopeSpans, 1): ("scope", .message(.scope), false)
    case (.scopeMetrics, 2): ("metrics", .message(.metric), true)
    case (.scopeLogs, 2): ("logRecords", .message(.logRecord), true)
    case (.scopeSpans, 2): ("spans", .message(.span), true)
    case (.resource, 1): ("attributes", .message(.pair), true)
    case (.scope, 1): ("name", .text, false)
    case (.pair, 1): ("key", .text, false)
    case (.pair, 2): ("value", .message(.value), false)
    case (.value, 1): ("stringValue", .text, false)
    case (.value, 2): ("boolValue", .boolean, false)
    case (.value, 3): ("intValue", .longNumber, false)
    case (.value, 5): ("arrayValue", .message(.list), false)
    case (.value, 6): ("kvlistValue", .message(.pairs), false)
    case (.list, 1): ("values", .message(.value), true)
    case (.pairs, 1): ("values", .message(.pair), true)
    default: fieldOfSignal(number, of: type)
    }
  }

  private static func fieldOfSignal(
    _ number: UInt64, of type: MessageType
  ) -> (StaticString, Kind, Bool)? {
    switch (type, number) {
    case (.metric, 1): ("name", .text, false)
    case (.metric, 3): ("unit", .text, false)
    case (.metric, 10): ("exponentialHistogram", .message(.exponentialHistogram), false)
    case (.exponentialHistogram, 1): ("dataPoints", .message(.dataPoint), true)
    case (.exponentialHistogram, 2): ("aggregationTemporality", .number, false)
    case (.dataPoint, 1): ("attributes", .message(.pair), true)
    case (.dataPoint, 2): ("startTimeUnixNano", .longNumber, false)
    case (.dataPoint, 3): ("timeUnixNano", .longNumber, false)
    case (.dataPoint, 4): ("count", .longNumber, false)
    case (.dataPoint, 5): ("sum", .real, false)
    case (.dataPoint, 6): ("scale", .signedNumber, false)
    case (.dataPoint, 7): ("zeroCount", .longNumber, false)
    case (.dataPoint, 8): ("positive", .message(.buckets), false)
    case (.dataPoint, 12): ("min", .real, false)
    case (.dataPoint, 13): ("max", .real, false)
    case (.buckets, 1): ("offset", .signedNumber, false)
    case (.buckets, 2): ("bucketCounts", .packed, false)
    case (.logRecord, 1): ("timeUnixNano", .longNumber, false)
    case (.logRecord, 5): ("body", .message(.value), false)
    case (.logRecord, 11): ("observedTimeUnixNano", .longNumber, false)
    case (.logRecord, 12): ("eventName", .text, false)
    case (.span, 1): ("traceId", .hexadecimal, false)
    case (.span, 2): ("spanId", .hexadecimal, false)
    case (.span, 4): ("parentSpanId", .hexadecimal, false)
    case (.span, 5): ("name", .text, false)
    case (.span, 6): ("kind", .number, false)
    case (.span, 7): ("startTimeUnixNano", .longNumber, false)
    case (.span, 8): ("endTimeUnixNano", .longNumber, false)
    case (.span, 9): ("attributes", .message(.pair), true)
    case (.span, 15): ("status", .message(.status), false)
    case (.span, 16): ("flags", .number, false)
    case (.status, 3): ("code", .number, false)
    default: nil
    }
  }

  private static func append(
    _ bytes: borrowing Span<UInt8>, as type: MessageType, to json: inout OwnedBuffer<UInt8>
  ) {
    var reader = ProtobufReader()
    var last: UInt64 = 0
    var isInList = false
    json.append(UInt8(ascii: "{"))
    while let part = reader.next(in: bytes) {
      guard let (name, kind, isRepeated) = field(part.field, of: type) else {
        preconditionFailure("field \(part.field) of \(type) is written but not known")
      }
      if isRepeated && part.field == last {
        json.append(UInt8(ascii: ","))
      } else {
        if isInList { json.append(UInt8(ascii: "]")) }
        if last != 0 { json.append(UInt8(ascii: ",")) }
        json.append(UInt8(ascii: "\""))
        json.append(literal: name)
        json.append(literal: "\":")
        if isRepeated { json.append(UInt8(ascii: "[")) }
        isInList = isRepeated
        last = part.field
      }
      append(part, as: kind, in: bytes, to: &json)
    }
    if isInList { json.append(UInt8(ascii: "]")) }
    json.append(UInt8(ascii: "}"))
  }

  private static func append(
    _ part: ProtobufReader.Part, as kind: Kind, in bytes: borrowing Span<UInt8>,
    to json: inout OwnedBuffer<UInt8>
  ) {
    switch kind {
    case .text: appendJSONText(bytes.extracting(part.range), to: &json)
    case .hexadecimal:
      json.append(UInt8(ascii: "\""))
      for offset in part.range {
        json.append(digit(bytes[offset] >> 4))
        json.append(digit(bytes[offset] & 15))
      }
      json.append(UInt8(ascii: "\""))
    case .longNumber:
      json.append(literal: "\"")
      json.append(String(part.number))
      json.append(literal: "\"")
    case .number: json.append(String(part.number))
    case .signedNumber:
      json.append(String(Int64(part.number >> 1) ^ -Int64(part.number & 1)))
    case .real: json.append(Double(bitPattern: part.number).description)
    case .boolean: json.append(literal: part.number == 0 ? "false" : "true")
    case .packed: appendPacked(part.range, in: bytes, to: &json)
    case .message(let type): append(bytes.extracting(part.range), as: type, to: &json)
    }
  }

  private static func appendPacked(
    _ range: Range<Int>, in bytes: borrowing Span<UInt8>, to json: inout OwnedBuffer<UInt8>
  ) {
    var reader = ProtobufReader(at: range.lowerBound)
    json.append(UInt8(ascii: "["))
    while reader.offset < range.upperBound {
      if reader.offset > range.lowerBound { json.append(UInt8(ascii: ",")) }
      json.append(literal: "\"")
      json.append(String(reader.varint(in: bytes)))
      json.append(literal: "\"")
    }
    json.append(UInt8(ascii: "]"))
  }

  private static func digit(_ value: UInt8) -> UInt8 {
    value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") - 10 + value
  }
}

/// Goes through the fields of a message that this module has written.
private struct ProtobufReader {
  struct Part {
    var field: UInt64
    var type: WireType
    /// A varint, or the bits of a fixed number.
    var number: UInt64 = 0
    /// Of what has a length.
    var range = 0..<0
  }

  private(set) var offset: Int

  init(at offset: Int = 0) { self.offset = offset }

  mutating func next(in bytes: borrowing Span<UInt8>) -> Part? {
    guard offset < bytes.count else { return nil }
    let tag = varint(in: bytes)
    guard let type = WireType(rawValue: tag & 7) else { preconditionFailure("unknown wire type") }
    var part = Part(field: tag >> 3, type: type)
    switch type {
    case .varint: part.number = varint(in: bytes)
    case .fixed64: part.number = fixed(8, in: bytes)
    case .fixed32: part.number = fixed(4, in: bytes)
    case .delimited:
      let count = Int(varint(in: bytes))
      part.range = offset..<offset + count
      offset += count
    }
    return part
  }

  mutating func varint(in bytes: borrowing Span<UInt8>) -> UInt64 {
    var value: UInt64 = 0
    var shift: UInt64 = 0
    while true {
      let byte = bytes[offset]
      offset += 1
      value |= UInt64(byte & 0x7F) << shift
      if byte < 0x80 { return value }
      shift += 7
    }
  }

  private mutating func fixed(_ count: Int, in bytes: borrowing Span<UInt8>) -> UInt64 {
    var value: UInt64 = 0
    for place in 0..<count { value |= UInt64(bytes[offset + place]) << UInt64(8 * place) }
    offset += count
    return value
  }
}
