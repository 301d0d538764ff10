internal import ByteScanning
internal import CChecksum
package import Diagnostics
internal import Foundation

// The edge of this module: rows in, rows out.

/// Reads lines from a file, or from standard input for `-`: one at a time, of at most ``lineLimit`` bytes.
package struct RowInput: ~Copyable {
  /// The longest row that is read. Writers end theirs at ``RowLimits/row``, unless a single item is longer.
  package static let lineLimit = 64 << 20
  private static let step = 1 << 20

  package let path: String
  private let file: FileHandle
  private var buffer = OwnedBuffer<UInt8>(capacity: 2 * RowInput.step)
  private var next = OwnedBuffer<UInt8>(capacity: 2 * RowInput.step)
  private var start = 0
  private var isAtEnd = false
  /// The number of the line that was read last, from 1.
  package private(set) var lineNumber = 0
  /// Where it is in ``bytes``, without its line feed.
  package private(set) var line = 0..<0

  package init(path: String) throws(Diagnostic) {
    self.path = path
    if path == "-" {
      file = .standardInput
      return
    }
    let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw .cannotRead(path, errno) }
    file = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
  }

  /// What ``line`` is of, until the next line is read.
  package var bytes: Span<UInt8> {
    @_lifetime(borrow self)
    get { buffer.span }
  }

  /// Whether the line that was read last begins with `text`.
  func startsWith(_ text: StaticString) -> Bool {
    buffer.span.holds(text, at: line.lowerBound, before: line.upperBound)
  }

  /// The CRC-32 of what has `crc`, and of the line that was read last with its line feed.
  func crc32(after crc: UInt32) -> UInt32 {
    Clustering.crc32(
      of: buffer.span.extracting(line.lowerBound..<line.upperBound + 1), after: crc)
  }

  /// The line that was read last.
  package var copied: [UInt8] { buffer.span.extracting(line).copied() }

  /// Reads the next line; false at the end.
  ///
  /// - Throws: what cannot be read, a line that is too long, and a last line without a line feed.
  package mutating func advance() throws(Diagnostic) -> Bool {
    var searched = start
    while true {
      let end = buffer.span.firstOffset(of: 0x0A, from: searched, to: buffer.count)
      if end < buffer.count {
        line = start..<end
        start = end + 1
        lineNumber += 1
        return true
      }
      if isAtEnd {
        if start == buffer.count { return false }
        throw malformed("the stream is cut off in the middle of a row", at: lineNumber + 1)
      }
      guard buffer.count - start <= Self.lineLimit else {
        throw malformed("the row is longer than 64 MiB", at: lineNumber + 1)
      }
      searched = buffer.count - start
      try readMore()
    }
  }

  /// Moves what is left to the front, and reads on behind it.
  private mutating func readMore() throws(Diagnostic) {
    var rest = OwnedBuffer<UInt8>(capacity: 1)
    swap(&rest, &next)
    rest.removeAll()
    rest.append(buffer.span.extracting(start..<buffer.count))
    rest.reserve(Self.step)
    swap(&rest, &buffer)
    swap(&rest, &next)
    start = 0
    let descriptor = file.fileDescriptor
    var number: Int32 = 0
    var endsHere = false
    unsafe buffer.appendUninitialized { room in
      while true {
        // SAFETY: the room is as long as its count says.
        let count = unsafe read(descriptor, room.baseAddress, room.count)
        if count >= 0 {
          endsHere = count == 0
          return count
        }
        if errno != EINTR {
          number = errno
          return 0
        }
      }
    }
    isAtEnd = endsHere
    if number != 0 { throw .cannotRead(path, number) }
  }

  /// What is wrong with the row that was read last.
  func malformed(_ problem: RowProblem) -> Diagnostic {
    var diagnostic = malformed(
      "the row is damaged: \(problem.expected) was expected", at: lineNumber)
    diagnostic.place?.byteOffset = problem.offset
    return diagnostic
  }

  package func malformed(_ message: String, at lineNumber: Int? = nil) -> Diagnostic {
    Diagnostic(
      .error, code: "damaged-row", message,
      hint:
        "make the file again; rows are read as `backtally cluster` writes them, and no other way",
      at: Place(source: path, lineNumber: lineNumber ?? self.lineNumber),
      exitStatus: .inputUnreadable)
  }
}

/// Sizes of rows, in bytes.
package enum RowLimits {
  /// A row is ended before it grows beyond this, if it has more than one item.
  package static let row = 1_000_000
  /// What stands around the items of a row, at most.
  private static let frame = 128
  /// How many bytes the items of a row have, if there is more than one.
  package static let items = row - frame
}

