import Attribution
import ByteScanning
import TestSupport
import Testing

struct PathFoldingTests {
  private static func folded(_ path: [UInt8]) -> String? {
    var template = OwnedBuffer<UInt8>(capacity: 16)
    guard PathFolder().fold(path.span, in: 0..<path.count, into: &template) else { return nil }
    return String(decoding: template.span.copied(), as: UTF8.self)
  }

  @Test(arguments: [
    // Numbers
    ("/users/42", "/users/{id}"), ("/users/42/orders/7", "/users/{id}/orders/{id}"),
    ("/0", "/{id}"), ("/12345678901234567890", "/{id}"), ("/42/", "/{id}/"), ("//42", "//{id}"),
    // UUIDs
    ("/x/0b4da1c2-1b8e-4a2a-9c1a-2b7d5e6f7a8b", "/x/{uuid}"),
    ("/x/0B4DA1C2-1B8E-4A2A-9C1A-2B7D5E6F7A8B", "/x/{uuid}"),
    ("/x/00000000-0000-0000-0000-000000000000", "/x/{uuid}"),
    // Hashes
    ("/b/0b4da1c21b8e4a2a9c1a2b7d5e6f7a8b", "/b/{hash}"), ("/b/507f1f77bcf8", "/b/{hash}"),
    ("/b/507F1F77BCF86CD799439011", "/b/{hash}"),
    ("/b/e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", "/b/{hash}"),
    // Dates
    ("/d/2026-11-23", "/d/{date}"), ("/d/2026-11-23T09:10:13Z", "/d/{date}"),
    ("/d/2026-11-23t09:10", "/d/{date}"),
    // E-mail addresses
    ("/u/a@example.test", "/u/{email}"), ("/u/first.last+tag@mail.example.test/x", "/u/{email}/x"),
    ("/u/é@example.test", "/u/{email}"),
    // Tokens
    ("/t/eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxIn0.sig4tur3x9", "/t/{token}"),
    ("/t/sk_live_4eC39HqLyjWDarjtT1zdp7dc", "/t/{token}"),
    ("/t/AbCd1234EfGh5678IjKl", "/t/{token}"), ("/t/dQw4w9WgXcQ-dQw4w9WgXcQ", "/t/{token}"),
    // What is nearly a UUID is no word either.
    ("/t/0b4da1c2-1b8e-4a2a-9c1a-2b7d5e6f7a8", "/t/{token}"),
    ("/t/0b4da1c2-1b8e-4a2a-9c1a-2b7d5e6f7a8g", "/t/{token}"),
    // Extensions
    ("/users/42.json", "/users/{id}.json"), ("/d/2026-11-23.csv", "/d/{date}.csv"),
    ("/b/507f1f77bcf86cd799439011.tar", "/b/{hash}.tar"),
    ("/x/0b4da1c2-1b8e-4a2a-9c1a-2b7d5e6f7a8b.jpeg", "/x/{uuid}.jpeg"),
    ("/t/AbCd1234EfGh5678IjKl.png", "/t/{token}.png"), ("/u/a@b.test.pdf", "/u/{email}"),
    ("/d/2026-11-23T09:10:13.123Z", "/d/{date}"),
    // Custom methods
    ("/v1/orders/10000:cancel", "/v1/orders/{id}:cancel"), ("/x/7:a", "/x/{id}:a"),
    ("/x/0b4da1c2-1b8e-4a2a-9c1a-2b7d5e6f7a8b:batch_get", "/x/{uuid}:batch_get"),
    ("/x/user-10000:cancel", "/x/user-{id}:cancel"), ("/x/1,2:merge", "/x/{ids}:merge"),
    // OData keys
    ("/odata/Orders(10000)/Lines", "/odata/Orders({id})/Lines"), ("/Orders(5)", "/Orders({id})"),
    ("/Customers('ALFKI')", "/Customers({id})"),
    ("/Lines(OrderID=1,Product='x')", "/Lines({id})"),
    // Lists, coordinates, numbers
    ("/users/10000,20000", "/users/{ids}"), ("/users/1,2,3", "/users/{ids}"),
    ("/users/1;2", "/users/{ids}"), ("/users/cus_9s6XKzkNRiz8i3,user-10000", "/users/{ids}"),
    ("/w/52.52,13.40", "/w/{coordinates}"), ("/w/-33.8688,151.2093", "/w/{coordinates}"),
    ("/w/-33.86/151.2093", "/w/{number}/{number}"),
    // Prefixes
    ("/c/cus_9s6XKzkNRiz8i3", "/c/cus_{id}"), ("/u/user-10000", "/u/user-{id}"),
    ("/o/ORD-2026-10000", "/o/ORD-{id}"), ("/o/order-item-10000.json", "/o/order-item-{id}.json"),
    ("/s/SKU12345", "/s/SKU{id}"), ("/t/+4930123456", "/t/+{id}"),
    ("/r/report-2026-11-23.pdf", "/r/report-{id}.pdf"),
    ("/js/main.3f2a9c81.js", "/js/main.{id}.js"),
  ])
  func `a segment that identifies something becomes a placeholder`(
    _ path: String, _ expected: String
  ) {
    #expect(Self.folded(Array(path.utf8)) == expected)
  }

