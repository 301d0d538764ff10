/// Whether a path is one that a template stands for, by trying every way to cut it into pieces.
package enum SlowRoutes {
  package enum Piece {
    case literal([UInt8])
    /// By the converter's name.
    case parameter(String)
  }

  package static func matches(_ path: [UInt8], _ pieces: [Piece]) -> Bool {
    // Where the pieces so far may end.
    var ends: Set<Int> = [0]
    for piece in pieces {
      var next: Set<Int> = []
      for start in ends {
        switch piece {
        case .literal(let text):
          if path[start...].starts(with: text) { next.insert(start + text.count) }
        case .parameter(let converter):
          for end in start...path.count where takes(converter, path[start..<end]) {
            next.insert(end)
          }
        }
      }
      ends = next
    }
    return ends.contains(path.count)
  }

  /// starlette.convertors
  private static func takes(_ converter: String, _ text: ArraySlice<UInt8>) -> Bool {
    switch converter {
    case "path": return true
    case "int": return areDigits(text)
    case "float":
      guard let point = text.firstIndex(of: UInt8(ascii: ".")) else { return areDigits(text) }
      return areDigits(text[..<point]) && areDigits(text[(point + 1)...])
    case "uuid": return isUUID(text)
    default: return !text.isEmpty && !text.contains(UInt8(ascii: "/"))
    }
  }

  private static func areDigits(_ text: ArraySlice<UInt8>) -> Bool {
    !text.isEmpty && text.allSatisfy { $0 >= 0x30 && $0 <= 0x39 }
  }

  /// `[0-9a-fA-F]{8}-?[0-9a-fA-F]{4}-?…{4}-?…{4}-?…{12}`
  private static func isUUID(_ text: ArraySlice<UInt8>) -> Bool {
    var rest = text
    for (index, length) in [8, 4, 4, 4, 12].enumerated() {
      if index > 0, rest.first == UInt8(ascii: "-") { rest = rest.dropFirst() }
      let digits = rest.prefix(length)
      let areHexadecimal = digits.allSatisfy {
        $0 >= 0x30 && $0 <= 0x39 || $0 | 0x20 >= 0x61 && $0 | 0x20 <= 0x66
      }
      guard digits.count == length, areHexadecimal else { return false }
      rest = rest.dropFirst(length)
    }
    return rest.isEmpty
  }
}
