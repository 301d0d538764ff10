internal import Compressing
internal import Crypto
internal import Foundation
package import Reporting

/// A report as one HTML file.
package struct ReportPage {
  /// The most bytes that the file has.
  package static let byteLimit = 1_000_000

  /// What the two sides of a comparison are.
  package enum Compares: String, Sendable {
    /// The halves of the log.
    case halves
    /// What the user has named: two logs, or a log before and after a moment.
    case sides
  }

  package let report: Report
  package let title: String
  package let version: String
  package var comparison: Comparison?
  package var compares = Compares.halves

  /// - Parameters:
  ///   - title: what the log is called.
  ///   - version: of the program.
  package init(_ report: Report, title: String, version: String) {
    (self.report, self.title, self.version) = (report, title, version)
  }

  /// The file.
  package var html: [UInt8] {
    let summary = StaticSummary(report, title: title).html
    let style = PageAssets.style
    let script = PageAssets.script
    let parts: [String: String] = [
      "STYLE-HASH": Self.hash(style), "SCRIPT-HASH": Self.hash(script), "STYLE": style,
      "SCRIPT": script, "SUMMARY": summary,
    ]
    let room =
      Self.byteLimit - parts.values.reduce(PageAssets.markup.utf8.count) { $0 + $1.utf8.count }
    var html = ""
    // Filled in from left to right, so that nothing that was filled in is taken for a place.
    for (index, piece) in PageAssets.markup.split(
      separator: "@@", omittingEmptySubsequences: false
    ).enumerated() {
      if index % 2 == 0 {
        html += piece
      } else if piece == "DATA" {
        html += Data(packed(within: room / 4 * 3)).base64EncodedString()
      } else {
        html += parts[String(piece)] ?? ""
      }
    }
    return Array(html.utf8)
  }

  private static func hash(_ text: String) -> String {
    "sha256-" + Data(SHA256.hash(data: Data(text.utf8))).base64EncodedString()
  }

  /// The deflated data, of the greatest fineness of which it takes at most `limit` bytes; with the shares of as
  /// many consumers as there is room for, those with the most requests first.
  func packed(within limit: Int) -> [UInt8] {
    let detail = report.pageDetail
    let slots = detail.endpoints.map(\.slot)
    let span = (slots.max() ?? 0) - (slots.min() ?? 0) + 1
    let steps = PageFineness.steps(width: detail.width.seconds, slots: span)
    var sizes = SectionSizes()
    for (index, step) in steps.enumerated() {
      let data = PageData(report, detail, step)
      // What is packed together takes a little less, or more by a header.
      guard index == steps.count - 1 || sizes.total(data) + headSize(data) <= limit + limit / 20
      else {
        continue
      }
      let sections = PageData.Section.allCases.flatMap { data.bytes(of: $0) }
      let bare = packed(data, sections, shared: [])
      if bare.count <= limit { return withShares(data, sections, bare, limit) }
      if index == steps.count - 1 { return bare }
    }
    return []
  }

  private func headSize(_ data: PageData) -> Int {
    deflated(Array(PageHead(data: data, page: self, shared: []).json.utf8), level: .fast).count
  }

  private func withShares(
    _ data: PageData, _ sections: [UInt8], _ bare: [UInt8], _ limit: Int
  ) -> [UInt8] {
    let all = data.sharedConsumers
    let room = limit - bare.count
    var count = all.count
    while count > 0 {
      let size = deflated(data.shareSection(of: all[..<count]), level: .fast).count
      if size <= room + room / 20 {
        let packed = packed(data, sections, shared: all[..<count])
        if packed.count <= limit { return packed }
      }
      // As if every consumer took as much, which makes too few rather than too many: the first are the largest.
      let share = min(1, Double(room) / Double(max(1, size)))
      count = min(count * 19 / 20, Int(Double(count) * share))
    }
    return bare
  }

  private func packed(
    _ data: PageData, _ sections: [UInt8], shared: ArraySlice<Int>
  ) -> [UInt8] {
    let head = Array(PageHead(data: data, page: self, shared: shared).json.utf8)
    let length = UInt32(head.count)
    let prefix = (0..<4).map { UInt8(truncatingIfNeeded: length >> ($0 * 8)) }
    return deflated(prefix + head + sections + data.shareSection(of: shared), level: .best)
  }
}

/// How large sections are, each packed for itself: a step to less fineness changes only some of them.
private struct SectionSizes {
  private var known: [PageData.Section: (fineness: PageFineness, size: Int)] = [:]

  mutating func total(_ data: PageData) -> Int {
    PageData.Section.allCases.reduce(0) { sum, section in
      let relevant = section.relevant(data.fineness)
      if let known = known[section], known.fineness == relevant { return sum + known.size }
      let size = deflated(data.bytes(of: section), level: .fast).count
      known[section] = (relevant, size)
      return sum + size
    }
  }
}

extension PageData.Section {
  /// `fineness` without what does not change this section.
  fileprivate func relevant(_ fineness: PageFineness) -> PageFineness {
    var relevant = PageFineness()
    if self != .endpointConsumers && self != .consumerDurations {
      relevant.slotsMerged = fineness.slotsMerged
    }
    if self != .slotConsumers && self != .consumerDurations && self != .slotDurations {
      relevant.endpointLimit = fineness.endpointLimit
    }
    switch self {
    case .slotEndpoints: break
    case .slotConsumers, .endpointConsumers: relevant.consumerLimit = fineness.consumerLimit
    case .endpointDurations:
      relevant.slotsPerGroup = fineness.slotsPerGroup
      relevant.hasEndpointClasses = fineness.hasEndpointClasses
      relevant.scale = fineness.scale
    case .consumerDurations:
      relevant.consumerLimit = fineness.consumerLimit
      relevant.scale = fineness.scale
    case .slotDurations: relevant.scale = fineness.scale
    }
    return relevant
  }
}
