/// What is in a log: the one value from which the terminal's text, the JSON and the CSV take every
/// figure.
///
/// It holds marginals, not every combination of time, endpoint, consumer and status: its size follows the
/// names in a log and not its lines. Reports can be merged; the report of two logs is the merged report of
/// each.
package struct Report: Equatable, Sendable {
  /// How many slots of time there are figures of all requests by.
  package static let slotLimit = 1_000
  /// How many slots of time there are figures of single endpoints and consumers by.
  package static let partSlotLimit = 100
  /// How many figures of an endpoint in a slot, and of a consumer in a slot, there may be; beyond them slots
  /// become wider.
  package static let endpointSlotLimit = 50_000
  package static let consumerSlotLimit = 100_000
  /// How many pairs of an endpoint and a consumer are told apart; beyond twice as many the smallest are
  /// merged.
  package static let pairLimit = 100_000

  package var books = Books()
  /// When the first and the last request began, in nanoseconds since 1970; nil if there are none.
  package var period: ClosedRange<Int64>?
  package var apdex = ApdexThresholds()
  /// What all durations are multiples of: a power of ten nanoseconds, up to a second.
  package var resolution: Int64 = 1_000_000_000
  package var coverage = Coverage()
  package var slots = Slots<Figures>()
  package var endpoints: [Endpoint] = []
  package var endpointSlotWidth = SlotWidth.finest
  package var consumers: [Consumer] = []
  package var consumerSlotWidth = SlotWidth.finest
  /// The pairs that are told apart, the largest first.
  package var pairs: [Pair] = []
  /// How many requests belong to pairs that were merged.
  package var mergedPairRequests = 0
  /// What a page needs beside; nil if no page is made.
  package var detail: Detail?
  /// What stands out; nil if it was not looked for.
  package var findings: [Finding]?

  package init() {}

  /// Lines, and what became of them.
  package struct Books: Equatable, Sendable {
    package var linesRead = 0
    /// Requests that the report is of.
    package var requests = 0
    /// Lines by the reason for which they are left out.
    package var leftOut: [String: Int] = [:]

    package init() {}
  }

  /// How many requests a figure is known of.
  package struct Coverage: Equatable, Sendable {
    package var durations = 0
    package var requestSizes = 0
    package var responseSizes = 0
    package var consumers = 0

    package init() {}
  }

  /// Figures by slot of time, in ascending order; slots without a request are absent.
  package struct Slots<Value: Equatable & Sendable>: Equatable, Sendable {
    package var width = SlotWidth.finest
    package var numbers: [Int] = []
    package var values: [Value] = []

    package init() {}

    /// In seconds since 1970.
    package func start(_ index: Int) -> Int { numbers[index] * width.seconds }
  }

  package struct Endpoint: Equatable, Sendable {
    package var method: String
    package var route: String
    package var figures = Figures()
    package var slots: [EndpointSlot] = []
    /// How many consumers it has; at least so many if pairs were merged.
    package var consumerCount = 0

    package init(method: String, route: String) { (self.method, self.route) = (method, route) }

    package var name: String { "\(method) \(route)" }
  }

  /// An endpoint's requests in a slot of ``Report/endpointSlotWidth``.
  package struct EndpointSlot: Equatable, Sendable {
    package var number: Int
    package var statuses = SparseCounts()
    package var durations = Distribution()

    package init(number: Int) { self.number = number }
  }

  package struct Consumer: Equatable, Sendable {
    /// nil for the requests without one.
    package var name: String?
    package var figures = Figures()
    package var slots: [ConsumerSlot] = []
    /// How many endpoints it uses; at least so many if pairs were merged.
    package var endpointCount = 0

    package init(name: String?) { self.name = name }
  }

  /// A consumer's requests in a slot of ``Report/consumerSlotWidth``.
  package struct ConsumerSlot: Equatable, Sendable {
    package var number: Int
    package var classes = ClassCounts()

    package init(number: Int, classes: ClassCounts = ClassCounts()) {
      (self.number, self.classes) = (number, classes)
    }
  }

  /// The requests of a consumer to an endpoint, both by their places in the report.
  package struct Pair: Equatable, Sendable {
    package var endpoint: Int
    package var consumer: Int
    package var classes: ClassCounts

    package init(endpoint: Int, consumer: Int, classes: ClassCounts) {
      (self.endpoint, self.consumer, self.classes) = (endpoint, consumer, classes)
    }
  }
}

