/// The histograms of an item, by their names in messages.
enum Histogram: String {
  case responseTimes = "response_times"
  case requestSizes = "request_sizes"
  case responseSizes = "response_sizes"
  // Of OTLP: bins of scale 3, see `HubTotals.zeroBin`.
  case durationBins = "durations"
  case requestSizeBins = "request_size_bins"
  case responseSizeBins = "response_size_bins"
}

extension RequestItem {
  var histograms: [(Histogram, [Bar])] {
    [
      (.responseTimes, responseTimes), (.requestSizes, requestSizes),
      (.responseSizes, responseSizes),
    ]
  }
}
