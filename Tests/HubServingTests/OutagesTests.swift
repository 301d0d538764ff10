import TestSupport
import Testing

@testable import HubServing

/// Arrivals in, spans out.
struct OutagesTests {
  /// In minutes since some moment.
  struct Case: CustomTestStringConvertible, Sendable {
    var name: String
    var arrivals: [Double]
    var unwatched: [Range<Double>] = []
    var now: Double
    var down: [Outages.Down]
    var testDescription: String { name }
  }

  private static let steady = Array(stride(from: 0.0, through: 20, by: 1))

  static let cases = [
    Case(name: "nothing ever came", arrivals: [], now: 100, down: []),
    Case(name: "one message, just now", arrivals: [0], now: 3, down: []),
    Case(name: "one message, and then none", arrivals: [0], now: 3.1, down: [.init(since: 0)]),
    Case(name: "as usual", arrivals: steady, now: 21, down: []),
    Case(
      name: "three minutes without a word are a restart", arrivals: steady + [23, 24], now: 25,
      down: []),
    Case(
      name: "a little more is an outage from the last arrival on",
      arrivals: steady + [23.1, 24], now: 25, down: [.init(since: 20, until: 23.1)]),
    Case(name: "it lasts", arrivals: steady, now: 1_000, down: [.init(since: 20)]),
    Case(
      name: "two outages", arrivals: steady + [30, 31, 32, 50], now: 51,
      down: [.init(since: 20, until: 30), .init(since: 32, until: 50)]),
    Case(
      name: "who reports every five minutes may be late by ten",
      arrivals: [0, 5, 10, 15, 20, 25, 30, 45, 50], now: 64, down: []),
    Case(
      name: "and no more", arrivals: [0, 5, 10, 15, 20, 25, 30, 45.1, 50], now: 66,
      down: [.init(since: 30, until: 45.1), .init(since: 50)]),
    Case(
      name: "what comes at once is one report", arrivals: steady.flatMap { [$0, $0 + 0.001] },
      now: 22, down: []),
    Case(
      name: "a few gaps say little of what is usual", arrivals: [0, 10, 20], now: 20,
      down: [.init(since: 0, until: 10), .init(since: 10, until: 20)]),
    Case(
      name: "the hub did not run, and that is all that is known", arrivals: steady + [100],
      unwatched: [21..<99], now: 101, down: []),
    Case(
      name: "it was down before the hub stopped, and is down after",
      arrivals: steady + [100], unwatched: [25..<99], now: 101,
      down: [.init(since: 20, until: 100)]),
    Case(
      name: "the hub runs again, and hears nothing", arrivals: steady, unwatched: [21..<90],
      now: 94, down: [.init(since: 90)]),
    Case(
      name: "the hub was stopped twice", arrivals: steady,
      unwatched: [21..<30, 31..<40], now: 42, down: []),
    Case(
      name: "the hub did not run before or after", arrivals: steady + [30],
      unwatched: [-10 ..< -5, 40..<50], now: 31, down: [.init(since: 20, until: 30)]),
  ]

  @Test(arguments: cases)
  func `an outage is a gap of three times the usual, and of three minutes at least`(_ item: Case) {
    let outages = Heartbeats(arrivals: item.arrivals.map { $0 * 60 }).outages(
      unwatched: item.unwatched.map { $0.lowerBound * 60..<$0.upperBound * 60 },
      now: item.now * 60)
    let down = outages.down.map { down in
      Outages.Down(since: down.since / 60, until: down.until.map { $0 / 60 })
    }
    #expect(down == item.down)
  }

  @Test func `time up and time down are counted within a span`() {
    let outages = Heartbeats(arrivals: (Self.steady + [30, 31]).map { $0 * 60 }).outages(now: 3_000)
    #expect(outages.alive.map(\.start) == [0, 1_800])
    #expect(outages.secondsAlive(in: 0..<6_000) == 1_260)
    #expect(outages.secondsAlive(in: 1_140..<1_830) == 90)
    #expect(outages.secondsDown(in: 0..<6_000) == 600 + 4_140)
    #expect(outages.secondsDown(in: 1_190..<1_260) == 60)
    #expect(outages.secondsDown(in: 1_800..<1_860) == 0)
  }

  @Test func `an environment is up as long as one of its instances is`() {
    func instance(_ minutes: [Double]) -> Outages {
      Heartbeats(arrivals: minutes.map { $0 * 60 }).outages(now: 60 * 60)
    }
    // Released at minute 10: another instance takes over. At minute 30 both are gone for ten minutes.
    let first = instance(Array(stride(from: 0, through: 10, by: 1)))
    let second = instance(
      Array(stride(from: 11, through: 30, by: 1)) + Array(stride(from: 40, through: 60, by: 1)))
    let long = instance(Array(stride(from: 2, through: 28, by: 1)))
    #expect(first.down == [.init(since: 600, until: nil)])
    let all = Outages(of: [long, second, first], now: 3_600)
    #expect(all.down == [.init(since: 1_800, until: 2_400)])
    #expect(all.secondsAlive(in: 0..<3_600) == 3_000)
  }

  @Test func `whatever comes, outages are in order and apart from what is alive`() {
    var generator = SeededGenerator(seed: 17)
    for _ in 0..<2_000 {
      func moments(_ count: Int) -> [Double] {
        (0..<count).map { _ in Double.random(in: 0...10_000, using: &generator) }.sorted()
      }
      let edges = moments(4)
      let now = 10_000 + Double.random(in: 0...500, using: &generator)
      let arrivals = moments(Int.random(in: 1...40, using: &generator))
      let outages = Heartbeats(arrivals: arrivals).outages(
        unwatched: [edges[0]..<edges[1], edges[2]..<edges[3]], now: now)
      #expect(outages.down.allSatisfy { $0.since < $0.until ?? .infinity })
      for (down, next) in zip(outages.down, outages.alive.dropFirst()) {
        #expect(down.until == next.start)
      }
      for arrival in arrivals {
        #expect(outages.alive.contains { $0.start <= arrival && arrival <= $0.end })
      }
      let known = outages.secondsAlive(in: 0..<now) + outages.secondsDown(in: 0..<now)
      #expect(known <= now + 1e-6)
    }
  }
}
