import FuzzModels

@testable import LogReading

/// Any bytes as a source, as a file and as a pipe that gives them in pieces: both yield what libz makes
/// of all members at once, and fail for the same reason at the same place.
///
/// The first two bytes of an input choose the pieces, and what is skipped or given back; the rest is
/// the source.
final class GzipTarget: FuzzTarget {
  private let input = OpenInput()
  private let harness = SourceHarness()

  init() {}

  func run(_ bytes: borrowing Span<UInt8>) throws(Violation) {
    var reader = ParameterReader()
    let first = reader.number(below: 256, bytes)
    let second = reader.number(below: 256, bytes)
    let source = bytes.plainCopy(of: reader.offset..<bytes.count)
    try SourceComparison(
      source: source, pieces: [1 + first % 16, 1 + first / 16, 1 + second % 16],
      givingBack: second / 16 % 4, skipping: first % 8 == 0 ? second : nil
    ).run(input, harness)
  }
}

/// A gzip file put together of members that an input describes: with every part of a header, stored or
/// deflated, behind one another, padded, cut off, damaged, or with something behind. What reading must
/// yield is known beforehand.
final class FramingTarget: FuzzTarget {
  private let input = OpenInput()
  private let harness = SourceHarness()

  init() {}

  func run(_ bytes: borrowing Span<UInt8>) throws(Violation) {
    var script = GzipScript(allowsLongMembers: true)
    var reader = ParameterReader()
    let pieces = (0..<3).map { _ in 1 + reader.number(below: 40, bytes) }
    let line = reader.number(below: 4, bytes)
    script.run(bytes, &reader)
    guard !SourceReading.hasLongLine(script.content) else { return }
    let comparison = SourceComparison(
      source: script.file, pieces: pieces, givingBack: line, skipping: nil)
    let reading = try comparison.run(input, harness)
    if !reading.isConverted { try script.compare(reading) }
  }
}

/// One source, read in several ways that must agree.
struct SourceComparison {
  var source: [UInt8]
  var pieces: [Int]
  var givingBack: Int
  var skipping: Int?

  @discardableResult
  func run(_ input: OpenInput, _ harness: SourceHarness) throws(Violation) -> SourceReading {
    let path = input.filePath(of: source)
    let whole = try harness.read(path)
    try checkReference(whole)
    let piecewise = try input.withPipe(of: source, inPiecesOf: pieces) {
      path throws(Violation) in try harness.read(path, givingBack: givingBack)
    }
    if let piecewise {
      try same(piecewise, whole, "in pieces of \(pieces), giving back \(givingBack)")
    }
    if givingBack > 0 {
      try same(
        try harness.read(path, givingBack: givingBack), whole, "giving back line \(givingBack)")
    }
    if let skipping { try checkSkipping(skipping, path, harness, whole) }
    return whole
  }

  private func checkReference(_ reading: SourceReading) throws(Violation) {
    switch reading.error {
    case .unsupportedCompression, .unsupportedFile, .truncated, .corrupt, .followed: return
    default: break
    }
    // What is made into lines is held against nothing but itself.
    if reading.isConverted { return }
    let reference = SourceReference(of: source)
    try check(
      reading.error == reference.error,
      "\(String(describing: reading.error)), not \(String(describing: reference.error))")
    guard !SourceReading.hasLongLine(reference.content) else { return }
    let expected =
      reference.error == nil
      ? reference.content : SourceReading.wholeLines(of: reference.content)
    try check(
      SourceReading.agree(reading.content, expected),
      "\(reading.content.count) bytes of content, not \(expected.count)")
  }

  private func checkSkipping(
    _ position: Int, _ path: String, _ harness: SourceHarness, _ whole: SourceReading
  ) throws(Violation) {
    guard whole.error == nil, whole.oversized.isEmpty else { return }
    let length = min(position, 1 + position % 5)
    let (before, rest) = try harness.read(path, behind: position, returning: length)
    if position > whole.content.count {
      try check(before == nil, "a source that ends before the place")
      return
    }
    try check(
      before == Array(whole.content[(position - length)..<position]),
      "what stands before \(position)")
    try check(rest.content == Array(whole.content[position...]), "what stands behind \(position)")
  }
}

private func same(
  _ reading: SourceReading, _ other: SourceReading, _ how: String
) throws(Violation) {
  try check(reading.agrees(with: other), "\(how): \(reading), not \(other)")
}
