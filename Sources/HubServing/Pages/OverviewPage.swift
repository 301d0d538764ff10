import Diagnostics
import FoundationEssentials

/// The start page: every application and environment, as HTML that needs no script.
///
/// Paths are hostile input. Every text goes through ``htmlText(_:)``, and the response's
/// `Content-Security-Policy` allows nothing but what the hub serves.
enum OverviewPage {
  static func html(_ overviews: [HubOverview]) -> String {
    let content = overviews.isEmpty ? empty : overviews.map(section).joined(separator: "\n")
    return """
      <!DOCTYPE html>
      <html lang="en">
      <head>
      <meta charset="utf-8">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <title>backtally hub</title>
      <link rel="icon" href="assets/icon.svg" type="image/svg+xml">
      <link rel="stylesheet" href="assets/hub.css">
      </head>
      <body>
      <header class="wrap top"><div><h1>backtally hub</h1>
      <p class="soft">What has arrived, by application and environment.</p></div>\
      <a class="button" href="alerts">Alerts</a></header>
      <main class="wrap apps">
      \(content)
      </main>
      </body>
      </html>

      """
  }

  private static let empty = """
    <section class="card"><p class="note">Nothing has arrived yet. Point a client here with \
    <code>APITALLY_HUB_BASE_URL</code>.</p></section>
    """

  private static func section(_ overview: HubOverview) -> String {
    """
    <section class="card app">
    <div class="head"><h2><a href="apps/\(htmlText(overview.clientID))/\(htmlText(overview.env))">\
    \(htmlText(overview.env))</a> <small>\(htmlText(overview.clientID))</small></h2>\
    <a class="button" href="apps/\(htmlText(overview.clientID))/\(htmlText(overview.env))">Dashboard</a></div>
    <dl class="sums">
    \(figure("Requests", grouped(overview.requestCount)))
    \(figure("Client errors", share(overview.clientErrorCount, of: overview.requestCount)))
    \(figure("Server errors", share(overview.serverErrorCount, of: overview.requestCount)))
    \(figure("Consumers", grouped(overview.consumerCount)))
    \(figure("Messages", grouped(overview.messageCount)))
    \(figure("First minute", minute(overview.firstBucket)))
    \(figure("Last minute", minute(overview.lastBucket)))
    </dl>
    \(chart(overview))
    \(overview.topRoutes.isEmpty ? "" : table(overview))
    </section>
    """
  }

  // MARK: Requests over time

  private static func chart(_ overview: HubOverview) -> String {
    let bars = overview.bars
    guard let most = bars.map(\.requests).max(), most > 0, let start = overview.chartStart else {
      return ""
    }
    let height = 56.0
    let scale = height / Double(most)
    var paths = ["ok": "", "bad": ""]
    for (index, bar) in bars.enumerated() where bar.requests > 0 {
      // One request is seen, too.
      let whole = max(1, Double(bar.requests) * scale)
      let bad = bar.serverErrors == 0 ? 0 : max(1, Double(bar.serverErrors) * scale)
      paths["ok", default: ""] += box(index, from: bad, to: max(whole, bad))
      if bad > 0 { paths["bad", default: ""] += box(index, from: 0, to: bad) }
    }
    let end = start + bars.count * overview.barSeconds
    return """
      <svg class="over" viewBox="0 0 \(bars.count) 56" preserveAspectRatio="none" role="img" \
      aria-label="Requests over time, server errors below">\
      <path class="ok" d="\(paths["ok"] ?? "")"/><path class="bad" d="\(paths["bad"] ?? "")"/></svg>
      <div class="axis"><span>\(minute(start))</span><span>\(minute(end))</span></div>
      """
  }

  /// A bar of the chart, in a path; heights count from below.
  private static func box(_ index: Int, from: Double, to: Double) -> String {
    func rounded(_ number: Double) -> String { "\((number * 10).rounded() / 10)" }
    return "M\(index) \(rounded(56 - from))V\(rounded(56 - to))h0.8V\(rounded(56 - from))Z"
  }

  private static func figure(_ name: String, _ value: String) -> String {
    "<div><dt>\(name)</dt><dd>\(value)</dd></div>"
  }

  private static func table(_ overview: HubOverview) -> String {
    let most = overview.topRoutes.map(\.requestCount).max() ?? 1
    return """
      <table>
      <caption class="sr">The routes with the most requests in the last week of its time</caption>
      <thead><tr><th><span>Most requests in the last week, of \
      \(grouped(overview.routeCount)) \(overview.routeCount == 1 ? "route" : "routes")</span></th>\
      <th><span>Requests</span></th><th class="bar"></th><th><span>4xx</span></th>\
      <th><span>5xx</span></th><th class="leaves"><span>Response bytes</span></th></tr></thead>
      <tbody>
      \(overview.topRoutes.map { row($0, most: most) }.joined(separator: "\n"))
      </tbody>
      </table>
      """
  }

  private static func row(_ route: HubOverview.Route, most: Int) -> String {
    let percent = Int((Double(route.requestCount) / Double(most) * 100).rounded())
    return """
      <tr><td><b>\(htmlText(route.method))</b> <code>\(htmlText(route.path))</code></td>\
      <td>\(grouped(route.requestCount))</td>\
      <td class="bar"><svg viewBox="0 0 100 9" preserveAspectRatio="none" aria-hidden="true">\
      <rect width="\(percent)" height="9"/></svg></td>\
      <td>\(errors(route.clientErrorCount, "warn"))</td>\
      <td>\(errors(route.serverErrorCount, "bad"))</td>\
      <td class="leaves">\(grouped(route.responseSizeSum))</td></tr>
      """
  }

  /// One decimal, two below 1 %.
  private static func share(_ part: Int, of all: Int) -> String {
    guard part > 0, all > 0 else { return "0 %" }
    let percent = Double(part) / Double(all) * 100
    if percent < 0.01 { return "&lt; 0.01 %" }
    return decimal(percent, places: percent < 0.995 ? 2 : 1) + " %"
  }

  private static func decimal(_ number: Double, places: Int) -> String {
    let scale = places == 2 ? 100 : 10
    let scaled = Int((number * Double(scale)).rounded())
    let digits = String(scaled % scale)
    return "\(scaled / scale)." + String(repeating: "0", count: places - digits.count) + digits
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
      if index > 0, (digits.count - index).isMultiple(of: 3) { text += "," }
      text.append(digit)
    }
    return text
  }
}
