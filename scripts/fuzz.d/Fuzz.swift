import AccessLogParsing
import ByteScanning
import Glibc

/// What libFuzzer calls with each input. BACKTALLY_FUZZ in the environment names what is fuzzed.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
  let input = Array(UnsafeBufferPointer(start: start, count: count))
  target(input)
  return 0
}

/// Chosen once: looking at the environment costs more than most inputs.
nonisolated(unsafe) private let target: ([UInt8]) -> Void = {
  let name = getenv("BACKTALLY_FUZZ").map { String(cString: $0) } ?? ""
  switch name {
  case "lines": return fuzzLines
  case "json": return { fuzzLines(of: [LogFormat(name: "json")!, LogFormat(name: "caddy")!], $0) }
  case "strings": return fuzzStrings
  case "stamps": return fuzzStamps
  case "wrappings": return fuzzWrappings
  case "detection": return { _ = FormatDetection($0.span, candidates: LogFormat.candidates) }
  default: fatalError("BACKTALLY_FUZZ is none of lines, json, strings, stamps, wrappings, detection")
  }
}()

// MARK: Lines

extension LogFormat {
  static let candidates = FormatCatalogue.entries.map(\.format)
}

/// A parser for each format, used again and again: what one line leaves behind must not harm the next.
private final class Parsers {
  var parsers: [LineParser]
  var record = AccessRecord()

  init(_ formats: [LogFormat]) {
    parsers = formats.compactMap { try? LineParser(format: $0, capturing: []) }
  }

  func parse(_ line: Range<Int>, of bytes: borrowing Span<UInt8>, by index: Int) {
    do {
      try parsers[index].parse(bytes, line: line, into: &record)
      precondition((100...999).contains(record.status))
      precondition(record.target.isAbsent || line.contains(record.target.range))
      precondition(record.method.isAbsent || line.contains(record.method.range))
    } catch {
      precondition((0...line.count).contains(error.byteOffset))
    }
  }
}

extension Range<Int> {
  fileprivate func contains(_ other: Range<Int>) -> Bool {
    lowerBound <= other.lowerBound && other.upperBound <= upperBound
  }
}

nonisolated(unsafe) private var all = Parsers(LogFormat.candidates)
nonisolated(unsafe) private var some: Parsers?

/// Every line of the input, by every format of the catalogue.
private func fuzzLines(_ input: [UInt8]) { parseLines(of: input, by: all) }

private func fuzzLines(of formats: [LogFormat], _ input: [UInt8]) {
  let parsers = some ?? Parsers(formats)
  some = parsers
  parseLines(of: input, by: parsers)
}

private func parseLines(of input: [UInt8], by parsers: Parsers) {
  let bytes = input.span
  for index in parsers.parsers.indices {
    var start = 0
    while start < bytes.count {
      let line = bytes.line(from: start)
      start = line.next
      if !line.range.isEmpty { parsers.parse(line.range, of: bytes, by: index) }
    }
  }
}

// MARK: Format strings

/// The input's first line as a format string of nginx's and of Apache's; the lines behind it are read
/// by what it is compiled to.
private func fuzzStrings(_ input: [UInt8]) {
  let first = input.span.line(from: 0)
  let text = String(decoding: input[first.range], as: UTF8.self)
  let rest = Array(input[first.next...])
  if let format = try? NginxFormatString.format(of: text) {
    parseLines(of: rest, by: Parsers([format]))
  }
  if let format = try? ApacheFormatString.format(of: text) {
    parseLines(of: rest, by: Parsers([format]))
  }
}

// MARK: Stamps

nonisolated(unsafe) private var stamps = StampReader()
nonisolated(unsafe) private var zonedStamps = StampReader(clock: LocalClock(offset: 3600))

private func fuzzStamps(_ input: [UInt8]) {
  let bytes = input.span
  guard bytes.count > 0 else { return }
  for _ in 0..<2 {
    let first = try? stamps.any(bytes, in: 0..<bytes.count)
    // What is remembered of a stamp must not change what it is.
    var fresh = StampReader()
    precondition(first == (try? fresh.any(bytes, in: 0..<bytes.count)))
    _ = try? zonedStamps.any(bytes, in: 0..<bytes.count)
  }
}

// MARK: Wrappings

private func fuzzWrappings(_ input: [UInt8]) {
  for envelope in LineWrapping.Envelope.allCases {
    var wrapping = LineWrapping(envelope)
    wrapping.hasColors = input.count % 2 == 1
    wrapping.stamping = [.none, .text, .member, .pair][input.count / 2 % 4]
    var unwrapper = LineUnwrapper(wrapping)
    unwrapper.unwrap(input.span)
    if let held = unwrapper.heldBack(input.span) {
      precondition((0...input.count).contains(held))
    }
  }
}
