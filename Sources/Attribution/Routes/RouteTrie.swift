internal import ByteScanning

/// The known routes of one method, arranged by segment, so that a path is compared with all of them
/// at once.
///
/// As in Starlette, the first route in the list that matches the whole path wins; the search
/// therefore follows every branch that may still contain an earlier one.
struct RouteTrie: ~Copyable {
  struct Node: BitwiseCopyable {
    /// The earliest route in the subtree: branches later than the best match so far are not
    /// followed.
    var earliest = UInt32.max
    /// The route that ends here: its position in the list and the number of its template.
    var order = UInt32.max
    var template: NameTable.ID = 0
    /// The route that ends here with a `path` parameter, which matches the rest whatever it is.
    var restOrder = UInt32.max
    var restTemplate: NameTable.ID = 0
    var hasLiterals = false
    var firstParameter = Int32(-1)
  }

  struct Literal: BitwiseCopyable {
    var hash: UInt64
    var offset: Int
    var count: Int
    var parent: Int32
    var node: Int32
  }

  struct Parameter: BitwiseCopyable {
    var converter: RoutePattern.Converter
    var node: Int32
    var next: Int32
  }

  struct General {
    var order: UInt32
    var template: NameTable.ID
    var pattern: RoutePattern
  }

  private var nodes = OwnedBuffer<Node>(capacity: 64)
  private var literals = OwnedBuffer<Literal>(capacity: 64)
  /// Index + 1 into `literals`, found by name and parent; 0 means free. Linear probing, at most
  /// half full: thousands of routes may differ in one segment.
  private var slots = OwnedBuffer<UInt32>(repeating: 0, count: 128)
  private var parameters = OwnedBuffer<Parameter>(capacity: 16)
  private var names = OwnedBuffer<UInt8>(capacity: 1024)
  /// Routes that segments cannot express, in the order of the list.
  private var general: [General] = []

  init() { nodes.append(Node()) }

  /// Adds the route that is number `order` in the list.
  mutating func add(_ pattern: RoutePattern, order: UInt32, template: NameTable.ID) {
    guard let segments = pattern.segments else {
      general.append(General(order: order, template: template, pattern: pattern))
      return
    }
    var node = 0
    nodes[0].earliest = min(nodes[0].earliest, order)
    for segment in segments {
      if segment == .parameter(.path) {
        if order < nodes[node].restOrder {
          nodes[node].restOrder = order
          nodes[node].restTemplate = template
        }
        return
      }
      node = child(of: node, for: segment)
      nodes[node].earliest = min(nodes[node].earliest, order)
    }
    if order < nodes[node].order {
      nodes[node].order = order
      nodes[node].template = template
    }
  }

  private mutating func child(of node: Int, for segment: RoutePattern.Segment) -> Int {
    switch segment {
    case .literal(let bytes):
      let hash = bytes.span.hash(of: 0..<bytes.count)
      if let known = literal(bytes.span, 0..<bytes.count, hash: hash, at: node) { return known }
      let child = nodes.count
      nodes.append(Node())
      literals.append(
        Literal(
          hash: hash, offset: names.count, count: bytes.count, parent: Int32(node),
          node: Int32(child)))
      names.append(bytes.span)
      nodes[node].hasLiterals = true
      if literals.count * 2 > slots.count {
        slots = OwnedBuffer(repeating: 0, count: slots.count * 2)
        for index in 0..<literals.count { put(index) }
      } else {
        put(literals.count - 1)
      }
      return child
    case .parameter(let converter):
      var index = nodes[node].firstParameter
      while index >= 0 {
        let parameter = parameters[Int(index)]
        if parameter.converter == converter { return Int(parameter.node) }
        index = parameter.next
      }
      let child = nodes.count
      nodes.append(Node())
      parameters.append(
        Parameter(converter: converter, node: Int32(child), next: nodes[node].firstParameter))
      nodes[node].firstParameter = Int32(parameters.count - 1)
      return child
    }
  }