  @Test(arguments: [
    "/", "//", "/users", "/users/", "/users/me", "/api/v1/items", "/v1", "/v2beta1",
    "/oauth2/token",
    "/iphone14", "/1st", "/2nd-hand", "/x-1", "/-5", "/a1b2", "/507f1f77bcf", "/deadbeefcafe",
    "/abcdefabcdefabcdef", "/10-ways-to-read-logs-2026", "/getting-started-with-the-new-api",
    "/the-iphone-14-and-the-galaxy-s23-compared", "/release-notes-v2-1-and-later-versions",
    "/internationalization-and-localization", "/how_to_install_python3_on_debian12",
    "/2026-11", "/2026-11-2", "/2026-11-23-a-day-in-the-life", "/20x6-11-23", "/@me",
    "/me@", "/me@host", "/@example.test", "/me@.", "/index.html", "/style.min.css", "/.env",
    "/.well-known/security.txt", "/a.toolong1", "/wp-login.php", "/caf\u{E9}", "/%", "/{id}",
    // What may be an identifier, beside others like it
    "/1.0.0", "/v1.0.0", "/left-pad-1.3.0.tgz", "/19.99", "/user-42", "/step3", "/utf-8",
    "/cus_kNRizXKzkNRizi", "/a,b", "/me,42", "/Products(all)", "/all()", "/orders:batchGet",
  ])
  func `what people write themselves stays as it is`(_ path: String) {
    #expect(Self.folded(Array(path.utf8)) == path)
  }

