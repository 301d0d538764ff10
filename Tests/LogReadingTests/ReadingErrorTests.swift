import Diagnostics
import LogReading
import Testing

struct ReadingErrorTests {
  @Test(
    arguments: [
      (
        .cannotOpen(errno: 13),
        """
        a.log: error: cannot be opened: Permission denied
          hint: change its permissions, or run as a user who has them
        """
      ),
      (
        .isDirectory,
        """
        a.log: error: is a directory
          hint: name the files in it, or a glob such as 'a.log/*'
        """
      ),
      (
        .readFailed(errno: 5, fileOffset: 4096),
        """
        a.log, byte 4096: error: reading failed: Input/output error
          hint: what came before was counted; run again when the file can be read
        """
      ),
      (
        .truncatedGzip(fileOffset: 7),
        """
        a.log, byte 7: error: the gzip stream is truncated
          hint: the whole lines before this place were counted; fetch the file again
        """
      ),
      (
        .corruptGzip(reason: "invalid block type", fileOffset: 7),
        """
        a.log, byte 7: error: the gzip stream is damaged (invalid block type)
          hint: the whole lines before this place were counted; fetch the file again
        """
      ),
      (
        .trailingBytes(fileOffset: 30),
        """
        a.log, byte 30: error: the gzip stream is followed by something else
          hint: everything before it was counted; check what was appended to the file
        """
      ),
      (
        .unsupportedCompression(name: "lz4", command: "lz4cat"),
        """
        a.log: error: is compressed with lz4
          hint: pipe it in: lz4cat a.log | backtally import -
        """
      ),
      (
        .unsupportedFile(name: "a zip archive", command: "unzip -p FILE"),
        """
        a.log: error: is a zip archive, and not text
          hint: pipe its text in: unzip -p a.log | backtally import -
        """
      ),
      (
        .truncated(.zstd, fileOffset: 7),
        """
        a.log, byte 7: error: the zstd stream is truncated
          hint: the whole lines before this place were counted; fetch the file again
        """
      ),
      (
        .corrupt(.xz, reason: "corrupt data", fileOffset: 7),
        """
        a.log, byte 7: error: the xz stream cannot be decompressed (corrupt data)
          hint: the whole lines before this place were counted; fetch the file again
        """
      ),
      (
        .followed(.bzip2, fileOffset: 30),
        """
        a.log, byte 30: error: the bzip2 stream is followed by something else
          hint: everything before it was counted; check what was appended to the file
        """
      ),
    ] as [(ReadingError, String)])
  func `an error says where it is and what to do`(_ error: ReadingError, _ expected: String) {
    let diagnostic = error.diagnostic(path: "a.log")
    #expect(diagnostic.rendered == expected)
    #expect(diagnostic.exitStatus == .inputUnreadable)
  }
}
