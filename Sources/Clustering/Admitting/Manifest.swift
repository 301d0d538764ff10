package import Diagnostics
internal import Foundation

/// What a folder of merged messages holds, written last: `DIR/manifest.json`.
package struct Manifest: Codable, Equatable, Sendable {
  package struct Part: Codable, Equatable, Sendable {
    package var name: String
    package var bytes: Int
    package var sha256: String
    package var messages: Int
    package var requests: Int64
  }

  package var tallies = 1
  package var job: String
  package var admission: String
  package var parts: [Part]
  package var sources: Int
  package var requests: Int64

  private static let sizeLimit = 64 << 20

  package static func path(in directory: String) -> String { directory + "/manifest.json" }
  package static func admittedPath(in directory: String) -> String {
    directory + "/admitted.ndjson"
  }
  static func partsPath(in directory: String) -> String { directory + "/messages" }

  /// Reads the manifest of `directory`.
  package init(in directory: String) throws(Diagnostic) {
    let path = Self.path(in: directory)
    guard let data = FileManager.default.contents(atPath: path) else {
      throw .incompleteFolder(directory, "it has no manifest.json, which is written last")
    }
    guard data.count <= Self.sizeLimit,
      let manifest = try? JSONDecoder().decode(Manifest.self, from: data), manifest.tallies == 1,
      manifest.parts.allSatisfy({ Self.isName($0.name) }),
      Set(manifest.parts.map(\.name)).count == manifest.parts.count
    else { throw .incompleteFolder(directory, "its manifest.json is damaged") }
    self = manifest
  }

  /// Makes a manifest of what is in `directory`, if that is whole: all parts, and in them all requests that
  /// were admitted.
  package init(of directory: String, _ admitted: AdmittedFile) throws(Diagnostic) {
    let folder = Self.partsPath(in: directory)
    let names = ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? [])
      .filter { $0.hasPrefix("part-") && !$0.contains(".tmp-") }.sorted()
    (job, admission) = (admitted.head.job, admitted.head.admission)
    (sources, requests, parts) = (admitted.sources.count, admitted.requestCount, [])
    for name in names {
      var part = try MessagePart(path: "\(folder)/\(name)", admission: admission)
      while try part.advance() {}
      parts.append(part.entry(name))
    }
    try check(directory)
  }

  /// Whether the parts hold as many requests as were admitted.
  package func check(_ directory: String) throws(Diagnostic) {
    let merged = parts.reduce(0) { saturatingSum($0, $1.requests) }
    guard merged == requests else {
      throw .incompleteFolder(
        directory,
        "its messages count \(grouped(Int(clamping: merged))) requests, and its sources have "
          + grouped(Int(clamping: requests)))
    }
  }

  package func write(to directory: String) throws(Diagnostic) {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    guard let data = try? encoder.encode(self) else { preconditionFailure("plain values") }
    var output = try RowOutput(path: Self.path(in: directory))
    try output.write(Array(data) + [0x0A])
    try output.finish()
  }

  /// Whether it can be the name of a file in the folder, and no way out of it.
  private static func isName(_ name: String) -> Bool {
    name.hasPrefix("part-")
      && name.utf8.allSatisfy { byte in
        (0x30...0x39).contains(byte) || (0x61...0x7A).contains(byte) || (0x41...0x5A).contains(byte)
          || byte == 0x2D || byte == 0x2E || byte == 0x5F
      }
  }
}

/// A part of a folder of messages: lines, of which the last says what they are.
package struct MessagePart: ~Copyable {
  private var input: RowInput
  private let admission: String
  private var checksum = RowChecksum()
  private var hash = PartHash()
  private var totals: PartRow?
  private var byteCount = 0
  private var count = 0
  /// The message that was read last.
  package private(set) var line: [UInt8] = []

  package init(path: String, admission: String) throws(Diagnostic) {
    input = try RowInput(path: path)
    self.admission = admission
  }

  /// Reads the next message; false behind the last one.
  ///
  /// - Throws: if the part is not whole, at its end.
  package mutating func advance() throws(Diagnostic) -> Bool {
    guard try input.advance() else {
      guard totals != nil else { throw input.malformed("the part is cut off") }
      return false
    }
    guard totals == nil else { throw input.malformed("there is a row behind the last one") }
    line = input.copied
    let row = line + [0x0A]
    hash.add(row)
    byteCount += row.count
    if line.starts(with: "{\"end\":".utf8) {
      guard let totals = PartRow(row: line), totals.messages == count,
        totals.crc32 == checksum.endRow.crc32
      else { throw input.malformed("the part is damaged") }
      guard totals.admission == admission else {
        throw input.malformed("the part is of another admission")
      }
      self.totals = totals
      return try advance()
    }
    checksum.add(line)
    count += 1
    return true
  }

  /// What a manifest says of the part, when all of it was read.
  package func entry(_ name: String) -> Manifest.Part {
    Manifest.Part(
      name: name, bytes: byteCount, sha256: hash.text, messages: count,
      requests: totals?.requests ?? 0)
  }

  package func malformed(_ message: String) -> Diagnostic { input.malformed(message) }
}

extension Diagnostic {
  static func incompleteFolder(_ directory: String, _ reason: String) -> Diagnostic {
    Diagnostic(
      .error, code: "incomplete-folder", "the folder is not whole: \(reason); nothing was queued",
      hint: "run the job again", at: Place(source: directory), exitStatus: .inputUnreadable)
  }
}