  /// Puts the literal with this index into the first free slot.
  private mutating func put(_ index: Int) {
    var slot = Self.place(literals[index].hash, at: Int(literals[index].parent))
    while slots[slot & (slots.count - 1)] != 0 { slot &+= 1 }
    slots[slot & (slots.count - 1)] = UInt32(index + 1)
  }

  @inline(__always)
  private static func place(_ hash: UInt64, at node: Int) -> Int {
    Int(truncatingIfNeeded: mixed(hash ^ UInt64(truncatingIfNeeded: node)))
  }

  private func literal(
    _ bytes: borrowing Span<UInt8>, _ range: Range<Int>, hash: UInt64, at node: Int
  ) -> Int? {
    var slot = Self.place(hash, at: node)
    while true {
      let number = slots[slot & (slots.count &- 1)]
      if number == 0 { return nil }
      let literal = literals[Int(number) &- 1]
      if literal.hash == hash, literal.parent == node,
        bytes.equals(range, names.span, literal.offset..<literal.offset &+ literal.count)
      {
        return Int(literal.node)
      }
      slot &+= 1
    }
  }

  /// The template of the first route that matches the decoded path in `range`, or nil.
  func match(_ path: borrowing Span<UInt8>, in range: Range<Int>) -> NameTable.ID? {
    guard range.count > 0, path[range.lowerBound] == UInt8(ascii: "/") else { return nil }
    var best = Match()
    search(path, from: range.lowerBound, to: range.upperBound, at: 0, &best)
    for route in general where route.order < best.order {
      var matcher = GeneralMatcher(pattern: route.pattern)
      if matcher.matches(path, in: range) {
        best = Match(order: route.order, template: route.template)
      }
    }
    return best.order == .max ? nil : best.template
  }

  private struct Match {
    var order = UInt32.max
    var template: NameTable.ID = 0
  }

  /// Matches the path from the slash at `slash` on against the subtree of `node`. The recursion is
  /// as deep as the longest template has segments.
  private func search(
    _ path: borrowing Span<UInt8>, from slash: Int, to end: Int, at index: Int,
    _ best: inout Match
  ) {
    let node = nodes[index]
    guard node.earliest < best.order else { return }
    if slash == end {
      if node.order < best.order { best = Match(order: node.order, template: node.template) }
      return
    }
    if node.restOrder < best.order {
      best = Match(order: node.restOrder, template: node.restTemplate)
    }
    let start = slash + 1
    let next = path.firstOffset(of: UInt8(ascii: "/"), from: start, to: end)
    if node.hasLiterals {
      let hash = path.hash(of: start..<next)
      if let child = literal(path, start..<next, hash: hash, at: index) {
        search(path, from: next, to: end, at: child, &best)
      }
    }
    var parameter = node.firstParameter
    while parameter >= 0 {
      let edge = parameters[Int(parameter)]
      if path.matches(edge.converter, in: start..<next) {
        search(path, from: next, to: end, at: Int(edge.node), &best)
      }
      parameter = edge.next
    }
  }
}

/// Matches a template piece by piece, with backtracking, for the few that segments cannot express.
private struct GeneralMatcher {
  /// Attempts before matching gives up: a hostile path against a template with several `path`
  /// parameters must not take time quadratic in its length.
  private var remainingSteps = 20_000
  private let pattern: RoutePattern

  init(pattern: RoutePattern) { self.pattern = pattern }

  mutating func matches(_ path: borrowing Span<UInt8>, in range: Range<Int>) -> Bool {
    matches(path, from: range.lowerBound, to: range.upperBound, piece: 0)
  }

