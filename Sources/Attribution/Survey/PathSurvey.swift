package import AccessLogParsing
internal import ByteScanning

/// The paths of a log as a tree of segments, with the requests for them and the responses;
/// ``routes()`` makes templates from it.
///
/// Segments whose form shows that they identify something are folded as ``PathFolder`` does. Among
/// the others, words are distinguished from names (of users, articles, files) by how many different
/// ones occur in the same position. Whatever the log contains, the number of nodes is limited: when
/// they run out, paths that were only ever answered with 404 or 405 are dropped, and after that,
/// positions with many names are folded.
package final class PathSurvey {
  /// How many nodes the tree may have.
  package static let nodeLimit = 100_000
  /// How many different words one position may have before it is examined.
  static let wordLimit = 1_000
  /// Paths that are longer, or have more segments, are not endpoints.
  static let pathLimit = 1_024
  static let segmentLimit = 32
  /// A word requested at most this often is rare.
  package static let rareCount = 3

  let root = PathNode()
  private var nodeCount = 1
  private var requestCount = 0
  /// The number of requests at which room is made everywhere again.
  private var nextClearing = 0
  private var path = RequestPath()
  /// Requests whose paths were dropped: only ever answered with 404 or 405.
  package internal(set) var strayCount = 0
  /// Requests whose paths were too long, or for which there was no room.
  package private(set) var passedOverCount = 0
  private var methods: [[UInt8]: String] = [:]

  package init() {}

  /// Adds a request.
  ///
  /// - Parameter consumer: its consumer's number; 0 if it has none.
  package func add(
    _ record: borrowing AccessRecord, in bytes: borrowing Span<UInt8>, consumer: UInt32
  ) {
    requestCount += 1
    let method = method(of: record, bytes)
    let answer = Answer(
      isRoute: record.status != 404 && record.status != 405, method: method, consumer: consumer)
    let isAdded: Bool? = path.withPath(of: record.target, in: bytes) { path, range in
      add(path, range, answer)
    }
    if isAdded != true { passedOverCount += 1 }
  }

  /// The facts about a request that are counted.
  struct Answer {
    /// Whether a route may have answered it: 404 and 405 are also the responses to requests without
    /// a route.
    var isRoute: Bool
    var method: String
    var consumer: UInt32
  }

  private func method(of record: borrowing AccessRecord, _ bytes: borrowing Span<UInt8>) -> String {
    let raw = bytes.method(in: record.method)
    if let known = methods[raw] { return known }
    let name = String(decoding: raw, as: UTF8.self).uppercased()
    if methods.count < 1_000 { methods[raw] = name }
    return name
  }

  private func add(
    _ path: borrowing Span<UInt8>, _ range: Range<Int>, _ answer: Answer
  ) -> Bool {
    guard range.count <= Self.pathLimit, path[range.lowerBound] == UInt8(ascii: "/") else {
      return false
    }
    var node = root
    var slash = range.lowerBound
    var segments = PathSegments(path, in: range)
    var depth = 0
    node.pass(answer)
    while slash < range.upperBound {
      depth += 1
      guard depth <= Self.segmentLimit else { return false }
      let segment = segments.next(path, from: slash + 1)
      var literal = path.extracting(segment.literal).copied()
      if !segment.prefix.isEmpty {
        literal = path.extracting(segment.prefix).copied() + [PathNode.placeholder] + literal
      }
      guard let next = child(of: node, segment.kind, literal) else { return false }
      if next.isParameter {
        next.addValue(path.extracting(slash + 1..<segment.end).copied(), segment.kind)
      }
      node = next
      node.pass(answer)
      slash = segment.end
    }
    node.end(answer, example: path.extracting(range).copied())
    return true
  }

  private func child(of node: PathNode, _ kind: SegmentKind?, _ literal: [UInt8]) -> PathNode? {
    if kind != nil {
      if let known = node.parameters[literal] { return known }
      return makeNode(isParameter: true).map { new in
        node.parameters[literal] = new
        return new
      }
    }
    if let known = node.words[literal] { return known }
    if node.isFolded, let names = node.parameters[[]] { return names }
    if node.words.count >= Self.wordLimit {
      makeRoom(at: node)
      if node.isFolded, let names = node.parameters[[]] { return names }
    }
    return makeNode(isParameter: false).map { new in
      node.words[literal] = new
      return new
    }
  }

  private func makeNode(isParameter: Bool) -> PathNode? {
    if nodeCount >= Self.nodeLimit {
      guard requestCount >= nextClearing else { return nil }
      makeRoomEverywhere(root)
      nodeCount = root.nodeCount
      // This takes a while, so it is not repeated until there may be something new to drop.
      nextClearing = requestCount + Self.nodeLimit
      guard nodeCount < Self.nodeLimit else { return nil }
    }
    nodeCount += 1
    return PathNode(isParameter: isParameter)
  }

  /// Drops what no route answers, and folds the position if it still has many words.
  private func makeRoom(at node: PathNode) {
    for (word, stray) in node.words where stray.routeCount == 0 {
      strayCount += stray.count
      nodeCount -= stray.nodeCount
      node.words[word] = nil
    }
    guard node.words.count >= Self.wordLimit / 2 else { return }
    let before = node.nodeCount
    node.fold()
    nodeCount += node.nodeCount - before
  }

  private func makeRoomEverywhere(_ node: PathNode) {
    makeRoom(at: node)
    for child in node.words.values { makeRoomEverywhere(child) }
    for child in node.parameters.values { makeRoomEverywhere(child) }
  }
}

