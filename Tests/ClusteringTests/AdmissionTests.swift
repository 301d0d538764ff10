import Diagnostics
import Foundation
import TestSupport
import Testing

@testable import Clustering

/// Which sources of a job count, and what their books come to.
struct AdmissionTests {
  private func decide(
    _ rows: [[UInt8]], _ change: (inout Admission.Options) -> Void = { _ in },
    standing: (SourceRow) -> Admission.Standing = { _ in .new }
  ) throws -> Admission.Outcome {
    let folder = try TemporaryFolder()
    let header = TallyHeader(backtally: "1", job: "j", target: "hub", bucket: 60)
    let path = try folder.write(header.line + rows.joined(), to: "rows")
    var options = Admission.Options()
    change(&options)
    var admission = Admission(options)
    var input = try RowInput(path: path)
    var found: TallyHeader?
    try admission.read(&input, header: &found)
    let head = AdmissionHead(
      backtally: "1", job: "j", target: "hub", app: Job.app, bucket: 60, instance: nil)
    let outcome = try admission.decide(head, standing: standing)
    // What is written is what is read.
    try outcome.file.write(to: folder.path(of: "admitted"))
    #expect(try AdmittedFile(path: folder.path(of: "admitted")) == outcome.file)
    return outcome
  }

  private func refusal(
    _ rows: [[UInt8]], _ change: (inout Admission.Options) -> Void = { _ in }
  ) -> Diagnostic? {
    do {
      _ = try decide(rows, change)
      return nil
    } catch { return error as? Diagnostic }
  }

  private func templates(_ path: String, _ all: [TemplateRow.Template]) -> [UInt8] {
    TemplateRow(templates: Job.source(path).rows, t: all).line
  }

  @Test func `new sources are admitted, known ones are not, and of copies one is`() throws {
    var copy = Job.source("/a")
    copy.path = "/copy"
    copy.rows = SourceID(copyOf: try #require(copy.id), at: copy.path).text
    let outcome = try decide(
      [copy, Job.source("/a"), Job.source("/b"), Job.source("/c")].map(\.line),
      standing: { $0.path == "/b" ? .imported : .new })
    #expect(Set(outcome.file.sources.map(\.path)) == ["/a", "/c"])
    #expect((outcome.importedCount, outcome.copyCount) == (1, 1))
    #expect((outcome.linesRead, outcome.linesTallied) == (24, 20))
    #expect(outcome.leftOut == ["options": 2, "unrecognized": 2])
    #expect(outcome.file.head.requests == 20)
  }

  @Test func `the order of rows makes no difference`() throws {
    let rows = ["/a", "/b", "/c"].map { Job.source($0).line }
    #expect(try decide(rows).file == decide(rows.reversed()).file)
  }

  @Test(
    arguments: [
      ("complete", "cut off"), ("books", "do not balance"), ("rejected", "were rejected"),
      ("alike", "begins like"), ("begun", "has grown"),
    ])
  func `a source that cannot be counted as a whole fails the job, or is left out`(
    _ what: String, _ words: String
  ) throws {
    var bad = Job.source("/bad")
    switch what {
    case "complete": (bad.complete, bad.problem) = (false, "is cut off")
    case "books": bad.tallied = 9
    case "rejected":
      (bad.lines, bad.tallied, bad.rejected) = (2_000, 1, 1_999)
      bad.left_out = ["unrecognized": 1_999]
    case "alike": bad.beginnings = [Job.source("/a").beginnings[0], [4_096, 77]]
    default: break
    }
    let rows = [Job.source("/a").line, Job.source("/b").line, bad.line]
    let standing = { (row: SourceRow) -> Admission.Standing in
      what == "begun" && row.path == "/bad" ? .begun : .new
    }
    do {
      _ = try decide(rows, standing: standing)
      Issue.record("nothing is wrong")
    } catch {
      let refusal = try #require(error as? Diagnostic)
      #expect(refusal.exitStatus == .inputUnreadable)
      #expect(refusal.message.contains(words), "\(refusal.message)")
    }
    let outcome = try decide(rows, { $0.skipsBadSources = true }, standing: standing)
    // Of two that begin alike, neither is known to be the whole.
    #expect(outcome.file.sources.map(\.path).sorted() == (what == "alike" ? ["/b"] : ["/a", "/b"]))
    #expect(outcome.refusals.count == (what == "alike" ? 2 : 1))
    #expect(outcome.file.head.left_out == outcome.refusals.count)
  }

  @Test func `the books are judged once, for all sources`() throws {
    var rejected = Job.source("/r")
    (rejected.lines, rejected.tallied, rejected.rejected) = (20, 14, 6)
    rejected.left_out = ["unrecognized": 6]
    // 30 % of one, 10 % of the job.
    let others = (0..<8).map { number -> SourceRow in
      var row = Job.source("/\(number)")
      (row.lines, row.rejected, row.left_out) = (10, 0, [:])
      return row
    }
    #expect(refusal([rejected.line])?.code == "too-many-rejected")
    #expect(refusal([rejected.line] + others.map(\.line)) == nil)
    #expect(
      refusal([rejected.line] + others.map(\.line)) { $0.maxRejectedPercent = 5 }?.code
        == "too-many-rejected")
  }

