internal import Foundation

/// The path from the root, so that it says the same in every working directory.
func absolutePath(
  _ path: String, in directory: @autoclosure () -> String = FileManager.default.currentDirectoryPath
) -> String {
  if path.isStandard {
    if path.hasPrefix("/") { return path }
    let directory = directory()
    return directory == "/" ? "/" + path : directory + "/" + path
  }
  return URL(fileURLWithPath: path).standardizedFileURL.path
}

extension String {
  /// Whether it has no empty component, and none that begins with a point: then nothing is to be
  /// resolved, which takes longer than to read a small file.
  fileprivate var isStandard: Bool {
    var wasSlash = !hasPrefix("/")
    for byte in utf8 {
      let isSlash = byte == UInt8(ascii: "/")
      if wasSlash && (isSlash || byte == UInt8(ascii: ".")) && utf8.count > 1 { return false }
      wasSlash = isSlash
    }
    return !wasSlash
  }
}
