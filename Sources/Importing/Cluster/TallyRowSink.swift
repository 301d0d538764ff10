internal import Attribution
internal import ByteScanning
internal import Clustering
internal import Diagnostics
internal import Ingesting
internal import Messaging
internal import Tallying

/// Writes what a reading finds as rows, source by source: the sink of a tally. The reading has to read
/// sources apart.
final class TallyRowSink: TallySink {
  var measures: TallyMeasures { plan.telemetry == nil ? .linearBins : .exponentialBins }

  private let plan: HubRecordPlan
  private let consumerNames: ConsumerNames?
  private let sources: TallySources
  private var output: RowOutput
  private var spool = RowSpool()
  private var items: TallyItems
  /// Those of the provisional templates of one source, which get numbers of their own, and how they are written.
  private var provisional: TallyTable
  private var provisionalItems: TallyItems
  private var buffer = OwnedBuffer<UInt8>(capacity: 1 << 16)
  /// Of the source that is being read.
  private var templates: TemplateCounts
  private var consumers: Set<NameTable.ID> = []
  private var details = ConsumerDetailTable()
  /// What all sources so far came to.
  private var counted: LineCounts
  private(set) var sourceCount = 0
  private(set) var incompleteCount = 0

  init(
    _ plan: HubRecordPlan, consumerNames: ConsumerNames?, sources: TallySources,
    output: consuming RowOutput
  ) {
    self.plan = plan
    self.consumerNames = consumerNames
    self.sources = sources
    self.output = output
    templates = TemplateCounts(plan.names)
    items = TallyItems(names: plan.names, routes: plan.names.routes)
    provisionalItems = TallyItems(names: plan.names, routes: plan.names.routes)
    provisional = TallyTable(
      measuring: plan.telemetry == nil ? .linearBins : .exponentialBins)
    counted = LineCounts(filterCount: plan.rules.filters.count)
  }

  func makeObserver() throws -> (any RecordObserver)? { try plan.makeObserver() }

  // MARK: Tallies

  func take(_ table: borrowing TallyTable, before end: Int64) throws(Diagnostic) {
    let hasProvisional = note(table, before: end)
    let routes = plan.names.routes
    items.begin(table, before: end, lastRoute: UInt32(routes.limit))
    try write(.requests, table, &items)
    if hasProvisional { try takeProvisional(table, before: end) }
    for noted in plan.handedOver.takeAll() {
      details.merge(noted.consumers)
      try write(noted.errors)
    }
  }

  /// Provisional templates get numbers of their own, among themselves.
  private func takeProvisional(
    _ table: borrowing TallyTable, before end: Int64
  ) throws(Diagnostic) {
    let routes = plan.names.routes
    let names = NameTable(limit: RunNames.sharedProvisionalLimit * 2)
    provisional.merge(table, before: end, ofRoutesAbove: UInt32(routes.limit)) { id in
      let name = routes.name(id)
      return names.id(for: name.span, in: 0..<name.count) ?? 0
    }
    provisionalItems.change(routes: names)
    provisionalItems.begin(provisional, before: .max)
    try write(.provisionalRequests, provisional, &provisionalItems)
    provisional.removeAll()
  }

  private func write(
    _ kind: RowKind, _ table: borrowing TallyTable, _ items: inout TallyItems
  ) throws(Diagnostic) {
    buffer.removeAll()
    while let (bucket, _) = items.appendNext(of: table, upTo: RowLimits.items, to: &buffer) {
      try spool.append(kind, bucket: bucket, items: buffer)
      buffer.removeAll()
    }
  }

  /// - Returns: whether any of the tallies is of a provisional template.
  private func note(_ table: borrowing TallyTable, before end: Int64) -> Bool {
    let limit = UInt32(plan.names.routes.limit)
    var hasProvisional = false
    let tallies = table.all
    for index in tallies.indices {
      let key = tallies[index].key
      guard key.bucket < end else { continue }
      templates.add(
        tallies[index].requestCount, status: key.status, method: key.method, route: key.route)
      if consumerNames != nil && key.consumer > 0 { consumers.insert(key.consumer) }
      if key.route > limit { hasProvisional = true }
    }
    return hasProvisional
  }

