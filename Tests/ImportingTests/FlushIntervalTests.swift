import Configuring
import Ingesting
import Testing

@testable import Importing

struct FlushIntervalTests {
  @Test(
    arguments: [
      // What the receiver asks for, what the user said, what it comes to, first and later.
      (nil, nil, 60, nil), (15, nil, 60, 15), (nil, 10, 10, nil), (15, 10, 10, 15),
      (15, 120, 120, 120),
    ] as [(Int?, Int?, Int, Int?)])
  func `the receiver's wish counts, but not more often than the user's`(
    asked: Int?, chosen: Int?, first: Int, later: Int?
  ) {
    var options = ImportOptions(settings: Settings(), jobs: 1, version: "1.2.3")
    options.flushEverySeconds = chosen
    #expect(options.ingestion.flushEverySeconds == first)
    #expect(options.flushInterval(asked: asked) == later)
  }
}
