import Addressing
import Testing

@testable import Delivery

struct HubURLTests {
  @Test(arguments: [
    ("https://hub.apitally.io", "https://hub.apitally.io", false, false),
    ("HTTPS://Hub.Apitally.IO/", "https://hub.apitally.io", false, false),
    ("https://hub.example:8443/base/", "https://hub.example:8443/base", false, false),
    ("https://hub.example:443", "https://hub.example", false, false),
    ("http://hub.example", "http://hub.example", false, true),
    ("http://10.1.2.3:80//", "http://10.1.2.3", false, true),
    ("http://localhost:8000", "http://localhost:8000", true, false),
    ("http://hub.localhost", "http://hub.localhost", true, false),
    ("http://127.0.0.1:8000", "http://127.0.0.1:8000", true, false),
    ("http://127.9.9.9", "http://127.9.9.9", true, false),
    ("http://[::1]:8000/x", "http://[::1]:8000/x", true, false),
    ("https://[2001:DB8::1]", "https://[2001:db8::1]", false, false),
    ("http://127.0.0.1.example.com", "http://127.0.0.1.example.com", false, true),
  ])
  func `a URL is read and normalised`(
    text: String, expected: String, isLoopback: Bool, isInsecure: Bool
  ) throws {
    let url = try HubURL(text)
    #expect(url.description == expected)
    #expect(url.isLoopback == isLoopback)
    #expect(url.isInsecure == isInsecure)
    #expect(try HubURL(url.description) == url)
  }

  @Test(arguments: [
    ("", HubURL.Problem.unsupportedScheme), ("hub.apitally.io", .unsupportedScheme),
    ("ftp://hub", .unsupportedScheme), ("https:/hub", .unsupportedScheme),
    ("https://", .missingHost), ("https:///x", .missingHost), ("https://:80", .missingHost),
    ("https://hub:0", .invalidPort), ("https://hub:65536", .invalidPort),
    ("https://hub:x", .invalidPort), ("https://hub:", .invalidPort),
    ("https://[::1]x", .invalidPort), ("https://[::1", .invalidPort),
    ("https://::1", .missingHost), ("https://hub.exämple", .invalidHost),
    ("https://hub example", .invalidHost), ("https://hub%41", .invalidHost),
    ("https://user:password@hub", .holdsCredentials), ("https://token@hub/x", .holdsCredentials),
    ("https://hub?x=1", .invalidPath), ("https://hub/#x", .invalidPath),
    ("https://hub/a b", .invalidPath), ("https://hub/\u{1B}", .invalidPath),
  ])
  func `anything else is refused with the reason`(text: String, problem: HubURL.Problem) {
    #expect(throws: problem) { try HubURL(text) }
  }

  @Test func `a message's path and query follow the base`() throws {
    let hub = try HubURL("http://localhost:8000/base/")
    let message = OutgoingMessage(
      id: 1, envelope: Envelope(path: "/v2/a/b/log", query: "uuid=x"), body: [])
    #expect(hub.url(of: message) == "http://localhost:8000/base/v2/a/b/log?uuid=x")
  }
}
