internal import ByteScanning

extension LineWrapping {
  /// How many pieces before a line are looked for.
  static let pieceLimit = 6
  /// How many wrappings inside another one are tried.
  static let nestedLimit = 12

  /// The wrappings that at least half of the lines in `bytes` have.
  static func found(in bytes: borrowing Span<UInt8>) -> [LineWrapping] {
    let hasColors = bytes.hasColors
    var found: [LineWrapping] = []
    for envelope in Envelope.allCases {
      var wrapping = LineWrapping(envelope)
      wrapping.hasColors = hasColors
      switch envelope {
      case .none, .prefix: continue
      case .json:
        for key in LineWrapping.keys(in: bytes) {
          wrapping.key = key
          found.append(wrapping)
        }
      default: if bytes.isWrapped(in: wrapping) { found.append(wrapping) }
      }
    }
    if hasColors {
      var colors = LineWrapping(.none)
      colors.hasColors = true
      found.append(colors)
    }
    return found
  }

  /// The keys under which at least half of the lines in `bytes` have a line.
  private static func keys(in bytes: borrowing Span<UInt8>) -> [String] {
    var unwrapper = LineUnwrapper(LineWrapping(.json))
    var counts = [Int](repeating: 0, count: lineKeys.count)
    var lines = 0
    var start = 0
    while start < bytes.count {
      let line = bytes.line(from: start)
      start = line.next
      if line.range.isEmpty { continue }
      lines += 1
      unwrapper.countKeys(bytes, line.range, &counts)
    }
    return lineKeys.indices.filter { counts[$0] > 0 && counts[$0] * 2 >= lines }
      .map { lineKeys[$0] }
  }

  /// What may stand before each line, if no wrapping is known that looks like it: the pieces with
  /// which some of the lines begin, fewest first.
  static func prefixes(in bytes: borrowing Span<UInt8>) -> [LineWrapping] {
    var found: [LineWrapping] = []
    let middle = bytes.endOfLines(bytes.lineCount / 2)
    for start in [0, middle] where start < bytes.count {
      var wrapping = LineWrapping(.prefix)
      wrapping.hasColors = bytes.hasColors
      let line = bytes.line(from: start).range
      var offset = line.lowerBound
      while wrapping.pieces.count < pieceLimit,
        let piece = bytes.prefixPiece(at: offset, before: line.upperBound)
      {
        wrapping.pieces.append(piece.piece)
        offset = piece.next
        if !found.contains(wrapping), bytes.isWrapped(in: wrapping) { found.append(wrapping) }
      }
    }
    return found
  }

  /// Wrappings inside others: of a container runtime's lines in a log shipper's, and the like. Those in
  /// fewer layers first.
  static func nested(in bytes: borrowing Span<UInt8>) -> [LineWrapping] {
    var nested: [LineWrapping] = []
    var outer = (found(in: bytes) + prefixes(in: bytes))
      .filter { $0.envelope != .none && $0.envelope != .pairs }
    for _ in 1..<layerLimit {
      var inner: [LineWrapping] = []
      for wrapping in outer where nested.count + inner.count < nestedLimit {
        var unwrapper = LineUnwrapper(wrapping)
        unwrapper.unwrap(bytes)
        inner += found(in: unwrapper.text.span).filter { $0.envelope != .none }
          .map { $0.within(wrapping) }
      }
      nested += inner.prefix(nestedLimit - nested.count)
      outer = inner.filter { $0.envelope != .pairs }
    }
    return nested
  }
}

extension Span where Element == UInt8 {
  /// Whether there are the escape sequences of colours: as they are, as syslog or JSON writes their first
  /// byte, or in a list of bytes.
  fileprivate var hasColors: Bool {
    if firstOffset(of: 0x1B, from: 0, to: count) < count { return true }
    var bracket = firstOffset(of: UInt8(ascii: "["), from: 0, to: count)
    while bracket < count {
      if holds("#033", before: bracket) || holds("\\u001b", before: bracket)
        || holds("27,", at: bracket + 1, before: count)
      {
        return true
      }
      bracket = firstOffset(of: UInt8(ascii: "["), from: bracket + 1, to: count)
    }
    return false
  }

  private func holds(_ text: StaticString, before end: Int) -> Bool {
    holds(text, at: end - text.utf8CodeUnitCount, before: end)
  }

  /// Whether at least half of the lines have this wrapping, and not all of them are parts of others.
  fileprivate func isWrapped(in wrapping: LineWrapping) -> Bool {
    var unwrapper = LineUnwrapper(wrapping)
    var wrapped = 0
    var hasWhole = false
    var lines = 0
    var start = 0
    while start < count {
      let line = line(from: start)
      start = line.next
      if line.range.isEmpty { continue }
      lines += 1
      if wrapping.envelope == .sequence {
        wrapped += isSequence(line.range) ? 1 : 0
      } else if wrapping.envelope == .pairs {
        // Applications log much else in between.
        wrapped += halfOfRequest(in: line.range) == nil ? 0 : 8
      } else if let found = unwrapper.wrappedLine(self, line.range) {
        wrapped += 1
        hasWhole = hasWhole || !found.isPart
      }
    }
    let isOfObjects = wrapping.envelope == .sequence || wrapping.envelope == .pairs
    return wrapped * 2 >= lines && wrapped > 0 && (hasWhole || isOfObjects)
  }

  /// Whether the line has several objects, or a bracket or a comma next to one.
  private func isSequence(_ range: Range<Int>) -> Bool {
    switch self[range.lowerBound] {
    case UInt8(ascii: "["):
      var next = range.lowerBound + 1
      while next < range.upperBound, self[next] <= UInt8(ascii: " ") { next += 1 }
      return next == range.upperBound || "{[]".utf8.contains(self[next])
    case UInt8(ascii: "]"): return range.count <= 2
    case UInt8(ascii: "{"):
      if self[range.upperBound - 1] == UInt8(ascii: ",") { return true }
      // A line that is one object takes no unwrapping to tell.
      if recordsStart(at: range.lowerBound, before: range.upperBound) == nil,
        endOfObject(from: range.lowerBound, to: range.upperBound) == range.upperBound
      {
        return false
      }
      var unwrapper = LineUnwrapper(LineWrapping(.sequence))
      unwrapper.unwrap(extracting(range))
      return unwrapper.origins.count > 1 || unwrapper.text.count < range.count
    default: return false
    }
  }
}
