import CZlib
import TestSupport
import Testing

@testable import LogReading

struct GzipChecksumTests {
  private static let bytes: [UInt8] = {
    var generator = SeededGenerator(seed: 11)
    return (0..<1_000).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
  }()

  private static func reference(_ bytes: ArraySlice<UInt8>) -> UInt32 {
    let copy = Array(bytes)
    return unsafe UInt32(truncatingIfNeeded: crc32(0, copy, UInt32(copy.count)))
  }

  @Test func `nine digits have the value that catalogues give`() {
    var checksum = GzipChecksum()
    checksum.add(Array("123456789".utf8).span)
    // The "check" of CRC-32/ISO-HDLC in the catalogue of Greg Cook.
    #expect(checksum.crc == 0xCBF4_3926 && checksum.byteCount == 9)
  }

  @Test func `texts of every length and alignment have the value that libz finds`() {
    for start in 0..<17 {
      for count in 0..<400 {
        let slice = Self.bytes[start..<(start + count)]
        var checksum = GzipChecksum()
        checksum.add(Self.bytes.span.extracting(slice.indices))
        #expect(checksum.crc == Self.reference(slice), "\(count) bytes from \(start)")
        #expect(checksum.byteCount == count)
      }
    }
  }

  @Test func `a text in two pieces has the value of the whole`() {
    let whole = Self.reference(Self.bytes[...])
    for cut in Self.bytes.indices {
      var checksum = GzipChecksum()
      checksum.add(Self.bytes.span.extracting(..<cut))
      checksum.add(Self.bytes.span.extracting(cut...))
      #expect(checksum.crc == whole, "cut at \(cut)")
    }
  }
}
