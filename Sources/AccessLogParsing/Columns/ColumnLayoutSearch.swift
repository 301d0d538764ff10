internal import ByteScanning

// Finding the line that names the columns of those behind it.

extension ColumnLayout {
  /// The columns that the last `#Fields:` line of `bytes` names, in `wrapping` if there is one.
  package init?(lastIn bytes: borrowing Span<UInt8>, _ wrapping: LineWrapping?) {
    self.init(lastIn: bytes, wrapping.map { [$0] } ?? [])
  }

  /// The same where it is not known yet whether the lines are wrapped, and in what.
  package init?(lastInAny bytes: borrowing Span<UInt8>) {
    self.init(
      lastIn: bytes, LineWrapping.Envelope.allCases.filter { $0 != .none }.map { LineWrapping($0) })
  }

  private init?(lastIn bytes: borrowing Span<UInt8>, _ wrappings: [LineWrapping]) {
    var end = bytes.count
    while end > 0 {
      guard let mark = bytes.lastOffset(of: UInt8(ascii: "#"), from: 0, to: end) else { return nil }
      end = mark
      guard bytes.holds("#Fields:", at: mark, before: bytes.count) else { continue }
      // Each line is looked at once, however often the words stand in it.
      end = bytes.startOfLine(before: mark + 1)
      if let columns = ColumnLayout(bytes.extracting(bytes.line(from: end).range), wrappings) {
        self = columns
        return
      }
    }
    return nil
  }

  /// The columns that a line names, as it is or taken out of one of `wrappings`.
  private init?(_ line: borrowing Span<UInt8>, _ wrappings: [LineWrapping]) {
    if let columns = ColumnLayout(line, line: line.indices) {
      self = columns
      return
    }
    for wrapping in wrappings {
      var unwrapper = LineUnwrapper(wrapping)
      unwrapper.unwrap(line)
      let text = unwrapper.text.span
      if text.count > 0, let columns = ColumnLayout(text, line: text.line(from: 0).range) {
        self = columns
        return
      }
    }
    return nil
  }
}

extension Span where Element == UInt8 {
  /// Where the line begins whose terminator, or the end of the source, is before `end`.
  package func startOfLine(before end: Int) -> Int {
    (lastOffset(of: UInt8(ascii: "\n"), from: 0, to: end - 1) ?? -1) + 1
  }
}
