package import Foundation
package import Testing

/// A file below `fixtures/`, perhaps with what is expected of it in `NAME.expected` beside it.
package struct Fixture: CustomTestStringConvertible, Sendable {
  package let url: URL

  package var name: String { url.lastPathComponent }
  package var testDescription: String { name }
  package var bytes: [UInt8] { get throws { Array(try Data(contentsOf: url)) } }
  package var text: String { get throws { String(decoding: try bytes, as: UTF8.self) } }

  package init(_ path: String) { url = Repository.fixture(path) }

  /// The files of a folder, by name, without what is expected of them.
  package static func all(in folder: String) throws -> [Fixture] {
    let names = try FileManager.default.contentsOfDirectory(atPath: Self(folder).url.path)
    return names.filter { !$0.hasSuffix(".expected") }.sorted().map { Self("\(folder)/\($0)") }
  }

  /// Holds a text against what is expected of this file.
  package func expect(_ text: String, sourceLocation: SourceLocation = #_sourceLocation) throws {
    try Golden(at: url.appendingPathExtension("expected"))
      .expect(text, sourceLocation: sourceLocation)
  }
}
