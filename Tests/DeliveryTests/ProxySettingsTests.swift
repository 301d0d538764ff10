import Diagnostics
import Testing

@testable import Delivery

struct ProxySettingsTests {
  private let hub = "https://hub.apitally.io"

  @Test(
    arguments: [
      ("https://hub.apitally.io", ["HTTPS_PROXY": "http://proxy:3128"], "proxy:3128"),
      ("https://hub.apitally.io", ["https_proxy": "http://proxy:3128/"], "proxy:3128"),
      ("https://hub.apitally.io", ["https_proxy": "a:1", "HTTPS_PROXY": "b:2"], "a:1"),
      ("https://hub.apitally.io", ["https_proxy": "", "HTTPS_PROXY": "b:2"], nil),
      ("https://hub.apitally.io", ["HTTPS_PROXY": "HTTP://proxy"], "proxy:80"),
      ("https://hub.apitally.io", ["HTTPS_PROXY": "http://[::1]:3128"], "::1:3128"),
      ("https://hub.apitally.io", ["HTTP_PROXY": "proxy:3128"], nil),
      ("https://hub.apitally.io", [:], nil),
      ("http://hub.example", ["HTTP_PROXY": "proxy:3128"], "proxy:3128"),
      ("http://hub.example", ["http_proxy": "proxy:3128"], "proxy:3128"),
      ("http://hub.example", ["HTTPS_PROXY": "proxy:3128"], nil),
      ("http://localhost:8000", ["HTTP_PROXY": "proxy:3128"], nil),
      ("http://127.0.0.1:8000", ["HTTP_PROXY": "proxy:3128"], nil),
      ("http://[::1]", ["HTTP_PROXY": "proxy:3128"], nil),
    ] as [(String, [String: String], String?)])
  func `the environment names the proxy`(
    hub: String, environment: [String: String], expected: String?
  ) throws {
    let proxy = try ProxySettings.proxy(for: HubURL(hub), environment: environment)
    #expect(proxy.map { "\($0.host):\($0.port)" } == expected)
    #expect(proxy?.credentials == nil)
  }

  @Test func `this machine is reached through a proxy only when asked`() throws {
    let proxy = try ProxySettings.proxy(
      for: HubURL("http://localhost:8000"), environment: ["HTTP_PROXY": "proxy:1"],
      proxiesLoopback: true)
    #expect(proxy?.host == "proxy")
  }

  @Test(arguments: [
    ("hub.apitally.io", true), ("apitally.io", true), (".apitally.io", true), ("io", true),
    ("*", true), (" a , HUB.apitally.IO ", true), ("hub.apitally.io:443", true),
    ("hub.apitally.io:80", false), ("tally.io", false), ("hub.apitally.io.evil", false),
    ("sub.hub.apitally.io", false), ("", false), (",,", false), ("hub.*", false),
  ])
  func `names in NO_PROXY are reached directly`(list: String, isDirect: Bool) throws {
    for variable in ["NO_PROXY", "no_proxy"] {
      let environment = ["HTTPS_PROXY": "proxy:1", variable: list]
      let proxy = try ProxySettings.proxy(for: HubURL(hub), environment: environment)
      #expect((proxy == nil) == isDirect)
    }
  }

  @Test(arguments: [
    ("http://10.1.2.3:8000", "10.1.2.3", true), ("http://10.1.2.3", "10.1.2.0/24", true),
    ("http://10.1.3.3", "10.1.2.0/24", false), ("http://10.1.2.3", "0.0.0.0/0", true),
    ("http://10.1.2.3", "10.1.2.3/32", true), ("http://10.1.2.3", "10.1.2.2/33", false),
    ("http://10.1.2.3", "2.3", false), ("http://10.1.2.3", ".2.3", false),
    ("http://[2001:db8::1]", "2001:db8::1", true), ("http://[2001:db8::1]", "[2001:db8::1]", true),
    ("http://[2001:db8::1]:81", "[2001:db8::1]:80", false),
    ("http://hub.example", "10.0.0.0/8", false),
  ])
  func `addresses in NO_PROXY are reached directly`(
    hub: String, list: String, isDirect: Bool
  ) throws {
    let environment = ["HTTP_PROXY": "proxy:1", "NO_PROXY": list]
    let proxy = try ProxySettings.proxy(for: HubURL(hub), environment: environment)
    #expect((proxy == nil) == isDirect)
  }

  @Test(arguments: [
    ("http://user:secret@proxy:3128", "user", "secret"), ("user@proxy:3128", "user", ""),
    ("http://u%40corp:p%3Ass%2@proxy:3128", "u@corp", "p:ss%2"),
    ("http://u:a@b@proxy:3128", "u", "a@b"),
  ])
  func `a proxy's password is read and never shown`(
    url: String, user: String, password: String
  ) throws {
    let proxy = try #require(
      try ProxySettings.proxy(for: HubURL(hub), environment: ["HTTPS_PROXY": url]))
    #expect(proxy.host == "proxy" && proxy.port == 3128)
    #expect(proxy.credentials?.secret.user == user)
    #expect(proxy.credentials?.secret.password == password)
    #expect(!"\(proxy)".contains("secret"))
  }

  @Test(arguments: [
    ("socks5://proxy:1", ProxyProblem.Reason.unsupportedScheme),
    ("https://proxy:1", .unsupportedScheme), ("http://", .invalidAddress),
    ("http://proxy:x", .invalidAddress), ("http://pro xy:1", .invalidAddress),
    ("proxy:0", .invalidAddress),
  ])
  func `a proxy that we cannot use is an error that names the variable`(
    url: String, reason: ProxyProblem.Reason
  ) {
    #expect(throws: ProxyProblem(variable: "HTTPS_PROXY", reason: reason)) {
      try ProxySettings.proxy(for: HubURL(hub), environment: ["HTTPS_PROXY": url])
    }
  }
}
