package import Foundation

/// Where the package's own files are, which this file finds by its own path.
package enum Repository {
  package static let root = URL(filePath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  /// A file or folder below `fixtures/`.
  package static func fixture(_ path: String) -> URL { root.appending(path: "fixtures/\(path)") }
}
