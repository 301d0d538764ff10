internal import Tallying

/// Which buckets, routes and consumers the tallies of a run are of.
package struct Coverage: Sendable {
  private let width: BucketWidth
  private var buckets: Set<Int64> = []
  /// The newest of the buckets.
  package private(set) var newest: Int64?
  /// nil if they are not to be counted.
  package internal(set) var consumerDays: ConsumerDays?
  /// For each route, by number, a bit for each method that it was tallied with.
  package private(set) var methodsOfRoutes: [UInt64] = []
  /// As above, of requests that were answered otherwise than 404 and 405: there is an endpoint.
  package private(set) var answeredMethodsOfRoutes: [UInt64] = []

  package var bucketCount: Int { buckets.count }
  package var routeCount: Int { methodsOfRoutes.count { $0 != 0 } }

  init(width: BucketWidth, countsConsumersByDay: Bool) {
    self.width = width
    consumerDays = countsConsumersByDay ? ConsumerDays() : nil
  }

  /// Notes what `table` holds; the newest bucket of it.
  mutating func note(_ table: borrowing TallyTable) -> Int64 {
    var newest: Int64 = 0
    var last: Int64 = -1
    let tallies = table.all
    for index in tallies.indices {
      let key = tallies[index].key
      if key.bucket != last {
        last = key.bucket
        buckets.insert(last)
        newest = max(newest, last)
        consumerDays?.begin(at: width.start(of: last))
      }
      consumerDays?.note(key.consumer)
      let route = Int(key.route)
      while methodsOfRoutes.count <= route {
        methodsOfRoutes.append(0)
        answeredMethodsOfRoutes.append(0)
      }
      let method: UInt64 = 1 << UInt64(key.method)
      methodsOfRoutes[route] |= method
      if key.status != 404 && key.status != 405 { answeredMethodsOfRoutes[route] |= method }
    }
    if !table.isEmpty { self.newest = max(self.newest ?? 0, newest) }
    return newest
  }
}
