import Foundation
import Testing

/// The files of a folder below `fixtures/`, which this file finds its way to by its own path.
struct Fixture: CustomTestStringConvertible, Sendable {
  let url: URL
  var name: String { url.lastPathComponent }
  var testDescription: String { name }
  var bytes: [UInt8] { get throws { Array(try Data(contentsOf: url)) } }

  static let root = URL(filePath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .appending(path: "fixtures")

  init(_ path: String) { url = Self.root.appending(path: path) }

  static func all(in folder: String, endingWith ending: String) throws -> [Fixture] {
    let names = try FileManager.default.contentsOfDirectory(atPath: Self(folder).url.path)
    return names.filter { $0.hasSuffix(ending) }.sorted().map { Self("\(folder)/\($0)") }
  }

  /// Holds a text against the file of the same name that ends in `.expected`. With `RECORD_FIXTURES`
  /// in the environment it writes the file instead, to be read before it is committed.
  func expect(_ text: String, sourceLocation: SourceLocation = #_sourceLocation) throws {
    let expected = url.deletingPathExtension().appendingPathExtension("expected")
    if ProcessInfo.processInfo.environment["RECORD_FIXTURES"] != nil {
      try Data(text.utf8).write(to: expected)
    }
    let recorded = try String(contentsOf: expected, encoding: .utf8)
    #expect(text == recorded, sourceLocation: sourceLocation)
  }
}
