internal import Addressing
internal import Attribution
internal import Clustering
internal import Configuring
package import Diagnostics
internal import Foundation
package import Ingesting
internal import Messaging
internal import Outbox
internal import Reporting
internal import Tallying

/// Queues and delivers what a cluster has merged: `backtally cluster import`. All of it is one transaction,
/// messages and sources, so that it counts as a whole or not at all.
package struct ClusterImport {
  private let options: ImportOptions
  private let directory: String
  private let watcher: any RunWatcher
  private let started = ContinuousClock.now

  package init(_ options: ImportOptions, directory: String, watcher: any RunWatcher) {
    (self.options, self.directory, self.watcher) = (options, directory, watcher)
  }

  package func run() async throws(Diagnostic) -> ClusterImportSummary {
    let admitted = try AdmittedFile(path: Manifest.admittedPath(in: directory))
    let manifest = try Manifest(in: directory)
    let app = try requiredTarget(options.settings)
    try check(manifest, admitted, app)
    let routes = try LoadedRoutes(options.settings.routes)
    let connection = try HubConnection(
      to: DeliveryTarget(options.settings), caFile: options.settings.caFile,
      version: options.version, environment: ProcessInfo.processInfo.environment)
    for warning in connection.warnings { watcher.report(warning) }
    guard let state = options.settings.stateDirectory else {
      throw Diagnostic(
        .error, code: "no-state-directory", "there is no home directory to keep the outbox in",
        hint: "name a folder with --state-dir", exitStatus: .wrongUsage)
    }
    let outbox = try await openOutbox(in: state, waiting: options.waitsForLock)
    var summary = ClusterImportSummary(admitted)
    let run = try translating(state) { () throws(OutboxError) in
      if options.settings.telemetry == nil { try outbox.adopt(app) }
      return try outbox.startRun(command: "cluster import", of: app, at: now())
    }
    do throws(Diagnostic) {
      try queue(admitted, manifest, routes, in: outbox, app, run, state, &summary)
      let delivery = HubDelivery(
        outbox: outbox, app: app, connection: connection,
        giveUpAfter: .seconds(options.giveUpAfterSeconds))
      let result = try await delivery.finish()
      for diagnostic in result.diagnostics { watcher.report(diagnostic) }
      summary.messages = result.messages(queued: summary.messages.queued)
      summary.exitStatus =
        result.exitStatus ?? (admitted.head.left_out > 0 ? .inputUnreadable : .done)
    } catch {
      end(outbox, run, summary, error.exitStatus)
      throw error
    }
    summary.seconds = started.duration(to: .now).inSeconds
    end(outbox, run, summary, summary.exitStatus)
    return summary
  }

  /// Records how the run ended.
  private func end(
    _ outbox: OutboxDatabase, _ run: Int64, _ summary: ClusterImportSummary, _ status: ExitStatus
  ) {
    try? outbox.finishRun(run, exitStatus: status.rawValue, totals: RunTotals(summary), at: now())
    try? outbox.close()
  }

  private func check(
    _ manifest: Manifest, _ admitted: AdmittedFile, _ app: App
  ) throws(Diagnostic) {
    let head = admitted.head
    guard manifest.admission == head.admission, manifest.job == head.job,
      manifest.requests == admitted.requestCount, manifest.sources == admitted.sources.count
    else { throw .otherAdmission(directory) }
    try manifest.check(directory)
    let target = options.settings.telemetry == nil ? "hub" : "otlp"
    guard head.client_id == app.clientID, head.env == app.environment, head.target == target else {
      throw .otherApp(head, app, target)
    }
  }

  // MARK: The transaction

  private func queue(
    _ admitted: AdmittedFile, _ manifest: Manifest, _ routes: LoadedRoutes,
    in outbox: OutboxDatabase, _ app: App, _ run: Int64, _ state: String,
    _ summary: inout ClusterImportSummary
  ) throws(Diagnostic) {
    let key = "admission \(admitted.head.admission)"
    let isKnown = try translating(state) { () throws(OutboxError) in
      try outbox.value(forKey: key, of: app) != nil
    }
    if isKnown {
      summary.isRepeated = true
      return
    }
    let checkpoint = try translating(state) { () throws(OutboxError) in
      let known = try KnownSources(outbox, app)
      let met = admitted.sources.first {
        if case .new = known.standing($0) { false } else { true }
      }
      return (try outbox.beginCheckpoint(), met)
    }
    if let met = checkpoint.1 {
      checkpoint.0.rollback()
      throw .importedMeanwhile(met.path)
    }
    var queue = ClusterQueue(
      checkpoint.0, outbox: outbox, app: app, options: options, head: admitted.head)
    do {
      try queue.fill(admitted, manifest, routes, from: directory)
      summary.messages.queued = queue.messageCount
      summary.timelessCount = queue.timelessCount
      try checkpoint.0.set("\(now())", forKey: key, of: app)
      try checkpoint.0.record(RunTotals(summary), ofRun: run, at: now())
      try checkpoint.0.commit()
    } catch let error as Diagnostic {
      checkpoint.0.rollback()
      throw error
    } catch let error as OutboxError {
      throw error.diagnostic(stateDirectory: state)
    } catch {
      throw Diagnostic(.error, code: "fault", "queueing failed: \(error)")
    }
    if queue.timelessCount > 0 { watcher.report(.timeless(queue.timelessCount)) }
  }

  private func translating<Value>(
    _ state: String, _ body: () throws(OutboxError) -> Value
  ) throws(Diagnostic) -> Value {
    do throws(OutboxError) { return try body() } catch {
      throw error.diagnostic(stateDirectory: state)
    }
  }
}