/// Writes rows to standard output, or to a file that is there when it is complete: under another name
/// before that.
package struct RowOutput: ~Copyable {
  private static let bufferSize = 1 << 18

  private let path: String
  private let temporary: String?
  private let descriptor: Int32
  private var buffer = OwnedBuffer<UInt8>(capacity: RowOutput.bufferSize * 2)
  private var checksum: UInt32 = 0
  package private(set) var rowCount = 0
  package private(set) var byteCount = 0

  /// - Parameter path: `-` for standard output.
  package init(path: String) throws(Diagnostic) {
    self.path = path
    if path == "-" {
      (temporary, descriptor) = (nil, STDOUT_FILENO)
      return
    }
    let name = "\(path).tmp-\(getpid())"
    temporary = name
    descriptor = unsafe open(name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0o600)
    guard descriptor >= 0 else { throw .cannotWriteRows(path, errno) }
  }

  deinit {
    if let temporary {
      close(descriptor)
      // Gone already, if the file is complete.
      unsafe unlink(temporary)
    }
  }

  /// The CRC-32 of all that was written.
  package var crc32: UInt32 {
    mutating get {
      flushChecksum()
      return checksum
    }
  }

  /// How much of ``buffer`` is in the checksum.
  private var summed = 0

  package mutating func write(_ row: [UInt8]) throws(Diagnostic) { try write(row.span) }

  /// Writes a row, which ends with a line feed.
  package mutating func write(_ row: borrowing Span<UInt8>) throws(Diagnostic) {
    buffer.append(row)
    rowCount += 1
    byteCount += row.count
    if buffer.count >= Self.bufferSize { try flush() }
  }

  /// Writes the last row, with the checksum of all before it.
  package mutating func end() throws(Diagnostic) {
    try write(EndRow(rows: rowCount, crc32: crc32).line)
    try finish()
  }

  /// Makes the file what it is called.
  package mutating func finish() throws(Diagnostic) {
    try flush()
    guard let temporary else { return }
    guard fsync(descriptor) == 0, unsafe rename(temporary, path) == 0 else {
      throw .cannotWriteRows(path, errno)
    }
    // A rename survives a power cut only once its directory is synced.
    let folder = unsafe open(
      URL(filePath: path).deletingLastPathComponent().path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    if folder >= 0 {
      _ = fsync(folder)
      close(folder)
    }
  }

  private mutating func flushChecksum() {
    checksum = Clustering.crc32(
      of: buffer.span.extracting(summed..<buffer.count), after: checksum)
    summed = buffer.count
  }

  private mutating func flush() throws(Diagnostic) {
    flushChecksum()
    let number = Self.write(buffer, to: descriptor)
    buffer.removeAll()
    summed = 0
    if number != 0 { throw .cannotWriteRows(path, number) }
  }

  /// - Returns: the number of the error; 0 if all was written.
  private static func write(
    _ buffer: borrowing OwnedBuffer<UInt8>, to descriptor: Int32
  ) -> Int32 {
    unsafe buffer.span.withUnsafeBufferPointer { bytes in
      var written = 0
      while written < bytes.count {
        // SAFETY: what is left of the buffer is `bytes.count - written` bytes long.
        let count = unsafe Foundation.write(
          descriptor, bytes.baseAddress?.advanced(by: written), bytes.count - written)
        if count >= 0 { written += count } else if errno != EINTR { return errno }
      }
      return 0
    }
  }
}

extension Diagnostic {
  static func cannotRead(_ path: String, _ number: Int32) -> Diagnostic {
    Diagnostic(
      .error, code: "cannot-open", "the file cannot be read: \(systemMessage(number))",
      hint: systemHint(number) ?? "check the path and its permissions", at: Place(source: path),
      exitStatus: .inputUnreadable)
  }

  fileprivate static func cannotWriteRows(_ path: String, _ number: Int32) -> Diagnostic {
    Diagnostic(
      .error, code: "cannot-write", "the rows cannot be written (\(systemMessage(number)))",
      hint: number == EPIPE ? "whatever reads them has ended too early" : systemHint(number),
      at: Place(source: path))
  }
}

/// The CRC-32 of what has `crc`, and of `bytes` behind it.
func crc32(of bytes: borrowing Span<UInt8>, after crc: UInt32) -> UInt32 {
  unsafe bytes.withUnsafeBufferPointer { bytes in
    // SAFETY: ISA-L reads as many bytes as the span has.
    unsafe crc32_gzip_refl(crc, bytes.baseAddress, UInt64(bytes.count))
  }
}
