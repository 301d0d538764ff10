import ByteScanning
import Foundation
import FuzzModels

@testable import LogReading

/// What came of reading a source to its end.
struct SourceReading {
  var content: [UInt8] = []
  /// How long the lines were that were not kept.
  var oversized: [Int] = []
  var error: ReadingError?
  /// Whether the content was made into lines.
  var isConverted = false

  func agrees(with other: SourceReading) -> Bool {
    Self.agree(content, other.content) && oversized == other.oversized && error == other.error
  }

  /// Whether both hold the same bytes; at once, because they may be many.
  static func agree(_ content: [UInt8], _ other: [UInt8]) -> Bool {
    unsafe content.count == other.count && memcmp(content, other, content.count) == 0
  }

  /// The content without what stands behind the last line feed, as it is given out before an error.
  static func wholeLines(of content: [UInt8]) -> [UInt8] {
    guard let last = content.lastIndex(of: 0x0A) else { return [] }
    return last == content.count - 1 ? content : Array(content[...last])
  }

  /// Whether the content has a line that is skipped for its length.
  static func hasLongLine(_ content: [UInt8]) -> Bool {
    guard content.count > SourceReader.lineLimit else { return false }
    return content.split(separator: 0x0A).contains { $0.count >= SourceReader.lineLimit }
  }
}

/// Reads sources by their paths, and checks what holds for each of them.
final class SourceHarness {
  private let pool = ChunkPool()
  /// Which line of the first chunk with several is given back once; 0 for none.
  private var lineToGiveBack = 0
  private var reading = SourceReading()
  private var violation: Violation?

  func read(_ path: String, givingBack line: Int = 0) throws(Violation) -> SourceReading {
    lineToGiveBack = line
    reading = SourceReading()
    violation = nil
    do throws(ReadingError) {
      var reader = try SourceReader(path: path, sourceIndex: 0)
      while try take(from: &reader) {}
    } catch {
      reading.error = error
    }
    if let violation { throw violation }
    return reading
  }

  /// What is read behind a place, and what stands just before it; nil if the content ends before.
  func read(
    _ path: String, behind position: Int, returning length: Int
  ) throws(Violation) -> (before: [UInt8]?, reading: SourceReading) {
    lineToGiveBack = 0
    reading = SourceReading()
    violation = nil
    var before: [UInt8]?
    do throws(ReadingError) {
      var reader = try SourceReader(path: path, sourceIndex: 0)
      // Half of the time the beginning has been looked at before.
      let beginning = length % 2 == 0 ? reader.beginning(64) : []
      require(beginning.count <= 64, "the beginning is as long as asked")
      before = try reader.skip(to: position, returningLast: length)
      if before != nil { while try take(from: &reader) {} }
    } catch {
      reading.error = error
    }
    if let violation { throw violation }
    return (before, reading)
  }

  private func require(_ condition: Bool, _ description: @autoclosure () -> String) {
    if !condition, violation == nil { violation = Violation(description()) }
  }

  private func take(from reader: inout SourceReader) throws(ReadingError) -> Bool {
    let chunk = pool.take()
    defer { pool.give(chunk) }
    let position = reader.position
    defer { reading.isConverted = reader.isConverted }
    guard try reader.fill(chunk) else { return false }
    if chunk.bytes.isEmpty && !chunk.isOversizedLine { return true }
    giveBack(chunk, to: &reader)
    let length = chunk.endOffset - chunk.sourceOffset
    require(chunk.sourceOffset == position, "a chunk begins where the last one ended")
    require(chunk.endOffset == reader.position, "a chunk ends where the reader is")
    if let last = reading.content.last {
      require(last == 0x0A || !reading.oversized.isEmpty, "only the last line is not terminated")
    }
    if chunk.isOversizedLine {
      require(chunk.bytes.isEmpty, "a line over the limit is not kept")
      require(length > SourceReader.lineLimit, "a line that is skipped is over the limit")
      reading.oversized.append(length)
    } else {
      require(chunk.bytes.count == length, "a chunk is as long as what it stands for")
      reading.content += chunk.bytes.copied()
    }
    return true
  }

  private func giveBack(_ chunk: Chunk, to reader: inout SourceReader) {
    guard lineToGiveBack > 0, !chunk.isOversizedLine else { return }
    var offset = 0
    for _ in 0..<lineToGiveBack {
      offset = chunk.bytes.span.plainLineEnd(from: offset) + 1
      if offset >= chunk.bytes.count { return }
    }
    lineToGiveBack = 0
    reader.giveBack(chunk, from: offset, waits: reader.mayWait)
  }
}
