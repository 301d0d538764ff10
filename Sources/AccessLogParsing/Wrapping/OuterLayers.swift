internal import ByteScanning

/// What is removed before a wrapping that is inside another one. A class, since an unwrapper cannot
/// contain one.
final class OuterLayers {
  var unwrapper: LineUnwrapper

  init(_ wrapping: LineWrapping) {
    unwrapper = LineUnwrapper(wrapping, keepsTimes: true)
  }
}

/// The times that a wrapping has for lines, as text.
struct LineTimes: ~Copyable {
  private var text = OwnedBuffer<UInt8>(capacity: 1024)
  /// For each line, where its time ends.
  private var ends = OwnedBuffer<Int32>(capacity: 64)

  mutating func removeAll() {
    text.removeAll()
    ends.removeAll()
  }

  /// Adds the time of the next line; empty if it has none.
  mutating func add(_ time: borrowing OwnedBuffer<UInt8>) {
    time.append(to: &text)
    ends.append(Int32(truncatingIfNeeded: text.count))
  }

  /// Appends the time of the line with this number.
  func append(timeOf line: Int, to time: inout OwnedBuffer<UInt8>) {
    let start = line == 0 ? 0 : Int(ends[line - 1])
    time.append(text.span.extracting(start..<Int(ends[line])))
  }
}

extension OwnedBuffer where Element == UInt8 {
  /// Appends the contents to another buffer.
  func append(to other: inout OwnedBuffer<UInt8>) { other.append(span) }
}
