import Diagnostics
import Foundation
import TestSupport
import Testing

@testable import Clustering

/// A folder of messages is whole, or nothing of it is taken.
struct ManifestTests {
  /// A folder with two parts.
  private func folder() throws -> Job {
    let job = try Job()
    try FileManager.default.createDirectory(
      atPath: job.folder.path(of: "messages"), withIntermediateDirectories: true)
    try job.admitted.write(to: job.folder.path(of: "admitted.ndjson"))
    for (number, path) in ["/a", "/b"].enumerated() {
      let part = try job.merged(Job.row(path, bucket: number, Job.item("x", count: 10)))
      try job.folder.write(part, to: "messages/part-\(number).ndjson")
    }
    return job
  }

  private func read(_ manifest: Manifest, in job: Job) throws {
    for part in manifest.parts {
      var reader = try MessagePart(
        path: job.folder.path(of: "messages/\(part.name)"), admission: manifest.admission)
      while try reader.advance() {}
      #expect(reader.entry(part.name) == part)
    }
  }

  @Test func `a whole folder has a manifest that says what it holds`() throws {
    let job = try folder()
    let manifest = try Manifest(of: job.folder.path, job.admitted)
    #expect((manifest.parts.map(\.messages), manifest.requests) == ([1, 1], 20))
    try manifest.write(to: job.folder.path)
    #expect(try Manifest(in: job.folder.path) == manifest)
    try read(manifest, in: job)
  }

  @Test(arguments: ["missing", "cut", "changed", "twice", "other"])
  func `a folder that is not whole has none`(_ what: String) throws {
    let job = try folder()
    let name = "messages/part-1.ndjson"
    let text = try job.folder.text(of: name)
    switch what {
    case "missing": try FileManager.default.removeItem(atPath: job.folder.path(of: name))
    case "cut": try job.folder.write(String(text.prefix(text.count / 2)), to: name)
    case "changed":
      try job.folder.write(
        text.replacing("\"request_count\":10", with: "\"request_count\":11"), to: name)
    case "twice": try job.folder.write(text, to: "messages/part-2.ndjson")
    default:
      try job.folder.write(text.replacing(job.admitted.head.admission, with: "0"), to: name)
    }
    do {
      _ = try Manifest(of: job.folder.path, job.admitted)
      Issue.record("it counts as whole")
    } catch { #expect(error.exitStatus == .inputUnreadable) }
  }

  @Test func `a manifest names no files elsewhere`() throws {
    let job = try folder()
    let manifest = try Manifest(of: job.folder.path, job.admitted)
    try manifest.write(to: job.folder.path)
    let text = try job.folder.text(of: "manifest.json")
    try job.folder.write(text.replacing("part-0", with: "../part-0"), to: "manifest.json")
    #expect(throws: Diagnostic.self) { try Manifest(in: job.folder.path) }
  }
}
