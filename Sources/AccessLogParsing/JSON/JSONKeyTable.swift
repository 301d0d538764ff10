internal import ByteScanning

/// The keys to look for in JSON lines, compiled from dotted paths.
///
/// A path finds its value wherever the dots fall: `a.b.c` matches `{"a":{"b":{"c":1}}}`,
/// `{"a.b":{"c":1}}` and `{"a.b.c":1}`, because log shippers write all of these. A node is a
/// position in the nesting; node 0 is the line's object. The key `k` at a node leads to a value to
/// keep (its slot), to another node (inside which there are keys to look for), or to both.
struct JSONKeyTable {
  /// The number of bits in a word, because the slots that a line filled are one word.
  static let slotLimit = 64
  /// How many names a path may have, so that the nodes of all paths can be numbered.
  static let pathLimit = 64

  struct Target: Equatable, BitwiseCopyable {
    static let none = Target(slot: -1, node: -1)
    /// -1 if the value is not wanted.
    var slot: Int16
    /// -1 if nothing inside the value is wanted.
    var node: Int16
  }

  private struct Entry {
    var hash: UInt64
    var node: Int16
    var name: [UInt8]
    var target: Target
  }

  private var entries: [Entry] = []
  /// Node numbers by their path from the root, without a trailing dot.
  private var nodes: [String: Int16] = ["": 0]
  /// The path of each slot.
  private(set) var slots: [String] = []

  /// The slot of the value at `path`, created if necessary; nil if there are too many slots, or too
  /// many names in the path.
  mutating func slot(for path: String) -> Int? {
    if let known = slots.firstIndex(of: path) { return known }
    guard slots.count < Self.slotLimit, !path.isEmpty else { return nil }
    let slot = slots.count
    // Nearly all paths are a name, and tables are made for each source.
    if path.utf8.contains(UInt8(ascii: ".")) {
      let segments = path.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
      guard segments.count <= Self.pathLimit else { return nil }
      addEdges(from: 0, depth: 0, segments, slot: Int16(slot))
    } else {
      update(0, path) { $0.slot = Int16(slot) }
    }
    slots.append(path)
    return slot
  }

  /// For the node reached by the first `depth` segments, adds each key that the next segments can
  /// be joined to.
  private mutating func addEdges(
    from node: Int16, depth: Int, _ segments: [String], slot: Int16
  ) {
    for end in depth + 1...segments.count {
      let key = segments[depth..<end].joined(separator: ".")
      if end == segments.count {
        update(node, key) { $0.slot = slot }
      } else {
        let path = segments[..<end].joined(separator: ".")
        let isNew = nodes[path] == nil
        let child = nodes[path] ?? Int16(nodes.count)
        nodes[path] = child
        update(node, key) { $0.node = child }
        if isNew || depth == 0 {
          addEdges(from: child, depth: end, segments, slot: slot)
        }
      }
    }
  }

  private mutating func update(_ node: Int16, _ key: String, _ change: (inout Target) -> Void) {
    let name = Array(key.utf8)
    let hash = name.span.hash(of: 0..<name.count)
    for index in entries.indices where entries[index].hash == hash && entries[index].node == node {
      guard entries[index].name == name else { continue }
      return change(&entries[index].target)
    }
    var target = Target.none
    change(&target)
    entries.append(Entry(hash: hash, node: node, name: name, target: target))
  }

  /// What the key in `range` leads to at `node`.
  func target(_ bytes: borrowing Span<UInt8>, key range: Range<Int>, at node: Int16) -> Target {
    let hash = bytes.hash(of: range)
    for entry in entries where entry.hash == hash && entry.node == node {
      if bytes.equals(range, entry.name.span, 0..<entry.name.count) { return entry.target }
    }
    return .none
  }
}
