import ByteScanning

@testable import LogReading

/// Content that is made into lines. The first byte of an input chooses how long the pieces are that the
/// rest comes in.
///
/// What comes out must not depend on the pieces; lines of text must come out as they are; what is left of
/// content that is cut off must be the beginning of what is made of all of it.
final class ConvertingTarget: FuzzTarget {
  init() {}

  func run(_ input: borrowing Span<UInt8>) throws(Violation) {
    guard input.count > 1 else { return }
    let content = input.extracting(1..<input.count)
    let alone = Surroundings(of: content)
    let whole = Self.converted(alone.span, inPiecesOf: input.count, isCut: false)
    let pieces = Self.converted(alone.span, inPiecesOf: 1 + Int(input[0] % 37), isCut: false)
    try check(whole.output == pieces.output, "the same in pieces")
    try check(whole.isConverting == pieces.isConverting, "taken for the same in pieces")
    let cut = Self.converted(alone.span, inPiecesOf: input.count, isCut: true)
    try check(whole.output.starts(with: cut.output), "nothing else when it is cut off")
    if !whole.isConverting {
      let mark = content.holds("\u{FEFF}", at: 0, before: content.count) ? 3 : 0
      try check(
        whole.output == content.extracting(mark..<content.count).copied(), "lines are left alone")
    }
  }

  private static func converted(
    _ content: borrowing Span<UInt8>, inPiecesOf length: Int, isCut: Bool
  ) -> (output: [UInt8], isConverting: Bool) {
    var conversion = ContentConversion()
    var output = OwnedBuffer<UInt8>(capacity: 64)
    var start = 0
    while start < content.count {
      let end = min(start + length, content.count)
      conversion.convert(content.extracting(start..<end), into: &output)
      start = end
    }
    conversion.finish(isCut: isCut, into: &output)
    return (output.span.copied(), conversion.isConverting)
  }
}