/// A position in the tree: the requests for it and for everything below.
final class PathNode {
  /// How many examples, and distinct values, are kept.
  static let exampleLimit = 3
  static let valueLimit = 1_000
  /// Stands for the parameter between the texts around it.
  static let placeholder: UInt8 = 0

  var isParameter: Bool
  /// Requests here and below, and how many of them a route may have answered.
  private(set) var count = 0
  private(set) var routeCount = 0
  var words: [[UInt8]: PathNode] = [:]
  /// By what follows the parameter: nothing, or a file extension. If text stands before it as well: by
  /// that, ``placeholder`` and what follows.
  var parameters: [[UInt8]: PathNode] = [:]
  /// Whether unknown words are counted with the parameter.
  private(set) var isFolded = false
  /// Why, in numbers; nil if it was folded because of its form.
  var evidence: FoldingEvidence?
  /// For a parameter: the forms of its values (`nil` is a name), and how many there were of each.
  private(set) var kinds: [SegmentKind?: Int] = [:]
  private(set) var values: Set<[UInt8]> = []
  /// By method, for the paths that end here.
  private(set) var leaves: [String: Leaf] = [:]

  struct Leaf {
    var count = 0
    var routeCount = 0
    var consumers: Set<UInt32> = []
    var examples: [[UInt8]] = []
  }

  init(isParameter: Bool = false) { self.isParameter = isParameter }

  func pass(_ answer: PathSurvey.Answer) {
    count += 1
    if answer.isRoute { routeCount += 1 }
  }

  func addValue(_ value: [UInt8], _ kind: SegmentKind?) {
    kinds[kind, default: 0] += 1
    if values.count < Self.valueLimit { values.insert(value) }
  }

  func end(_ answer: PathSurvey.Answer, example: [UInt8]) {
    // A client may invent methods.
    guard leaves.count < RunNames.methodLimit || leaves[answer.method] != nil else { return }
    leaves[answer.method, default: Leaf()].count += 1
    if answer.isRoute { leaves[answer.method, default: Leaf()].routeCount += 1 }
    if answer.consumer != 0
      && leaves[answer.method, default: Leaf()].consumers.count < Self.valueLimit
    {
      leaves[answer.method, default: Leaf()].consumers.insert(answer.consumer)
    }
    let known = leaves[answer.method]?.examples ?? []
    if known.count < Self.exampleLimit, !known.contains(example) {
      leaves[answer.method, default: Leaf()].examples.append(example)
    }
  }

  /// The number of nodes in this subtree, including this one.
  var nodeCount: Int {
    words.values.reduce(1) { $0 + $1.nodeCount } + parameters.values.reduce(0) { $0 + $1.nodeCount }
  }

  /// Turns the words in this position into values of a parameter, except those that remain words.
  func fold() {
    let staying = wordsThatStay
    take(words.keys.filter { !staying.contains($0) })
    isFolded = true
  }

  /// Turns some words in this position into values of its parameter.
  ///
  /// - Parameters:
  ///   - surroundings: the text around the parameter, as in ``parameters``.
  ///   - kind: the form of the words; nil for names.
  func take(_ names: [[UInt8]], around surroundings: [UInt8] = [], kind: SegmentKind? = nil) {
    let parameter = parameters[surroundings] ?? PathNode(isParameter: true)
    parameters[surroundings] = parameter
    // Sorted, so that the same log produces the same list with the same examples.
    for word in names.sorted(by: { $0.lexicographicallyPrecedes($1) }) {
      guard let node = words.removeValue(forKey: word) else { continue }
      parameter.kinds[kind, default: 0] += node.count
      if parameter.values.count < Self.valueLimit { parameter.values.insert(word) }
      parameter.merge(node)
    }
  }

  /// Turns words of a form into values of their parameter.
  func take(_ group: DoubtfulWords) {
    let isKnown = parameters[group.surroundings] != nil
    take(group.words, around: group.surroundings, kind: group.kind)
    if !isKnown { parameters[group.surroundings]?.evidence = .many(distinct: group.words.count) }
  }

  /// The text before a parameter and that behind it, of a key of ``parameters``.
  static func parts(of surroundings: [UInt8]) -> (prefix: [UInt8], suffix: [UInt8]) {
    guard let place = surroundings.firstIndex(of: placeholder) else { return ([], surroundings) }
    return (Array(surroundings[..<place]), Array(surroundings[(place + 1)...]))
  }

  /// Adds what was counted for `other` and below it.
  private func merge(_ other: PathNode) {
    count += other.count
    routeCount += other.routeCount
    for (kind, number) in other.kinds { kinds[kind, default: 0] += number }
    for value in other.values where values.count < Self.valueLimit { values.insert(value) }
    if other.isFolded { isFolded = true }
    for (method, leaf) in other.leaves { leaves[method, default: Leaf()].merge(leaf) }
    for (word, node) in other.words {
      if let own = words[word] { own.merge(node) } else { words[word] = node }
    }
    for (suffix, node) in other.parameters {
      if let own = parameters[suffix] { own.merge(node) } else { parameters[suffix] = node }
    }
  }
}

extension PathNode.Leaf {
  fileprivate mutating func merge(_ other: PathNode.Leaf) {
    count += other.count
    routeCount += other.routeCount
    consumers.formUnion(other.consumers)
    for example in other.examples
    where examples.count < PathNode.exampleLimit && !examples.contains(example) {
      examples.append(example)
    }
  }
}
