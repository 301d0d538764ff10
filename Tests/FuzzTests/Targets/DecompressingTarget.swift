import ByteScanning

@testable import LogReading

/// Streams of zstd, xz and bzip2, mostly damaged. The first byte of an input chooses how long the pieces
/// are that the rest comes in.
///
/// What comes out, and where it fails, must not depend on the pieces, nor on how much room there is.
final class DecompressingTarget: FuzzTarget {
  /// How much of what comes out is looked at.
  private static let outputLimit = 1 << 20

  init() {}

  func run(_ input: borrowing Span<UInt8>) throws(Violation) {
    guard input.count > 1 else { return }
    let file = input.extracting(1..<input.count)
    guard let compression = Compression(magicNumberOf: file), compression != .gzip else { return }
    let alone = Surroundings(of: file)
    let whole = Self.decompressed(alone.span, compression, inPiecesOf: file.count, room: 65_536)
    let pieces = Self.decompressed(
      alone.span, compression, inPiecesOf: 1 + Int(input[0] % 29), room: 100 + Int(input[0]))
    let count = min(whole.output.count, pieces.output.count)
    if whole.hasFailed {
      // A library may pass on less or more before it sees the damage.
      try check(whole.output[..<count] == pieces.output[..<count], "the same before the damage")
    } else {
      try check(whole.output == pieces.output, "the same in pieces")
    }
    try check(whole.hasFailed == pieces.hasFailed, "damaged in pieces as well")
  }

  private static func decompressed(
    _ file: borrowing Span<UInt8>, _ compression: Compression, inPiecesOf length: Int, room: Int
  ) -> (output: [UInt8], hasFailed: Bool) {
    let decompressor = compression.makeDecompressor()
    var output = OwnedBuffer<UInt8>(capacity: 64)
    var start = 0
    var idleCount = 0
    while output.count < outputLimit {
      let end = min(start + length, file.count)
      output.reserve(room)
      let before = output.count
      do throws(Corruption) {
        let step = try decompressor.decompress(
          file.extracting(start..<end), into: &output, atMost: room)
        start += step.consumed
        // All that is left may be in the library.
        idleCount = step.consumed == 0 && output.count == before ? idleCount + 1 : 0
        if start == file.count, output.count == before { break }
        if idleCount > 3 { break }
      } catch {
        return (output.span.copied(), true)
      }
    }
    return (output.span.copied(), false)
  }
}
