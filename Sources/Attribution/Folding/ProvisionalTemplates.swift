internal import ByteScanning

/// Decides what becomes of the provisional templates of a run (``NameTable/Doubt``), with all requests
/// at hand that were counted for them.
///
/// A template that was only ever answered 404 or 405 is no endpoint. If no other answer has given it a
/// lasting number meanwhile, its requests are counted under the template for all the rest.
///
/// A segment in doubt identifies something if there are more than ``formLimit`` others like it, or if the
/// template without doubt is known: from an ID that certainly is one, or from earlier evidence.
package struct ProvisionalTemplates {
  /// With at most this many templates that differ in segments of a doubtful form, these are endpoints
  /// (`/v1.0`, `/v1.1`; `/step-1` to `/step-5`).
  static let formLimit = 5

  private var isAnswered: [NameTable.ID: Bool] = [:]

  package init() {}

  /// Notes a template with a provisional number, and that a request for it was answered so.
  package mutating func note(_ id: NameTable.ID, status: UInt16) {
    let isEndpoint = status != 404 && status != 405
    isAnswered[id] = isEndpoint || isAnswered[id] ?? false
  }

  /// The lasting number for each of the templates.
  ///
  /// - Postcondition: no number is provisional.
  package func settled(in names: NameTable) -> [NameTable.ID: NameTable.ID] {
    let overflow = names.id(for: RouteRules.overflowTemplate) ?? 0
    let all = isAnswered.map { id, isAnswered in
      Template(id: id, isAnswered: isAnswered, name: names.name(id))
    }
    // Those that are answered first, in an order that does not depend on threads: numbers may run out.
    let ordered = all.sorted { first, second in
      first.isAnswered == second.isAnswered
        ? first.name.lexicographicallyPrecedes(second.name) : first.isAnswered
    }
    var likeNames: [[UInt8]: Int] = [:]
    for template in ordered where template.isAnswered { likeNames[template.wider, default: 0] += 1 }
    var settled: [NameTable.ID: NameTable.ID] = [:]
    for template in ordered {
      let isFolded =
        likeNames[template.wider, default: 0] > Self.formLimit
        || template.wider != template.name && names.knows(template.wider)
      let name = isFolded ? template.wider : template.name
      let number =
        template.isAnswered
        ? names.id(for: name.span, in: 0..<name.count)
        : names.knownID(for: name.span, in: 0..<name.count)
      settled[template.id] = number ?? overflow
    }
    return settled
  }

  private struct Template {
    var id: NameTable.ID
    var isAnswered: Bool
    var name: [UInt8]
    /// With what is in doubt folded; the name itself if nothing is.
    var wider: [UInt8]

    init(id: NameTable.ID, isAnswered: Bool, name: [UInt8]) {
      (self.id, self.isAnswered, self.name) = (id, isAnswered, name)
      var wider = OwnedBuffer<UInt8>(capacity: 256)
      let isFolded = PathFolder().fold(
        name.span, in: 0..<name.count, into: &wider, foldsDoubtful: true)
      self.wider = isFolded ? wider.copied() : name
    }
  }
}

extension NameTable {
  /// Whether the number is that of a provisional name.
  package func isProvisional(_ id: ID) -> Bool { Int(id) > limit }

  fileprivate func knows(_ name: [UInt8]) -> Bool {
    knownID(for: name.span, in: 0..<name.count) != nil
  }
}
