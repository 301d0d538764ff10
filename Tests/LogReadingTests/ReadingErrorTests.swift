import Diagnostics
import LogReading
import Testing

struct ReadingErrorTests {
  @Test(
    arguments: [
      (
        .cannotOpen(errno: 13),
        "a.log: error: cannot be opened: Permission denied"
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
        .unsupportedCompression(name: "xz", command: "xzcat"),
        """
        a.log: error: is compressed with xz
          hint: pipe it in: xzcat a.log | backtally import -
        """
      ),
    ] as [(ReadingError, String)])
  func `an error says where it is and what to do`(_ error: ReadingError, _ expected: String) {
    let diagnostic = error.diagnostic(path: "a.log")
    #expect(diagnostic.rendered == expected)
    #expect(diagnostic.exitStatus == .inputUnreadable)
  }
}
