import CZlib
import LogReading
import TestSupport
import Testing

struct DamagedGzipTests {
  private static func lines(_ count: Int) -> [UInt8] {
    var generator = SeededGenerator(seed: 7)
    return (0..<count).flatMap { number in
      let path = generator.next() % 50 == 0 ? "\(generator.next())" : "items"
      return Array("127.0.0.1 - - GET /\(path)/\(number % 7)\n".utf8)
    }
  }

  private static func wholeLines(_ bytes: [UInt8]) -> [UInt8] {
    bytes.lastIndex(of: UInt8(ascii: "\n")).map { Array(bytes[...$0]) } ?? []
  }

  /// Also where libz still holds back output when the file ends, because the last step was full.
  @Test func `a stream cut anywhere gives every whole line that libz can make of it`() throws {
    let folder = try TemporaryFolder()
    let content = Self.lines(4_500)
    let stream = Gzip.deflated(content, level: 9)
    for cut in stride(from: 2, to: stream.count, by: 7) {
      let reading = Reading(path: try folder.write(Array(stream[..<cut])))
      let expected = Gzip.inflated(prefix: stream[..<cut], room: content.count + 1)
      #expect(reading.content == Self.wholeLines(expected), "cut at \(cut)")
      #expect(reading.error == .truncatedGzip(fileOffset: cut))
    }
  }

  @Test func `a very even stream cut anywhere gives every whole line, too`() throws {
    let folder = try TemporaryFolder()
    let content = [UInt8](
      repeatElement(Array("GET /\n".utf8), count: 25_000).joined())
    let stream = Gzip.deflated(content, level: 9)
    for cut in 2..<stream.count {
      let reading = Reading(path: try folder.write(Array(stream[..<cut])))
      let expected = Gzip.inflated(prefix: stream[..<cut], room: content.count + 1)
      #expect(reading.content.count == Self.wholeLines(expected).count, "cut at \(cut)")
    }
  }

  @Test func `a changed byte gives an error or other lines, never a crash`() throws {
    var generator = SeededGenerator(seed: 8)
    let folder = try TemporaryFolder()
    let stream = Gzip.deflated(Self.lines(120)) + Gzip.deflated(Self.lines(20), level: 1)
    var errors = 0
    for offset in stream.indices {
      var damaged = stream
      damaged[offset] ^= UInt8.random(in: 1...255, using: &generator)
      let reading = Reading(path: try folder.write(damaged))
      if reading.error != nil { errors += 1 }
      if case .corruptGzip(_, let place)? = reading.error {
        // libz sees damage where it is or later, and never behind the end.
        #expect(place > offset && place <= damaged.count)
      }
    }
    // Only the header's time, system and flags may change unseen.
    #expect(errors > stream.count - 30)
  }

  @Test func `the error names the byte at which libz stopped`() throws {
    let folder = try TemporaryFolder()
    let good = Gzip.deflated(Self.lines(100))
    let path = try folder.write(good + Array(good[..<10]) + [0x07, 0, 0, 0, 0])
    let error = Reading(path: path).error
    #expect(error == .corruptGzip(reason: "invalid block type", fileOffset: good.count + 11))
  }

  @Test(arguments: [(4, "incorrect data check"), (0, "incorrect length check")])
  func `a wrong check value or length is an error behind its last byte`(
    fromEnd: Int, reason: String
  ) throws {
    let folder = try TemporaryFolder()
    let good = Gzip.deflated(Self.lines(100))
    for byte in 1...4 {
      var damaged = good
      damaged[damaged.count - fromEnd - byte] ^= 0x40
      let reading = Reading(path: try folder.write(damaged + good))
      let place = good.count - fromEnd
      #expect(reading.error == .corruptGzip(reason: reason, fileOffset: place))
      #expect(reading.content == Self.lines(100))
    }
  }

  @Test func `a header's own check value is checked`() throws {
    let folder = try TemporaryFolder()
    let member = Gzip.deflated(Self.lines(10))
    var header: [UInt8] = [0x1F, 0x8B, 8, 2, 0, 0, 0, 0, 0, 0xFF]
    let sum = unsafe UInt32(truncatingIfNeeded: crc32(0, header, UInt32(header.count)))
    header += [UInt8(truncatingIfNeeded: sum), UInt8(truncatingIfNeeded: sum >> 8)]
    let good = header + member.dropFirst(10)
    #expect(Reading(path: try folder.write(good)).content == Self.lines(10))
    var damaged = good
    damaged[4] = 1
    let error = Reading(path: try folder.write(damaged)).error
    #expect(error == .corruptGzip(reason: "header crc mismatch", fileOffset: 12))
  }

  @Test func `random bytes behind a gzip header never crash`() throws {
    var generator = SeededGenerator(seed: 9)
    let folder = try TemporaryFolder()
    for _ in 0..<300 {
      let count = Int.random(in: 0...600, using: &generator)
      let noise = (0..<count).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
      let reading = Reading(path: try folder.write([0x1F, 0x8B, 0x08, 0] + noise))
      #expect(reading.error != nil || reading.content.isEmpty)
    }
  }
}
