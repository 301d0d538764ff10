package import Diagnostics
internal import Foundation

/// Where the drafted configuration goes. Problems with it are reported before anything is read.
package struct DraftFile {
  /// nil for standard output.
  package let shownPath: String?
  private let overwrites: Bool

  package init(path: String, overwrites: Bool) throws(Diagnostic) {
    shownPath = path == "-" ? nil : path
    self.overwrites = overwrites
    if let shownPath, !overwrites, FileManager.default.fileExists(atPath: shownPath) {
      throw Self.exists(shownPath)
    }
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
      try? FileHandle.standardOutput.write(contentsOf: Data(text.utf8))
      return
    }
    do {
      try Data(text.utf8).write(
        to: URL(filePath: shownPath), options: overwrites ? [] : .withoutOverwriting)
    } catch CocoaError.fileWriteFileExists {
      throw Self.exists(shownPath)
    } catch {
      throw Diagnostic(
        .error, code: "cannot-write", "the configuration cannot be written",
        hint: "name a file in an existing, writable folder",
        at: Place(source: shownPath), exitStatus: .wrongUsage)
    }
  }

  private static func exists(_ path: String) -> Diagnostic {
    Diagnostic(
      .error, code: "file-exists", "a file of that name already exists",
      hint: "choose another name, or use --overwrite", at: Place(source: path),
      exitStatus: .wrongUsage)
  }
}