  @Test func `templates in doubt are settled by the whole job`() throws {
    func template(
      _ path: String, _ kind: TemplateRow.Template.Kind, answered: Int64 = 1
    ) -> TemplateRow.Template {
      TemplateRow.Template(method: "GET", path: path, requests: 1, answered: answered, kind: kind)
    }
    let many = (0..<6).map { template("/v1.\($0)/x", .form) }
    let outcome = try decide([
      Job.source("/a").line, Job.source("/b").line,
      templates(
        "/a", many + [template("/stray", .existence, answered: 0), template("/few-1", .form)]),
      templates(
        "/b",
        [
          template("/here", .existence, answered: 0), template("/v1.9/x", .form, answered: 0),
          template("/here", .certain), template("/gone", .certain, answered: 1),
        ]),
      // Not admitted, so it says nothing.
      templates("/other", [template("/stray", .certain)]),
    ])
    let becomes = Dictionary(
      uniqueKeysWithValues: outcome.file.renamed.map { ($0.template, $0.becomes) })
    #expect(becomes["/stray"] == "/{other}")
    #expect(becomes["/here"] == "/here")
    #expect(Set(many.map { becomes[$0.path] }).count == 1)
    #expect(becomes["/v1.9/x"] == becomes["/v1.0/x"])
    #expect(becomes["/v1.0/x"] != "/v1.0/x")
    #expect(outcome.file.routes.contains(RouteRow(method: "GET", route: "/here")))
    #expect(!outcome.file.routes.contains(RouteRow(method: "GET", route: "/{other}")))
  }

  @Test(arguments: [1_000, 1_001])
  func `more than 1,000 templates are refused`(_ count: Int) throws {
    func rows(_ path: String, _ range: Range<Int>) -> [UInt8] {
      templates(
        path,
        range.map {
          TemplateRow.Template(
            method: "GET", path: "/t\($0)", requests: 1, answered: 1, kind: .certain)
        })
    }
    let all = [
      Job.source("/a").line, Job.source("/b").line, rows("/a", 0..<700), rows("/b", 300..<count),
    ]
    #expect(refusal(all)?.code == (count > 1_000 ? "too-many-templates" : nil))
  }

  @Test func `more than 63 methods are refused`() throws {
    func rows(_ count: Int) -> [[UInt8]] {
      [
        Job.source("/a").line,
        templates(
          "/a",
          (0..<count).map {
            TemplateRow.Template(
              method: "M\($0)", path: "/t", requests: 1, answered: 1, kind: .certain)
          }),
      ]
    }
    #expect(refusal(rows(63)) == nil)
    #expect(refusal(rows(64))?.code == "too-many-methods")
  }

  @Test func `a name is that of the source whose last request came last`() throws {
    func names(_ path: String, _ name: String?, _ group: String?) -> [UInt8] {
      NameRow(names: Job.source(path).rows, c: [.init(identifier: "x", name: name, group: group)])
        .line
    }
    let outcome = try decide([
      Job.source("/a").line, Job.source("/late").line, names("/late", "New", nil),
      names("/a", "Old", "g"),
    ])
    #expect(outcome.file.consumers == [ConsumerRow(consumer: "x", name: "New", group: "g")])
  }

  @Test func `a stream that is cut off, or lacks a row, is refused`() throws {
    let header = TallyHeader(backtally: "1", job: "j", target: "hub", bucket: 60).line
    func stream(_ path: String) -> [[UInt8]] {
      let rows = [header, Array(Job.row(path, Job.item("x")).utf8), Job.source(path).line]
      var checksum = RowChecksum()
      for row in rows { checksum.add(Array(row.dropLast())) }
      return rows + [checksum.endRow.line]
    }
    let (first, second) = (stream("/a"), stream("/b"))
    // The harness begins with the first header.
    #expect(refusal(Array(first.dropFirst()) + second) == nil)
    for damaged in [
      Array(first.dropFirst()) + second.dropLast(), Array(first.dropFirst().dropLast()) + second,
      Array(first.dropFirst()) + [second[0]] + second[2...], [first[1]], [first[3]],
    ] {
      #expect(refusal(damaged)?.exitStatus == .inputUnreadable)
    }
  }

  @Test(
    arguments: [
      Job.source("/a").line + Job.source("/a").line,
      TallyHeader(backtally: "1", job: "other", target: "hub", bucket: 60).line,
      Array("{\"source\":\"x\"}\n".utf8), Array("x\n".utf8), Array("{\"end\":1".utf8),
    ])
  func `rows that cannot be are refused`(_ row: [UInt8]) {
    #expect(refusal([row])?.exitStatus == .inputUnreadable)
  }
}
