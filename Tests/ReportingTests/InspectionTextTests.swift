import Testing

@testable import Reporting

struct InspectionTextTests {
  private var inspection: Inspection {
    var group = FormatFindings()
    group.formatName = "combined"
    group.linesRead = 3
    group.linesTallied = 2
    var source = SourceFindings(path: "access.log")
    source.linesRead = 3
    source.rejectedCount = 1
    source.scores = [
      .init(formatName: "combined", read: Share(2, of: 3)),
      .init(formatName: "json", read: Share(1, of: 3)),
    ]
    group.sources = [source]
    var part = PartFindings(name: "status")
    part.field = "status"
    part.lineCount = 2
    part.example = "200"
    group.parts = [part]
    group.samples = [
      SampleRecord(
        path: "access.log", lineNumber: 1, start: 1_763_900_000_123_456_789, method: "GET",
        route: "/" + String(repeating: "long/", count: 30), status: 200, consumer: "acme",
        duration: 1_500_000, requestSize: nil, responseSize: 12_345)
    ]
    group.consumers.fields = ["remote_user"]
    group.consumers.count = 60
    group.consumers.requests = Share(60, of: 60)
    var leftOut = LeftOutFindings(reason: "invalid-time", explanation: "no", count: 1)
    leftOut.isRejection = true
    leftOut.example = .init(
      path: "access.log", lineNumber: 2, byteOffset: 190,
      line: String(repeating: "x", count: 200) + "\u{1B}[2J")
    group.leftOut = [leftOut]
    group.missing = [.duration]
    group.advisedServers = ["nginx"]
    var inspection = Inspection()
    inspection.groups = [group]
    return inspection
  }

  @Test func `colours are all that a terminal gets more`() {
    let plain = inspection.text(TextStyle())
    let coloured = inspection.text(TextStyle(usesColour: true))
    #expect(!plain.contains("\u{1B}"))
    #expect(coloured.contains("\u{1B}[33m"))
    #expect(coloured.replacing(#/\u{1B}\[[0-9]*m/#, with: "") == plain)
  }

  @Test(arguments: TextStyle.widths)
  func `text is as narrow as the terminal, but for what is to be copied`(width: Int) {
    let text = inspection.text(TextStyle(width: width))
    let shown = text.prefix(upTo: text.firstRange(of: "For nginx")?.lowerBound ?? text.endIndex)
    for line in shown.split(separator: "\n") {
      #expect(columns(of: String(line)) <= width, "\(line)")
    }
    #expect(shown.contains("\\u{1B}"))
    #expect(shown.contains("runners-up: json 1"))
    #expect(shown.contains("Nearly every request has a consumer of its own."))
  }
}
