import Addressing
import Testing
import TestSupport

@testable import Delivery

/// What is different by OTLP.
struct TelemetryDeliveryTests {
  private static func verdict(
    _ status: Int, from receiver: RetryPolicy.Receiver, isDroppable: Bool = false
  ) -> RetryPolicy.Verdict {
    var limits = RetryPolicy.Limits()
    limits.receiver = receiver
    var policy = RetryPolicy(limits)
    let attempt = RetryPolicy.Attempt(
      isDroppable: isDroppable, startedAt: .zero, earlierFailures: 2, firstFailedAt: .zero)
    return policy.finished(
      attempt, with: HubAnswer(status: status, reason: "why"), at: .seconds(1), random: 0.5)
  }

  private static func text(_ status: Int) -> String { "the hub answered \(status): why" }

  @Test(arguments: [200, 202, 204])
  func `2xx is taken`(status: Int) {
    for receiver in [RetryPolicy.Receiver.telemetry, .otherTelemetry] {
      #expect(Self.verdict(status, from: receiver) == .delivered)
    }
  }

  @Test(arguments: [400, 402, 405, 413, 415, 422])
  func `what is refused is set aside`(status: Int) {
    for receiver in [RetryPolicy.Receiver.telemetry, .otherTelemetry] {
      #expect(
        Self.verdict(status, from: receiver) == .setAside(reason: Self.text(status)))
    }
  }

  @Test(arguments: [429, 502, 503, 504])
  func `what may be repeated is repeated`(status: Int) {
    for receiver in [RetryPolicy.Receiver.telemetry, .otherTelemetry] {
      #expect(
        Self.verdict(status, from: receiver) == .retry(at: .seconds(2), error: Self.text(status)))
    }
  }

  @Test(arguments: [408, 500, 501, 505])
  func `only Apitally's receiver has these repeated`(status: Int) {
    #expect(
      Self.verdict(status, from: .telemetry) == .retry(at: .seconds(2), error: Self.text(status)))
    #expect(
      Self.verdict(status, from: .otherTelemetry) == .setAside(reason: Self.text(status)))
  }

  @Test(arguments: [401, 403])
  func `a refused token stops everything`(status: Int) {
    let text = Self.text(status)
    #expect(
      Self.verdict(status, from: .telemetry) == .stop(.credentialsRefused(text), error: text))
  }

  @Test func `404 is not about a client ID`() {
    let text = Self.text(404)
    #expect(Self.verdict(404, from: .telemetry) == .stop(.notTheHub(text), error: text))
  }

  @Test func `402 suspends spans`() {
    #expect(
      Self.verdict(402, from: .telemetry, isDroppable: true)
        == .suspend(error: Self.text(402)))
  }

  // MARK: Pace

  @Test func `no more attempts begin in any span of time than are allowed`() {
    let rates = DeliverySchedule.Limits.telemetryRates
    var pace = Pace(rates)
    var times: [Duration] = []
    var now: Duration = .zero
    for index in 0..<6_000 {
      now = max(now, pace.nextAt)
      pace.note(now)
      times.append(now)
      if index % 7 == 0 { now += .milliseconds(3) }
    }
    for rate in rates {
      for index in times.indices.dropFirst(rate.count) {
        #expect(times[index] - times[index - rate.count] >= rate.time)
      }
    }
    // And no slower than that: 1,800 a minute.
    #expect(now < .seconds(60 * 3 + 10))
  }

  @Test func `without rates nothing waits`() {
    var pace = Pace([])
    for _ in 0..<10 { pace.note(.zero) }
    #expect(pace.nextAt == .zero)
  }

  @Test func `the schedule waits for its pace`() {
    var limits = DeliverySchedule.Limits()
    limits.rates = [.init(count: 2, time: .seconds(10))]
    var schedule = DeliverySchedule(limits)
    var sent = 0
    var now: Duration = .zero
    var waited: Duration?
    schedule.finish()
    for _ in 0..<60 {
      switch schedule.next(at: now) {
      case .fetch(let request):
        let messages = (1...3).map {
          OutgoingMessage(id: Int64($0), envelope: Envelope(path: "/v1/metrics"), body: [1])
        }
        schedule.fetched(messages.filter { $0.id > request.after }, at: now)
      case .note(let ids): schedule.noted(ids, at: now)
      case .send(let message):
        sent += 1
        let answer = HubAnswer(status: 200)
        schedule.finished(message.id, with: .answered(answer), at: now, random: 0)
      case .settle: break
      case .wait(let until):
        waited = until
        now = until ?? now
      case .cancelAttempts: break
      case .end:
        #expect(sent == 3)
        #expect(waited == .seconds(10))
        return
      }
    }
    Issue.record("the schedule does not end: \(sent) sent")
  }

  // MARK: Partial success

  @Test(
    arguments: [
      ([], nil), ([0x0A, 0x00], nil),
      ([0x0A, 0x02, 0x08, 0x05], PartialRejection(count: 5, reason: "")),
      (
        [0x0A, 0x08, 0x08, 0xAC, 0x02, 0x12, 0x03, 0x6F, 0x6C, 0x64],
        PartialRejection(count: 300, reason: "old")
      ),
      ([0x0A, 0x05, 0x12, 0x03, 0x6F, 0x6C, 0x64], PartialRejection(count: 0, reason: "old")),
      // Damaged, and another kind of answer.
      ([0x0A, 0x7F, 0x08], nil), (Array("{\"status\":\"ok\"}".utf8), nil), ([0xFF], nil),
    ] as [([UInt8], PartialRejection?)])
  func `an answer may say that not all was taken`(_ body: [UInt8], _ expected: PartialRejection?) {
    #expect(PartialRejection(body) == expected)
  }
}
