internal import Diagnostics
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

  /// How many bytes the files have together; nil if one of them is no file.
  package private(set) var totalSize: Int? = 0

  private var seen: Set<FileIdentity> = []

  private var hasStandardInput = false

  /// Expands `names`: a path that exists stands for itself, or for all files below it if it is a
  /// directory; anything else is a glob (glob(7)), in which `**` stands for any number of directories.
  ///
  /// - Parameter listed: paths that are no globs, such as those of a list made by a program.
  package init(expanding names: [String], listed: [String] = []) {
    for name in names {
      if name == "-" {
        add(name, nil)
      } else if exists(name) {
        if addAll(at: name) == 0 { unmatched.append(name) }
      } else {
        let matches = expansion(of: name)
        if matches.isEmpty { unmatched.append(name) }
        // A file of that name is not standard input.
        for match in matches { addAll(at: match == "-" ? "./-" : match) }
      }
    }
    for path in listed {
      if !exists(path) || addAll(at: path == "-" ? "./-" : path) == 0 { unmatched.append(path) }
    }
    // Of a hundred thousand files they take megabytes.
    seen = []
  }

  /// Adds the file at `path`, or all files below it, in the order of their names.
  ///
  /// - Returns: how many that are.
  @discardableResult
  private mutating func addAll(at path: String) -> Int {
    let status = status(of: path)
    guard status?.isDirectory == true else {
      add(path, status)
      return 1
    }
    var count = 0
    for name in names(in: path) {
      let inner = (path.hasSuffix("/") ? path : path + "/") + name
      guard let status = PathStatus(inner) else { continue }
      if status.isDirectory {
        // A link to a directory may lead back to where it stands.
        if !isLink(inner) { count += addAll(at: inner) }
      } else if status.isRegular {
        add(inner, status)
        count += 1
      }
    }
    return count
  }

  private mutating func add(_ path: String, _ status: PathStatus?) {
    let isNew =
      status.map { seen.insert($0.identity).inserted } ?? (path != "-" || !hasStandardInput)
    guard isNew else {
      repeated.append(path)
      return
    }
    if path == "-" { hasStandardInput = true }
    totalSize = if let status, status.isRegular { totalSize.map { $0 + status.size } } else { nil }
    paths.append(path)
  }

  private func status(of path: String) -> PathStatus? { path == "-" ? nil : PathStatus(path) }
}

/// What is at a path, behind links.
private struct PathStatus {
  private let status: stat

  /// nil if there is nothing.
  init?(_ path: String) {
    var status = stat()
    guard unsafe path.withPath({ unsafe stat($0, &status) }) == 0 else { return nil }
    self.status = status
  }

  var isDirectory: Bool { status.st_mode & S_IFMT == S_IFDIR }
  var isRegular: Bool { status.st_mode & S_IFMT == S_IFREG }
  var size: Int { Int(status.st_size) }
  var identity: FileIdentity {
    FileIdentity(device: UInt64(status.st_dev), inode: UInt64(status.st_ino))
  }
}

private struct FileIdentity: Hashable {
  var device: UInt64
  var inode: UInt64
}

private func exists(_ path: String) -> Bool {
  unsafe path.withPath { unsafe access($0, F_OK) } == 0
}

private func isDirectory(_ path: String) -> Bool { PathStatus(path)?.isDirectory ?? false }

private func isLink(_ path: String) -> Bool {
  var status = stat()
  return unsafe path.withPath { unsafe lstat($0, &status) } == 0
    && status.st_mode & S_IFMT == S_IFLNK
}

/// What is in a directory, in the order of bytes; nothing if it cannot be read.
private func names(in directory: String) -> [String] {
  guard let stream = unsafe directory.withPath({ unsafe opendir($0) }) else { return [] }
  defer { unsafe closedir(stream) }
  var names: [[UInt8]] = []
  while let entry = unsafe readdir(stream) {
    // SAFETY: readdir(3) ends the name with a NUL.
    let name = unsafe withUnsafeBytes(of: &entry.pointee.d_name) {
      unsafe Array($0.prefix { $0 != 0 })
    }
    if name != [0x2E] && name != [0x2E, 0x2E] { names.append(name) }
  }
  return names.sorted { $0.lexicographicallyPrecedes($1) }.map { PathText.text(of: $0) }
}

/// The directory and all below it, but for links.
private func directories(from directory: String) -> [String] {
  [directory]
    + names(in: directory).map { "\(directory)/\($0)" }
    .filter { isDirectory($0) && !isLink($0) }.flatMap(directories)
}

/// What a glob finds. `**` as a whole component of it stands for any number of directories, also none.
private func expansion(of pattern: String) -> [String] {
  guard let stars = pattern.firstRange(of: "**/") ?? pattern.lastRange(of: "/**") else {
    return glob(pattern)
  }
  let isFirst = stars.lowerBound == pattern.startIndex
  let before = isFirst ? "." : String(pattern[..<stars.lowerBound])
  guard isFirst || pattern[stars].hasPrefix("/") || before.hasSuffix("/") else {
    return glob(pattern)
  }
  let rest = pattern[stars].hasSuffix("/") ? String(pattern[stars.upperBound...]) : "*"
  let roots = glob(before).filter(isDirectory).map { root in
    root.count > 1 && root.hasSuffix("/") ? String(root.dropLast()) : root
  }
  let found = roots.flatMap(directories).flatMap { directory in
    expansion(of: "\(escaped(directory))/\(rest)")
  }
  // A directory that is found is there by its files already.
  return found.filter { !isDirectory($0) }.map { isFirst ? String($0.dropFirst(2)) : $0 }
}

/// A path as a glob that finds it.
private func escaped(_ path: String) -> String {
  path.reduce(into: "") { text, character in
    if "*?[]{}\\~".contains(character) { text.append("\\") }
    text.append(character)
  }
}

extension String {
  fileprivate func lastRange(of suffix: String) -> Range<Index>? {
    hasSuffix(suffix) ? index(endIndex, offsetBy: -suffix.count)..<endIndex : nil
  }
}

private func glob(_ pattern: String) -> [String] {
  var result = unsafe glob_t()
  defer { unsafe globfree(&result) }
  guard unsafe pattern.withPath({ unsafe glob($0, GLOB_TILDE | GLOB_BRACE, nil, &result) }) == 0
  else {
    return []
  }
  var matches: [String] = []
  for index in unsafe 0..<Int(result.gl_pathc) {
    // SAFETY: glob(3) filled gl_pathc entries of gl_pathv with NUL-terminated names.
    if let name = unsafe result.gl_pathv[index] {
      let bytes = unsafe UnsafeBufferPointer(start: name, count: strlen(name))
      matches.append(unsafe PathText.text(of: bytes.lazy.map { UInt8(bitPattern: $0) }))
    }
  }
  return matches
}
