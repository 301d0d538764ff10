/// An item of a row of `numbers`: names are numbers of the tables `endpoint` and `person`.
struct PackedItem {
  var endpoint: Int64 = 0
  /// 0 for none.
  var person: Int64 = 0
  var status: Int64 = 0
  var requestCount: Int64 = 0
  var requestSizeSum: Int64 = 0
  var responseSizeSum: Int64 = 0
  var durationSum = 0.0
  var bins: [(key: Int64, count: Int64)] = []

  func write(to writing: inout PackedWriting) {
    writing.put(endpoint)
    writing.put(person)
    writing.put(status)
    writing.put(requestCount)
    writing.put(requestSizeSum)
    writing.put(responseSizeSum)
    // The lowest bit says whether there is a sum of durations.
    writing.put(Int64(bins.count) << 1 | (durationSum == 0 ? 0 : 1))
    if durationSum != 0 { writing.put(durationSum) }
    var last: Int64 = 0
    for bin in bins {
      writing.put(bin, after: last)
      last = bin.key
    }
  }

  init() {}
}