/// Puts the messages and sources of a job into an open checkpoint.
private struct ClusterQueue {
  private let checkpoint: Outbox.Checkpoint
  private let outbox: OutboxDatabase
  private let app: App
  private let options: ImportOptions
  private let head: AdmissionHead
  private let width: BucketWidth
  private var generator = SystemRandomNumberGenerator()
  /// What the messages add up to, as far as the outbox has not been told.
  private var sums = TrafficSums()
  private(set) var messageCount = 0
  private(set) var timelessCount: Int64 = 0

  init(
    _ checkpoint: Outbox.Checkpoint, outbox: OutboxDatabase, app: App, options: ImportOptions,
    head: AdmissionHead
  ) {
    (self.checkpoint, self.outbox, self.app) = (checkpoint, outbox, app)
    (self.options, self.head) = (options, head)
    width = BucketWidth(seconds: head.bucket)
  }

  mutating func fill(
    _ admitted: AdmittedFile, _ manifest: Manifest, _ routes: LoadedRoutes, from directory: String
  ) throws {
    let telemetry = options.settings.telemetry
    if telemetry == nil {
      try announce(routes, admitted.routes, as: nil)
      for part in manifest.parts { try queue(part, in: directory, queueing: hubMessage) }
      try report(admitted, as: nil)
    } else {
      let instance = head.instance ?? app.instanceUUID
      if try outbox.value(forKey: OutboxSink.Key.instance, of: app) == nil {
        try checkpoint.set(instance, forKey: OutboxSink.Key.instance, of: app)
      }
      let source = TelemetrySource(
        environment: app.environment, instance: instance, version: options.version,
        encoding: telemetry?.compresses == false ? .plain : .gzip)
      try queueMetrics(manifest, in: directory, source)
      if telemetry?.isApitally == true {
        try report(admitted, as: source)
        try announce(routes, admitted.routes, as: source)
      }
    }
    try recordSums()
    for row in admitted.sources { try record(row) }
  }

  private mutating func recordSums() throws(OutboxError) {
    if sums.isEmpty { return }
    try checkpoint.add(TrafficRows(sums), of: app, at: now())
    sums = TrafficSums()
  }

  private mutating func enqueue(_ message: HubMessage) throws(OutboxError) {
    if let digest = message.contentDigest {
      if try outbox.value(forKey: OutboxSink.Key.startup, of: app) == digest { return }
      try checkpoint.set(digest, forKey: OutboxSink.Key.startup, of: app)
    }
    try enqueue(message.body, as: message.uuid, message.envelope, kind: message.kind)
  }

  private mutating func enqueue(
    _ body: [UInt8], as uuid: String, _ envelope: Envelope, kind: MessageKind = .sync
  ) throws(OutboxError) {
    try checkpoint.enqueue(
      NewMessage(
        app: app, kind: kind, uuid: uuid, envelope: envelope, body: body, enqueuedAt: now()))
    messageCount += 1
    guard kind == .sync else { return }
    // Others have counted: what it is can only be read from the message.
    sums += trafficSums(envelope, body)
    if sums.count >= RunningSums.limit { try recordSums() }
  }

  // MARK: Parts

