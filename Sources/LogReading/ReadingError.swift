package import Diagnostics

/// Why a source could not be read, or not to its end.
package enum ReadingError: Error, Equatable, Sendable {
  /// The operating system refused, with its `errno`.
  case cannotOpen(errno: Int32)
  case isDirectory
  /// Reading failed at this offset of the file.
  case readFailed(errno: Int32, fileOffset: Int)
  /// The gzip stream ends in the middle of a member.
  case truncatedGzip(fileOffset: Int)
  /// The gzip stream is damaged; the reason is libz's.
  case corruptGzip(reason: String, fileOffset: Int)
  /// After the last member comes something that is neither a member nor padding.
  case trailingBytes(fileOffset: Int)
  /// A stream of another compression ends in the middle, is damaged, for the reason that its library
  /// gives, or is followed by something else.
  case truncated(Compression, fileOffset: Int)
  case corrupt(Compression, reason: String, fileOffset: Int)
  case followed(Compression, fileOffset: Int)
  /// Behind lines of text a compressed stream begins, at this offset of the content.
  case compressedRest(Compression, contentOffset: Int)
  /// Compressed with something that is not read.
  case unsupportedCompression(name: String, command: String)
  /// No text, such as an archive; the command prints the text of the file that is put after it.
  case unsupportedFile(name: String, command: String)

  /// An archive ends in the middle, or is damaged; the offset is in its decompressed content.
  case truncatedArchive(contentOffset: Int)
  case corruptArchive(part: String, contentOffset: Int)
  /// An archive has more files than are read.
  case tooManyMembers(limit: Int)
  /// A file in an archive of which the holes are left out.
  case sparseMember

  /// The error as the user sees it, for the source at `path`.
  package func diagnostic(path: String) -> Diagnostic {
    let (code, message, hint, offset): (String, String, String?, Int?) =
      switch self {
      case .cannotOpen(let number):
        ("cannot-open", "cannot be opened: \(systemMessage(number))", systemHint(number), nil)
      case .isDirectory:
        (
          "is-directory", "is a directory", "name the files in it, or a glob such as '\(path)/*'",
          nil
        )
      case .readFailed(let number, let offset):
        (
          "read-failed", "reading failed: \(systemMessage(number))",
          systemHint(number) ?? "what came before was counted; run again when the file can be read",
          offset
        )
      case .truncatedGzip(let offset):
        (
          "truncated-gzip", "the gzip stream is truncated",
          "the whole lines before this place were counted; fetch the file again", offset
        )
      case .corruptGzip(let reason, let offset):
        (
          "corrupt-gzip", "the gzip stream is damaged (\(reason))",
          "the whole lines before this place were counted; fetch the file again", offset
        )
      case .trailingBytes(let offset):
        (
          "trailing-bytes", "the gzip stream is followed by something else",
          "everything before it was counted; check what was appended to the file", offset
        )
      case .truncated(let compression, let offset):
        (
          "truncated-\(compression.rawValue)",
          "the \(compression.rawValue) stream is truncated",
          "the whole lines before this place were counted; fetch the file again", offset
        )
      case .corrupt(let compression, let reason, let offset):
        (
          "corrupt-\(compression.rawValue)",
          "the \(compression.rawValue) stream cannot be decompressed (\(reason))",
          "the whole lines before this place were counted; fetch the file again", offset
        )
      case .followed(let compression, let offset):
        (
          "trailing-bytes", "the \(compression.rawValue) stream is followed by something else",
          "everything before it was counted; check what was appended to the file", offset
        )
      case .compressedRest(let compression, let offset):
        (
          "compressed-rest",
          "behind lines of text a \(compression.rawValue) stream begins, which is not read",
          "what came before this place was counted; cut the file there, and import both parts",
          offset
        )
      case .truncatedArchive(let offset):
        (
          "truncated-archive", "the archive is truncated",
          "what came before this place was counted; fetch the file again", offset
        )
      case .corruptArchive(let part, let offset):
        (
          "corrupt-archive", "the archive is damaged: there should be \(part) at this place of it",
          "what came before this place was counted; fetch the file again", offset
        )
      case .tooManyMembers(let limit):
        (
          "too-many-members",
          "has more than \(grouped(limit)) files, of which the rest was not read",
          "extract the archive, and import the files", nil
        )
      case .sparseMember:
        (
          "sparse-member", "is a sparse file in an archive, which is not read",
          "extract the archive, and import the file", nil
        )
      case .unsupportedFile(let name, let command):
        (
          "unsupported-file", "is \(name), and not text",
          "pipe its text in: \(command.replacing("FILE", with: path)) | backtally import -", nil
        )
      case .unsupportedCompression(let name, let command):
        (
          "unsupported-compression", "is compressed with \(name)",
          "pipe it in: \(command) \(path) | backtally import -", nil
        )
      }
    return Diagnostic(
      .error, code: code, message, hint: hint, at: Place(source: path, byteOffset: offset),
      exitStatus: .inputUnreadable)
  }
}
