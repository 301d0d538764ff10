extension PageAssets {
  /// The script that the files make together: in one function, so that they share names and leave none behind.
  package static func script(of files: [String]) -> String {
    "'use strict';\n(async () => {\n\(files.joined())})();\n"
  }

  /// The script of a report.
  static let script = script(of: [
    format, dom, histogram, source, charts, tables, views, shell, page,
  ])
}