  /// Reads a part, each line of which `queueing` takes; what is read has to be what the manifest says.
  private mutating func queue(
    _ part: Manifest.Part, in directory: String,
    queueing take: (inout ClusterQueue, [UInt8]) throws -> String?
  ) throws {
    var reader = try MessagePart(
      path: "\(directory)/messages/\(part.name)", admission: head.admission)
    while try reader.advance() {
      if let problem = try take(&self, reader.line) { throw reader.malformed(problem) }
    }
    guard reader.entry(part.name) == part else {
      throw reader.malformed("the part is not what manifest.json says")
    }
  }

  private let hubMessage: (inout ClusterQueue, [UInt8]) throws -> String? = { queue, line in
    let envelope = queue.app.envelope(of: .sync)
    let prefix = Array("{\"path\":\"\(envelope.path)\",\"body\":".utf8)
    let start = Array(
      "{\"instance_uuid\":\"\(queue.app.instanceUUID)\",\"message_uuid\":\"".utf8)
    guard line.starts(with: prefix + start), line.last == UInt8(ascii: "}"),
      line.count > prefix.count + start.count + 36 + 2
    else { return "this is no message of this application" }
    let body = Array(line[prefix.count..<line.count - 1])
    let uuid = String(decoding: body[start.count..<start.count + 36], as: UTF8.self)
    try queue.enqueue(body, as: uuid, envelope)
    return nil
  }

  /// A line of a part with requests by OTLP.
  private struct MetricsLine: Decodable {
    var path: String
    var bucket: Int64
    var requests: Int64
    var timeless: Int64
    var body_base64: Data
  }

  private mutating func queueMetrics(
    _ manifest: Manifest, in directory: String, _ source: TelemetrySource
  ) throws {
    var messages = MetricsMessages(source)
    var parts: [Int64: Int] = [:]
    let admission = Array(head.admission.utf8)
    func uuid(_ body: [UInt8]) -> String { derivedUUID(of: admission + sha256(body)) }
    for part in manifest.parts {
      try queue(part, in: directory) { queue, line in
        guard let line = try? JSONDecoder().decode(MetricsLine.self, from: Data(line)),
          line.path == "/v1/metrics", (0...queue.head.lastBucket).contains(line.bucket),
          line.requests >= 0,
          line.timeless >= 0
        else { return "this is no message of this application" }
        var body = Array(line.body_base64)
        let number =
          try parts[line.bucket]
          ?? queue.checkpoint.addPart(
            ofBucketAt: queue.width.start(of: line.bucket), of: queue.app)
        parts[line.bucket] = number
        guard MetricsTimes.setPart(number, ofBucket: line.bucket, queue.width, in: &body) != nil
        else { return "the message is damaged" }
        queue.timelessCount += line.timeless
        try messages.add(body, requestCount: line.requests, uuid: uuid) { try queue.enqueue($0) }
        return nil
      }
    }
    try messages.finish(uuid: uuid) { try enqueue($0) }
  }

  // MARK: What travels beside numbers

  /// Tells what the application is: its known routes, those that were found, and those that earlier imports
  /// have found.
  private mutating func announce(
    _ loaded: LoadedRoutes, _ found: [RouteRow], as source: TelemetrySource?
  ) throws(OutboxError) {
    let known = Set(loaded.routes)
    let infers = known.isEmpty || options.settings.unmatched == .keep
    var facts = StartupFacts(options)
    facts.openAPI = loaded.openAPI
    facts.routes = loaded.routes
    if infers {
      let all = try remembered(found.map { KnownRoute(method: $0.method, template: $0.route) })
      facts.routes += all.filter { !known.contains($0) }
    }
    if facts.routes.isEmpty { return }
    if let source {
      try enqueue(EventEncoder(source).message(facts, at: now(), using: &generator))
    } else {
      try enqueue(facts.message(from: app, using: &generator))
    }
  }

  /// Routes that were found, with those that are remembered, as far as there is room.
  private func remembered(_ found: [KnownRoute]) throws(OutboxError) -> [KnownRoute] {
    let text = try outbox.value(forKey: OutboxSink.Key.routes, of: app) ?? ""
    let earlier = Set(OutboxSink.routes(in: text)).subtracting(found)
    let limit = HubMessageWriter.rememberedLimit
    func sorted(_ routes: some Sequence<KnownRoute>) -> [KnownRoute] {
      routes.sorted { ($0.template, $0.method) < ($1.template, $1.method) }
    }
    let all = sorted(
      sorted(found).prefix(limit) + sorted(earlier).prefix(max(0, limit - found.count)))
    try checkpoint.set(OutboxSink.text(of: all), forKey: OutboxSink.Key.routes, of: app)
    return all
  }

