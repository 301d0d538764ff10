internal import ByteScanning

/// Remembers which templates paths were folded into, as a tree over their segments, so that for a
/// path similar to an earlier one no template has to be written and looked up.
struct FoldedPaths: ~Copyable {
  /// How many segments are remembered. The routes of a run are limited, but a hostile client can
  /// spell one in many ways (`/{id}/1` and `/1/{id}`).
  static let edgeLimit = 1 << 16
  /// How many bytes their long literal parts may take together.
  static let nameLimit = 1 << 20

  /// Leads from a node to one of its children, by a segment.
  struct Edge: BitwiseCopyable {
    static let none = Edge(low: 0, high: 0, tag: 0, node: 0, template: 0)

    /// The literal part's words; for a long one, its hash and where it is in `names`.
    var low: UInt64
    var high: UInt64
    /// The parent (32 bits), the kind (8 bits, the highest for a segment with a prefix) and the literal
    /// part's length (24 bits).
    var tag: UInt64
    /// The child; 0 if the slot is free, since node 0 is the root.
    var node: UInt32
    /// The template of the paths that end here; 0 if none has been learned.
    var template: NameTable.ID
  }

  /// Open addressing with linear probing, at most half full.
  private var edges = OwnedBuffer<Edge>(repeating: .none, count: 256)
  private var edgeCount = 0
  private var names = OwnedBuffer<UInt8>(capacity: 1024)
  /// Clients choose segments; without knowing the seeds, they cannot choose segments that collide.
  private let seed = UInt64.random(in: .min ... .max)
  /// The literal text around a placeholder, with a zero between.
  private var surroundings = OwnedBuffer<UInt8>(capacity: 64)
  /// Marks the kind of a segment with a prefix, whose literal text is in `names` however short it is.
  private static let prefixMark: UInt8 = 0x80
  /// Odd, so that no two tags have the same product. If the multiplier were known, a literal part
  /// could be chosen that cancels the tag, and all such segments would meet whatever `seed` is.
  private let multiplier = UInt64.random(in: .min ... .max) | 1

  /// The template of the path in `range`, if a path with the same segments has been learned.
  @inline(__always)
  mutating func template(of path: borrowing Span<UInt8>, in range: Range<Int>) -> NameTable.ID? {
    var node: UInt32 = 0
    var template: NameTable.ID = 0
    var slash = range.lowerBound
    var segments = PathSegments(path, in: range)
    while slash < range.upperBound {
      let segment = segments.next(path, from: slash &+ 1)
      let slot =
        segment.isShort
        ? slot(ofShort: segment, from: node) : slot(ofOther: segment, in: path, from: node)
      let edge = edges[slot]
      if edge.node == 0 { return nil }
      node = edge.node
      template = edge.template
      slash = segment.end
    }
    return template == 0 ? nil : template
  }

  /// Remembers that the path in `range` was folded into `template`.
  mutating func learn(
    _ path: borrowing Span<UInt8>, in range: Range<Int>, template: NameTable.ID
  ) {
    var node: UInt32 = 0
    var slot: Int?
    var slash = range.lowerBound
    var segments = PathSegments(path, in: range)
    while slash < range.upperBound {
      let segment = segments.next(path, from: slash + 1)
      var place =
        segment.isShort
        ? self.slot(ofShort: segment, from: node)
        : self.slot(ofOther: segment, in: path, from: node)
      if edges[place].node == 0 {
        guard edgeCount < Self.edgeLimit, names.count < Self.nameLimit else { return }
        place = insert(key(of: segment, in: path, from: node), segment, of: path)
      }
      node = edges[place].node
      slot = place
      slash = segment.end
    }
    if let slot { edges[slot].template = template }
  }

  /// An edge that does not lead anywhere yet.
  ///
  /// - Precondition: the slot of the segment has just been asked for.
  private func key(
    of segment: FoldedSegment, in path: borrowing Span<UInt8>, from node: UInt32
  ) -> Edge {
    guard segment.prefix.isEmpty else {
      let hash = surroundings.span.hash(of: 0..<surroundings.count, seed: seed)
      let kind = segment.kindNumber | Self.prefixMark
      let tag = Self.tag(from: node, kind, literalCount: surroundings.count)
      return Edge(low: hash, high: 0, tag: tag, node: 0, template: 0)
    }
    let tag = Self.tag(from: node, segment.kindNumber, literalCount: segment.literalCount)
    let words =
      segment.isShort ? segment.words : (path.hash(of: segment.literal, seed: seed), 0)
    return Edge(low: words.0, high: words.1, tag: tag, node: 0, template: 0)
  }

