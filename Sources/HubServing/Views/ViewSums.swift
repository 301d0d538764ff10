/// What some requests add up to, as views show it.
struct ViewSums {
  private(set) var counts = RequestSums()
  private var times: [Int64: Int64] = [:]

  mutating func add(_ item: PackedItem) {
    counts.add(item)
    for bin in item.bins where PackedHistograms.isTime(bin.key) {
      times[bin.key] = cappedSum(times[bin.key] ?? 0, bin.count)
    }
  }

  /// Response times at some ranks, in milliseconds: estimates from the bins in which the ranks lie. nil
  /// without response times.
  func percentiles(_ ranks: [Double]) -> [Double]? {
    let bins = timeBins.sorted { $0.value < $1.value }
    let total = bins.reduce(Int64(0)) { cappedSum($0, $1.count) }
    guard total > 0 else { return nil }
    return ranks.map { rank in
      let place = Int64((rank * Double(total)).rounded(.up))
      var seen: Int64 = 0
      for bin in bins {
        seen = cappedSum(seen, bin.count)
        if seen >= place { return bin.value }
      }
      return bins.last?.value ?? 0
    }
  }

  /// Response times in milliseconds, as far as they are known, in any order.
  var timeBins: [(value: Double, count: Int64)] {
    times.map { (value: Self.milliseconds(ofBin: $0.key), count: $0.value) }
  }

  /// The middle of a bin: of 10 milliseconds by hub v2, and of OTLP's of scale 3 that at which the error is
  /// the same to both sides.
  private static func milliseconds(ofBin key: Int64) -> Double {
    let bin = key >> 3
    if key & 7 == Histogram.responseTimes.number { return Double(bin) + 5 }
    if bin == Int64(HubTotals.zeroBin) { return 0 }
    // Bounds are powers of 2^(1/8); the largest bin that a duration has is far below this limit.
    let low = power(of: min(max(bin, -4_000), 4_000))
    let high = power(of: min(max(bin, -4_000), 4_000) + 1)
    return 2 * low * high / (low + high) * 1_000
  }

  /// 2^(k/8) for k from 0 to 7.
  private static let roots: [Double] = {
    let half = Double(2).squareRoot()
    let quarter = half.squareRoot()
    let eighth = quarter.squareRoot()
    return (0..<8).map { place in
      (place & 4 != 0 ? half : 1) * (place & 2 != 0 ? quarter : 1) * (place & 1 != 0 ? eighth : 1)
    }
  }()

  /// 2^(bin/8).
  private static func power(of bin: Int64) -> Double {
    let exponent = bin >> 3
    return Double(sign: .plus, exponent: Int(exponent), significand: roots[Int(bin & 7)])
  }

  func write(to json: inout JSONWriting) {
    counts.write(to: &json)
    json.member("response_time_ms") { json in
      guard let values = percentiles([0.5, 0.75, 0.95, 0.99]) else { return json.raw("null") }
      json.object { json in
        for (name, value) in zip(["p50", "p75", "p95", "p99"], values) {
          json.member(name) { $0.raw("\((value * 10).rounded() / 10)") }
        }
      }
    }
  }
}
