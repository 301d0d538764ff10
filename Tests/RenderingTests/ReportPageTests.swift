import Crypto
import Foundation
import Reporting
import Testing

@testable import Rendering

struct ReportPageTests {
  private static let hostile = [
    "<script>alert(1)</script>", "</script><script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "\" onmouseover=\"alert(1)", "' x='", "]]>", "<!--", "-->", "@@DATA@@", "@@SCRIPT@@",
    "&lt;b&gt;",
    "\u{0}", "\u{202E}abc", "\u{2066}", "\u{FEFF}", "\r\n", "=cmd()", "日本語", "\u{1F600}",
    String(repeating: "n", count: 10_000),
  ]

  private var hostileReport: Report {
    var made = MadeReport(
      endpoints: Self.hostile.count, consumers: Self.hostile.count, slots: 5, requests: 2_000,
      seed: 5)
    made.endpointNames = Self.hostile.map { "/" + $0 }
    made.consumerNames = Self.hostile
    return made.report
  }

  /// The only tags are those of the page's own markup, and nothing of the log is in one.
  @Test func `names of a log stay text in the summary`() throws {
    let summary = StaticSummary(hostileReport, title: Self.hostile[1]).html
    let tags = summary.matches(of: /<[^>]*>/).map { String($0.output) }
    let known = Set([
      "<h2>", "</h2>", "<p>", "</p>", "<dl>", "</dl>", "<dt>", "</dt>", "<dd>", "</dd>", "<table>",
      "</table>", "<caption>", "</caption>", "<thead>", "</thead>", "<tbody>", "</tbody>", "<tr>",
      "</tr>", "<th scope=\"col\">", "<th scope=\"row\">", "</th>", "<td>", "</td>", "<bdi>",
      "</bdi>", "</svg>",
    ])
    for tag in tags where !known.contains(tag) {
      #expect(tag.hasPrefix("<svg viewBox=") || tag.hasPrefix("<path fill="), "\(tag)")
    }
    #expect(!summary.replacing(/<[^>]*>/, with: "").contains("<"))
    #expect(summary.contains("&lt;script&gt;alert(1)&lt;/script&gt;"))
    for scalar in summary.unicodeScalars where scalar != "\n" {
      let category = scalar.properties.generalCategory
      #expect(category != .control && category != .format, "U+\(scalar.value)")
    }
    #expect(summary.utf8.count < 20_000)
  }

  @Test func `the policy allows the page's own script and style, and nothing else`() throws {
    let html = String(
      decoding: ReportPage(hostileReport, title: "<b>", version: "1").html, as: UTF8.self)
    func hash(_ text: Substring) -> String {
      Data(SHA256.hash(data: Data(text.utf8))).base64EncodedString()
    }
    let style = try #require(html.firstMatch(of: /(?s)<style>(.*?)<\/style>/)).1
    let script = try #require(html.firstMatch(of: /(?s)<script>(.*?)<\/script>/)).1
    let policy =
      "default-src 'none'; script-src 'sha256-\(hash(script))'; style-src 'sha256-\(hash(style))'; "
      + "base-uri 'none'; form-action 'none'"
    #expect(html.contains("content=\"\(policy)\""))
    #expect(html.matches(of: /<script/).count == 2)
    let data = try #require(html.firstMatch(of: /<script type="text\/plain" id="data">([^<]*)</)).1
    #expect(data.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "+/=".contains($0)) })
    // Nothing of the log is outside the data and the summary.
    let summary = StaticSummary(hostileReport, title: "<b>").html
    #expect(!html.replacing(data, with: "").replacing(summary, with: "").contains("alert(1)"))
    for text in [" style=", " on", "http:", "https:", "url("] {
      let markup = html.replacing(data, with: "").replacing(script, with: "").replacing(
        style, with: "")
      #expect(!markup.replacing(summary, with: "").contains(text), "\(text)")
    }
  }

  @Test func `names reach the script as the terminal shows them, shortened`() throws {
    let page = try DecodedPage(
      ReportPage(hostileReport, title: "x", version: "1").packed(within: 1_000_000))
    let names = page.rows("consumers").compactMap { $0[0] as? String }
    #expect(names.contains("<script>alert(1)</script>"))
    #expect(names.contains("\\u{202E}abc"))
    #expect(names.contains("\\u{0}"))
    for name in names {
      #expect(name.unicodeScalars.count <= ShownName.limit)
      #expect(name.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control })
    }
  }

  @Test func `a page of very many names stays below its limit`() throws {
    var made = MadeReport(endpoints: 3_000, consumers: 6_000, slots: 150, requests: 30_000, seed: 9)
    made.consumerNames = made.consumerNames.map {
      $0.map { $0 + String(repeating: "é", count: 90) }
    }
    let html = ReportPage(made.report, title: "x", version: "1").html
    #expect(html.count <= ReportPage.byteLimit)
    #expect(html.count > 300_000)
  }
}
