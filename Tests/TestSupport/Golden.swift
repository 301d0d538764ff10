import Foundation
import Testing

/// A recorded text of the program, `fixtures/golden/…`. With `RECORD_FIXTURES` in the environment it
/// is written anew, to be read before it is committed.
struct Golden {
  let url: URL

  init(_ name: String) { url = URL(filePath: Program.fixture("golden/\(name)")) }

  func expect(_ text: String, sourceLocation: SourceLocation = #_sourceLocation) throws {
    if ProcessInfo.processInfo.environment["RECORD_FIXTURES"] != nil {
      try Data(text.utf8).write(to: url)
    }
    let recorded = String(decoding: try Data(contentsOf: url), as: UTF8.self)
    let isSame = text == recorded
    #expect(
      isSame, "differs from \(url.lastPathComponent):\n\(text)", sourceLocation: sourceLocation)
  }
}
