import Diagnostics
import FoundationEssentials

/// The start page: one self-contained HTML document without scripts.
///
/// Paths are hostile input. Every text goes through ``htmlText(_:)``, and the response's
/// `Content-Security-Policy` allows nothing except the style sheet inside the document.
enum OverviewPage {
  static let contentSecurityPolicy = "default-src 'none'; style-src 'unsafe-inline'"

  static func html(_ overviews: [HubOverview]) -> String {
    let content = overviews.isEmpty ? empty : overviews.map(section).joined(separator: "\n")
    return """
      <!DOCTYPE html>
      <html lang="en">
      <head>
      <meta charset="utf-8">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <title>backtally hub</title>
      <style>
      \(style)
      </style>
      </head>
      <body>
      <header><h1>backtally hub</h1>
      <p>Messages received so far, by application and environment.</p></header>
      <main>
      \(content)
      </main>
      </body>
      </html>

      """
  }

  private static let empty = """
    <section><p class="empty">Nothing has arrived yet. Point a client here with \
    <code>APITALLY_HUB_BASE_URL</code>.</p></section>
    """

  private static func section(_ overview: HubOverview) -> String {
    """
    <section>
    <h2>\(htmlText(overview.env)) <small>\(htmlText(overview.clientID))</small></h2>
    <dl>
    \(figure("Requests", grouped(overview.requestCount)))
    \(figure("Consumers", grouped(overview.consumerCount)))
    \(figure("Routes", grouped(overview.routeCount)))
    \(figure("Messages", grouped(overview.messageCount)))
    \(figure("First minute", minute(overview.firstBucket)))
    \(figure("Last minute", minute(overview.lastBucket)))
    </dl>
    \(overview.topRoutes.isEmpty ? "" : table(overview.topRoutes))
    </section>
    """
  }

  private static func figure(_ name: String, _ value: String) -> String {
    "<div><dt>\(name)</dt><dd>\(value)</dd></div>"
  }

  private static func table(_ routes: [HubOverview.Route]) -> String {
    let most = routes.map(\.requestCount).max() ?? 1
    return """
      <div class="scroll"><table>
      <thead><tr><th>Route</th><th class="n">Requests</th><th class="bar"></th>\
      <th class="n">4xx</th><th class="n">5xx</th><th class="n">Response bytes</th></tr></thead>
      <tbody>
      \(routes.map { row($0, most: most) }.joined(separator: "\n"))
      </tbody>
      </table></div>
      """
  }

  private static func row(_ route: HubOverview.Route, most: Int) -> String {
    let percent = Int((Double(route.requestCount) / Double(most) * 100).rounded())
    return """
      <tr><td><b>\(htmlText(route.method))</b> <code>\(htmlText(route.path))</code></td>\
      <td class="n">\(grouped(route.requestCount))</td>\
      <td class="bar"><i style="width:\(percent)%"></i></td>\
      <td class="n">\(errors(route.clientErrorCount, "warn"))</td>\
      <td class="n">\(errors(route.serverErrorCount, "bad"))</td>\
      <td class="n">\(grouped(route.responseSizeSum))</td></tr>
      """
  }

  private static func errors(_ count: Int, _ style: String) -> String {
    "<span class=\"\(count == 0 ? "zero" : style)\">\(grouped(count))</span>"
  }

  private static func minute(_ bucket: Int?) -> String {
    guard let bucket else { return "–" }
    let text = Date(timeIntervalSince1970: Double(bucket)).formatted(.iso8601)
    // 2026-11-23T12:45:00Z; a bucket has no seconds.
    return "\(text.prefix(10)) \(text.dropFirst(11).prefix(5)) <small>UTC</small>"
  }

  private static func grouped(_ number: Int) -> String {
    let digits = String(number)
    var text = ""
    for (index, digit) in digits.enumerated() {
      if index > 0, (digits.count - index).isMultiple(of: 3) { text += "\u{202F}" }
      text.append(digit)
    }
    return text
  }

  private static let style = """
    :root { color-scheme: light dark; --back: #f6f7f9; --card: #fff; --ink: #1c2430; --soft: #66707f;
      --line: #e4e7ec; --bar: #4c6ef5; --warn: #b35c00; --bad: #c92a2a; }
    @media (prefers-color-scheme: dark) { :root { --back: #12161c; --card: #1a2029; --ink: #e6e9ee;
      --soft: #93a0b1; --line: #2a323e; --bar: #748ffc; --warn: #ffa94d; --bad: #ff8787; } }
    * { box-sizing: border-box; }
    body { margin: 0 auto; max-width: 68rem; padding: 2rem 1.25rem 4rem; background: var(--back);
      color: var(--ink); font: 15px/1.5 system-ui, sans-serif; }
    h1 { margin: 0; font-size: 1.5rem; }
    header p { margin: .1rem 0 1.5rem; color: var(--soft); }
    section { margin-bottom: 1.5rem; padding: 1.25rem 1.5rem; background: var(--card);
      border: 1px solid var(--line); border-radius: .6rem; }
    h2 { margin: 0 0 1rem; font-size: 1.15rem; overflow-wrap: anywhere; }
    small { color: var(--soft); font-weight: normal; font-size: .8em; }
    dl { display: flex; flex-wrap: wrap; gap: 1rem 2.5rem; margin: 0; }
    dt { color: var(--soft); font-size: .8rem; }
    dd { margin: 0; font-size: 1.15rem; font-variant-numeric: tabular-nums; white-space: nowrap; }
    .scroll { overflow-x: auto; margin-top: 1.25rem; }
    table { width: 100%; border-collapse: collapse; font-variant-numeric: tabular-nums; }
    th { color: var(--soft); font-size: .8rem; font-weight: normal; text-align: left; }
    th, td { padding: .4rem .6rem; border-bottom: 1px solid var(--line); vertical-align: top; }
    th:first-child, td:first-child { padding-left: 0; }
    tr:last-child td { border-bottom: 0; }
    .n { text-align: right; white-space: nowrap; }
    td b { font-size: .75rem; letter-spacing: .03em; color: var(--soft); }
    code { font: .9em ui-monospace, monospace; overflow-wrap: anywhere; }
    .bar { width: 18%; min-width: 5rem; }
    .bar i { display: block; height: .55rem; margin-top: .45rem; border-radius: .2rem;
      background: var(--bar); }
    .zero { color: var(--soft); } .warn { color: var(--warn); } .bad { color: var(--bad); }
    .empty { margin: 0; color: var(--soft); }
    """
}
