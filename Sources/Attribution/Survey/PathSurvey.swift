package import AccessLogParsing
internal import ByteScanning

/// The paths of a log as a tree of segments, with what was asked for and how it was answered; from it
/// ``routes()`` makes templates.
///
/// Segments that identify something by their looks are folded as ``PathFolder`` does. Of the others,
/// words are told from names (of users, articles, files) by how many different ones there are at their
/// place. Whatever the log holds, there are at most so many nodes: where they run out, paths that were
/// never answered with anything but 404 or 405 are let go, and then places with many names are folded.
package final class PathSurvey {
  /// How many nodes the tree may have.
  package static let nodeLimit = 100_000
  /// How many different words a place may have before it is looked at.
  static let wordLimit = 1_000
  /// Paths that are longer, or have more segments, are no endpoints.
  static let pathLimit = 1_024
  static let segmentLimit = 32
  /// A word asked for at most so often is rare.
  package static let rareCount = 3

  let root = PathNode()
  private var nodeCount = 1
  private var requestCount = 0
  /// How many requests there have to be before room is made everywhere again.
  private var nextClearing = 0
  private var path = RequestPath()
  /// Requests whose paths were let go: only ever answered with 404 or 405.
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

  /// What there is to count of a request.
  struct Answer {
    /// Whether it was answered as a route's request may be: 404 and 405 are also what a request
    /// without a route gets.
    var isRoute: Bool
    var method: String
    var consumer: UInt32
  }

  private func method(of record: borrowing AccessRecord, _ bytes: borrowing Span<UInt8>) -> String {
    let raw = bytes.extracting(record.method.range).copied()
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
      let literal = path.extracting(segment.literal).copied()
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
      // It takes a while, so it is not done again before there may be something new to let go.
      nextClearing = requestCount + Self.nodeLimit
      guard nodeCount < Self.nodeLimit else { return nil }
    }
    nodeCount += 1
    return PathNode(isParameter: isParameter)
  }

  /// Lets go what no route answers, and folds the place if it still has many words.
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

/// A place in the tree: what was asked for there and below.
final class PathNode {
  /// How many examples, and distinct values, are kept.
  static let exampleLimit = 3
  static let valueLimit = 1_000

  var isParameter: Bool
  /// Requests here and below, and those among them that were answered as a route's may be.
  private(set) var count = 0
  private(set) var routeCount = 0
  var words: [[UInt8]: PathNode] = [:]
  /// By what stands behind the parameter: nothing, or a file extension.
  var parameters: [[UInt8]: PathNode] = [:]
  /// Whether words that are not known go to the parameter.
  private(set) var isFolded = false
  /// Why, in numbers; nil for what is folded by its looks.
  var evidence: FoldingEvidence?
  /// Of a parameter: how its values look (`nil` is a name), and how many of each there were.
  private(set) var kinds: [SegmentKind?: Int] = [:]
  private(set) var values: Set<[UInt8]> = []
  /// By method, of the paths that end here.
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

  /// This one and all below.
  var nodeCount: Int {
    words.values.reduce(1) { $0 + $1.nodeCount } + parameters.values.reduce(0) { $0 + $1.nodeCount }
  }

  /// Makes the words of this place the values of a parameter, but for those that stay words.
  func fold() {
    let staying = wordsThatStay
    take(words.keys.filter { !staying.contains($0) })
    isFolded = true
  }

  /// Makes some words of this place values of its parameter.
  func take(_ names: [[UInt8]]) {
    let parameter = parameters[[]] ?? PathNode(isParameter: true)
    parameters[[]] = parameter
    // In an order of their own, so that the same log makes the same list with the same examples.
    for word in names.sorted(by: { $0.lexicographicallyPrecedes($1) }) {
      guard let node = words.removeValue(forKey: word) else { continue }
      parameter.kinds[nil, default: 0] += node.count
      if parameter.values.count < Self.valueLimit { parameter.values.insert(word) }
      parameter.merge(node)
    }
  }

  /// Takes in what was counted for `other`, and below it.
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
