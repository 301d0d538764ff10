package import Foundation
internal import Synchronization

/// A folder that goes with the test: working directory and home of what runs in it.
package final class TemporaryFolder: Sendable {
  package let path: String
  private let number = Atomic<Int>(0)

  package init() throws {
    let url = FileManager.default.temporaryDirectory
      .appending(path: "backtally-test-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    path = url.path
  }

  /// A folder with copies of files below `fixtures/`, each under the last part of its name.
  package convenience init(copying fixtures: String...) throws {
    try self.init()
    for fixture in fixtures {
      let file = Fixture(fixture)
      try write(try file.bytes, to: file.name)
    }
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  package func path(of name: String) -> String { "\(path)/\(name)" }

  package func nextNumber() -> Int { number.add(1, ordering: .relaxed).newValue }

  /// Writes a file and returns its path.
  @discardableResult
  package func write(
    _ bytes: some Sequence<UInt8>, to name: String = "access.log"
  ) throws -> String {
    try Data(bytes).write(to: URL(filePath: path(of: name)))
    return path(of: name)
  }

  @discardableResult
  package func write(_ text: String, to name: String) throws -> String {
    try write(text.utf8, to: name)
  }

  /// Files of ours lie apart from those of the test.
  package func emptyFile(_ name: String) throws -> URL {
    let folder = URL(filePath: path(of: ".processes"))
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let file = folder.appending(path: name)
    try Data().write(to: file)
    return file
  }

  package func text(of name: String) throws -> String {
    String(decoding: try Data(contentsOf: URL(filePath: path(of: name))), as: UTF8.self)
  }

  package func exists(_ name: String) -> Bool {
    FileManager.default.fileExists(atPath: path(of: name))
  }
}
