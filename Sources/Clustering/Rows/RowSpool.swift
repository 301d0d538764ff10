package import ByteScanning
package import Diagnostics
internal import Foundation

/// Keeps the rows of one source until it is known what it goes by, which its end decides: in memory, and
/// what is more in a file without a name.
package struct RowSpool: ~Copyable {
  /// What is kept in memory, in bytes.
  private static let memoryLimit = 8 << 20
  /// What stands for the source until it is known.
  private static let unknown = [UInt8](repeating: UInt8(ascii: "0"), count: SourceID.digitCount)

  private var rows = OwnedBuffer<UInt8>(capacity: 1 << 16)
  private var file: FileHandle?
  /// How many bytes are in the file.
  private var fileSize = 0
  private var count = 0

  package init() {}

  /// Adds a row with these items.
  package mutating func append(
    _ kind: RowKind, bucket: Int64, items: borrowing OwnedBuffer<UInt8>
  ) throws(Diagnostic) {
    rows.append(literal: "{\"b\":")
    rows.appendDecimal(bucket)
    rows.append(literal: ",\"s\":\"")
    rows.append(Self.unknown.span)
    rows.append(literal: "\",\"n\":")
    rows.appendDecimal(Int64(count))
    rows.append(literal: ",\"")
    rows.append(kind.rawValue)
    rows.append(literal: "\":[")
    rows.append(items.span)
    rows.append(literal: "]}\n")
    count += 1
    if rows.count > Self.memoryLimit { try spill() }
  }

  /// Writes all rows as those of `source`, and forgets them.
  package mutating func write(as source: SourceID, to output: inout RowOutput) throws(Diagnostic) {
    let digits = Array(source.text.utf8)
    if fileSize > 0 {
      try spill()
      try writeFile(digits, to: &output)
    }
    try Self.write(rows.span, digits, to: &output)
    removeAll()
  }

  package mutating func removeAll() {
    rows.removeAll()
    (fileSize, count) = (0, 0)
  }

  /// Writes the rows in `text`, which ends with one.
  ///
  /// - Returns: how many bytes were whole rows.
  @discardableResult
  private static func write(
    _ text: borrowing Span<UInt8>, _ digits: [UInt8], to output: inout RowOutput
  ) throws(Diagnostic) -> Int {
    var row = OwnedBuffer<UInt8>(capacity: 1 << 12)
    var start = 0
    while start < text.count {
      let end = text.firstOffset(of: 0x0A, from: start, to: text.count)
      guard end < text.count else { break }
      row.removeAll()
      row.append(text.extracting(start..<end + 1))
      // The first number is the bucket's.
      let quote = row.span.firstOffset(of: UInt8(ascii: ","), from: 0, to: row.count)
      let place = quote + 6
      for offset in 0..<digits.count { row[place + offset] = digits[offset] }
      try output.write(row.span)
      start = end + 1
    }
    return start
  }

  // MARK: The file

  private mutating func spill() throws(Diagnostic) {
    if file == nil { file = try Self.unnamedFile() }
    guard let file else { return }
    do {
      try file.seek(toOffset: UInt64(fileSize))
      try file.write(contentsOf: Data(rows.copied()))
    } catch {
      throw Self.failure(errno)
    }
    fileSize += rows.count
    rows.removeAll()
  }

  private mutating func writeFile(_ digits: [UInt8], to output: inout RowOutput) throws(Diagnostic)
  {
    guard let file else { return }
    var rest: [UInt8] = []
    var left = fileSize
    do { try file.seek(toOffset: 0) } catch { throw Self.failure(errno) }
    while left > 0 {
      let part: Data?
      do { part = try file.read(upToCount: min(left, Self.memoryLimit)) } catch {
        throw Self.failure(errno)
      }
      guard let part, !part.isEmpty else { throw Self.failure(EIO) }
      left -= part.count
      rest += part
      let written = try Self.write(rest.span, digits, to: &output)
      rest.removeFirst(written)
    }
  }

  /// A file in the folder for temporary files that nobody else can open.
  private static func unnamedFile() throws(Diagnostic) -> FileHandle {
    let folder = ProcessInfo.processInfo.environment["TMPDIR"] ?? "/tmp"
    var name = Array("\(folder)/backtally-XXXXXX".utf8CString)
    let descriptor = unsafe name.withUnsafeMutableBufferPointer { name -> Int32 in
      guard let base = name.baseAddress else { return -1 }
      // SAFETY: the name ends with a NUL, and has six characters that are replaced.
      let descriptor = unsafe mkstemp(base)
      if descriptor >= 0 { unsafe unlink(base) }
      return descriptor
    }
    guard descriptor >= 0 else { throw failure(errno) }
    return FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
  }

  private static func failure(_ number: Int32) -> Diagnostic {
    Diagnostic(
      .error, code: "cannot-spool",
      "the rows of a source cannot be kept in a temporary file (\(systemMessage(number)))",
      hint: systemHint(number) ?? "name a folder with room for them in TMPDIR")
  }
}
