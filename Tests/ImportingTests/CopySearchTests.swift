import Addressing
import Outbox
import Testing

@testable import Importing

struct CopySearchTests {
  private static func source(
    _ path: String, lines: Int, requests: Int? = nil, _ span: ClosedRange<Int64>
  ) -> LedgerSource {
    LedgerSource(
      app: App(clientID: "c", environment: "e"), identity: .fingerprint([1], length: 1),
      position: .init(bytes: lines * 100, lines: lines, check: [], checkLength: 0), file: nil,
      lastPath: path, firstRequestAt: span.lowerBound, lastRequestAt: span.upperBound,
      lineCount: lines, requestCount: requests ?? lines, firstImportedAt: 1, lastImportedAt: 1)
  }

  private static let known = [
    source("/a", lines: 100, 10...90), source("/b", lines: 50, requests: 40, 20...95),
    source("/short", lines: 3, 1...5),
  ]

  @Test(
    arguments: [
      (source("/x", lines: 100, 10...90), ["/a"]),
      (source("/a", lines: 100, 10...90), ["/a"]),
      (source("/x", lines: 150, requests: 140, 10...95), ["/a", "/b"]),
      (source("/x", lines: 151, requests: 140, 10...95), []),
      (source("/x", lines: 100, 10...91), []),
      (source("/x", lines: 101, requests: 100, 10...90), []),
      (source("/x", lines: 100, requests: 99, 10...90), []),
      // What is short, or all at one moment, is alike by chance.
      (source("/x", lines: 3, 1...5), []),
    ] as [(LedgerSource, [String])])
  func `a copy has the lines, the requests, and the times of what it is of`(
    source: LedgerSource, originals: [String]
  ) {
    var search = CopySearch(Self.known)
    #expect(search.originals(of: source) == originals)
  }

  @Test func `a log of the same run may be the original`() {
    var search = CopySearch([])
    search.insert(Self.known[0])
    #expect(search.originals(of: Self.source("/x", lines: 100, 10...90)) == ["/a"])
  }

  @Test func `how many may be merged is looked at up to a limit`() {
    var search = CopySearch(Self.known)
    for number in 0..<CopySearch.mergedLimit {
      _ = search.originals(of: Self.source("/\(number)", lines: 1_000 + number, 10...95))
    }
    #expect(
      search.originals(of: Self.source("/x", lines: 150, requests: 140, 10...95)).isEmpty)
  }
}
