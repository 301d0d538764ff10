/// The common log family, which has a dedicated parser.
extension FormatCatalogue {
  static let commonEntries: [CatalogueEntry] = [
    CatalogueEntry(
      "common", producer: "Apache, common", .common(layout { $0.hasRefererAndAgent = false }),
      source: "https://httpd.apache.org/docs/2.4/logs.html#common"),
    CatalogueEntry(
      "combined", producer: "nginx and Apache, combined", .common(layout { _ in }),
      source: "https://nginx.org/en/docs/http/ngx_http_log_module.html#log_format"),
    CatalogueEntry(
      "vhost_combined", producer: "Apache, combined after the virtual host",
      .common(layout { $0.hasVirtualHost = true }),
      source: "https://httpd.apache.org/docs/2.4/logs.html#virtualhost"),
    CatalogueEntry(
      "vhost_common", producer: "Apache, common after the virtual host",
      .common(
        layout {
          $0.hasVirtualHost = true
          $0.hasRefererAndAgent = false
        }),
      source: "https://httpd.apache.org/docs/2.4/logs.html#virtualhost"),
  ]

  private static func layout(_ change: (inout CommonLogLayout) -> Void) -> CommonLogLayout {
    var layout = CommonLogLayout()
    change(&layout)
    return layout
  }
}
