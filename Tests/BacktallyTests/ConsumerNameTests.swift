import Foundation
import Testing
import TestSupport

/// Names and groups of consumers, and what is said about consumers.
struct ConsumerNameTests {
  private static let configuration = """
    format:
      type: json
      fields: {time: ts, request: request, status: status}
    consumers: [{field: user, name: user_name, group: team}]
    consumer_names: names.csv

    """

  private func line(_ minute: Int, _ user: String, _ members: String = "") -> String {
    #"{"ts":"2026-11-23T09:0\#(minute):00Z","request":"GET /a HTTP/1.1","status":200,"#
      + #""user":"\#(user)"\#(members)}"# + "\n"
  }

  /// How many `/sync` messages the hub has that name consumers.
  private func messageCount(_ hub: RunningHub) async throws -> Int {
    try await hub.lines(of: "sync").count { !$0.contains(#""consumers":[]"#) }
  }

  @Test func `names are sent once, and again when they change`() async throws {
    let folder = try TemporaryFolder()
    try folder.write(Self.configuration, to: "c.yaml")
    try folder.write("identifier,name,group\nglobex,Globex,partners\nnobody,No,\n", to: "names.csv")
    try await folder.withHub { hub in
      func run(_ log: String) async throws {
        try folder.write(log, to: "\(folder.nextNumber()).log")
        let outcome = try await folder.backtally(
          ["import", "--config", "c.yaml", "--hub-url", hub.url] + Program.target
            + (try folder.logs()))
        #expect(outcome.status == 0, "\(outcome.errors)")
      }
      try await run(
        line(1, "acme", #","user_name":"Acme","team":"a""#) + line(1, "globex") + line(2, "plain"))
      #expect(
        try await hub.consumers() == [["acme", "Acme", "a"], ["globex", "Globex", "partners"]])
      #expect(try await messageCount(hub) == 1)
      // The same again says nothing new.
      try await run(line(3, "acme", #","user_name":"Acme""#) + line(3, "globex"))
      #expect(try await messageCount(hub) == 1)
      try await run(line(4, "acme", #","user_name":"Acme Inc.""#))
      #expect(
        try await hub.consumers() == [
          ["acme", "Acme Inc.", "a"], ["globex", "Globex", "partners"],
        ])
      #expect(try await messageCount(hub) == 2)
    }
  }

  @Test func `a mistake in the file is told before anything is read`() async throws {
    let folder = try TemporaryFolder()
    try folder.write(Self.configuration, to: "c.yaml")
    try folder.write("acme\n", to: "names.csv")
    try folder.write(line(1, "acme"), to: "a.log")
    let outcome = try await folder.backtally(["import", "--dry-run", "--config", "c.yaml", "a.log"])
    #expect(outcome.status == 2 && outcome.output.isEmpty)
    #expect(outcome.errors.hasPrefix("names.csv:1: error: a line has identifier, name and group"))
  }

  @Test func `a dry run says how many consumers there are in a day`() async throws {
    let folder = try TemporaryFolder()
    let days = [(23, 3), (24, 5), (25, 2)]
    let log = days.flatMap { day, count in
      (0..<count * 4).map { number in
        Log.line(user: "u\(number % count)").replacing("23/Nov", with: "\(day)/Nov")
      }
    }
    try folder.write(log.reversed().joined(), to: "access.log")
    let arguments = ["import", "--dry-run", "--consumer", "remote_user", "access.log"]
    let outcome = try await folder.backtally(arguments)
    #expect(outcome.text.contains("5 consumers (at most 5 in a day), 1 route"))
    let json = try await folder.backtally(arguments + ["--summary", "json"])
    #expect(json.text.contains(#""consumers":5,"consumers_per_day":5,"#))
  }

  /// What a field may hold that is taken for a consumer.
  enum Field: CaseIterable {
    case address, requestID, sessionID, user

    func value(_ number: Int) -> String {
      switch self {
      case .address: "10.0.\(number / 200).\(number % 200)"
      case .requestID: "r\(number)"
      case .sessionID: String(format: "%016lx", number &* 0x1E37_79B9_7F4A_7C15)
      case .user: "user-\(number)"
      }
    }

    var requestsPerValue: Int { self == .requestID ? 1 : 3 }

    var warning: String? {
      switch self {
      case .address: "the 100 consumers look like client addresses"
      case .requestID: "the 300 consumers are almost as many as the requests"
      case .sessionID: "the 100 consumers look like session IDs"
      case .user: nil
      }
    }
  }

  @Test(arguments: Field.allCases)
  func `consumers that look like something else are reported`(_ field: Field) async throws {
    let folder = try TemporaryFolder()
    let log = (0..<300).map { Log.line(user: field.value($0 / field.requestsPerValue)) }
    try folder.write(log.joined(), to: "access.log")
    let outcome = try await folder.backtally(
      ["import", "--dry-run", "--consumer", "remote_user", "access.log"])
    #expect(outcome.status == 0)
    #expect(outcome.errors.contains(field.warning ?? "note: read as"), "\(outcome.errors)")
    #expect(outcome.errors.contains("consumers") == (field.warning != nil))
  }
}

extension TemporaryFolder {
  /// The logs in the folder.
  fileprivate func logs() throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: path).filter { $0.hasSuffix(".log") }
      .sorted()
  }
}
