/// Requests that are logged in two lines, as ``PairedLines`` makes one line of them. The word in front, which
/// no logger writes, keeps other lines from being taken for such.
extension FormatCatalogue {
  static let pairedEntries: [CatalogueEntry] = [
    CatalogueEntry(
      "Rails, with the request's id as a tag",
      TextLayout(
        "rails",
        "rails {time:time} {remote_addr|remote_address} {method:method} \"{target:target}\" "
          + "{status:status} {duration:ms}"),
      source:
        "https://github.com/rails/rails/blob/main/railties/lib/rails/rack/logger.rb",
      sizes: .none),
    CatalogueEntry(
      "Phoenix, with the date",
      TextLayout(
        "phoenix",
        "phoenix {time:%F %T.%L} {method:method} \"{target:target}\" {status:status} {duration:ms}"),
      source: "https://github.com/phoenixframework/phoenix/blob/main/lib/phoenix/logger.ex",
      sizes: .none),
    CatalogueEntry(
      "Phoenix, with the time of a collector",
      TextLayout(
        "phoenix-collected",
        "phoenix {method:method} {time:time} \"{target:target}\" {status:status} {duration:ms}"),
      source: "https://github.com/phoenixframework/phoenix/blob/main/lib/phoenix/logger.ex",
      sizes: .none),
  ]
}
