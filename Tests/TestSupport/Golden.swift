package import Foundation
package import Testing

/// A recorded text. With `RECORD_FIXTURES` in the environment it is written anew, to be read before it
/// is committed.
package struct Golden {
  package static let isRecording = ProcessInfo.processInfo.environment["RECORD_FIXTURES"] != nil

  package let url: URL

  /// What the program prints: `fixtures/golden/…`.
  package init(_ name: String) { self.init(at: Repository.fixture("golden/\(name)")) }

  package init(at url: URL) { self.url = url }

  package func expect(_ text: String, sourceLocation: SourceLocation = #_sourceLocation) throws {
    if Self.isRecording { try Data(text.utf8).write(to: url) }
    let recorded = String(decoding: try Data(contentsOf: url), as: UTF8.self)
    let isSame = text == recorded
    #expect(
      isSame, "differs from \(url.lastPathComponent):\n\(text)", sourceLocation: sourceLocation)
  }
}
