extension RoutePattern.Converter {
  /// Of `name:converter`, or as documents of other makers have it: `name+` (API Gateway), `*name` and
  /// `**name` (ASP.NET), `name:.*` (Spring, JAX-RS) take the rest of the path, and other regular
  /// expressions are taken for any text.
  fileprivate init(of declaration: Substring) {
    let parts = declaration.split(
      separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    let converter = parts.count == 2 ? String(parts[1]) : ""
    if let known = Self(rawValue: converter) {
      self = known
    } else if declaration.hasPrefix("*") || parts[0].hasSuffix("+") || parts[0].hasSuffix("*")
      || [".*", ".+"].contains(converter)
    {
      self = .path
    } else {
      self = ["[0-9]+", "\\d+"].contains(converter) ? .int : .str
    }
  }
}

/// A path template taken apart the way Starlette understands it (starlette.routing.compile_path):
/// literal text and parameters, `{name}` or `{name:converter}`.
struct RoutePattern: Equatable {
  enum Converter: String, CaseIterable {
    /// One or more characters other than `/`.
    case str
    /// Anything, including nothing and slashes.
    case path
    /// One or more digits.
    case int
    /// Digits, optionally with a decimal point among them.
    case float
    /// 32 hexadecimal digits, with each of the four dashes optional.
    case uuid
  }

  enum Piece: Equatable {
    case literal([UInt8])
    case parameter(Converter)
  }

  /// What a segment (the text between two slashes) of a simple template consists of.
  enum Segment: Equatable {
    case literal([UInt8])
    case parameter(Converter)
  }

  let pieces: [Piece]

  init(template: String) {
    var pieces: [Piece] = []
    var literal: [UInt8] = []
    var rest = Substring(template)
    while let brace = rest.firstIndex(of: "{"), let end = rest[brace...].firstIndex(of: "}") {
      literal += rest[..<brace].utf8
      if !literal.isEmpty { pieces.append(.literal(literal)) }
      literal = []
      pieces.append(.parameter(Converter(of: rest[rest.index(after: brace)..<end])))
      rest = rest[rest.index(after: end)...]
    }
    literal += rest.utf8
    if !literal.isEmpty { pieces.append(.literal(literal)) }
    self.pieces = pieces
  }

  /// The template's segments, if each is either literal or a single parameter and only the last may
  /// match slashes; nil for templates that need the general matcher, such as
  /// `/files/{name}.{type}`.
  var segments: [Segment]? {
    var segments: [Segment] = []
    var current: Segment? = .literal([])
    for (index, piece) in pieces.enumerated() {
      switch piece {
      case .literal(let bytes):
        let parts = bytes.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        for (number, part) in parts.enumerated() {
          if number > 0 {
            guard let finished = current else { return nil }
            segments.append(finished)
            current = .literal([])
          }
          if part.isEmpty { continue }
          guard case .literal(let before)? = current else { return nil }
          current = .literal(before + part)
        }
      case .parameter(let converter):
        guard current == .literal([]) else { return nil }
        if converter == .path && index != pieces.count - 1 { return nil }
        current = .parameter(converter)
      }
    }
    if let current { segments.append(current) }
    // The path begins with a slash, so the first segment is empty.
    guard segments.first == .literal([]) else { return nil }
    return Array(segments.dropFirst())
  }
}
