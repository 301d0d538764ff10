import ByteScanning

@testable import LogReading

/// Streams of zstd, xz and bzip2, mostly damaged. The first byte of an input chooses how long the pieces
/// are that the rest comes in.
///
/// What comes out, and whether it is sound to its end, must not depend on the pieces, nor on how much
/// room there is. Where damage is noticed may.
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
    try check(whole.output[..<count] == pieces.output[..<count], "the same as far as both go")
    // Neither is read to its end if it becomes too large.
    if count >= Self.outputLimit { return }
    // libzstd holds a frame against the length that it claims only if it gets all of it at once.
    if compression == .zstd { return }
    try check(whole.isSound == pieces.isSound, "sound in pieces if it is sound")
    if whole.isSound {
      try check(whole.output.count == pieces.output.count, "as much in pieces")
    }
  }

  private static func decompressed(
    _ file: borrowing Span<UInt8>, _ compression: Compression, inPiecesOf length: Int, room: Int
  ) -> (output: [UInt8], isSound: Bool) {
    let decompressor = compression.makeDecompressor()
    var output = OwnedBuffer<UInt8>(capacity: 64)
    var start = 0
    var idleCount = 0
    var hasEnded = false
    while output.count < outputLimit {
      let end = min(start + length, file.count)
      output.reserve(room)
      let before = output.count
      do throws(Corruption) {
        let step = try decompressor.decompress(
          file.extracting(start..<end), into: &output, atMost: room)
        start += step.consumed
        if step.consumed > 0 || output.count > before { hasEnded = step.progress == .memberEnded }
        // All that is left may be in the library.
        idleCount = step.consumed == 0 && output.count == before ? idleCount + 1 : 0
        if start == file.count, output.count == before { break }
        if idleCount > 3 { break }
      } catch {
        return (output.span.copied(), false)
      }
    }
    return (output.span.copied(), hasEnded && start == file.count)
  }
}
