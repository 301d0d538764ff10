import ByteScanning
import FuzzModels

@testable import AccessLogParsing

/// Lines in what was put around them. An input's first line names the wrapping (`docker`, `cri`, …), and
/// how its time is handed on and whether there are colours (`docker text colors`); the others are the
/// wrapped lines.
///
/// What is unwrapped must not depend on what was before, nor on where a chunk ends, as long as it is
/// handed over where ``LineUnwrapper/heldBack(_:)`` says.
final class WrappingsTarget: FuzzTarget {
  private var unwrappers: [String: LineUnwrapperBox] = [:]

  /// What cannot be copied does not go into a dictionary.
  private final class LineUnwrapperBox {
    var unwrapper: LineUnwrapper
    init(_ wrapping: LineWrapping) { unwrapper = LineUnwrapper(wrapping) }
  }

  init() {}

  func run(_ input: borrowing Span<UInt8>) throws(Violation) {
    let end = input.plainLineEnd(from: 0)
    let wrapping = Self.wrapping(input, 0..<end)
    let lines = input.extracting(min(end + 1, input.count)..<input.count)
    let name = "\(wrapping.envelope) \(wrapping.timestampPlacement) \(wrapping.hasColors)"
    let used = unwrappers[name] ?? LineUnwrapperBox(wrapping)
    unwrappers[name] = used
    used.unwrapper.unwrap(lines)
    let text = used.unwrapper.text.copied()
    try checkOrigins(used.unwrapper, lines)

    // One of two things is tried: each takes as long.
    if lines.count % 2 == 0 { return try checkPieces(wrapping, lines, text) }
    let alone = Surroundings(of: lines)
    var fresh = LineUnwrapper(wrapping)
    fresh.unwrap(alone.span)
    try check(fresh.text.copied() == text, "\(name): what came before makes no difference")
    try check(fresh.lineCount == used.unwrapper.lineCount, "\(name): as many lines")
    try check(fresh.joinedCount == used.unwrapper.joinedCount, "\(name): as many parts")
  }

  private static func wrapping(
    _ input: borrowing Span<UInt8>, _ range: Range<Int>
  ) -> LineWrapping {
    let words = input.plainCopy(of: range).split(separator: 0x20).map { Array($0) }
    let name = words.first ?? []
    let envelope =
      LineWrapping.Envelope.allCases.first { Array($0.rawValue.utf8) == name }
      ?? LineWrapping.Envelope.allCases[
        input.choice(range, of: LineWrapping.Envelope.allCases.count)]
    var wrapping = LineWrapping(envelope)
    if envelope == .prefix { wrapping.pieces = [.stamp, .word, .word, .bracketed] }
    wrapping.hasColors = words.contains(Array("colors".utf8))
    if words.contains(Array("text".utf8)) { wrapping.timestampPlacement = .text }
    if words.contains(Array("member".utf8)) { wrapping.timestampPlacement = .member }
    if words.contains(Array("pair".utf8)) { wrapping.timestampPlacement = .pair }
    return wrapping
  }

  /// Each line knows where it came from: in order, at the start of a line.
  private func checkOrigins(
    _ unwrapper: borrowing LineUnwrapper, _ lines: borrowing Span<UInt8>
  ) throws(Violation) {
    let text = unwrapper.text.span
    var count = 0
    var start = 0
    var last = (line: 0, offset: 0)
    while start < text.count {
      let origin = unwrapper.origin(of: count)
      try check(origin.line >= last.line && origin.offset >= last.offset, "origins are in order")
      try check(origin.offset < max(lines.count, 1), "an origin is a place in the chunk")
      try check(
        origin.offset == 0 || lines[origin.offset - 1] == 0x0A, "an origin is the start of a line")
      last = origin
      count += 1
      start = text.plainLineEnd(from: start) + 1
    }
    try check(unwrapper.origins.count == count, "as many origins as lines")
  }

  /// The same in two chunks.
  private func checkPieces(
    _ wrapping: LineWrapping, _ lines: borrowing Span<UInt8>, _ text: [UInt8]
  ) throws(Violation) {
    var starts: [Int] = []
    var offset = 0
    while offset < lines.count {
      offset = lines.plainLineEnd(from: offset) + 1
      if offset < lines.count { starts.append(offset) }
    }
    guard !starts.isEmpty, lines.count < LineWrapping.streamWindow else { return }
    let cut = starts[lines.count / 2 % starts.count]
    var unwrapper = LineUnwrapper(wrapping)
    let held = unwrapper.heldBack(lines.extracting(0..<cut)) ?? cut
    try check(held >= 0 && held < cut || held == cut, "what is held back is in the chunk")
    if held == 0 { return }
    try check(lines[held - 1] == 0x0A, "whole lines are held back")
    unwrapper.unwrap(lines.extracting(0..<held))
    var pieces = unwrapper.text.copied()
    unwrapper.unwrap(lines.extracting(held..<lines.count))
    pieces += unwrapper.text.copied()
    try check(pieces == text, "\(wrapping): cut at \(cut), held back from \(held)")
  }
}

/// Detection of formats and wrappings. The first byte of an input chooses which formats are tried; the
/// rest are lines. With all formats an execution would take too long to be repeated often.
final class DetectionTarget: FuzzTarget {
  private static let sizeLimit = 600
  private static let candidateCount = 4

  init() {}

  func run(_ input: borrowing Span<UInt8>) throws(Violation) {
    var reader = ParameterReader()
    let all = FormatDetection.candidates
    let first = reader.number(below: all.count, input)
    let candidates = (0..<Self.candidateCount).map { all[(first + $0 * 11) % all.count] }
    let lines = input.extracting(
      reader.offset..<min(input.count, reader.offset + Self.sizeLimit))
    let alone = Surroundings(of: lines)
    let detection = FormatDetection(lines, candidates: .init(candidates), limit: 6)
    let again = FormatDetection(alone.span, candidates: .init(candidates), limit: 6)
    try check(detection == again, "detection depends on the lines alone")
    try check(detection.readCount <= detection.lineCount, "more lines read than there are")
    for score in detection.scores {
      try check(
        (try? LineParser(format: score.format, capturing: [])) != nil, "what is found can be read")
    }
  }
}
