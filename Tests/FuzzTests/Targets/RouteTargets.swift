import AccessLogParsing
import ByteScanning
import FuzzModels

@testable import Attribution

/// Known routes: the trie and its matcher against every way to cut a path into pieces. The lines of an
/// input before the first empty one are templates in the order of a list, those behind it paths.
final class RoutesTarget: FuzzTarget {
  private static let templateLimit = 6
  private static let pathLimit = 6
  private static let lengthLimit = 64
  /// With more parameters than these a template may need more attempts than are made, unless each of
  /// them is a segment.
  private static let parameterLimit = 2

  init() {}

  func run(_ input: borrowing Span<UInt8>) throws(Violation) {
    var patterns: [RoutePattern] = []
    var trie = RouteTrie()
    var start = 0
    while start < input.count {
      let end = input.plainLineEnd(from: start)
      if end == start || patterns.count == Self.templateLimit { break }
      let pattern = RoutePattern(
        template: input.text(start..<min(end, start + Self.lengthLimit)))
      patterns.append(pattern)
      trie.add(pattern, order: UInt32(patterns.count - 1), template: UInt32(patterns.count))
      start = end + 1
    }
    start = input.plainLineEnd(from: min(start, input.count)) + 1
    var count = 0
    while start < input.count, count < Self.pathLimit {
      let end = input.plainLineEnd(from: start)
      try compare(trie, patterns, input, start..<min(end, start + Self.lengthLimit))
      start = end + 1
      count += 1
    }
  }

  private func compare(
    _ trie: borrowing RouteTrie, _ patterns: [RoutePattern], _ input: borrowing Span<UInt8>,
    _ range: Range<Int>
  ) throws(Violation) {
    let around = Surroundings(of: input.extracting(range), filledBy: range.count)
    let found = trie.match(input, in: range)
    try check(found == trie.match(around.span, in: around.range), "the same among other bytes")
    let path = input.plainCopy(of: range)
    let matching =
      path.first == UInt8(ascii: "/")
      ? patterns.indices.filter { SlowRoutes.matches(path, patterns[$0].slowPieces) } : []
    func text() -> String { "\(String(decoding: path, as: UTF8.self)) of \(patterns)" }
    if let found {
      try check(matching.contains(Int(found) - 1), "\(text()): \(found) does not match")
    }
    if patterns.allSatisfy({ $0.segments != nil || $0.parameterCount <= Self.parameterLimit }) {
      try check(
        found.map { Int($0) - 1 } == matching.first, "\(text()): \(String(describing: found))")
    }
  }
}

extension RoutePattern {
  fileprivate var slowPieces: [SlowRoutes.Piece] {
    pieces.map { piece in
      switch piece {
      case .literal(let text): .literal(text)
      case .parameter(let converter): .parameter(converter.rawValue)
      }
    }
  }

  fileprivate var parameterCount: Int {
    pieces.count { if case .parameter = $0 { true } else { false } }
  }
}

/// Request targets: their decoded paths, and the routes that these fold into, by a finder that has seen
/// others. An input's first line is the target; escapes of the log's are resolved if it begins with `!`.
final class TargetsTarget: FuzzTarget {
  /// Before the table of names is full, everything begins anew.
  private static let nameLimit = 5_000

  private static func makeNames() -> NameTable {
    NameTable(limits: .init(lasting: nameLimit, doubtful: nameLimit, strays: nameLimit))
  }

  private var names = TargetsTarget.makeNames()
  private var finder: FinderBox
  private var pathCount = 0
  private var path = RequestPath()
  private let overflow = Array(RouteRules.overflowTemplate.utf8)

  /// What cannot be copied is made anew more easily in a box.
  private final class FinderBox {
    var finder: RouteFinder
    let method: NameTable.ID

    init(names: NameTable) {
      let methods = NameTable(limit: 8)
      method = methods.id(for: "GET") ?? 0
      finder = RouteFinder(
        rules: RouteRules(known: [], unmatched: .keep), names: names, methods: methods)
    }
  }

  init() { finder = FinderBox(names: names) }

  func run(_ input: borrowing Span<UInt8>) throws(Violation) {
    let end = input.plainLineEnd(from: 0)
    let isEscaped = end > 0 && input[0] == UInt8(ascii: "!")
    let range = (isEscaped ? 1 : 0)..<end
    let slice = FieldSlice(range, isEscaped: isEscaped)
    var target = OwnedBuffer<UInt8>(capacity: 256)
    Unescaping.append(slice, of: input, to: &target)
    let expected = SlowTargets.path(of: target.copied())
    let text = input.text(range)
    let decoded = path.withPath(of: slice, in: input) { bytes, range in
      bytes.plainCopy(of: range)
    }
    try check(decoded == expected, "\(text): \(String(describing: decoded))")
    if let plain = input.plainPath(of: slice) {
      try check(input.plainCopy(of: plain) == expected, "\(text): its plain path")
    }
    guard let expected, expected.first == UInt8(ascii: "/") else { return }
    try checkRoute(expected, text)
  }

  private func checkRoute(_ path: [UInt8], _ text: String) throws(Violation) {
    pathCount += 1
    if pathCount > Self.nameLimit / 2 {
      pathCount = 0
      names = Self.makeNames()
      finder = FinderBox(names: names)
    }
    let around = Surroundings(of: path.span, filledBy: path.count)
    let method = finder.method
    let finding = finder.finder.find(
      around.span, in: around.range, method: method, status: path.count % 2 == 0 ? 200 : 404)
    guard case .template(let id) = finding else {
      throw Violation("\(text): a path that begins with a slash has a template")
    }
    let template = SlowFolding.template(of: path.span, in: 0..<path.count)
    let corrected = Array(
      String(decoding: template, as: UTF8.self).replacing("\0", with: "\u{FFFD}").utf8)
    let expected = template.count > PathFolder.templateLimit ? overflow : corrected
    let name = names.name(id)
    try check(
      name == expected, "\(text): counted under \(String(decoding: name, as: UTF8.self))")
    try check(SlowJSON.isUTF8(name[...]) && !name.contains(0), "a template is text")
  }
}
