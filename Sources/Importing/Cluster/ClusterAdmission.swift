internal import Addressing
internal import Attribution
internal import Clustering
package import Configuring
package import Diagnostics
internal import Foundation
package import Ingesting
internal import Messaging
internal import Outbox

/// Decides, by the ledger, which sources of a job count: `backtally cluster admit`.
package struct ClusterAdmission {
  package struct Options: Sendable {
    package var settings: Settings
    package var version: String
    package var sourcesPath = "-"
    package var outputPath = "-"
    /// A list of the objects that the sources were read from.
    package var objectsPath: String?
    package var maxRejectedPercent = 10.0
    package var maxUnmatchedPercent = 90.0
    package var skipsBadSources = false

    package init(settings: Settings, version: String) {
      (self.settings, self.version) = (settings, version)
    }
  }

  private let options: Options
  private let watcher: any RunWatcher

  package init(_ options: Options, watcher: any RunWatcher) {
    (self.options, self.watcher) = (options, watcher)
  }

  /// Reads the sources' rows, and writes what is admitted.
  ///
  /// - Returns: what was decided, in a line for people.
  package func run() throws(Diagnostic) -> String {
    let app = try requiredTarget(options.settings)
    let routes = try LoadedRoutes(options.settings.routes)
    var rules = Admission.Options()
    rules.maxRejectedPercent = options.maxRejectedPercent
    rules.maxUnmatchedPercent = options.maxUnmatchedPercent
    rules.skipsBadSources = options.skipsBadSources
    rules.knownTemplates = routes.routes.map(\.template)
    let infers = routes.routes.isEmpty || options.settings.unmatched == .keep
    rules.inferredLimit = infers ? RouteRules.inferredLimit : 0
    var admission = Admission(rules)
    var header: TallyHeader?
    var input = try RowInput(path: options.sourcesPath)
    try admission.read(&input, header: &header)
    guard let header else { throw input.malformed("there are no rows", at: 1) }
    let target = options.settings.telemetry == nil ? "hub" : "otlp"
    guard header.target == target else { throw .otherTarget(header.target, target) }
    if let path = options.objectsPath { admission.note(try stamps(path)) }
    let known = try KnownSources.recorded(app, options.settings)
    let head = AdmissionHead(
      backtally: options.version, job: header.job, target: target, app: app, bucket: header.bucket,
      instance: target == "otlp" ? known.instance ?? newInstance(app) : nil)
    let outcome = try admission.decide(head, standing: known.standing)
    for refusal in outcome.refusals { watcher.report(.leftOut(refusal)) }
    if outcome.isOutOfDoubts { watcher.report(.outOfDoubts) }
    try outcome.file.write(to: options.outputPath)
    return Self.text(outcome)
  }

  /// What an app's instance in a state directory is called that has not reported yet.
  private func newInstance(_ app: App) -> String {
    derivedUUID(of: "instance \(app.text) \(options.settings.stateDirectory ?? "")".utf8)
  }

  private static func text(_ outcome: Admission.Outcome) -> String {
    let leftOut = outcome.leftOut.values.reduce(0, +)
    var text =
      "\(counted(outcome.file.sources.count, "source")) admitted of \(grouped(outcome.sourceCount))"
    for (count, what) in [
      (outcome.importedCount, "imported before"), (outcome.copyCount, "copies"),
      (outcome.emptyCount, "empty"), (outcome.refusals.count, "left out"),
    ] where count > 0 { text += ", \(grouped(count)) \(what)" }
    text +=
      "; \(grouped(outcome.linesRead)) lines = \(grouped(outcome.linesTallied)) requests + "
      + "\(grouped(leftOut)) left out; admission \(outcome.file.head.admission.prefix(16))"
    if outcome.file.sources.isEmpty { text += "\nnothing to do" }
    return text
  }

  // MARK: Objects

  /// A row of a list of objects. Other members are allowed.
  private struct Object: Codable {
    var path: String
    var size: Int
    /// Nanoseconds since 1970.
    var modified: Int64
    var etag: String?

    /// As the ledger keeps it: what has an ETag, and no inode, goes by that.
    var stamp: LedgerSource.FileStamp {
      let digest = sha256(Array((etag ?? "").utf8)).prefix(8)
      let number = digest.reduce(Int64(0)) { $0 << 8 | Int64($1) }
      return LedgerSource.FileStamp(
        size: size, modifiedAt: modified, inode: number, device: ClusterAdmission.objectDevice)
    }
  }

  /// Stands for the device of what is no file of this machine.
  private static let objectDevice: Int64 = -2

  private func stamps(_ path: String) throws(Diagnostic) -> [String: SourceRow.Stamp] {
    var stamps: [String: SourceRow.Stamp] = [:]
    var input = try RowInput(path: path)
    while try input.advance() {
      let object = try object(input)
      let stamp = object.stamp
      stamps[object.path] = SourceRow.Stamp(
        size: stamp.size, modified: stamp.modifiedAt, inode: stamp.inode, device: stamp.device)
    }
    return stamps
  }

  private func object(_ input: borrowing RowInput) throws(Diagnostic) -> Object {
    guard let object = try? JSONDecoder().decode(Object.self, from: Data(input.copied)) else {
      throw input.malformed("this is no object: {\"path\":…,\"size\":…,\"modified\":…}")
    }
    return object
  }

  /// Passes on those objects of standard input that the ledger does not know as they are.
  ///
  /// - Returns: how many were passed on, and how many were not.
  package func filterObjects() throws(Diagnostic) -> (new: Int, known: Int) {
    let known = try KnownSources.recorded(
      try requiredTarget(options.settings), options.settings)
    var input = try RowInput(path: options.sourcesPath)
    var output = try RowOutput(path: options.outputPath)
    var counts = (new: 0, known: 0)
    while try input.advance() {
      let object = try object(input)
      if known.has(object.stamp, at: object.path) {
        counts.known += 1
      } else {
        counts.new += 1
        try output.write(input.copied + [0x0A])
      }
    }
    try output.finish()
    return counts
  }
}

