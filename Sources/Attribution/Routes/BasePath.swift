internal import ByteScanning

/// What stands before the paths of routes in a log: the path of a server's address in an OpenAPI
/// document, or what a proxy puts in front.
package struct BasePath: Equatable, Sendable {
  /// Begins with a slash and does not end with one. `{name}` stands for any text without a slash.
  package var path: String
  /// The routes that it is for, by their place in the list; nil for all.
  package var routes: [Int]?

  package init(_ path: String, routes: [Int]? = nil) {
    self.path = path
    self.routes = routes
  }

  /// How specific it is: the more segments, and the fewer variables, the sooner it is tried.
  var rank: (Int, Int, Int) {
    let bytes = path.utf8
    return (
      -bytes.count { $0 == UInt8(ascii: "/") }, bytes.count { $0 == UInt8(ascii: "{") },
      -bytes.count
    )
  }
}

/// Finds where a path goes on behind a base path.
struct BasePathMatcher {
  private let pieces: [RoutePattern.Piece]

  init(_ base: BasePath) { pieces = RoutePattern(template: base.path).pieces }

  /// The offset of the slash behind the base path, or the end of the path; nil if it begins otherwise.
  func end(in path: borrowing Span<UInt8>, _ range: Range<Int>) -> Int? {
    end(in: path, from: range.lowerBound, to: range.upperBound, piece: 0)
  }

  private func end(
    in path: borrowing Span<UInt8>, from start: Int, to end: Int, piece: Int
  ) -> Int? {
    guard piece < pieces.count else {
      return start == end || path[start] == UInt8(ascii: "/") ? start : nil
    }
    switch pieces[piece] {
    case .literal(let bytes):
      guard end - start >= bytes.count,
        path.equals(start..<start + bytes.count, bytes.span, 0..<bytes.count)
      else { return nil }
      return self.end(in: path, from: start + bytes.count, to: end, piece: piece + 1)
    case .parameter:
      let slash = path.firstOffset(of: UInt8(ascii: "/"), from: start, to: end)
      guard piece + 1 < pieces.count, case .literal(let next) = pieces[piece + 1],
        next.first != UInt8(ascii: "/")
      else {
        return slash > start ? self.end(in: path, from: slash, to: end, piece: piece + 1) : nil
      }
      // Text follows in the same segment, such as `{stage}-v1`.
      var candidate = slash
      while candidate > start {
        if let found = self.end(in: path, from: candidate, to: end, piece: piece + 1) {
          return found
        }
        candidate -= 1
      }
      return nil
    }
  }
}
