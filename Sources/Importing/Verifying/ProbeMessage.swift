internal import AccessLogParsing
internal import Addressing
internal import Attribution
internal import Configuring
internal import Diagnostics
internal import Messaging
internal import Tallying

/// One request of long ago, as an import would report it.
struct ProbeMessage {
  static let method = "GET"
  static let path = "/backtally-probe"

  let message: HubMessage

  /// - Parameter second: when the request began, in seconds since 1970.
  init(_ settings: Settings, app: App, at second: Int64, version: String) {
    let names = RunNames(routeLimit: 1)
    let width = BucketWidth(seconds: 60)
    var table = TallyTable(
      measuring: settings.telemetry == nil ? .linearBins : .exponentialBins)
    var record = AccessRecord()
    record.duration = 10_000_000
    record.requestSize = 0
    record.responseSize = 1_000
    table.add(
      record,
      at: TallyKey(
        bucket: width.bucket(of: second * 1_000_000_000), consumer: 0,
        method: names.methods.id(for: Self.method) ?? 0,
        route: names.routes.id(for: Self.path) ?? 0, status: 200))
    var made: HubMessage?
    if let telemetry = settings.telemetry {
      let source = TelemetrySource(
        environment: app.environment, instance: app.instanceUUID, version: version,
        encoding: telemetry.compresses ? .gzip : .plain)
      var encoder = MetricsEncoder(source, width: width, names: names)
      // Apitally drops a body that equals one of the last hour, so that of another probe has to differ: a
      // later part of a bucket does.
      let part = Int.random(in: 0..<50_000)
      encoder.encode(table, part: { _ in part }, { made = $0 })
      encoder.finish { made = $0 }
    } else {
      var encoder = SyncEncoder(
        app: app, width: width, names: names, generator: SystemRandomNumberGenerator())
      encoder.encode(table) { made = $0 }
    }
    guard let made else { preconditionFailure("a request makes a message") }
    message = made
  }
}
