internal import Foundation

/// The files that a run reads, resolved from the names that the user gave.
package struct InputList: Sendable {
  /// In the order given; a glob's matches in the order of their names. `-` is standard input.
  package private(set) var paths: [String] = []
  /// Names that matched nothing.
  package private(set) var unmatched: [String] = []
  /// Paths left out because the same file is in the list already: reading it twice would double its
  /// numbers.
  package private(set) var repeated: [String] = []

  private var seen: Set<FileIdentity> = []

  private struct FileIdentity: Hashable {
    var device: UInt64
    var inode: UInt64
  }

  /// Expands `names`: a path that exists stands for itself, anything else is a glob (glob(7)).
  package init(expanding names: [String]) {
    for name in names {
      if name == "-" || exists(name) {
        add(name)
        continue
      }
      let matches = glob(name)
      if matches.isEmpty { unmatched.append(name) }
      // A file of that name is not standard input.
      for match in matches { add(match == "-" ? "./-" : match) }
    }
  }

  private mutating func add(_ path: String) {
    var status = stat()
    if path != "-", unsafe stat(path, &status) == 0 {
      let identity = FileIdentity(device: UInt64(status.st_dev), inode: UInt64(status.st_ino))
      guard seen.insert(identity).inserted else {
        repeated.append(path)
        return
      }
    } else if path == "-", paths.contains("-") {
      repeated.append(path)
      return
    }
    paths.append(path)
  }
}

private func exists(_ path: String) -> Bool {
  unsafe access(path, F_OK) == 0
}

private func glob(_ pattern: String) -> [String] {
  var result = unsafe glob_t()
  defer { unsafe globfree(&result) }
  guard unsafe glob(pattern, GLOB_TILDE | GLOB_BRACE, nil, &result) == 0 else { return [] }
  var matches: [String] = []
  for index in unsafe 0..<Int(result.gl_pathc) {
    // SAFETY: glob(3) filled gl_pathc entries of gl_pathv with NUL-terminated names.
    if let name = unsafe result.gl_pathv[index] { matches.append(unsafe String(cString: name)) }
  }
  return matches
}
