internal import Attribution
internal import Diagnostics
internal import Tallying

/// Merges what the workers hand over, and gives it to the sink.
///
/// Between checkpoints the newest buckets are held back, since lines of them are still to come and
/// their tallies would be split in two; everything older goes out, so that memory is bounded by a flush
/// and not by the length of the log. Tallies of provisional templates wait for the checkpoint as well, when all
/// that was answered for them is known (``ProvisionalTemplates``).
struct HeldTallies: ~Copyable {
  /// Lines are written when requests end, so a few lines belong to the bucket before.
  private static let heldBuckets: Int64 = 2
  /// How many bytes may be held back; beyond them the newest buckets go out early.
  private static let heldLimit = 24 << 20

  /// How many bytes of provisional tallies may wait; beyond them it is decided with what is known.
  private static let provisionalLimit = 8 << 20

  private var table: TallyTable
  private var provisional: TallyTable
  private let routes: NameTable

  init(measuring measures: TallyMeasures, routes: NameTable) {
    table = TallyTable(measuring: measures)
    provisional = TallyTable(measuring: measures)
    self.routes = routes
  }

  var isEmpty: Bool { table.isEmpty && provisional.isEmpty }

  /// Takes over the tables of all workers, leaves empty ones in their boxes, and gives the sink what
  /// need not wait.
  ///
  /// - Parameter holdsBack: whether the newest buckets wait for more lines.
  mutating func flush(
    _ boxes: [TableBox], holdsBack: Bool, into sink: any TallySink, noting coverage: inout Coverage
  ) throws(Diagnostic) {
    merge(boxes)
    table.moveRoutes(above: UInt32(routes.limit), to: &provisional)
    if !holdsBack || provisional.memory > Self.provisionalLimit { settle() }
    let newest = coverage.note(table)
    let end =
      holdsBack && table.memory <= Self.heldLimit ? newest - Self.heldBuckets + 1 : Int64.max
    try sink.take(table, before: end)
    // The rest moves into a small table, and the large one's room serves a worker again.
    var rest = table.tallies(from: end)
    swap(&rest, &table)
    rest.removeAll()
    give(rest, to: boxes)
  }

  /// Decides which routes the provisional tallies are of.
  private mutating func settle() {
    if provisional.isEmpty { return }
    let numbers = provisionalTemplates.settled(in: routes)
    table.merge(provisional) { numbers[$0] ?? 0 }
    provisional.removeAll()
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
      if table.count < box.table.count {
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
