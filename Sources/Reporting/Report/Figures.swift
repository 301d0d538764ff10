/// What is counted of a set of requests: all of them, those of a slot of time, an endpoint, a consumer.
package struct Figures: Equatable, Sendable {
  /// Requests by status.
  package var statuses = SparseCounts()
  package var durations = Distribution()
  /// Requests within the Apdex threshold, and within four times as much; counted exactly while reading. nil
  /// where they are not counted.
  package var apdex: ApdexCounts? = ApdexCounts()
  /// Bytes, of the requests whose size is known.
  package var requestBytes: Int64 = 0
  package var responseBytes: Int64 = 0
  /// The seconds since 1970 in which the 10 s begin that the first and the last request belong to; of a slot
  /// of time they are not noted.
  package var firstSeen = Int.max
  package var lastSeen = Int.min

  package init() {}

  package var requests: Int { statuses.total }
  package var clientErrors: Int { statuses.sum(of: 400...499) }
  package var serverErrors: Int { statuses.sum(of: 500...599) }
  package var errors: Int { statuses.sum(of: 400...599) }

  package mutating func merge(_ other: Figures) {
    statuses.merge(other.statuses)
    durations.merge(other.durations)
    if let theirs = other.apdex { apdex?.merge(theirs) } else { apdex = nil }
    requestBytes = requestBytes.addingSaturated(other.requestBytes)
    responseBytes = responseBytes.addingSaturated(other.responseBytes)
    firstSeen = min(firstSeen, other.firstSeen)
    lastSeen = max(lastSeen, other.lastSeen)
  }

  package func percentile(_ percentile: Percentile, resolution: Int64) -> Int64? {
    durations.percentile(percentile, resolution: resolution)
  }

  /// (satisfied + tolerating / 2) / requests with a duration; nil if there are none, or it is not counted.
  package var apdexScore: Double? {
    guard let apdex, !durations.isEmpty else { return nil }
    return (Double(apdex.satisfied) + Double(apdex.tolerating) / 2) / Double(durations.count)
  }
}

/// How many requests were fast enough, and how many almost.
package struct ApdexCounts: Equatable, Sendable {
  /// At most T.
  package var satisfied = 0
  /// Over T, and at most 4 T.
  package var tolerating = 0

  package init(satisfied: Int = 0, tolerating: Int = 0) {
    (self.satisfied, self.tolerating) = (satisfied, tolerating)
  }

  package mutating func merge(_ other: ApdexCounts) {
    satisfied += other.satisfied
    tolerating += other.tolerating
  }
}

/// Requests by the first digit of their status.
package struct ClassCounts: Equatable, BitwiseCopyable, Sendable {
  /// Of statuses outside of 100 to 599.
  package var other = 0
  package var informational = 0
  package var success = 0
  package var redirection = 0
  package var clientError = 0
  package var serverError = 0

  package init() {}

  package var requests: Int {
    other + informational + success + redirection + clientError + serverError
  }

  @inline(__always)
  package mutating func add(_ count: Int, status: Int) {
    switch status / 100 {
    case 2: success += count
    case 4: clientError += count
    case 3: redirection += count
    case 5: serverError += count
    case 1: informational += count
    default: other += count
    }
  }

  package mutating func merge(_ theirs: ClassCounts) {
    other += theirs.other
    informational += theirs.informational
    success += theirs.success
    redirection += theirs.redirection
    clientError += theirs.clientError
    serverError += theirs.serverError
  }
}

extension Int64 {
  /// The sum, or the largest Int64 if that is less.
  package func addingSaturated(_ other: Int64) -> Int64 {
    let (sum, overflow) = addingReportingOverflow(other)
    return overflow ? .max : sum
  }
}
