import Configuring

/// What an action is given, as JSON.
struct AlertNotice: Sendable {
  var event: AlertEvent
  var rule: AlertRule
  var clientID: String
  var environment: String
  /// nil in a test of a rule whose value is not known.
  var value: Double?
  /// Seconds since 1970: when it fired, and now.
  var since: Double
  var now: Double
  var isTest = false

  var json: String {
    var json = JSONWriting()
    json.object { json in
      json.member("event", event.rawValue)
      json.member("test") { $0.raw(isTest ? "true" : "false") }
      json.member("name", rule.name)
      json.member("client", clientID)
      json.member("environment", environment)
      json.member("metric", rule.metric.rawValue)
      json.member("value", value)
      json.member("threshold", rule.threshold)
      json.member("direction", rule.direction.rawValue)
      json.member("window_seconds", rule.window)
      json.member("since", HubStore.moment(Int64(since)))
      json.member("at", HubStore.moment(Int64(now)))
    }
    return json.text
  }
}

extension JSONWriting {
  /// A number to three decimals, without them where there are none.
  mutating func member(_ key: String, _ value: Double?) {
    member(key) { json in
      guard let value, value.isFinite else { return json.raw("null") }
      let rounded = (value * 1_000).rounded() / 1_000
      if let whole = Int(exactly: rounded) { return json.raw(String(whole)) }
      json.raw("\(rounded)")
    }
  }
}