  private func write(_ errors: ErrorTallies) throws(Diagnostic) {
    if errors.isEmpty { return }
    var (lasting, provisional) = (errors, ErrorTallies())
    lasting.moveProvisional(in: plan.names.routes, to: &provisional)
    for (errors, isProvisional) in [(lasting, false), (provisional, true)] {
      var pending: (kind: RowKind, bucket: Int64)?
      for item in errors.items(plan.names) {
        let kind = (item.isServerError ? RowKind.serverErrors : .validationErrors)
          .provisional(isProvisional)
        if let row = pending,
          row.kind != kind || row.bucket != item.bucket
            || buffer.count + item.json.count > RowLimits.items
        {
          try spool.append(row.kind, bucket: row.bucket, items: buffer)
          buffer.removeAll()
        } else if pending != nil {
          buffer.append(UInt8(ascii: ","))
        }
        pending = (kind, item.bucket)
        buffer.append(item.json.span)
      }
      if let row = pending {
        try spool.append(row.kind, bucket: row.bucket, items: buffer)
        buffer.removeAll()
      }
    }
  }

  // MARK: Sources

  func checkpoint(_ facts: CheckpointFacts) throws(Diagnostic) {
    let ended = facts.sources.filter { $0.isOver && !$0.isArchive }
    precondition(ended.count <= 1, "the tallies are of two sources")
    guard let progress = ended.first else { return }
    var row = sources.takeRow(of: progress.index) ?? sources.unreadRow(progress.path)
    row.complete = progress.failure == nil
    row.problem = progress.failure?.message
    let filters = plan.rules.filters.map(\.name)
    let before = counted.leftOut(filterNames: filters)
    row.left_out = facts.counts.leftOut(filterNames: filters)
      .merging(before) { $0 - $1 }.filter { $0.value > 0 }
    row.rejected = facts.counts.rejectedCount - counted.rejectedCount
    row.overflow = overflow
    counted = facts.counts
    try write(row)
  }

  /// Writes the last row.
  func end() throws(Diagnostic) { try output.end() }

  /// Writes a source that could not be read.
  func writeUnread(_ path: String, _ problem: String) throws(Diagnostic) {
    var row = sources.unreadRow(path)
    row.problem = problem
    try write(row)
  }

  private func write(_ row: SourceRow) throws(Diagnostic) {
    defer { forget() }
    sourceCount += 1
    guard row.complete, let id = row.rowsID else {
      incompleteCount += 1
      return try output.write(row.line)
    }
    try spool.write(as: id, to: &output)
    for line in rows(namesOf: id) + rows(templatesOf: id) { try output.write(line) }
    try output.write(row.line)
  }

  private func forget() {
    spool.removeAll()
    templates.removeAll()
    consumers.removeAll(keepingCapacity: true)
    details = ConsumerDetailTable(keepingLimitOf: details)
  }

  private var overflow: [String] {
    let names = plan.names
    return [
      ("templates", names.routes.refusalCount > 0), ("doubts", names.routes.isProvisionalFull),
      ("methods", names.methods.refusalCount > 0),
      ("consumers", names.consumers.refusalCount > 0 || details.isOverLimit),
    ].filter(\.1).map(\.0)
  }

  private func rows(templatesOf id: SourceID) -> [[UInt8]] {
    parts(templates.templates(), size: { $0.path.utf8.count + 256 }).map {
      TemplateRow(templates: id.text, t: $0).line
    }
  }

  private func rows(namesOf id: SourceID) -> [[UInt8]] {
    var found: [String: ConsumerDetails] = [:]
    for (consumer, details) in details.details {
      found[plan.names.consumers.text(consumer)] = details
    }
    for consumer in consumers {
      let identifier = plan.names.consumers.text(consumer)
      guard let named = consumerNames?.entries[identifier] else { continue }
      let known = found[identifier]
      found[identifier] = ConsumerDetails(
        name: named.name ?? known?.name, group: named.group ?? known?.group)
    }
    let all = found.filter { !$0.value.isEmpty }.sorted { $0.key < $1.key }.map {
      NameRow.Consumer(identifier: $0.key, name: $0.value.name, group: $0.value.group)
    }
    return parts(all, size: { $0.identifier.utf8.count + 1024 }).map {
      NameRow(names: id.text, c: $0).line
    }
  }

  /// Lists that each fit into a row.
  private func parts<Element>(
    _ elements: [Element], size: (Element) -> Int
  ) -> [[Element]] {
    var parts: [[Element]] = []
    var room = 0
    for element in elements {
      if room < size(element) {
        parts.append([])
        room = RowLimits.items
      }
      parts[parts.count - 1].append(element)
      room -= size(element)
    }
    return parts
  }
}
