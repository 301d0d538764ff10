import AccessLogParsing
import ByteScanning
import Foundation
import TestSupport
import Testing

/// A format that was found for another source is taken for the next one only where the whole search would
/// take it.
struct ExpectedFormatTests {
  /// Lines of each format, plain and in the wrappings that collectors put around them.
  private static func samples() throws -> [(name: String, bytes: [UInt8])] {
    var samples: [(String, [UInt8])] = []
    for entry in FormatCatalogue.entries {
      let (_, cases) = try CatalogueTests.fixture(of: entry)
      var lines = cases.filter { $0.expected.hasPrefix("= ") }.map(\.line)
      if case .columns(let layout) = entry.format {
        lines.insert("#Fields: \(layout.columns.joined(separator: " "))", at: 0)
      }
      guard let first = lines.first else { continue }
      let ways: [(String, [String])] = [
        ("", lines), ("once: ", [first]),
        ("often: ", Array(repeating: lines, count: 3).flatMap(\.self)),
        ("cri: ", lines.map { "2026-11-23T09:10:13.123456789Z stdout F \($0)" }),
        ("stamped: ", lines.map { "2026-11-23T09:10:13.123456789Z \($0)" }),
        ("compose: ", lines.map { "web-1  | \($0)" }),
        (
          "cri in objects: ",
          lines.map {
            #"{"date":1795425013.5,"log":"\#(escaped("2026-11-23T09:10:13.5Z stdout F \($0)"))"}"#
          }
        ),
        (
          "docker in syslog: ",
          lines.map {
            #"<134>1 2026-11-23T09:10:13.5Z host app 17 - - {"log":"\#(escaped($0))\n","#
              + #""stream":"stdout","time":"2026-11-23T09:10:13.5Z"}"#
          }
        ),
        (
          "stamps behind a prefix: ",
          lines.map { "[pod/web-7d4b9c-x2x0/app] 2026-11-23T09:10:13.5Z \($0)" }
        ),
        ("beside others: ", lines + ["Listening on port 8080", "{\"level\":\"info\"}"]),
      ]
      for (way, lines) in ways {
        samples.append((way + entry.name, Array(lines.map { $0 + "\n" }.joined().utf8)))
      }
    }
    return samples
  }

  private static func escaped(_ line: String) -> String {
    line.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
  }

  @Test func `what is found with the help of any other source is what is found without`() throws {
    let samples = try Self.samples()
    var guesses: [FormatDetection.Guess] = []
    var whole: [FormatDetection] = []
    for sample in samples {
      let detection = FormatDetection(sample.bytes.span)
      whole.append(detection)
      if let guess = detection.guess, !guesses.contains(guess) { guesses.append(guess) }
    }
    var found = 0
    for (number, (sample, expected)) in zip(samples, whole).enumerated() {
      // Its own, and some of the others.
      let others = stride(from: number % 17, to: guesses.count, by: 17).map { guesses[$0] }
      for guess in others + (expected.guess.map { [$0] } ?? []) {
        guard let quick = FormatDetection(sample.bytes.span, expecting: guess) else { continue }
        found += 1
        #expect(quick.format == expected.format, "\(sample.name)")
        #expect(quick.readCount == expected.readCount, "\(sample.name)")
        #expect(quick.lineCount == expected.lineCount, "\(sample.name)")
        #expect(quick.isMixed == expected.isMixed && quick.alternate == expected.alternate)
        #expect(quick.guess == expected.guess, "\(sample.name)")
      }
    }
    // Wrappings inside others are left to the whole search.
    #expect(found > samples.count / 3)
  }

  @Test(arguments: ["combined", "alb", "caddy", "envoy"])
  func `the same kind of source again is found at once`(_ name: String) throws {
    let samples = try Self.samples()
    for way in ["", "once: ", "often: "] {
      let sample = try #require(samples.first { $0.name == way + name })
      let guess = try #require(FormatDetection(sample.bytes.span).guess)
      #expect(FormatDetection(sample.bytes.span, expecting: guess) != nil, "\(way)\(name)")
    }
  }
}
