/// Formats of one line of text each, other than the common log family.
extension FormatCatalogue {
  static let textEntries: [CatalogueEntry] = []
}
