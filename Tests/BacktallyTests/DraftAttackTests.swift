import Foundation
import Testing
import TestSupport

/// What is drafted from a log is read by `import` later: nobody who sends a request, or names a file,
/// may write into it.
struct DraftAttackTests {
  /// What may end a line, or stop a reader: for some reader of YAML, some terminal, or us.
  private static let breaks: [String] = [
    "\n", "\r", "\r\n", "\u{85}", "\u{2028}", "\u{2029}", "\u{FEFF}", "\u{B}", "\u{C}", "\u{0}",
    "\u{1C}", "\u{FFFE}", "\u{FFFF}", "\u{1FFFF}", "\u{E0001}", "\u{7F}", "\u{200B}", "'", "\"",
    "\\", ": ", " #", "\t", "---", "...", "&a ", "*a", "!!str ", "%YAML 1.1", "{", "}", "[", "]",
    ",",
  ]

  private static func escaped(_ text: String) -> String {
    text.utf8.map { byte in
      let digits = String(byte, radix: 16, uppercase: true)
      return "%" + (digits.count == 1 ? "0" : "") + digits
    }.joined()
  }

  /// The routes that an import takes from the list.
  private func routes(of folder: TemporaryFolder, in list: Data) async throws -> [String] {
    try folder.write(Array(list), to: "routes.yaml")
    let read = try await folder.backtally(["routes", "--routes", "routes.yaml", "plain.log"])
    #expect(read.status == 0, "\(read.errors)")
    return read.lines.filter { $0.hasPrefix("- ") }.map { String($0.dropFirst(2)) }
  }

  @Test(arguments: breaks)
  func `a request writes no route into the list`(_ text: String) async throws {
    let folder = try TemporaryFolder()
    let entry = "\(text)- GET /{injected:path}\(text)#"
    var log = Log.line("/ok") + Log.line("/p/\(Self.escaped(entry))", status: 404)
    log += Log.line("/q/\(Self.escaped(entry))", status: 200)
    log += Log.line("/items/\(Self.escaped(entry))/1", status: 200)
    // Methods are the client's own, too.
    log += Log.line("/m", status: 200).replacing("\"GET", with: "\"GET,DELETE")
    try folder.write(log, to: "access.log")
    try folder.write(Log.line("/ok"), to: "plain.log")
    let drafted = try await folder.backtally(["routes", "access.log"])
    #expect(drafted.status == 0, "\(drafted.errors)")
    let routes = try await routes(of: folder, in: drafted.output)
    #expect(routes.contains("GET /ok"))
    #expect(routes.allSatisfy { $0.hasPrefix("GET /") || $0.hasPrefix("\"GET /") }, "\(routes)")
    #expect(!routes.contains { $0.hasPrefix("GET /{") || $0.hasPrefix("DELETE") }, "\(routes)")
  }

  @Test(arguments: breaks.filter { $0 != "\u{0}" })
  func `a file's name writes nothing into the configuration`(_ text: String) async throws {
    let folder = try TemporaryFolder()
    let name = "x\(text)client: a:b\(text)#.log"
    try folder.write(Log.lines(3), to: name)
    let drafted = try await folder.backtally(
      ["inspect", "--write-config", "drafted.yaml", name])
    #expect(drafted.status == 0, "\(drafted.errors)")
    let configuration = try folder.text(of: "drafted.yaml")
    // What ends a line in YAML 1.1 or 1.2.
    for line in configuration.unicodeScalars.split(whereSeparator: {
      [0xA, 0xD, 0x85, 0x2028, 0x2029].contains($0.value)
    }) {
      #expect(!String(String.UnicodeScalarView(line)).hasPrefix("client"))
    }
    let imported = try await folder.backtally(
      ["import", "--dry-run", "--summary", "json", "--config", "drafted.yaml"])
    #expect(imported.status == 0, "\(imported.errors)")
    #expect(try imported.summary.lines.read == 3)
  }

  @Test(arguments: breaks)
  func `a field's name writes nothing into the configuration`(_ text: String) async throws {
    let folder = try TemporaryFolder()
    let name = "user\(text)client: a:b\(text)#"
    let quoted = String(decoding: try JSONEncoder().encode(name), as: UTF8.self)
    let lines = (0..<20).map { number in
      #"{"time":"2026-11-02T09:00:12Z","method":"GET","uri":"/x","status":200,"#
        + #"\#(quoted):"u\#(number % 3)"}"# + "\n"
    }
    try folder.write(lines.joined(), to: "app.log")
    let drafted = try await folder.backtally(
      ["inspect", "--write-config", "drafted.yaml", "app.log"])
    #expect(drafted.status == 0, "\(drafted.errors)")
    let imported = try await folder.backtally(
      ["import", "--dry-run", "--summary", "json", "--config", "drafted.yaml"])
    #expect(imported.status == 0, "\(imported.errors)")
    #expect(try imported.summary.lines.read == 20)
  }
}
