package import Addressing
package import Configuring
internal import Delivery
package import Diagnostics
internal import Foundation
internal import Ingesting
internal import Outbox
package import Reporting

/// Where Apitally can be asked, and with which key.
package struct ReadingTarget: Sendable {
  package var url: String
  package var key: Redacted<String>
  package var caFile: String?
  /// This program's version, for the API to see.
  package var version: String
  /// The number of the app there; nil to find it by its client ID.
  package var appNumber: Int?

  /// - Throws: if there is no key.
  package init(
    _ settings: Settings, version: String, appNumber: Int?
  ) throws(Diagnostic) {
    guard let key = settings.readingKey else { throw .noReadingKey }
    self.key = key
    url = settings.readingURL
    caFile = settings.caFile
    self.version = version
    self.appNumber = appNumber
  }

  func open(reportingTo watcher: any ImportWatcher) throws(Diagnostic) -> ReadingAPI {
    let connection = try HubConnection(
      to: .hub(url: url), caFile: caFile, version: version,
      environment: ProcessInfo.processInfo.environment)
    for warning in connection.warnings { watcher.report(warning) }
    var settings = connection.settings
    settings.secretHeaders = [("Api-Key", key)]
    // Sums over many days take their time.
    settings.attemptTimeout = .seconds(60)
    return ReadingAPI(
      ReadingClient(
        settings, secondsSince1970: { Int64(Date().timeIntervalSince1970) },
        wait: { try? await Task.sleep(for: $0) }))
  }

  /// The app there that is `app`.
  func find(_ app: App, in api: ReadingAPI) async throws -> ReadingAPI.App {
    let apps = try await api.apps()
    let found = apps.first { candidate in
      appNumber.map { candidate.id == $0 }
        ?? (candidate.client_id?.lowercased() == app.clientID.lowercased())
    }
    guard let found else { throw Diagnostic.noSuchApp(apps) }
    return found
  }
}

/// Holds what Apitally has of an app against what the outbox says was sent.
package struct VerificationRun: Sendable {
  /// Days that are asked for at a time, as long as they have no more sums than this.
  static let windowDays: Int64 = 31
  static let windowSums = 20_000

  private let stateDirectory: String
  private let app: App
  private let isTelemetry: Bool
  private let target: ReadingTarget
  private let watcher: any ImportWatcher

  package init(
    stateDirectory: String, app: App, isTelemetry: Bool, target: ReadingTarget,
    watcher: any ImportWatcher
  ) {
    self.stateDirectory = stateDirectory
    self.app = app
    self.isTelemetry = isTelemetry
    self.target = target
    self.watcher = watcher
  }

  package func run() async throws(Diagnostic) -> VerificationSummary {
    let outbox = try state { () throws(OutboxError) in
      try OutboxDatabase.openForReading(in: stateDirectory)
    }
    let api = try target.open(reportingTo: watcher)
    do {
      let summary = try await verify(outbox, api)
      await api.shutDown()
      try outbox.close()
      return summary
    } catch {
      await api.shutDown()
      switch error {
      case let fault as ReadingFault: throw fault.diagnostic
      case let error as OutboxError: throw error.diagnostic(stateDirectory: stateDirectory)
      case let diagnostic as Diagnostic: throw diagnostic
      default: throw Diagnostic(.error, code: "fault", "verifying failed (\(type(of: error)))")
      }
    }
  }

  private func verify(
    _ outbox: OutboxDatabase, _ api: ReadingAPI
  ) async throws -> VerificationSummary {
    let days = try outbox.sentDays(of: app)
    if days.isEmpty { throw Diagnostic.nothingSent(app) }
    guard let unsent = try UnsentSums(of: app, in: outbox) else { throw Diagnostic.tooManyWait }
    let there = try await target.find(app, in: api)
    var summary = VerificationSummary(app: app.text, url: target.url)
    summary.daysLeftOut = days.count { !$0.isWhole }
    summary.messagesNotSent = unsent.messageCount
    summary.messagesUncertain = unsent.uncertainCount
    summary.messagesDamaged = unsent.damagedCount
    let whole = days.filter(\.isWhole)
    guard let first = whole.first, let last = whole.last else { return summary }
    let day: Int64 = 86_400 * 1_000_000_000
    summary.days = first.day * day..<(last.day + 1) * day
    let names = try await api.consumers(of: there.id)
    if names == nil { summary.consumers = nil }
    var verification = Verification(summary)
    let window = Window(
      app: there.id, env: environment(in: there), names: names, api: api)
    for days in Self.windows(whole) {
      let sums = try outbox.sentSums(of: app, days: days.first..<days.last + 1)
      try await window.compare(days, sums, unsent, in: &verification)
    }
    return verification.summary
  }

  /// By OTLP Apitally makes a slug of an environment's name.
  private func environment(in there: ReadingAPI.App) -> String {
    let names = there.envs.map(\.name)
    if names.contains(app.environment) || !isTelemetry { return app.environment }
    let slug = app.environment.lowercased().map { $0 == "_" ? "-" : String($0) }.joined()
    return names.contains(slug) ? slug : app.environment
  }

  private func state<Value>(
    _ body: () throws(OutboxError) -> Value
  ) throws(Diagnostic) -> Value {
    do throws(OutboxError) {
      return try body()
    } catch {
      throw error.diagnostic(stateDirectory: stateDirectory)
    }
  }

  /// Days next to each other that are asked for at once.
  static func windows(_ days: [SentDay]) -> [Days] {
    var windows: [Days] = []
    var count = 0
    for day in days {
      if var last = windows.last, day.day - last.first < windowDays,
        count + day.count <= windowSums
      {
        last.last = day.day
        last.all.insert(day.day)
        windows[windows.count - 1] = last
        count += day.count
      } else {
        windows.append(Days(first: day.day, last: day.day, all: [day.day]))
        count = day.count
      }
    }
    return windows
  }

  /// Some days, not necessarily all between the first and the last.
  struct Days {
    var first: Int64
    var last: Int64
    var all: Set<Int64>

    /// Its halves; nil for a single day.
    var halves: (Days, Days)? {
      guard all.count > 1 else { return nil }
      let sorted = all.sorted()
      let (left, right) = (sorted[..<(sorted.count / 2)], sorted[(sorted.count / 2)...])
      return (Days(left), Days(right))
    }

    init(first: Int64, last: Int64, all: Set<Int64>) {
      (self.first, self.last, self.all) = (first, last, all)
    }

    private init(_ days: ArraySlice<Int64>) {
      self.init(first: days.first ?? 0, last: days.last ?? 0, all: Set(days))
    }
  }
}

