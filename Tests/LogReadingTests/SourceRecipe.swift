import Foundation
import Testing
import TestSupport

/// One case of `fixtures/reading/sources.txt`: how a file is made, and what reading it gives.
struct SourceRecipe: CustomTestStringConvertible, Sendable {
  var name: String
  var file: [UInt8] = []
  var content: [UInt8] = []
  /// The code of the error's diagnostic and the offset that it names, as written in the fixture.
  var error: String?

  var testDescription: String { name }

  static func all() throws -> [SourceRecipe] {
    let url = Repository.fixture("reading/sources.txt")
    var recipes: [SourceRecipe] = []
    for line in try String(contentsOf: url, encoding: .utf8).split(separator: "\n") {
      if line.hasPrefix("#") { continue }
      if line.hasPrefix("  ") {
        try recipes[recipes.count - 1].take(line.dropFirst(2))
      } else {
        recipes.append(SourceRecipe(name: String(line)))
      }
    }
    return recipes
  }

  private mutating func take(_ step: Substring) throws {
    let words = step.split(separator: " ", maxSplits: 1)
    let argument = words.count == 2 ? words[1] : ""
    switch words[0] {
    case "text": file += try Self.unquoted(argument)
    case "gzip": file += Gzip.stored(try Self.unquoted(argument))
    case "bytes": file += argument.split(separator: " ").compactMap { UInt8($0, radix: 16) }
    case "zeros": file += [UInt8](repeating: 0, count: Int(argument) ?? 0)
    case "cut": file.removeLast(Int(argument) ?? 0)
    case ">": content = try Self.unquoted(argument)
    case "!": error = String(argument)
    default: throw Malformed(step: String(step))
    }
  }

  struct Malformed: Error {
    var step: String
  }

  private static func unquoted(_ text: Substring) throws -> [UInt8] {
    guard text.count >= 2, text.first == "\"", text.last == "\"" else {
      throw Malformed(step: String(text))
    }
    var bytes: [UInt8] = []
    var rest = text.dropFirst().dropLast()[...]
    while let character = rest.popFirst() {
      guard character == "\\", let escape = rest.popFirst() else {
        bytes += Array(String(character).utf8)
        continue
      }
      switch escape {
      case "n": bytes.append(0x0A)
      case "r": bytes.append(0x0D)
      case "t": bytes.append(0x09)
      case "0": bytes.append(0)
      case "x":
        guard let byte = UInt8(rest.prefix(2), radix: 16) else {
          throw Malformed(step: String(text))
        }
        bytes.append(byte)
        rest = rest.dropFirst(2)
      default: bytes += Array(String(escape).utf8)
      }
    }
    return bytes
  }
}
