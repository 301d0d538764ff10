import Foundation
import Testing
import TestSupport

/// A value of JSON.
enum JSON: Decodable {
  /// Keys with the types that their values had: `lines.read` is a `number`. `[]` stands for the
  /// elements of an array.
  typealias Keys = [String: Set<String>]

  case null, boolean, number, text
  case array([JSON])
  case object([String: JSON])

  init(_ data: Data) throws { self = try JSONDecoder().decode(JSON.self, from: data) }

  init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if container.decodeNil() {
      self = .null
    } else if (try? container.decode(Bool.self)) != nil {
      self = .boolean
    } else if (try? container.decode(Double.self)) != nil {
      self = .number
    } else if (try? container.decode(String.self)) != nil {
      self = .text
    } else if let elements = try? container.decode([JSON].self) {
      self = .array(elements)
    } else {
      self = .object(try container.decode([String: JSON].self))
    }
  }

  private var type: String {
    switch self {
    case .null: "null"
    case .boolean: "boolean"
    case .number: "number"
    case .text: "text"
    case .array: "array"
    case .object: "object"
    }
  }

  /// Notes the types of all that lies below.
  ///
  /// - Parameter members: objects whose keys are no fixed set, and what stands for these keys.
  func note(
    in keys: inout Keys, at path: String = "",
    namingMembersOf members: [String: String] = [:]
  ) throws {
    if !path.isEmpty && !path.hasSuffix("[]") || isScalar {
      keys[path, default: []].insert(type)
    }
    switch self {
    case .array(let elements):
      for element in elements {
        try element.note(in: &keys, at: path + "[]", namingMembersOf: members)
      }
    case .object(let values):
      for (name, value) in values {
        let step = members[path] ?? name
        try value.note(
          in: &keys, at: path.isEmpty ? step : "\(path).\(step)", namingMembersOf: members)
      }
    default: break
    }
  }

  private var isScalar: Bool {
    switch self {
    case .array, .object: false
    default: true
    }
  }

  /// What the table below a heading says: `key | type | meaning`, a type being `number or null`.
  static func documented(_ heading: String, page: String = "docs/SUMMARY.md") throws -> Keys {
    let rows = try Page(page).rows(under: heading)
    return rows.reduce(into: [:]) { keys, row in
      let name = row[0].trimmingCharacters(in: ["`"])
      #expect(keys[name] == nil, "\(name) stands twice")
      keys[name] = Set(row[1].components(separatedBy: " or "))
    }
  }

  static func expect(_ found: Keys, toBe documented: Keys) {
    for key in Set(found.keys).union(documented.keys).sorted() {
      #expect(
        found[key]?.sorted() == documented[key]?.sorted(),
        "\(key): the program has \(found[key]?.sorted() ?? []), the page \(documented[key]?.sorted() ?? [])"
      )
    }
  }
}