/// What Apdex is judged by, in nanoseconds.
package struct ApdexThresholds: Equatable, Sendable {
  package static let defaultNanoseconds: Int64 = 500_000_000

  package var common = Self.defaultNanoseconds
  /// By the name of an endpoint: `POST /v1/payments`.
  package var byEndpoint: [String: Int64] = [:]

  package init() {}

  package func nanoseconds(of endpoint: String) -> Int64 { byEndpoint[endpoint] ?? common }

  /// k if there is one threshold of 2^k seconds: it is a bound of bins, and the histogram says exactly how
  /// many requests are below it.
  package var commonPowerOfTwo: Int? { byEndpoint.isEmpty ? Self.powerOfTwo(common) : nil }

  /// k if `nanoseconds` are 2^k seconds.
  package static func powerOfTwo(_ nanoseconds: Int64) -> Int? {
    var exponent = 0
    var value = nanoseconds
    // 500 ms, 250 ms, … 1,953,125 ns is the last that is a whole number of nanoseconds.
    while value < 1_000_000_000 {
      guard exponent > -9 else { return nil }
      value *= 2
      exponent -= 1
    }
    while value > 1_000_000_000, value % 2 == 0 {
      value /= 2
      exponent += 1
    }
    return value == 1_000_000_000 ? exponent : nil
  }
}

// MARK: Derived figures

extension Report {
  /// The figures of all requests.
  package var totals: Figures {
    var totals = Figures()
    for endpoint in endpoints { totals.merge(endpoint.figures) }
    return totals
  }

  /// The consumers that have a name.
  package var consumerCount: Int { consumers.count { $0.name != nil } }

  package func percentile(_ percentile: Percentile, of figures: Figures) -> Int64? {
    figures.percentile(percentile, resolution: resolution)
  }

  /// Statuses, the most frequent first, with the number of consumers (and of endpoints) that got them.
  package var statuses: [StatusRow] {
    var rows: [Int: StatusRow] = [:]
    for endpoint in endpoints {
      endpoint.figures.statuses.forEach { status, count in
        rows[status, default: StatusRow(status: status)].requests += count
        rows[status, default: StatusRow(status: status)].endpointCount += 1
      }
    }
    for consumer in consumers where consumer.name != nil {
      consumer.figures.statuses.forEach { status, _ in rows[status]?.consumerCount += 1 }
    }
    return rows.values.sorted { ($1.requests, $0.status) < ($0.requests, $1.status) }
  }

  package struct StatusRow: Equatable, Sendable {
    package var status: Int
    package var requests = 0
    package var endpointCount = 0
    package var consumerCount = 0
  }

  /// The second in which the log's first day ends: the first midnight (UTC) at least half a day after its
  /// first request, since a log of whole days has requests that began just before the first of them.
  package var firstDayEnd: Int {
    let day = 86_400
    let first = consumers.map { $0.figures.firstSeen }.min() ?? 0
    return (first + day / 2 + day - 1) / day * day
  }

  /// By slot of ``consumerSlotWidth``: how many consumers there are, and how many of them are new. New is
  /// who was first seen after the log's first day (UTC).
  package var activity: [ActivityRow] {
    var rows: [Int: ActivityRow] = [:]
    let firstDayEnd = firstDayEnd
    for consumer in consumers where consumer.name != nil {
      let first = consumer.slots.first?.number
      let isNew = consumer.figures.firstSeen >= firstDayEnd
      for slot in consumer.slots {
        rows[slot.number, default: ActivityRow(number: slot.number)].active += 1
        if isNew && slot.number == first { rows[slot.number]?.new += 1 }
      }
    }
    return rows.values.sorted { $0.number < $1.number }
  }

  package struct ActivityRow: Equatable, Sendable {
    package var number: Int
    package var active = 0
    package var new = 0
  }
}