  @inline(__always)
  private static func tag(from node: UInt32, _ kind: UInt8, literalCount: Int) -> UInt64 {
    // Lines, and so segments, are shorter than 2^24 bytes.
    UInt64(node) &<< 32 | UInt64(kind) &<< 24 | UInt64(truncatingIfNeeded: literalCount)
  }

  /// The slot of the edge for `segment` from `node`, or the free slot where it would go.
  @inline(__always)
  private func slot(ofShort segment: FoldedSegment, from node: UInt32) -> Int {
    let tag = Self.tag(from: node, segment.kindNumber, literalCount: segment.literalCount)
    let mask = edges.count &- 1
    var slot = place(segment.words.low, segment.words.high, tag) & mask
    while true {
      let edge = edges[slot]
      if edge.tag == tag && edge.low == segment.words.low && edge.high == segment.words.high {
        return slot
      }
      if edge.node == 0 { return slot }
      slot = (slot &+ 1) & mask
    }
  }

  /// As above, for a segment whose literal part is long, or that has a prefix.
  @inline(never)
  private mutating func slot(
    ofOther segment: FoldedSegment, in path: borrowing Span<UInt8>, from node: UInt32
  ) -> Int {
    guard !segment.prefix.isEmpty else {
      return slot(ofLong: segment.literal, segment.kindNumber, in: path, from: node)
    }
    surroundings.removeAll()
    surroundings.append(path, in: segment.prefix)
    surroundings.append(0)
    surroundings.append(path, in: segment.literal)
    return slot(
      ofLong: 0..<surroundings.count, segment.kindNumber | Self.prefixMark,
      in: surroundings.span, from: node)
  }

  private func slot(
    ofLong literal: Range<Int>, _ kind: UInt8, in path: borrowing Span<UInt8>, from node: UInt32
  ) -> Int {
    let tag = Self.tag(from: node, kind, literalCount: literal.count)
    let hash = path.hash(of: literal, seed: seed)
    let mask = edges.count &- 1
    var slot = place(hash, 0, tag) & mask
    while true {
      let edge = edges[slot]
      if edge.node == 0 { return slot }
      if edge.tag == tag && edge.low == hash
        && path.equals(literal, names.span, name(of: edge))
      {
        return slot
      }
      slot = (slot &+ 1) & mask
    }
  }

  private func place(of edge: Edge) -> Int {
    // A long literal part is represented by its hash alone.
    let isLong =
      edge.tag & 0xFF_FFFF > FoldedSegment.wordLength
      || UInt8(truncatingIfNeeded: edge.tag &>> 24) & Self.prefixMark != 0
    return place(edge.low, isLong ? 0 : edge.high, edge.tag)
  }

  @inline(__always)
  private func place(_ low: UInt64, _ high: UInt64, _ tag: UInt64) -> Int {
    let factors = (low ^ tag &* multiplier, high ^ seed)
    return Int(truncatingIfNeeded: spread(factors.0.multipliedFullWidth(by: factors.1)))
  }

  private func name(of edge: Edge) -> Range<Int> {
    let start = Int(truncatingIfNeeded: edge.high)
    return start..<start + Int(truncatingIfNeeded: edge.tag & 0xFF_FFFF)
  }

  private mutating func insert(
    _ key: Edge, _ segment: FoldedSegment, of path: borrowing Span<UInt8>
  ) -> Int {
    var edge = key
    edgeCount += 1
    edge.node = UInt32(edgeCount)
    if !segment.isShort {
      edge.high = UInt64(names.count)
      if segment.prefix.isEmpty {
        names.append(path, in: segment.literal)
      } else {
        for index in 0..<surroundings.count { names.append(surroundings[index]) }
      }
    }
    if edgeCount * 2 > edges.count { grow() }
    return put(edge)
  }

  /// Puts a new edge into the first free slot.
  private mutating func put(_ edge: Edge) -> Int {
    let mask = edges.count - 1
    var slot = place(of: edge) & mask
    while edges[slot].node != 0 { slot = (slot + 1) & mask }
    edges[slot] = edge
    return slot
  }

  /// How many slots finding each segment once takes, on average. For tests: how well they are spread
  /// does not show in the templates.
  var meanProbeCount: Double {
    let mask = edges.count - 1
    var total = 0
    for slot in 0..<edges.count where edges[slot].node != 0 {
      total += (slot - place(of: edges[slot])) & mask + 1
    }
    return Double(total) / Double(max(edgeCount, 1))
  }

  private mutating func grow() {
    var old = OwnedBuffer<Edge>(repeating: .none, count: edges.count * 2)
    swap(&old, &edges)
    for index in 0..<old.count where old[index].node != 0 { _ = put(old[index]) }
  }
}
