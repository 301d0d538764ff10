import ByteScanning
import FuzzModels

@testable import Attribution

/// Folding of paths against ``SlowFolding``: alone, among other bytes, and by what earlier paths have
/// taught. An input's first line is the path; the rest stands behind it.
final class FoldingTarget: FuzzTarget {
  /// So many bytes of paths have fewer segments than are remembered; then it begins anew.
  private static let byteLimit = FoldedPaths.edgeLimit - 4096

  private var folded = FoldedPaths()
  private var byteCount = 0
  private var templates: [[UInt8]] = []
  private var numbers: [[UInt8]: NameTable.ID] = [:]
  private let folder = PathFolder()
  private var buffer = OwnedBuffer<UInt8>(capacity: 2048)

  init() {}

  func run(_ input: borrowing Span<UInt8>) throws(Violation) {
    let end = input.plainLineEnd(from: 0)
    guard end > 0, input[0] == UInt8(ascii: "/") else {
      let path = [UInt8(ascii: "/")] + input.plainCopy(of: 0..<end)
      return try compare(path.span, 0..<path.count)
    }
    try compare(input, 0..<end)
  }

  private func compare(
    _ bytes: borrowing Span<UInt8>, _ range: Range<Int>
  ) throws(Violation) {
    let expected = SlowFolding.template(of: bytes, in: range)
    let surroundings =
      range.count % 2 == 0
      ? Surroundings(of: bytes.extracting(range))
      : Surroundings(of: bytes.extracting(range), filledBy: range.count)
    try checkFolding(bytes, range, expected)
    try checkFolding(surroundings.span, surroundings.range, expected)
    try checkMemory(surroundings.span, surroundings.range, expected)
    let known = folded.template(of: bytes, in: range)
    try check(
      known == folded.template(of: surroundings.span, in: surroundings.range),
      "what is remembered does not depend on what stands around")
  }

  private func checkFolding(
    _ bytes: borrowing Span<UInt8>, _ range: Range<Int>, _ expected: [UInt8]
  ) throws(Violation) {
    buffer.removeAll()
    let isShort = folder.fold(bytes, in: range, into: &buffer)
    try check(isShort == (expected.count <= PathFolder.templateLimit), "length")
    guard isShort else { return }
    let template = buffer.copied()
    try check(
      template == expected,
      "\(bytes.text(range)) folds into \(String(decoding: template, as: UTF8.self))")
  }

  /// What is remembered of a path is its own template; what was learned is remembered.
  private func checkMemory(
    _ bytes: borrowing Span<UInt8>, _ range: Range<Int>, _ expected: [UInt8]
  ) throws(Violation) {
    if expected.count > PathFolder.templateLimit { return }
    byteCount += range.count
    if byteCount > Self.byteLimit { forget() }
    if let known = folded.template(of: bytes, in: range) {
      try check(templates[Int(known) - 1] == expected, "remembered as another template")
    }
    let number: NameTable.ID
    if let known = numbers[expected] {
      number = known
    } else {
      templates.append(expected)
      number = NameTable.ID(templates.count)
      numbers[expected] = number
    }
    folded.learn(bytes, in: range, template: number)
    if let known = folded.template(of: bytes, in: range) {
      try check(known == number, "what was learned is found")
    } else {
      try check(range.count > 4096, "what was learned is remembered")
    }
  }

  private func forget() {
    folded = FoldedPaths()
    byteCount = 0
    templates = []
    numbers = [:]
  }
}
