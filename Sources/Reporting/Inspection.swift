/// What `inspect` found out. Sources that are interpreted in the same way form one group.
package struct Inspection: Equatable, Sendable {
  package var groups: [FormatFindings] = []
  /// The most lines and bytes of each source that were looked at; nil if each was read to its end.
  package var limit: Limit?

  package struct Limit: Equatable, Sendable {
    package var lineCount: Int
    package var byteCount: Int

    package init(lineCount: Int, byteCount: Int) {
      (self.lineCount, self.byteCount) = (lineCount, byteCount)
    }
  }

  package init() {}
}

/// How many of a total.
package struct Share: Equatable, Sendable {
  package var count: Int
  package var total: Int

  package init(_ count: Int, of total: Int) { (self.count, self.total) = (count, total) }

  package var isAll: Bool { count == total }
}

/// Something that occurs, how often it does, and an example.
package struct Occurrence: Equatable, Sendable {
  package var name: String
  package var count: Int
  package var example: String?

  package init(_ name: String, _ count: Int, example: String? = nil) {
    (self.name, self.count, self.example) = (name, count, example)
  }
}

/// What was found in the sources of one format.
package struct FormatFindings: Equatable, Sendable {
  /// nil if no format fits.
  package var formatName: String?
  package var producer: String?
  /// Whether the keys of the lines were interpreted by name and value only: an import needs to be
  /// given a mapping.
  package var isGuess = false
  package var sources: [SourceFindings] = []
  package var linesRead = 0
  package var linesTallied = 0
  package var parts: [PartFindings] = []
  package var otherFields: [FieldFindings] = []
  /// All keys of a log that has keys, including those that never have a value.
  package var keysInLog: Set<String> = []
  package var clock: ClockFindings?
  package var duration: DurationFindings?
  package var sizes: [SizeFindings] = []
  package var samples: [SampleRecord] = []
  package var consumers = ConsumerFindings()
  package var routes = RouteFindings()
  package var leftOut: [LeftOutFindings] = []
  package var missing: [MissingPart] = []
  /// The servers whose logging the advice is about: `nginx`, `Apache`.
  package var advisedServers: [String] = []

  package init() {}
}

package struct SourceFindings: Equatable, Sendable {
  package var path: String
  package var linesRead = 0
  package var bytesUncompressed = 0
  /// Whether the source, or the part of it in this format, was read to its end.
  package var isComplete = false
  /// Whether lines of another format come before it.
  package var isFromLaterLine = false
  /// Whether its lines are interspersed with lines of another format.
  package var isAmongOthers = false
  /// Lines that are evidence against the format.
  package var rejectedCount = 0
  /// How many of the first lines each candidate can read, best first; empty if the user named the
  /// format.
  package var scores: [Score] = []
  /// What was decided about a duration whose format does not define its unit, and why.
  package var unitNote: String?

  package struct Score: Equatable, Sendable {
    package var formatName: String
    package var read: Share

    package init(formatName: String, read: Share) {
      (self.formatName, self.read) = (formatName, read)
    }
  }

  package init(path: String) { self.path = path }
}

/// A part of a record and the log field that supplies it.
package struct PartFindings: Equatable, Sendable {
  /// As in the configuration.
  package var name: String
  /// The field, or nil if the log has none. `lineCount` is on how many lines it had a value.
  package var field: String?
  package var lineCount = 0
  /// What the numbers mean: a unit, or which moment.
  package var unit: String?
  package var example: String?

  package init(name: String) { self.name = name }
}

/// A log field that supplies no part of a record.
package struct FieldFindings: Equatable, Sendable {
  package var name: String
  /// Lines on which it has a value.
  package var lineCount = 0
  /// The number of distinct values, out of the values that were compared.
  package var distinct = Share(0, of: 0)
  package var example: String?
  /// Whether its name is typical of fields that identify consumers.
  package var isConsumerLike = false
  /// Whether its name suggests a secret; no example is kept then.
  package var isSecret = false
  /// If it holds numbers without a unit: what is known about them.
  package var numbers: NumberFindings?

  package init(name: String) { self.name = name }

  /// Whether nearly every request has a value of its own, like a request ID.
  package var isNearlyUnique: Bool { nearlyUnique(distinct) }
}

/// Whether nearly every value in a share of distinct values is different.
package func nearlyUnique(_ distinct: Share) -> Bool {
  distinct.total >= 50 && distinct.count * 10 >= distinct.total * 8
}

package struct NumberFindings: Equatable, Sendable {
  /// How many values have each number of decimals.
  package var decimals: [Int: Int] = [:]
  package var smallest = 0.0
  package var largest = 0.0

  package init() {}
}

