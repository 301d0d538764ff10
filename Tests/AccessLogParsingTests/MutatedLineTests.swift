import AccessLogParsing
import TestSupport
import Testing

/// Lines that nearly are what they should be. Swift turns an arithmetic or range mistake into a
/// crash, so it is enough to run them.
struct MutatedLineTests {
  #if DEBUG
    private static let count = 3_000
    private static let lengths = [6_000, 48_000]
  #else
    private static let count = 50_000
    private static let lengths = [50_000, 400_000]
  #endif

  private static let interesting: [UInt8] =
    Array("\"\\[]{},: -/.0189eEuxTZ+nt\t\r".utf8)
    + [0x00, 0x7F, 0x80, 0xC3, 0xEF, 0xFF]

  static func mutated(_ line: [UInt8], _ generator: inout SeededGenerator) -> [UInt8] {
    var line = line
    for _ in 0..<Int.random(in: 1...4, using: &generator) {
      let place = Int.random(in: 0...line.count, using: &generator)
      let byte = interesting.randomElement(using: &generator) ?? 0
      switch Int.random(in: 0..<6, using: &generator) {
      case 0: line.insert(byte, at: place)
      case 1: if place < line.count { line[place] = byte }
      case 2: if place < line.count { line.remove(at: place) }
      case 3: line.removeLast(line.count - place)
      case 4: line.insert(contentsOf: line[place...].prefix(20), at: place)
      default: line.removeFirst(min(place, 30))
      }
    }
    return line
  }

  @Test(arguments: FormatFixture.names)
  func `a mutated line is read or refused, and slices stay inside`(_ name: String) throws {
    var generator = SeededGenerator(seed: 18)
    let cases = try FormatFixture.allCases().filter { $0.fixture.name == name }
    let fixture = try #require(cases.first).fixture
    var parser = try fixture.parser()
    var readCount = 0
    for _ in 0..<Self.count {
      let sample = try #require(cases.randomElement(using: &generator))
      let line = Self.mutated(Array(sample.line.utf8), &generator)
      do throws(LineRejection) {
        let reading = try LineReading(line, by: &parser)
        readCount += 1
        #expect(reading.slicesAreInside, "\(line)")
        #expect((100...999).contains(reading.record.status))
      } catch {
        #expect((0...line.count).contains(error.byteOffset), "\(error) in \(line)")
      }
    }
    #expect(readCount > Self.count / 50)
  }

  @Test(arguments: ["combined", "vhost_combined", "common", "json"])
  func `a line of random bytes is refused`(_ name: String) throws {
    var generator = SeededGenerator(seed: 19)
    var parser = try LineParser(format: try #require(LogFormat(name: name)), capturing: [])
    for _ in 0..<Self.count / 3 {
      let count = Int.random(in: 0...60, using: &generator)
      let line = (0..<count).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
      #expect(throws: LineRejection.self) { _ = try LineReading(line, by: &parser) }
    }
  }

  /// The parser reads words of eight bytes, which must not reach over the end of the chunk.
  @Test(arguments: FormatFixture.names)
  func `a line may end where the chunk ends`(_ name: String) throws {
    let cases = try FormatFixture.allCases().filter { $0.fixture.name == name }
    for item in cases {
      var parser = try item.fixture.parser()
      for line in [item.line, item.line, String(item.line.dropFirst(3)), item.line] {
        let bytes = Array(line.utf8)
        for end in [bytes.count, max(0, bytes.count - 3)] {
          var record = AccessRecord()
          let exact = Array(bytes[..<end])
          do throws(LineRejection) {
            try parser.parse(exact.span, line: 0..<end, into: &record)
          } catch {
            #expect((0...end).contains(error.byteOffset))
          }
        }
      }
    }
  }

  /// A megabyte is the most that a line may have; whatever it holds must take linear time.
  @Test(arguments: [
    "[", "\"", "\\", "{", "{\"", "\"a\":", "[[", " ", "\\u", "[23/Nov/2026:", "1", "/", ",",
    "127.0.0.1 - - [23/Nov/2026:09:10:13 +0000] \"",
  ])
  func `a long line of one thing is read in linear time`(_ piece: String) throws {
    let clock = ContinuousClock()
    for name in LogFormat.names {
      let format = try #require(LogFormat(name: name))
      for prefix in ["", "a b c ", "{\"x\":", "{\"ts\":\""] {
        var times: [Duration] = []
        for length in Self.lengths {
          var parser = try LineParser(format: format, capturing: [])
          let count = length / piece.utf8.count
          let line = Array((prefix + String(repeating: piece, count: count)).utf8)
          times.append(
            clock.measure {
              _ = try? LineReading(line, by: &parser)
            })
        }
        // Eight times the length, so quadratic time would be 64 times as long.
        #expect(times[1] < times[0] * 30 + .seconds(2), "\(name) \(prefix)")
      }
    }
  }
}