  private mutating func matches(
    _ path: borrowing Span<UInt8>, from start: Int, to end: Int, piece: Int
  ) -> Bool {
    guard piece < pattern.pieces.count else { return start == end }
    remainingSteps -= 1
    guard remainingSteps > 0 else { return false }
    switch pattern.pieces[piece] {
    case .literal(let bytes):
      guard end - start >= bytes.count,
        path.equals(start..<start + bytes.count, bytes.span, 0..<bytes.count)
      else { return false }
      return matches(path, from: start + bytes.count, to: end, piece: piece + 1)
    case .parameter(let converter):
      // Greedy, like the regular expression that Starlette turns it into.
      var candidate = path.reach(of: converter, from: start, to: end)
      while candidate >= start {
        if path.isWhole(converter, in: start..<candidate),
          matches(path, from: candidate, to: end, piece: piece + 1)
        {
          return true
        }
        candidate -= 1
        remainingSteps -= 1
        if remainingSteps <= 0 { return false }
      }
      return false
    }
  }
}

extension Span where Element == UInt8 {
  /// The offset after the last byte that `converter` could match in the text from `start`.
  fileprivate func reach(
    of converter: RoutePattern.Converter, from start: Int, to end: Int
  ) -> Int {
    switch converter {
    case .path: return end
    case .str: return firstOffset(of: UInt8(ascii: "/"), from: start, to: end)
    case .uuid: return Swift.min(start + 36, end)
    case .int: return endOfDigits(from: start, to: end)
    case .float:
      let point = endOfDigits(from: start, to: end)
      guard point < end, self[point] == UInt8(ascii: ".") else { return point }
      return endOfDigits(from: point + 1, to: end)
    }
  }

  private func endOfDigits(from start: Int, to end: Int) -> Int {
    var offset = start
    while offset < end, self[offset] &- UInt8(ascii: "0") <= 9 { offset += 1 }
    return offset
  }

  /// Whether `converter` matches exactly the text in `range`, which does not extend beyond its
  /// reach. Examines the whole text only where that is short, so that trying every end of a long
  /// text does not take quadratic time.
  fileprivate func isWhole(_ converter: RoutePattern.Converter, in range: Range<Int>) -> Bool {
    switch converter {
    case .path: true
    case .str, .int: !range.isEmpty
    case .float:
      !range.isEmpty && self[range.lowerBound] != UInt8(ascii: ".")
        && self[range.upperBound - 1] != UInt8(ascii: ".")
    case .uuid: matches(.uuid, in: range)
    }
  }

  /// Whether `converter` matches exactly the text in `range` (starlette.convertors).
  fileprivate func matches(_ converter: RoutePattern.Converter, in range: Range<Int>) -> Bool {
    switch converter {
    case .path: return true
    case .str:
      return !range.isEmpty
        && firstOffset(of: UInt8(ascii: "/"), from: range.lowerBound, to: range.upperBound)
          == range.upperBound
    case .int: return areDigits(range)
    case .float:
      let point = firstOffset(of: UInt8(ascii: "."), from: range.lowerBound, to: range.upperBound)
      guard point < range.upperBound else { return areDigits(range) }
      return areDigits(range.lowerBound..<point) && areDigits(point + 1..<range.upperBound)
    case .uuid: return isLooseUUID(range)
    }
  }

  private func areDigits(_ range: Range<Int>) -> Bool {
    guard !range.isEmpty else { return false }
    for offset in range where self[offset] &- UInt8(ascii: "0") > 9 { return false }
    return true
  }

  private func isLooseUUID(_ range: Range<Int>) -> Bool {
    guard (32...36).contains(range.count) else { return false }
    var digits = 0
    for offset in range {
      let byte = self[offset]
      if byte == UInt8(ascii: "-") {
        let isAllowed = digits == 8 || digits == 12 || digits == 16 || digits == 20
        let isDouble = offset > range.lowerBound && self[offset - 1] == UInt8(ascii: "-")
        if !isAllowed || isDouble { return false }
      } else if byte &- UInt8(ascii: "0") <= 9 || (byte | 0x20) &- UInt8(ascii: "a") < 6 {
        digits += 1
      } else {
        return false
      }
    }
    return digits == 32
  }
}
