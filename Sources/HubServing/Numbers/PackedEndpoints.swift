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
      endpoint &+= cursor.signed(bytes)
      counts.append(
        Counts(
          endpoint: endpoint, requests: cursor.number(bytes), clientErrors: cursor.number(bytes),
          serverErrors: cursor.number(bytes)))
    }
  }

  /// Adds the counts of an item.
  mutating func add(_ other: Counts) {
    var low = 0
    var high = counts.count
    while low < high {
      let middle = (low + high) / 2
      if counts[middle].endpoint < other.endpoint { low = middle + 1 } else { high = middle }
    }
    if low < counts.count, counts[low].endpoint == other.endpoint {
      counts[low].add(other)
    } else {
      counts.insert(other, at: low)
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