/// The application in `settings`.
func requiredTarget(_ settings: Settings) throws(Diagnostic) -> App {
  guard let app = settings.target else { preconditionFailure("the settings were to have a target") }
  return app
}

/// What the ledger knows of an application's sources.
struct KnownSources {
  private struct Beginning: Hashable {
    var length: Int
    var sum: UInt64
  }

  private struct Fingerprint: Hashable {
    var hash: String
    var length: Int
  }

  /// The UUID of the instance that reports by OTLP; nil if there is none yet.
  private(set) var instance: String?
  private var ids: Set<SourceID> = []
  private var fingerprints: Set<Fingerprint> = []
  private var beginnings: Set<Beginning> = []
  private var stamps: [String: LedgerSource.FileStamp] = [:]

  /// Of a state directory; nothing is known where there is none yet.
  static func recorded(_ app: App, _ settings: Settings) throws(Diagnostic) -> KnownSources {
    guard let directory = settings.stateDirectory else {
      throw Diagnostic(
        .error, code: "no-state-directory", "there is no home directory to keep the outbox in",
        hint: "name a folder with --state-dir", exitStatus: .wrongUsage)
    }
    do throws(OutboxError) {
      let outbox = try OutboxDatabase.openForReading(in: directory)
      let known = try KnownSources(outbox, app)
      try outbox.close()
      return known
    } catch {
      guard case .missing = error else { throw error.diagnostic(stateDirectory: directory) }
      return KnownSources()
    }
  }

  private init() {}

  init(_ outbox: OutboxDatabase, _ app: App) throws(OutboxError) {
    instance = try outbox.value(forKey: OutboxSink.Key.instance, of: app)
    try outbox.forEachSource(of: app) { add($0) }
  }

  private mutating func add(_ source: LedgerSource) {
    guard case .fingerprint(let hash, let length) = source.identity else { return }
    ids.insert(
      SourceID(
        fingerprint: hash, position: source.position.bytes, check: source.position.check))
    fingerprints.insert(Fingerprint(hash: hexadecimal(hash), length: length))
    if let sum = source.beginning { beginnings.insert(Beginning(length: length, sum: sum)) }
    if let stamp = source.file { stamps[source.lastPath] = stamp }
  }

  func standing(_ row: SourceRow) -> Admission.Standing {
    if let id = row.id, ids.contains(id) { return .imported }
    let isBegun =
      fingerprints.contains(Fingerprint(hash: row.fingerprint, length: row.fingerprint_length))
      || row.beginnings.contains { beginning in
        beginning.count == 2
          && beginnings.contains(
            Beginning(length: Int(clamping: beginning[0]), sum: beginning[1]))
      }
    return isBegun ? .begun : .new
  }

  func has(_ stamp: LedgerSource.FileStamp, at path: String) -> Bool { stamps[path] == stamp }
}

extension Diagnostic {
  fileprivate static func otherTarget(_ tallied: String, _ target: String) -> Diagnostic {
    Diagnostic(
      .error, code: "other-target",
      "the rows were tallied for \(tallied), and are to be admitted for \(target)",
      hint: "give both commands the same --target", exitStatus: .wrongUsage)
  }

  fileprivate static func leftOut(_ refusal: Admission.Refusal) -> Diagnostic {
    Diagnostic(
      .error, code: "source-left-out", "is left out: \(refusal.reason)",
      at: Place(source: refusal.path), exitStatus: .inputUnreadable)
  }

  fileprivate static let outOfDoubts = Diagnostic(
    .warning, code: "many-unknown-paths",
    "a task had more paths that nothing but 404 was answered for than it can keep apart; some that are "
      + "endpoints elsewhere are counted under /{other}",
    hint: "give the tasks fewer files, or name the routes with --routes")
}
