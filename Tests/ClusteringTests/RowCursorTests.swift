import Testing

@testable import Clustering

/// Rows have one spelling.
struct RowCursorTests {
  private func number(_ text: String) -> Int64? {
    let bytes = Array(text.utf8)
    var cursor = RowCursor()
    guard let value = try? cursor.number(in: bytes.span), cursor.offset == bytes.count else {
      return nil
    }
    return value
  }

  @Test(
    arguments: [
      ("0", 0), ("7", 7), ("999999999999999999", 999_999_999_999_999_999),
      ("9223372036854775807", Int64.max), ("9223372036854775808", nil), ("00", nil), ("07", nil),
      ("", nil), ("-1", nil), ("+1", nil), ("1.0", nil), ("1e3", nil),
      ("99999999999999999999999999999999999999999999", nil),
    ] as [(String, Int64?)])
  func `a number is read in its one spelling`(_ text: String, _ value: Int64?) {
    #expect(number(text) == value)
  }

  @Test(
    arguments: [
      (#""""#, ""), (#""a""#, "a"), (#""a\"b""#, "a\"b"), (#""\\""#, "\\"),
      (#""\n\r\t""#, "\n\r\t"), (#""\u0001\u007f""#, "\u{1}\u{7F}"), (#""é""#, "é"),
      // Other spellings of what could be written otherwise.
      (#""\u0041""#, nil), (#""\u000a""#, nil), (#""\u001F""#, nil), (#""\/""#, nil),
      (#""\u00e9""#, nil), (#""\u01""#, nil), ("\"\t\"", nil), ("\"\u{7F}\"", nil), (#""a"#, nil),
      (#""\"#, nil), (#"a"#, nil),
    ] as [(String, String?)])
  func `a text is read in its one spelling`(_ text: String, _ content: String?) {
    let bytes = Array(text.utf8)
    var cursor = RowCursor()
    let range = try? cursor.text(in: bytes.span)
    #expect((range != nil) == (content != nil))
    guard let range, let content else { return }
    #expect(String(decoding: RowCursor.unescaped(bytes.span, in: range), as: UTF8.self) == content)
    #expect(cursor.offset == bytes.count)
    // What is written is what is read.
    #expect(JSONRow.text(content) == bytes)
  }

  @Test func `a source goes by 32 digits`() throws {
    let id = SourceID(fingerprint: [1, 2], position: 300, check: [3])
    #expect(id.text.utf8.count == SourceID.digitCount)
    #expect(SourceID(id.text) == id)
    #expect(SourceID(id.text.uppercased()) == nil)
    #expect(SourceID(String(id.text.dropLast())) == nil)
    #expect(SourceID(id.text + "0") == nil)
    #expect(SourceID(fingerprint: [1, 2], position: 301, check: [3]) != id)
    #expect(SourceID(copyOf: id, at: "/a") != SourceID(copyOf: id, at: "/b"))
  }

  @Test func `a row of books is read only as it is written`() throws {
    var row = SourceRow(source: SourceID(unreadableAt: "/a"), path: "/a \"b\"")
    row.left_out = ["options": 3, "blank": 1]
    row.beginnings = [[3, 18_446_744_073_709_551_615]]
    row.stamp = .init(size: 1, modified: -2, inode: 3, device: -4)
    let text = Array(row.line.dropLast())
    #expect(SourceRow(row: text) == row)
    #expect(SourceRow(row: text + [0x20]) == nil)
    #expect(SourceRow(row: [0x20] + text) == nil)
    #expect(SourceRow(row: text.dropLast()) == nil)
    let twice = String(decoding: text, as: UTF8.self)
      .replacing("\"lines\":0", with: "\"lines\":0,\"lines\":0")
    #expect(SourceRow(row: Array(twice.utf8)) == nil)
  }
}
