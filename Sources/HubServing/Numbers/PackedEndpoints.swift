import Algorithms

/// Requests and errors by endpoint in one BLOB, sorted by endpoint: those of a consumer on a day.
///
/// In the consumer's row and not in rows of their own: a message has as many pairs of consumer and endpoint as
/// items, nearly each on another page of such a table, and a page is what a transaction writes.
struct PackedEndpoints: Equatable {
  struct Counts: BitwiseCopyable, Equatable {
    var endpoint: Int64
    var requests: Int64 = 0
    var clientErrors: Int64 = 0
    var serverErrors: Int64 = 0

    fileprivate mutating func add(_ other: Counts) {
      requests = cappedSum(requests, other.requests)
      clientErrors = cappedSum(clientErrors, other.clientErrors)
      serverErrors = cappedSum(serverErrors, other.serverErrors)
    }
  }

  /// Sorted by endpoint.
  private(set) var counts: [Counts] = []

  init() {}

  init(_ bytes: borrowing Span<UInt8>) {
    var cursor = PackedCursor()
    var endpoint: Int64 = 0
    while !cursor.isAtEnd(of: bytes) {
      let next = cursor.counts(after: endpoint, bytes)
      counts.append(next)
      endpoint = next.endpoint
    }
  }

  /// Adds the counts of an item.
  mutating func add(_ other: Counts) {
    let place = counts.partitioningIndex { $0.endpoint >= other.endpoint }
    if place < counts.count, counts[place].endpoint == other.endpoint {
      counts[place].add(other)
    } else {
      counts.insert(other, at: place)
    }
  }

  func write(to writing: inout PackedWriting) {
    var last: Int64 = 0
    for count in counts {
      writing.put(signed: count.endpoint &- last)
      writing.put(count.requests)
      writing.put(count.clientErrors)
      writing.put(count.serverErrors)
      last = count.endpoint
    }
  }
}
