import Foundation
import Testing
import TestSupport

@testable import Rendering

/// What is compiled in is what is edited, made smaller as scripts/embed-page does.
struct PageAssetsTests {
  private static let scripts = [
    "format", "dom", "histogram", "source", "charts", "tables", "views", "shell", "page",
  ]

  private func file(_ name: String) throws -> String {
    try String(
      contentsOf: Repository.root.appending(path: "Sources/Rendering/Page/\(name)"), encoding: .utf8
    )
  }

  private func bare(_ text: String) -> String {
    text.split(separator: "\n").map { $0.trimmingPrefix(while: \.isWhitespace) }
      .filter { !$0.isEmpty && !$0.hasPrefix("//") }.map { "\($0)\n" }.joined()
  }

  @Test func `the program has the page's markup, style and script`() throws {
    #expect(PageAssets.markup == (try file("page.html")), "run scripts/embed-page")
    #expect(PageAssets.style == bare(try file("page.css")), "run scripts/embed-page")
    let script = try Self.scripts.map { bare(try file("\($0).js")) }.joined()
    #expect(
      PageAssets.script == "'use strict';\n(async () => {\n\(script)})();\n",
      "run scripts/embed-page")
  }

  @Test func `nothing in them ends the element that they stand in, or a place to be filled in`() {
    for text in [PageAssets.style, PageAssets.script] {
      for end in ["</", "<!--", "@@"] { #expect(!text.contains(end)) }
    }
    // Markup of the page's own making has no text but what stands in page.html.
    for way in [
      "innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "Function(",
    ] {
      #expect(!PageAssets.script.contains(way), "\(way)")
    }
  }
}
