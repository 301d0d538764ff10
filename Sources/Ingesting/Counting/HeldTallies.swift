internal import Attribution
internal import Diagnostics
internal import Tallying

/// Merges what the workers hand over, and gives it to the sink.
///
/// Between checkpoints the buckets are held back that are still being filled, since lines of them are to
/// come and their tallies would be split in two: the newest, and, where several sources are open, all
/// from the one on that the hindmost of them has come to. Everything older goes out, so that memory is
/// bounded by a flush and not by the length of the log. Tallies of provisional templates wait for the
/// checkpoint as well, when all that was answered for them is known (``ProvisionalTemplates``).
struct HeldTallies: ~Copyable {
  /// Lines are written when requests end, so a few lines belong to the bucket before.
  private static let heldBuckets: Int64 = 2
  /// How many bytes may be held back; beyond them the newest buckets go out early.
  private static let heldLimit = 24 << 20
  /// How many bytes may wait for a source that lags behind others.
  private static let laggingLimit = 16 << 20
  /// How many bytes may wait beside provisional tallies, so that these go out in the same messages.
  private static let besideProvisionalLimit = 2 << 20

  /// A table with no more than these is emptied where it is, rather than replaced.
  private static let fewTallies = 1024

  /// How many bytes of provisional tallies may wait; beyond them it is decided with what is known.
  private static let provisionalLimit = 8 << 20

  private let width: BucketWidth
  private let routes: NameTable
  /// Whether it is decided here which routes provisional tallies are of.
  private let settlesRoutes: Bool
  private var table: TallyTable
  private var provisional: TallyTable
  /// What observers noted is taken beside it while all tallies are held back.
  private let nothing: TallyTable
  private var newest: Int64 = 0
  /// The memory of what was held back the last time.
  private var heldMemory = 0

  init(
    measuring measures: TallyMeasures, width: BucketWidth, routes: NameTable,
    settlesRoutes: Bool = true
  ) {
    self.settlesRoutes = settlesRoutes
    self.width = width
    self.routes = routes
    table = TallyTable(measuring: measures)
    provisional = TallyTable(measuring: measures)
    nothing = TallyTable(measuring: measures)
  }

  var isEmpty: Bool { table.isEmpty && provisional.isEmpty }

  /// How many bytes the tables of all workers may take together before they are taken over. Merging costs
  /// as much as counting, so what is going to wait here grows where it is counted.
  var tableLimit: Int { provisional.isEmpty ? Ingestion.tableLimit : Self.besideProvisionalLimit }

  /// Takes over the tables of all workers, leaves empty ones in their boxes, and gives the sink what
  /// need not wait.
  ///
  /// - Parameter time: of the hindmost source, in nanoseconds since 1970: the buckets from there on wait
  ///   for more lines. Nil if nothing waits.
  mutating func flush(
    _ boxes: [TableBox], holdingFrom time: Int64?, into sink: any TallySink,
    noting coverage: inout Coverage
  ) throws(Diagnostic) {
    for box in boxes where !box.table.isEmpty {
      if settlesRoutes {
        box.table.moveRoutes(above: UInt32(routes.limit), to: &provisional)
      }
      newest = max(newest, coverage.note(box.table))
    }
    merge(boxes)
    if time == nil || provisional.memory > Self.provisionalLimit {
      settle(in: sink, noting: &coverage)
    }
    guard let time else { return try give(before: .max, to: sink, boxes) }
    if table.memory > Self.heldLimit { return try give(before: .max, to: sink, boxes) }
    // What is provisional comes back to buckets that would have gone out before: in a second message each.
    if !provisional.isEmpty, table.memory < Self.besideProvisionalLimit {
      return try sink.take(nothing, before: .min)
    }
    // Much that waits is not looked through before it is twice as much.
    if table.memory < 2 * heldMemory { return try sink.take(nothing, before: .min) }
    let reached = time == .max ? newest : min(newest, width.bucket(of: time))
    let first = table.memory > Self.laggingLimit ? newest : reached
    try give(before: first - Self.heldBuckets + 1, to: sink, boxes)
  }

  private mutating func give(
    before end: Int64, to sink: any TallySink, _ boxes: [TableBox]
  ) throws(Diagnostic) {
    try sink.take(table, before: end)
    if end == .max, table.count <= Self.fewTallies {
      // Nothing is left. Of many small sources, each comes here.
      table.removeAll()
      heldMemory = table.memory
      return
    }
    // The rest moves into a small table, and the large one's room serves a worker again.
    var rest = table.tallies(from: end)
    swap(&rest, &table)
    rest.removeAll()
    heldMemory = table.memory
    give(rest, to: boxes)
  }

  /// Decides which routes the provisional tallies are of.
  private mutating func settle(in sink: any TallySink, noting coverage: inout Coverage) {
    if provisional.isEmpty { return }
    let numbers = provisionalTemplates.settled(in: routes)
    sink.settle(numbers)
    var settled = TallyTable(measuring: provisional.measures)
    settled.merge(provisional) { numbers[$0] ?? 0 }
    provisional.removeAll()
    newest = max(newest, coverage.note(settled))
    table.merge(settled)
  }

  private var provisionalTemplates: ProvisionalTemplates {
    var templates = ProvisionalTemplates()
    let tallies = provisional.all
    for index in tallies.indices {
      templates.note(tallies[index].key.route, status: tallies[index].key.status)
    }
    return templates
  }

  /// Merges into the largest table: usually one thread has done most of the parsing.
  private mutating func merge(_ boxes: [TableBox]) {
    for box in boxes.sorted(by: { $0.table.count > $1.table.count }) {
      if box.table.isEmpty { continue }
      if table.isEmpty {
        swap(&table, &box.table)
      } else if table.count < box.table.count {
        var larger = TallyTable(measuring: box.table.measures)
        swap(&larger, &box.table)
        larger.merge(table)
        table = larger
      } else {
        table.merge(box.table)
        box.table.removeAll()
      }
    }
  }

  /// Leaves `table`, which is empty, in a box whose own is smaller.
  private func give(_ table: consuming TallyTable, to boxes: [TableBox]) {
    guard let box = boxes.min(by: { $0.table.memory < $1.table.memory }),
      box.table.memory < table.memory
    else { return }
    box.table = table
  }
}