/// Compares some days at a time.
private struct Window {
  let app: Int
  let env: String
  /// nil if consumers are not compared.
  let names: [Int: String]?
  let api: ReadingAPI

  func compare(
    _ days: VerificationRun.Days, _ sums: TrafficSums, _ unsent: UnsentSums,
    in verification: inout Verification
  ) async throws {
    try await splitting(days) { days in
      try await compareEndpoints(days, sums, unsent, in: &verification)
    }
    guard let names else { return }
    try await splitting(days) { days in
      try await compareConsumers(days, names, sums, unsent, in: &verification)
    }
  }

  /// Gives `body` all of `days`, or parts of it if an answer is too large otherwise.
  private func splitting(
    _ days: VerificationRun.Days, _ body: (VerificationRun.Days) async throws -> Void
  ) async throws {
    do {
      try await body(days)
    } catch ReadingFault.tooLarge where days.halves != nil {
      // Nothing was compared: an answer is read as a whole.
      guard let (left, right) = days.halves else { return }
      try await splitting(left, body)
      try await splitting(right, body)
    }
  }

  private func compareEndpoints(
    _ days: VerificationRun.Days, _ sums: TrafficSums, _ unsent: UnsentSums,
    in verification: inout Verification
  ) async throws {
    var expected: [EndpointHour: Verification.Expected<TrafficSum>] = [:]
    for (key, sum) in sums.endpoints where days.all.contains(key.hour / 24) {
      expected[key] = Verification.Expected(
        sent: sum - (unsent.unsent.endpoints[key] ?? TrafficSum()),
        uncertain: unsent.uncertain.endpoints[key] ?? TrafficSum())
    }
    var there: [EndpointHour: TrafficSum] = [:]
    var others = 0
    try await api.endpoints(app, env: env, days: days.first..<days.last + 1) { key, sum in
      guard days.all.contains(key.hour / 24) else { return }
      if expected[key] == nil { others += 1 } else { there[key, default: TrafficSum()] += sum }
    }
    verification.compare(expected, there: there)
    verification.noteNotSentFromHere(others)
  }

  private func compareConsumers(
    _ days: VerificationRun.Days, _ names: [Int: String], _ sums: TrafficSums,
    _ unsent: UnsentSums, in verification: inout Verification
  ) async throws {
    var expected: [ConsumerDay: Verification.Expected<Int64>] = [:]
    for (key, requests) in sums.consumers where days.all.contains(key.day) {
      expected[key] = Verification.Expected(
        sent: requests - (unsent.unsent.consumers[key] ?? 0),
        uncertain: unsent.uncertain.consumers[key] ?? 0)
    }
    var there: [ConsumerDay: Int64] = [:]
    try await api.consumers(app, env: env, days: days.first..<days.last + 1) {
      day, consumer, requests in
      // A number without a name is of nobody who is known here.
      if let consumer, names[consumer] == nil { return }
      let key = ConsumerDay(day: day, consumer: consumer.flatMap { names[$0] })
      if expected[key] != nil { there[key, default: 0] += requests }
    }
    verification.compare(expected, there: there)
  }
}

extension Diagnostic {
  static let noReadingKey = Diagnostic(
    .error, code: "no-api-key", "there is no API key to ask Apitally with",
    hint:
      "set APITALLY_API_KEY, or api_key in the configuration, to a key of the team that the app "
      + "is of (dashboard, Settings, API keys; Premium plan)",
    exitStatus: .wrongUsage)

  fileprivate static func noSuchApp(_ apps: [ReadingAPI.App]) -> Diagnostic {
    let shown = apps.prefix(5).map { "\($0.id)\($0.name.map { " (\($0))" } ?? "")" }
    let more = apps.count > 5 ? " and \(grouped(apps.count - 5)) more" : ""
    return Diagnostic(
      .error, code: "no-such-app", "none of the team's apps has this client ID",
      hint: apps.isEmpty
        ? "the team of this API key has no apps"
        : "name it with --app; there are \(shown.joined(separator: ", "))\(more)",
      exitStatus: .wrongUsage)
  }

  fileprivate static func nothingSent(_ app: App) -> Diagnostic {
    Diagnostic(
      .error, code: "nothing-sent", "nothing is known to have been sent for \(app.text)",
      hint: "check --client-id, --env, --hub-url or --otlp-url, and --state-dir: they are those of "
        + "the import",
      exitStatus: .wrongUsage)
  }

  fileprivate static let tooManyWait = Diagnostic(
    .error, code: "too-many-wait", "too many messages are still in the outbox",
    hint: "send them first (backtally deliver)", exitStatus: .undelivered)
}