  /// Tells names and groups of consumers that are new.
  private mutating func report(
    _ admitted: AdmittedFile, as source: TelemetrySource?
  ) throws(OutboxError) {
    guard !admitted.consumers.isEmpty else { return }
    let reported = try outbox.consumers(of: app)
    var news: [(identifier: String, details: ConsumerDetails)] = []
    for row in admitted.consumers {
      let known = reported[row.consumer]
      let update = ConsumerDetails(name: row.name ?? known?.name, group: row.group ?? known?.group)
      if update.isEmpty || update == ConsumerDetails(name: known?.name, group: known?.group) {
        continue
      }
      news.append((row.consumer, update))
      try checkpoint.remember(
        ReportedConsumer(name: update.name, group: update.group), as: row.consumer, of: app)
    }
    if news.isEmpty { return }
    let last = admitted.sources.compactMap(\.last_request).max() ?? 0
    let messages =
      if let source {
        EventEncoder(source).messages(news, at: now(), using: &generator)
      } else {
        DetailEncoder(app: app, width: width, names: RunNames(routeLimit: 1))
          .messages(news, bucket: width.bucket(of: last), using: &generator)
      }
    for message in messages { try enqueue(message) }
  }

  // MARK: Sources

  private func record(_ row: SourceRow) throws {
    guard let fingerprint = bytes(ofHexadecimal: row.fingerprint), fingerprint.count == 32,
      let check = bytes(ofHexadecimal: row.check), check.count == 32
    else { throw Diagnostic.damagedSource(row.path) }
    let time = now()
    let scope = CountingScope(
      window: (row.since ?? .min)..<max(row.until ?? .max, row.since ?? .min), rules: row.rules)
    var counts = StretchCounts()
    counts.requests = row.tallied
    counts.outsideWindow = row.outside_window
    counts.leftOutByRules = row.left_out_by_rules
    try checkpoint.record(
      LedgerSource(
        app: app, identity: .fingerprint(fingerprint, length: row.fingerprint_length),
        beginning: row.beginnings.last?.last,
        position: LedgerSource.Position(
          bytes: row.position, lines: row.lines, check: check, checkLength: row.check_length),
        format: row.format,
        parts: PartsToRead(nil, scope).parts(readUpTo: (row.position, row.lines), [counts]),
        file: row.stamp.map {
          LedgerSource.FileStamp(
            size: $0.size, modifiedAt: $0.modified, inode: $0.inode, device: $0.device)
        }, lastPath: row.path, firstRequestAt: row.first_request, lastRequestAt: row.last_request,
        lineCount: row.lines, requestCount: row.tallied, firstImportedAt: time,
        lastImportedAt: time))
  }
}

extension RunTotals {
  fileprivate init(_ summary: ClusterImportSummary) {
    self.init()
    guard !summary.isRepeated else { return }
    linesRead = summary.linesRead
    linesTallied = summary.linesTallied
    requests = summary.linesTallied
    messagesQueued = summary.messages.queued
    messagesDelivered = summary.messages.delivered
    messagesSetAside = summary.messages.refused
  }
}

extension Diagnostic {
  fileprivate static func otherAdmission(_ directory: String) -> Diagnostic {
    Diagnostic(
      .error, code: "other-admission",
      "manifest.json and admitted.ndjson are of different admissions; nothing was queued",
      hint: "run the job again", at: Place(source: directory), exitStatus: .inputUnreadable)
  }

  fileprivate static func otherApp(_ head: AdmissionHead, _ app: App, _ target: String)
    -> Diagnostic
  {
    Diagnostic(
      .error, code: "other-app",
      "the messages are of \(head.client_id)/\(head.env) for \(head.target), and this run is for "
        + "\(app.text) and \(target)",
      hint: "give `cluster admit` and `cluster import` the same target", exitStatus: .wrongUsage)
  }

  fileprivate static func importedMeanwhile(_ path: String) -> Diagnostic {
    Diagnostic(
      .error, code: "imported-meanwhile",
      "was imported since the job admitted it; nothing was queued",
      hint: "run `cluster admit` and what follows again", at: Place(source: path),
      exitStatus: .inputUnreadable)
  }

  fileprivate static func damagedSource(_ path: String) -> Diagnostic {
    Diagnostic(
      .error, code: "damaged-row", "the source's row is damaged; nothing was queued",
      hint: "run the job again", at: Place(source: path), exitStatus: .inputUnreadable)
  }
}
