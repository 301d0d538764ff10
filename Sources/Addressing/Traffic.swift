// What messages add up to, in the terms in which Apitally can be asked what it has.

/// A text that equals another only byte for byte. To Swift, `é` as one scalar and as two are equal; to a
/// database they are two.
package struct ExactText: Hashable, Comparable, Sendable {
  package let text: String

  package init(_ text: String) { self.text = text }

  package static func == (left: ExactText, right: ExactText) -> Bool {
    left.text.utf8.elementsEqual(right.text.utf8)
  }

  package static func < (left: ExactText, right: ExactText) -> Bool {
    left.text.utf8.lexicographicallyPrecedes(right.text.utf8)
  }

  package func hash(into hasher: inout Hasher) {
    // Texts with equal bytes are equal to Swift, so their own hashes will do.
    hasher.combine(text)
  }
}

/// The requests of one hour with the same method, route and status.
package struct EndpointHour: Hashable, Comparable, Sendable {
  /// Hours since 1970.
  package var hour: Int64
  package var method: ExactText
  package var path: ExactText
  package var status: Int

  package init(hour: Int64, method: String, path: String, status: Int) {
    self.hour = hour
    self.method = ExactText(method)
    self.path = ExactText(path)
    self.status = status
  }

  package static func < (left: EndpointHour, right: EndpointHour) -> Bool {
    (left.hour, left.path, left.method, left.status)
      < (right.hour, right.path, right.method, right.status)
  }
}

/// The requests of one consumer on one day (UTC).
package struct ConsumerDay: Hashable, Comparable, Sendable {
  /// Days since 1970.
  package var day: Int64
  /// Empty for requests without a consumer, which no identifier is.
  package var consumer: ExactText

  package init(day: Int64, consumer: String?) {
    self.day = day
    self.consumer = ExactText(consumer ?? "")
  }

  package static func < (left: ConsumerDay, right: ConsumerDay) -> Bool {
    (left.day, left.consumer) < (right.day, right.consumer)
  }
}

/// Requests, and the sizes of those whose sizes are known. Sums stop at the largest Int64.
package struct TrafficSum: Equatable, Sendable {
  package var requests: Int64
  /// Bytes.
  package var received: Int64
  package var sent: Int64

  package init(requests: Int64 = 0, received: Int64 = 0, sent: Int64 = 0) {
    (self.requests, self.received, self.sent) = (requests, received, sent)
  }

  package static func + (left: TrafficSum, right: TrafficSum) -> TrafficSum {
    TrafficSum(
      requests: sum(left.requests, right.requests), received: sum(left.received, right.received),
      sent: sum(left.sent, right.sent))
  }

  package static func - (left: TrafficSum, right: TrafficSum) -> TrafficSum {
    TrafficSum(
      requests: left.requests - right.requests, received: left.received - right.received,
      sent: left.sent - right.sent)
  }

  package static func += (left: inout TrafficSum, right: TrafficSum) { left = left + right }

  /// Of two numbers that are not negative.
  private static func sum(_ left: Int64, _ right: Int64) -> Int64 {
    let (sum, isOver) = left.addingReportingOverflow(right)
    return isOver ? .max : sum
  }
}

/// What messages add up to, twice: by endpoint and by consumer. The five-part combinations that they hold
/// would be as many as the requests themselves; a message that is missing or doubled shows in both.
package struct TrafficSums: Equatable, Sendable {
  package var endpoints: [EndpointHour: TrafficSum] = [:]
  /// Numbers of requests.
  package var consumers: [ConsumerDay: Int64] = [:]

  package init() {}

  package var isEmpty: Bool { endpoints.isEmpty && consumers.isEmpty }
  package var count: Int { endpoints.count + consumers.count }

  package mutating func add(
    _ sum: TrafficSum, at moment: Int64, consumer: String?, method: String, path: String,
    status: Int
  ) {
    let hour = EndpointHour(hour: moment / 3_600, method: method, path: path, status: status)
    endpoints[hour, default: TrafficSum()] += sum
    consumers[ConsumerDay(day: moment / 86_400, consumer: consumer), default: 0] += sum.requests
  }

  package static func += (left: inout TrafficSums, right: TrafficSums) {
    left.endpoints.merge(right.endpoints, uniquingKeysWith: +)
    left.consumers.merge(right.consumers, uniquingKeysWith: +)
  }
}

/// Sums as a run hands them over: names once each, and rows that refer to them by index.
package struct TrafficRows: Sendable {
  package struct Hour: Sendable {
    /// Hours since 1970.
    package var hour: Int64
    package var endpoint: Int
    package var status: Int
    package var sum: TrafficSum

    package init(hour: Int64, endpoint: Int, status: Int, sum: TrafficSum) {
      (self.hour, self.endpoint, self.status, self.sum) = (hour, endpoint, status, sum)
    }
  }

  package struct Day: Sendable {
    /// Days since 1970.
    package var day: Int64
    /// nil for requests without a consumer.
    package var consumer: Int?
    package var requests: Int64

    package init(day: Int64, consumer: Int?, requests: Int64) {
      (self.day, self.consumer, self.requests) = (day, consumer, requests)
    }
  }

  package var endpoints: [(method: String, path: String)] = []
  package var consumers: [String] = []
  package var hours: [Hour] = []
  package var days: [Day] = []

  package init() {}

  package var isEmpty: Bool { hours.isEmpty && days.isEmpty }
}

extension TrafficRows {
  /// The rows of sums that were read from messages.
  package init(_ sums: TrafficSums) {
    var places: [[ExactText]: Int] = [:]
    for (key, sum) in sums.endpoints.sorted(by: { $0.key < $1.key }) {
      let name = [key.method, key.path]
      let place = places[name] ?? endpoints.count
      if place == endpoints.count {
        places[name] = place
        endpoints.append((key.method.text, key.path.text))
      }
      hours.append(Hour(hour: key.hour, endpoint: place, status: key.status, sum: sum))
    }
    places = [:]
    for (key, requests) in sums.consumers.sorted(by: { $0.key < $1.key }) {
      guard !key.consumer.text.isEmpty else {
        days.append(Day(day: key.day, consumer: nil, requests: requests))
        continue
      }
      let place = places[[key.consumer]] ?? consumers.count
      if place == consumers.count {
        places[[key.consumer]] = place
        consumers.append(key.consumer.text)
      }
      days.append(Day(day: key.day, consumer: place, requests: requests))
    }
  }
}
