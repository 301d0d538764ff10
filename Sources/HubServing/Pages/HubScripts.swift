import Rendering

// What the hub's pages consist of: the parts of a report's page, and their own.
extension HubAssets {
  static let style = PageAssets.style + ownStyle

  /// As a report's, with the hub for a source.
  static let dashboardScript = PageAssets.script(of: [
    PageAssets.format, PageAssets.dom, PageAssets.histogram, source, PageAssets.charts,
    PageAssets.tables, PageAssets.views, PageAssets.shell, requests, uptime, judged, dashboard,
  ])

  static let alertsScript = PageAssets.script(of: [
    PageAssets.format, PageAssets.dom, PageAssets.shell, alerts,
  ])
}
