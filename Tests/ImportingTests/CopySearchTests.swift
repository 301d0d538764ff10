import Addressing
import Outbox
import Testing

@testable import Importing

struct CopySearchTests {
  private static func source(
    _ number: Int64, lines: Int, requests: Int? = nil, _ span: ClosedRange<Int64>
  ) -> LedgerSource {
    LedgerSource(
      id: number, app: App(clientID: "c", environment: "e"), identity: .fingerprint([1], length: 1),
      position: .init(bytes: lines * 100, lines: lines, check: [], checkLength: 0), file: nil,
      lastPath: "/access.log", firstRequestAt: span.lowerBound, lastRequestAt: span.upperBound,
      lineCount: lines, requestCount: requests ?? lines, firstImportedAt: 1, lastImportedAt: 1)
  }

  private static let known = [
    source(1, lines: 100, 10...90), source(2, lines: 50, requests: 40, 20...95),
    source(3, lines: 3, 1...5), source(4, lines: 70, 5...95),
  ]

  @Test(
    arguments: [
      (source(9, lines: 100, 10...90), [1]),
      (source(1, lines: 100, 10...90), [1]),
      (source(9, lines: 150, requests: 140, 10...95), [1, 2]),
      (source(9, lines: 151, requests: 140, 10...95), []),
      (source(9, lines: 100, 10...91), []),
      (source(9, lines: 101, requests: 100, 10...90), []),
      (source(9, lines: 100, requests: 99, 10...90), []),
      // What is short, or all at one moment, is alike by chance.
      (source(9, lines: 3, 1...5), []),
    ] as [(LedgerSource, [Int64])])
  func `a copy has the lines, the requests, and the times of what it is of`(
    source: LedgerSource, originals: [Int64]
  ) {
    var search = CopySearch(Self.known)
    #expect(search.originals(of: source) == originals)
  }

  @Test func `a log of the same run may be the original`() {
    var search = CopySearch([])
    search.insert(Self.known[0], as: -1)
    #expect(search.originals(of: Self.source(9, lines: 100, 10...90)) == [-1])
  }

  @Test func `logs of the same run may be merged in a later one of it`() {
    var search = CopySearch(Self.known[..<1])
    search.insert(Self.known[1], as: -1)
    #expect(
      Set(search.originals(of: Self.source(9, lines: 150, requests: 140, 10...95))) == [1, -1])
  }

  @Test func `a log that begins before the end of another at its path overlaps it`() {
    let minute: Int64 = 60_000_000_000
    let search = CopySearch([Self.source(1, lines: 100, 10...(60 * minute))])
    for (first, overlaps) in [(50, true), (56, false), (60, false), (61, false)] as [(Int64, Bool)]
    {
      let source = Self.source(9, lines: 50, (first * minute)...(90 * minute))
      #expect(search.overlaps(source) == overlaps)
      var elsewhere = source
      elsewhere.lastPath = "/other.log"
      #expect(!search.overlaps(elsewhere))
    }
    #expect(!search.overlaps(Self.source(9, lines: 9, minute...(90 * minute))))
  }

  @Test(
    arguments: [
      (source(9, lines: 60, 10...40), [1]),
      (source(9, lines: 2, 10...11), [1]),
      (source(9, lines: 60, 80...95), [4]),
      (source(9, lines: 49, 80...95), [2, 4]),
      // It begins before any of those that end with it, goes on behind the end of what begins like it, or
      // has as many lines.
      (source(9, lines: 49, 4...95), []),
      (source(9, lines: 60, 10...91), []),
      (source(9, lines: 100, 10...40), []),
      (source(9, lines: 1, 10...10), []),
    ] as [(LedgerSource, [Int64])])
  func `a part begins with what it is of, or ends with it`(source: LedgerSource, wholes: [Int64]) {
    var search = CopySearch(Self.known)
    #expect(search.wholes(of: source).sorted() == wholes)
  }

  @Test func `how many may be merged is looked at up to a limit`() {
    var search = CopySearch(Self.known)
    for number in 0..<CopySearch.mergedLimit {
      _ = search.originals(of: Self.source(9, lines: 1_000 + number, 10...95))
    }
    #expect(
      search.originals(of: Self.source(9, lines: 150, requests: 140, 10...95)).isEmpty)
  }
}
