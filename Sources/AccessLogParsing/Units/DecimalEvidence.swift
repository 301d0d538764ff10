/// What values with decimals say about their unit, which is seconds or milliseconds: nginx writes seconds
/// with three decimals, morgan milliseconds, and nothing else in their lines differs.
///
/// A unit is accepted if the other one is out of the question.
struct DecimalEvidence {
  /// A request in a log takes at least so much, in milliseconds, except for a few.
  private static let leastMilliseconds = 0.1
  /// No request takes so little, in milliseconds: it is one write to a connection.
  private static let impossibleMilliseconds = 0.005
  /// No more than a few requests in a log take longer than this, in seconds.
  private static let mostSeconds = 60.0
  /// One in so many is not a few.
  private static let fewInSeconds = 20
  private static let fewInMilliseconds = 50
  /// So many values that no request takes are no accident, and at least one in so many.
  private static let fewestImpossible = 2
  private static let fewImpossible = 500

  /// Ascending.
  private let values: [Double]

  /// - Parameter values: at least one.
  init(_ values: [Double]) { self.values = values.sorted() }

  private var small: Int { values.count { $0 < Self.leastMilliseconds } }
  private var impossible: Int { values.count { $0 < Self.impossibleMilliseconds } }
  private var large: Int { values.count { $0 > Self.mostSeconds } }

  var canBeSeconds: Bool { large * Self.fewInSeconds <= values.count }
  private var canBeMilliseconds: Bool {
    small * Self.fewInMilliseconds <= values.count
      && impossible < max(Self.fewestImpossible, values.count / Self.fewImpossible)
  }

  /// The unit, and the observation that decides it.
  var decision: (unit: DurationUnit?, evidence: String) {
    let median = Self.text(values[values.count / 2])
    switch (canBeSeconds, canBeMilliseconds) {
    case (true, false):
      return (
        .seconds,
        "in milliseconds, \(share(small)) would take less than 0.1 ms (the median is \(median))"
      )
    case (false, true):
      return (
        .milliseconds,
        "in seconds, \(share(large)) would take more than a minute (the median is \(median))"
      )
    case (true, true):
      return (nil, "its values, with a median of \(median), may be seconds or milliseconds")
    case (false, false):
      return (nil, "its values agree with neither seconds nor milliseconds")
    }
  }

  private func share(_ count: Int) -> String {
    count == values.count ? "all \(count) requests" : "\(count) of \(values.count) requests"
  }

  /// Up to three decimals.
  private static func text(_ value: Double) -> String {
    let thousandths = Int((min(value, 1e12) * 1000).rounded())
    let fraction = String(thousandths % 1000 + 1000).dropFirst()
    return "\(thousandths / 1000).\(fraction)"
  }
}

extension Decimal {
  var approximation: Double {
    var value = Double(mantissa)
    var exponent = exponent
    while exponent < 0, value != 0 {
      value /= 10
      exponent += 1
    }
    while exponent > 0, value < 1e300 {
      value *= 10
      exponent -= 1
    }
    return isNegative ? -value : value
  }
}
