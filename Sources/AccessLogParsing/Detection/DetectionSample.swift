internal import ByteScanning

/// The first lines of a source as a format gets to see them.
struct DetectionSample: ~Copyable {
  var text = OwnedBuffer<UInt8>(capacity: 1024)

  /// - Parameter timestampPlacement: for formats without a time: unless a wrapping supplies one, each
  ///   line is given a timestamp, so that everything else can be examined.
  init(
    _ bytes: borrowing Span<UInt8>, _ wrapping: LineWrapping?,
    _ timestampPlacement: LineWrapping.TimestampPlacement
  ) {
    if var wrapping {
      // Colours and arrays do not supply a time.
      let hasTime = wrapping.suppliesTime
      wrapping.timestampPlacement = hasTime ? timestampPlacement : .none
      var unwrapper = LineUnwrapper(wrapping)
      unwrapper.unwrap(bytes)
      if hasTime {
        text.append(unwrapper.text.span)
      } else {
        let lines = DetectionSample(unwrapper.text.span, nil, timestampPlacement)
        text.append(lines.text.span)
      }
      return
    }
    guard timestampPlacement != .none else {
      text.append(bytes)
      return
    }
    var start = 0
    while start < bytes.count {
      let line = bytes.line(from: start)
      start = line.next
      if line.range.isEmpty { continue }
      switch timestampPlacement {
      case .none: break
      case .text: text.append(literal: "1 ")
      case .pair: text.append(literal: "wrapper_time=1 ")
      case .member: text.append(literal: "{\"wrapper_time\":1,")
      }
      let isObject =
        timestampPlacement == .member && bytes[line.range.lowerBound] == UInt8(ascii: "{")
      text.append(
        bytes.extracting(line.range.lowerBound + (isObject ? 1 : 0)..<line.range.upperBound))
      text.append(UInt8(ascii: "\n"))
    }
  }
}
