import Foundation
import Synchronization

/// Writes what the program makes into the pages that show it (`RECORD_FIXTURES=1`).
enum PageRecording {
  static var isOn: Bool { ProcessInfo.processInfo.environment["RECORD_FIXTURES"] != nil }

  /// Tests run side by side, and several of them have blocks on one page.
  private static let writing = Mutex(())

  /// Rewrites a block in place. Recording changes no number of blocks, so that a block is found by its
  /// place among them.
  static func record(_ content: String, in block: Block) throws {
    try writing.withLock { _ in
      let page = try Page(block.page)
      let text = rewritten(page.text, block: block.index, content: content)
      if text != page.text { try Data(text.utf8).write(to: page.url) }
    }
  }

  /// `text` with this content, which ends with a line feed, in the block of that number.
  static func rewritten(_ text: String, block number: Int, content: String) -> String {
    let block = Block.blocks(in: text, of: "")[number]
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map { String($0) }
    // `lineNumber` is the fence's, from 1, so the block's first line has it as its index.
    let end = lines[block.lineNumber...].firstIndex(of: "```") ?? lines.count
    let body = content.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
      .map { String($0) }
    return (lines[..<block.lineNumber] + body + lines[end...]).joined(separator: "\n")
  }

  /// What a command prints now, line for line as the page has it where nothing but `normalized` away
  /// is different.
  static func merged(
    _ printed: String, into shown: String, normalized: (String) -> String
  ) -> String {
    if normalized(printed) == normalized(shown) { return shown }
    let new = printed.split(separator: "\n", omittingEmptySubsequences: false).map { String($0) }
    let old = shown.split(separator: "\n", omittingEmptySubsequences: false).map { String($0) }
    let change = new.map(normalized).difference(from: old.map(normalized))
    var inserted: Set<Int> = []
    var removed: Set<Int> = []
    for step in change {
      switch step {
      case .insert(let offset, _, _): inserted.insert(offset)
      case .remove(let offset, _, _): removed.insert(offset)
      }
    }
    var kept = old.indices.filter { !removed.contains($0) }.makeIterator()
    return new.indices.map { index in
      if inserted.contains(index) { return new[index] }
      return kept.next().map { old[$0] } ?? new[index]
    }.joined(separator: "\n")
  }
}
