import Attribution
import ByteScanning
import Foundation
import Testing
import TestSupport

@testable import Messaging

struct RequestURLTests {
  static let fixtures = Repository.fixture("request-logs")

  struct Case: CustomTestStringConvertible, Sendable {
    var target: String
    var url: String
    var testDescription: String { target }

    static func all() throws -> [Case] {
      let text = try String(contentsOf: fixtures.appending(path: "urls.txt"), encoding: .utf8)
      let lines = text.split(separator: "\n").filter { !$0.hasPrefix("#") }
      return stride(from: 0, to: lines.count - 1, by: 2).map {
        Case(target: String(lines[$0]), url: String(lines[$0 + 1].dropFirst(2)))
      }
    }
  }

  private func spelled(_ target: String, _ rules: RequestLogRules = RequestLogRules()) -> String? {
    var text = OwnedBuffer<UInt8>(capacity: 64)
    text.append(target)
    guard let parts = RequestURL.parts(of: text) else { return nil }
    var url = OwnedBuffer<UInt8>(capacity: 64)
    var spelling = RequestURL(SecretMasking(rules))
    spelling.append(parts, of: text, to: &url)
    return String(decoding: url.copied(), as: UTF8.self)
  }

  @Test(arguments: [
    ("/cart;jsessionid=0A1B", "/cart"), ("/cart;jsessionid=0A1B.node1?x=1", "/cart?x=1"),
    ("/a;v=1/b;c=%2Fd;e=f/g", "/a/b/g"), ("/cart%3Bjsessionid%3D0A1B/x", "/cart/x"),
    ("/cart;x", "/cart;x"),
  ])
  func `parameters of segments stay here`(_ target: String, _ url: String) {
    #expect(spelled(target) == url)
  }

  @Test(arguments: try Case.all())
  func `a URL is spelled as the middleware spells it`(_ item: Case) {
    #expect(spelled(item.target).map { "http://api.test\($0)" } == item.url)
  }

  /// Beyond what the middleware masks.
  @Test(arguments: [
    ("/s?api_key=0123456789abcdef", "/s?api_key=%2A%2A%2A%2A%2A%2A"),
    ("/s?access_key=0123456789abcdef&key=0123456789", "/s?access_key=*&key=*"),
    ("/s?q=jane.doe%40example.com", "/s?q=*"), ("/s?q=to%20jane@mail.example.com.", "/s?q=to+*."),
    ("/users/jane@example.com/orders", "/users/******/orders"),
    ("/users/jane%2Bx%40example.com", "/users/******"),
    (
      "/s?next=https%3A%2F%2Fa.test%2F%3Ftoken%3Dabc%26b%3D1",
      "/s?next=https%3A%2F%2Fa.test%2F%3Ftoken%3D*%26b%3D1"
    ),
    ("/s?next=https://jane:secret@a.test/", "/s?next=https%3A%2F%2F*%40a.test%2F"),
    ("/s?auth_header=Bearer%20abc", "/s?auth_header=*"), ("/s?h=Bearer%20abc", "/s?h=*"),
    ("/s?q=a@b&r=@&t=x@y.z", "/s?q=a%40b&r=%40&t=x%40y.z"),
    ("http://jane:secret@a.test/x?token=1", "/x?token=*"), ("http://a.test?q=1", "/?q=1"),
  ])
  func `secrets are masked wherever they stand`(_ target: String, _ expected: String) {
    let masked =
      expected.contains("******")
      ? expected : expected.replacing("*", with: "%2A%2A%2A%2A%2A%2A")
    #expect(spelled(target) == (expected.contains("%2A") ? expected : masked))
  }

  @Test func `the user's own patterns count as well, in upper or lower case`() {
    var rules = RequestLogRules()
    rules.maskedQueryParameters = ["^session$"]
    #expect(spelled("/?SESSION=1&sessions=2", rules) == "/?SESSION=%2A%2A%2A%2A%2A%2A&sessions=2")
  }

  @Test(arguments: ["*", "a.test:443", "", "ftp://a.test/", "http"])
  func `what has no path has no URL`(_ target: String) {
    #expect(spelled(target) == nil)
  }
}