package struct ClockFindings: Equatable, Sendable {
  /// Shapes of timestamps, the most frequent first.
  package var shapes: [Occurrence] = []
  /// `start` or `end` of the request.
  package var moment = "end"
  /// How many lines are moved back to the start by their duration.
  package var movedCount = 0
  /// How many lines have an earlier timestamp than the line before them.
  package var backwards = Share(0, of: 0)
  /// Nanoseconds since 1970: when the first and the last tallied request began.
  package var first: Int64?
  package var last: Int64?

  package init() {}
}

package struct DurationFindings: Equatable, Sendable {
  package var field = ""
  package var unit = ""
  package var authority = Authority.format

  /// What the unit is based on.
  package enum Authority: String, Sendable {
    case format, mapping, evidence
    case keyName = "key-name"
  }

  package var present = Share(0, of: 0)
  /// How many values have each number of decimals.
  package var decimals: [Int: Int] = [:]
  /// Nanoseconds.
  package var median: Int64 = 0
  package var percentile99: Int64 = 0
  package var longest: Int64 = 0

  package init() {}
}

package struct SizeFindings: Equatable, Sendable {
  package enum Meaning: String, Sendable {
    case body, announced, unknown
    case withHeaders = "with-headers"
  }

  /// `request_size` or `response_size`.
  package var part: String
  package var field: String
  package var meaning: Meaning
  /// Responses that have no body (204, 304, to HEAD), and how many of them have a size
  /// nevertheless.
  package var bodiless = Share(0, of: 0)

  package init(part: String, field: String, meaning: Meaning) {
    (self.part, self.field, self.meaning) = (part, field, meaning)
  }

  /// Whether the log seems to count headers too, judging by the responses without a body.
  package var seemsToCountHeaders: Bool {
    bodiless.total >= 3 && bodiless.count * 10 >= bodiless.total * 9
  }
}

/// A request as it is counted.
package struct SampleRecord: Equatable, Sendable {
  package var path: String
  package var lineNumber: Int
  /// Nanoseconds since 1970.
  package var start: Int64
  package var method: String
  package var route: String
  package var status: Int
  package var consumer: String?
  /// Nanoseconds.
  package var duration: Int64?
  package var requestSize: Int64?
  package var responseSize: Int64?

  package init(
    path: String, lineNumber: Int, start: Int64, method: String, route: String, status: Int,
    consumer: String?, duration: Int64?, requestSize: Int64?, responseSize: Int64?
  ) {
    self.path = path
    self.lineNumber = lineNumber
    self.start = start
    self.method = method
    self.route = route
    self.status = status
    self.consumer = consumer
    self.duration = duration
    self.requestSize = requestSize
    self.responseSize = responseSize
  }
}

package struct ConsumerFindings: Equatable, Sendable {
  /// The fields that identify consumers, in the order in which they are tried.
  package var fields: [String] = []
  package var count = 0
  /// The tallied requests that have a consumer.
  package var requests = Share(0, of: 0)
  /// The most frequent.
  package var top: [Occurrence] = []

  package init() {}

  /// Whether nearly every request has a consumer of its own.
  package var isNearlyUnique: Bool { nearlyUnique(Share(count, of: requests.count)) }
}

package struct RouteFindings: Equatable, Sendable {
  package var origin = Origin.paths

  /// Where they come from: a list of known routes, the log itself, or folded paths.
  package enum Origin: String, Sendable { case list, log, paths }

  package var count = 0
  package var unmatchedCount = 0
  /// The most frequent, with methods before the template and a path as an example.
  package var top: [Occurrence] = []

  package init() {}
}

package struct LeftOutFindings: Equatable, Sendable {
  package var reason: String
  package var explanation: String?
  package var count: Int
  /// Whether the lines were rejected, which is evidence against the format.
  package var isRejection = false
  package var example: Example?

  package struct Example: Equatable, Sendable {
    package var path: String
    package var lineNumber: Int
    /// Where in the line the problem is, from 0.
    package var byteOffset: Int
    package var line: String

    package init(path: String, lineNumber: Int, byteOffset: Int, line: String) {
      self.path = path
      self.lineNumber = lineNumber
      self.byteOffset = byteOffset
      self.line = line
    }
  }

  package init(reason: String, explanation: String?, count: Int) {
    (self.reason, self.explanation, self.count) = (reason, explanation, count)
  }
}

/// Something whose presence would improve an import.
package enum MissingPart: String, Equatable, Sendable {
  case duration, consumer
  case requestSize = "request_size"
  case responseSize = "response_size"
  case zone
  case subseconds
}
