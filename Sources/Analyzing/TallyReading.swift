internal import Reporting
internal import Tallying

/// What one tally holds, read from its table.
struct TallyReading: ~Copyable {
  var durations = ScaledHistogram(scale: Distribution.scale)
  var sizes = ScaledHistogram(scale: 0)
  var requestBytes: Int64 = 0
  var responseBytes: Int64 = 0
  var sizedRequests = 0
  var sizedResponses = 0
  /// Kept here, since a global one is copied for each use.
  private let durationScale = ExponentialScale.durations
  private let sizeScale = ExponentialScale.sizes

  mutating func read(_ tally: Tally, of table: borrowing TallyTable) {
    table.read(tally.responseTimes, in: durationScale, into: &durations)
    table.read(tally.requestSizes, in: sizeScale, into: &sizes)
    (requestBytes, sizedRequests) = (Int64(clamping: sizes.sum), Int(sizes.count))
    table.read(tally.responseSizes, in: sizeScale, into: &sizes)
    (responseBytes, sizedResponses) = (Int64(clamping: sizes.sum), Int(sizes.count))
  }
}
