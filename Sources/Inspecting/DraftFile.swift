package import Diagnostics
internal import Foundation
internal import Ingesting

/// Where the drafted configuration goes. Problems with it are reported before anything is read.
package struct DraftFile {
  /// nil for standard output.
  package let shownPath: String?
  private let overwrites: Bool

  package init(path: String, overwrites: Bool) throws(Diagnostic) {
    shownPath = path == "-" ? nil : path
    self.overwrites = overwrites
    guard let shownPath, FileManager.default.fileExists(atPath: shownPath) else { return }
    if !overwrites && !OutputFile.isWrittenThrough(shownPath) { throw Self.exists(shownPath) }
  }

  /// A path of the settings as it has to be written in the new file, where relative paths are relative
  /// to the file's folder.
  package func path(of path: String) -> String {
    guard !path.hasPrefix("/"), !path.hasPrefix("~/") else { return path }
    let folder = shownPath.flatMap { shown in shown.lastIndex(of: "/").map { shown[...$0] } } ?? ""
    if folder.isEmpty || folder == "./" { return path }
    return FileManager.default.currentDirectoryPath + "/" + path
  }

  package func write(_ text: String) throws(Diagnostic) {
    guard let shownPath else {
      do {
        try FileHandle.standardOutput.write(contentsOf: Data(text.utf8))
      } catch {
        let number = errno
        // That nobody reads it any more is no error.
        guard number != EPIPE else { return }
        throw Diagnostic(
          .error, code: "cannot-write",
          "writing the configuration failed (\(systemMessage(number)))", hint: systemHint(number),
          at: Place(source: "-"))
      }
      return
    }
    // It may have come to be since the run began.
    if !overwrites, FileManager.default.fileExists(atPath: shownPath),
      !OutputFile.isWrittenThrough(shownPath)
    {
      throw Self.exists(shownPath)
    }
    let file = try OutputFile(path: shownPath, name: "the configuration")
    try file.begin()
    try file.write(Array(text.utf8))
  }

  private static func exists(_ path: String) -> Diagnostic {
    Diagnostic(
      .error, code: "file-exists", "a file of that name already exists",
      hint: "choose another name, or use --overwrite", at: Place(source: path),
      exitStatus: .wrongUsage)
  }
}
