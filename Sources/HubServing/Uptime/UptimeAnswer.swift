import FoundationEssentials
import GRDB
import HTTPTypes
import Hummingbird

extension HubStore {
  /// So many instances are shown, and so many outages or silences of each: those of the latest.
  static let shownInstances = 200
  static let shownOutages = 1_000
  /// The end of the year 9999.
  private static let lastMoment: Int64 = 253_402_300_799

  /// When an environment and its instances were up.
  func uptime(of origin: Origin, _ query: ViewQuery, now: Double) async throws -> String {
    let years: Range<Int64> = 0..<Self.lastMoment
    let whole = query.span.clamped(to: years)
    let span = Double(whole.lowerBound)..<Double(whole.upperBound)
    let record = try await database.read { db in
      let id = try Int64.fetchOne(
        db, sql: "SELECT id FROM origin WHERE client_id = ? AND env = ?",
        arguments: [origin.clientID, origin.env])
      guard let id else { return UptimeRecord(span: span) }
      return try UptimeReading(origin: id, now: now, db: db).record(span, wantsSilences: true)
    }
    return record.json(now: now)
  }
}

extension UptimeRecord {
  /// The response to `GET …/uptime`.
  func json(now: Double) -> String {
    let span = span
    let shown = instances.prefix(HubStore.shownInstances)
    var isCut = isCut || shown.count < instances.count
    var json = JSONWriting()
    json.object { json in
      json.member("since", Self.moment(span.lowerBound))
      json.member("until", Self.moment(span.upperBound))
      json.member("environment") { json in
        guard let environment else { return json.raw("null") }
        json.object { Self.write(environment, span, now, &isCut, to: &$0) }
      }
      json.member("instances") { json in
        json.list(shown) { json, instance in
          json.object { json in
            json.member("instance", instance.name)
            Self.write(instance.outages, span, now, &isCut, to: &json)
          }
        }
      }
      json.member("silence") { json in
        json.list(Self.latest(silences, &isCut)) { json, silence in
          Self.write(Double(silence.lowerBound), Double(silence.upperBound), to: &json)
        }
      }
      json.member("unwatched") { json in
        let inside = unwatched.filter { $0.overlaps(span) }
        json.list(Self.latest(inside, &isCut)) { json, gap in
          Self.write(gap.lowerBound, gap.upperBound, to: &json)
        }
      }
      json.member("cut") { $0.raw(isCut ? "true" : "false") }
    }
    return json.text
  }

  private static func write(
    _ outages: Outages, _ span: Range<Double>, _ now: Double, _ isCut: inout Bool,
    to json: inout JSONWriting
  ) {
    let alive = outages.alive.filter { $0.end >= span.lowerBound && $0.start < span.upperBound }
    json.member("since", alive.first.map { moment(max($0.start, span.lowerBound)) })
    json.member("until", alive.last.map { moment(min($0.end, span.upperBound)) })
    json.member("up_seconds", Int(outages.secondsAlive(in: span)))
    json.member("down_seconds", Int(outages.secondsDown(in: span.clamped(to: 0..<max(now, 1)))))
    let down = outages.down.filter {
      $0.since < span.upperBound && $0.until ?? .infinity > span.lowerBound
    }
    json.member("down") { json in
      json.list(latest(down, &isCut)) { json, down in write(down.since, down.until, to: &json) }
    }
  }

  private static func write(_ since: Double, _ until: Double?, to json: inout JSONWriting) {
    json.object { json in
      json.member("since", moment(since))
      json.member("until", until.map { moment($0) })
    }
  }

  private static func latest<Element>(
    _ elements: [Element], _ isCut: inout Bool
  ) -> ArraySlice<Element> {
    if elements.count > HubStore.shownOutages { isCut = true }
    return elements.suffix(HubStore.shownOutages)
  }

  /// To the second.
  private static func moment(_ second: Double) -> String { HubStore.moment(Int64(second)) }
}

/// When an application was up, and when no more is known than that there were no requests.
extension HubRoutes {
  func addUptime(to router: some RouterMethods<HubRequestContext>) {
    router.get("api/v1/{client_id}/{env}/uptime") { request, context in
      try await answer {
        let origin = try origin(context)
        let parameters = request.uri.queryParameters
        if let other = parameters.first(where: { $0.key != "since" && $0.key != "until" }) {
          throw invalid(query: String(other.key), "unknown parameter")
        }
        let now = Date.now
        let query = try ViewQuery(parameters, now: now)
        return HubAnswer.json(
          .ok, try await store.uptime(of: origin, query, now: now.timeIntervalSince1970))
      }
    }
  }
}