  @Test(arguments: [
    ("/1.0.0", "/{version}"), ("/v1.0.0-rc.1", "/{version}"),
    ("/left-pad-1.3.0.tgz", "/left-pad-{version}.tgz"), ("/lib-v1.3", "/lib-{version}"),
    ("/19.99", "/{number}"), ("/user-42", "/user-{id}"), ("/step3", "/step{id}"),
    ("/user-42:cancel", "/user-{id}:cancel"), ("/2026-11", "/{id}"), ("/x_1.pdf", "/x_{id}.pdf"),
    ("/cus_kNRizXKzkNRizi", "/cus_{id}"), ("/b/x-sha256sum", "/b/x-{id}"),
    // Versions of an application's own
    ("/v1", "/v1"), ("/lib-v2", "/lib-v2"), ("/get_profile", "/get_profile"),
    ("/10-ways-to-read-logs-2026", "/10-ways-to-read-logs-2026"), ("/1st", "/1st"),
  ])
  func `in doubt, more is folded`(_ path: String, _ expected: String) {
    let bytes = Array(path.utf8)
    var template = OwnedBuffer<UInt8>(capacity: 16)
    #expect(
      PathFolder().fold(bytes.span, in: 0..<bytes.count, into: &template, foldsDoubtful: true))
    #expect(String(decoding: template.span.copied(), as: UTF8.self) == expected)
  }

  @Test func `bytes that are no text stay as they are`() {
    var template = OwnedBuffer<UInt8>(capacity: 16)
    let path: [UInt8] = Array("/a".utf8) + [0xFF, 0x00, 0x0A] + Array("/7".utf8)
    #expect(PathFolder().fold(path.span, in: 0..<path.count, into: &template))
    #expect(template.span.copied() == path.dropLast() + Array("{id}".utf8))
  }

  @Test func `a template may have 1,024 bytes`() {
    let limit = PathFolder.templateLimit
    #expect(limit == 1024)
    #expect(Self.folded([UInt8](repeating: 0x2F, count: limit))?.utf8.count == limit)
    #expect(Self.folded([UInt8](repeating: 0x2F, count: limit + 1)) == nil)
    #expect(Self.folded(Array(("/" + String(repeating: "a", count: limit)).utf8)) == nil)
    #expect(Self.folded(Array(("/" + String(repeating: "1", count: 9_000)).utf8)) == "/{id}")
  }

  @Test(arguments: 0..<5 as Range<UInt64>)
  func `a path folds as the table says`(_ seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    for _ in 0..<2_500 {
      let path = RandomSegments.path(&generator)
      let expected = String(decoding: FoldingModel.folded(path), as: UTF8.self)
      #expect(Self.folded(path) == expected, "\(String(decoding: path, as: UTF8.self))")
    }
  }

  /// Paths like earlier ones take a short cut.
  @Test(arguments: 0..<5 as Range<UInt64>)
  func `a path folds the same after any others`(_ seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    var harness = try AttributionHarness()
    var paths = (0..<400).map { _ in RandomSegments.path(&generator) }
    for _ in 0..<3 {
      paths.shuffle(using: &generator)
      for path in paths {
        var request = RequestSample()
        // In a target these have a meaning of their own.
        request.target = path.map { $0 == UInt8(ascii: "%") ? UInt8(ascii: "!") : $0 }
        let corrected = FoldingModel.folded(request.target).map {
          $0 == 0 ? [0xEF, 0xBF, 0xBD] : [$0]
        }
        let expected = String(decoding: corrected.flatMap { $0 }, as: UTF8.self)
        // What is in doubt is folded where others have been that are not.
        var wider = OwnedBuffer<UInt8>(capacity: 64)
        #expect(
          PathFolder().fold(
            expected.utf8.span, in: 0..<expected.utf8.count, into: &wider, foldsDoubtful: true))
        let outcome = harness.outcome(request)
        #expect(
          outcome == "GET \(expected)"
            || outcome == "GET \(String(decoding: wider.copied(), as: UTF8.self))")
      }
    }
  }

  @Test func `any bytes can be folded`() {
    var generator = SeededGenerator(seed: 20)
    let alphabet = Array("/0129afgzAFGZ-_.=~+:@T".utf8) + [0x00, 0x80, 0xFF]
    for _ in 0..<10_000 {
      let count = Int.random(in: 0...50, using: &generator)
      let path = [0x2F] + (0..<count).map { _ in alphabet.randomElement(using: &generator) ?? 0 }
      #expect(Self.folded(path) != nil)
    }
  }

  @Test func `templates over the limit are counted under one`() throws {
    var harness = try AttributionHarness(routeLimit: 4)
    #expect(harness.outcome("GET", "/a") == "GET /a")
    #expect(harness.outcome("GET", "/b/1") == "GET /b/{id}")
    #expect(harness.outcome("GET", "/c") == "GET /c")
    #expect(harness.outcome("GET", "/d") == "GET /{other}")
    #expect(harness.outcome("POST", "/e/1") == "POST /{other}")
    #expect(harness.outcome("GET", "/b/2") == "GET /b/{id}")
    #expect(harness.names.routes.isFull && harness.names.routes.refusalCount == 2)
  }

  @Test func `a template that is too long is counted under the same`() throws {
    var harness = try AttributionHarness()
    let long = "/" + String(repeating: "a/", count: 600)
    #expect(harness.outcome("GET", long) == "GET /{other}")
    #expect(harness.outcome("GET", "/x") == "GET /x")
    var request = RequestSample()
    request.route = long
    #expect(harness.outcome(request) == "GET /{other}")
  }
}
