import Diagnostics
import Foundation
import Ingesting
import Rendering
import Reporting

/// Where a page is written to: a file, or standard output.
struct PageFile {
  /// nil for standard output.
  private let file: ReplacedFile?

  /// - Parameter path: `-` for standard output.
  init(_ path: String) throws {
    file = path == "-" ? nil : try ReplacedFile(path: path, name: "the page")
  }

  /// Writes the page, unless nothing could be read: then what is there stays.
  func write(
    _ report: Report, _ comparison: Comparison?, _ compares: ReportPage.Compares, _ title: String,
    _ status: ExitStatus
  ) throws {
    if status != .done && report.books.linesRead == 0 { return }
    var page = ReportPage(report, title: title, version: version)
    (page.comparison, page.compares) = (comparison, compares)
    if let file {
      try file.replace(with: page.html)
    } else {
      backtally.write(String(decoding: page.html, as: UTF8.self), to: .standardOutput)
    }
  }
}
