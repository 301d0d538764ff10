internal import ByteScanning

/// Remembers which templates paths were folded into, as a tree over their segments, so that a path
/// like an earlier one needs no template to be written and looked up.
struct FoldedPaths: ~Copyable {
  /// How many segments are remembered. The routes of a run are limited, but a hostile client can
  /// spell one in many ways (`/{id}/1` and `/1/{id}`).
  static let edgeLimit = 1 << 16
  /// How many bytes their literal parts may have together.
  static let nameLimit = 1 << 20

  /// From a node to one of its children, by a segment.
  struct Edge: BitwiseCopyable {
    var hash: UInt64
    var parent: UInt32
    var node: UInt32
    var kind: UInt8
    /// Where the segment's literal part stands in `names`.
    var offset: Int
    var count: Int
  }

  private var edges = OwnedBuffer<Edge>(capacity: 64)
  /// Index + 1 into `edges`; 0 is free. Linear probing, at most half full.
  private var slots = OwnedBuffer<UInt32>(repeating: 0, count: 256)
  private var names = OwnedBuffer<UInt8>(capacity: 1024)
  /// For each node the template of the paths that end there; 0 if there is none.
  private var templates = OwnedBuffer<NameTable.ID>(repeating: 0, count: 1)

  /// The template of the path in `range`, if a path with the same segments was learned.
  @inline(__always)
  func template(of path: borrowing Span<UInt8>, in range: Range<Int>) -> NameTable.ID? {
    var node: UInt32 = 0
    var slash = range.lowerBound
    while slash < range.upperBound {
      let segment = FoldedSegment(of: path, from: slash + 1, to: range.upperBound)
      guard let edge = edge(from: node, segment, hash: Self.hash(path, segment, node), of: path)
      else { return nil }
      node = edges[edge].node
      slash = segment.end
    }
    let template = templates[Int(node)]
    return template == 0 ? nil : template
  }

  /// Remembers that the path in `range` was folded into `template`.
  mutating func learn(
    _ path: borrowing Span<UInt8>, in range: Range<Int>, template: NameTable.ID
  ) {
    var node: UInt32 = 0
    var slash = range.lowerBound
    while slash < range.upperBound {
      let segment = FoldedSegment(of: path, from: slash + 1, to: range.upperBound)
      let hash = Self.hash(path, segment, node)
      if let edge = edge(from: node, segment, hash: hash, of: path) {
        node = edges[edge].node
      } else {
        guard edges.count < Self.edgeLimit, names.count < Self.nameLimit else { return }
        node = insert(segment, of: path, hash: hash, from: node)
      }
      slash = segment.end
    }
    templates[Int(node)] = template
  }

  @inline(__always)
  private static func hash(
    _ path: borrowing Span<UInt8>, _ segment: FoldedSegment, _ node: UInt32
  ) -> UInt64 {
    path.hash(of: segment.literal, seed: UInt64(node) &<< 8 | UInt64(segment.kindNumber))
  }

  @inline(__always)
  private func edge(
    from node: UInt32, _ segment: FoldedSegment, hash: UInt64, of path: borrowing Span<UInt8>
  ) -> Int? {
    let mask = slots.count &- 1
    var slot = Int(truncatingIfNeeded: hash) & mask
    while true {
      let number = Int(slots[slot])
      if number == 0 { return nil }
      let edge = edges[number &- 1]
      if edge.hash == hash, edge.parent == node, edge.kind == segment.kindNumber,
        path.equals(segment.literal, names.span, edge.offset..<edge.offset &+ edge.count)
      {
        return number &- 1
      }
      slot = (slot &+ 1) & mask
    }
  }

  private mutating func insert(
    _ segment: FoldedSegment, of path: borrowing Span<UInt8>, hash: UInt64, from parent: UInt32
  ) -> UInt32 {
    let node = UInt32(templates.count)
    templates.append(0)
    edges.append(
      Edge(
        hash: hash, parent: parent, node: node, kind: segment.kindNumber, offset: names.count,
        count: segment.literal.count))
    names.append(path, in: segment.literal)
    if edges.count * 2 > slots.count {
      slots = OwnedBuffer(repeating: 0, count: slots.count * 2)
      for index in 0..<edges.count { place(index) }
    } else {
      place(edges.count - 1)
    }
    return node
  }

  private mutating func place(_ index: Int) {
    let mask = slots.count - 1
    var slot = Int(truncatingIfNeeded: edges[index].hash) & mask
    while slots[slot] != 0 { slot = (slot + 1) & mask }
    slots[slot] = UInt32(index + 1)
  }
}
