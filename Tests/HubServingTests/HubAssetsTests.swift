import Foundation
import TestSupport
import Testing

@testable import HubServing

/// What is compiled in is what is edited, made smaller as scripts/embed-page does.
struct HubAssetsTests {
  private static let scripts = [
    "Rendering/Page/format", "Rendering/Page/dom", "Rendering/Page/histogram",
    "HubServing/Page/hub-source", "Rendering/Page/charts", "Rendering/Page/tables",
    "Rendering/Page/views", "Rendering/Page/shell", "HubServing/Page/requests",
    "HubServing/Page/uptime", "HubServing/Page/judged", "HubServing/Page/dashboard",
  ]

  private func file(_ name: String) throws -> String {
    try String(
      contentsOf: Repository.root.appending(path: "Sources/\(name)"), encoding: .utf8)
  }

  private func bare(_ text: String) -> String {
    text.split(separator: "\n").map { $0.trimmingPrefix(while: \.isWhitespace) }
      .filter { !$0.isEmpty && !$0.hasPrefix("//") }.map { "\($0)\n" }.joined()
  }

  @Test func `the program has the dashboard's markup, style and script`() throws {
    #expect(
      HubAssets.dashboardMarkup == (try file("HubServing/Page/dashboard.html")),
      "run scripts/embed-page")
    #expect(
      HubAssets.alertsMarkup == (try file("HubServing/Page/alerts.html")), "run scripts/embed-page")
    let alerts = try [
      "Rendering/Page/format", "Rendering/Page/dom", "Rendering/Page/shell",
      "HubServing/Page/alerts",
    ].map { bare(try file("\($0).js")) }.joined()
    #expect(
      HubAssets.alertsScript == "'use strict';\n(async () => {\n\(alerts)})();\n",
      "run scripts/embed-page")
    let style = try file("Rendering/Page/page.css") + file("HubServing/Page/hub.css")
    #expect(HubAssets.style == bare(style), "run scripts/embed-page")
    let script = try Self.scripts.map { bare(try file("\($0).js")) }.joined()
    #expect(
      HubAssets.dashboardScript == "'use strict';\n(async () => {\n\(script)})();\n",
      "run scripts/embed-page")
  }

  @Test func `no text becomes markup, and nothing in the markup needs more than the policy allows`()
  {
    for way in [
      "innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "Function(",
    ] {
      #expect(!HubAssets.dashboardScript.contains(way), "\(way)")
      #expect(!HubAssets.alertsScript.contains(way), "\(way)")
    }
    for way in [" style=", " onclick", "<style", "http://", "https://"] {
      #expect(!HubAssets.dashboardMarkup.contains(way), "\(way)")
      #expect(!HubAssets.alertsMarkup.contains(way), "\(way)")
    }
  }
}
