package import Attribution

/// What is counted together: the requests of one bucket with the same consumer, method, route and
/// status. Packed into two words, so that comparing and hashing cost a few instructions.
package struct TallyKey: Equatable, BitwiseCopyable, Sendable {
  /// Bucket (34 bits: seconds to beyond the year 2500) and consumer (22 bits).
  let high: UInt64
  /// Route (32 bits), method (16 bits) and status (16 bits).
  let low: UInt64

  /// - Parameter bucket: the bucket's start divided by its width; from 0.
  @inline(__always)
  package init(bucket: Int64, request: AttributedRequest, status: UInt16) {
    precondition(bucket >= 0 && bucket < 1 << 34 && request.consumer <= 1 << 22)
    high = UInt64(bitPattern: bucket) << 23 | UInt64(request.consumer)
    low = UInt64(request.route) << 32 | UInt64(request.method) << 16 | UInt64(status)
  }

  package var bucket: Int64 { Int64(high >> 23) }
  package var consumer: NameTable.ID { NameTable.ID(high & (1 << 23 - 1)) }
  package var route: NameTable.ID { NameTable.ID(low >> 32) }
  package var method: NameTable.ID { NameTable.ID(low >> 16 & 0xFFFF) }
  package var status: UInt16 { UInt16(truncatingIfNeeded: low) }

  @inline(__always)
  var hash: UInt64 {
    let product = (high ^ 0x9E37_79B9_7F4A_7C15)
      .multipliedFullWidth(by: low ^ 0xFF51_AFD7_ED55_8CCD)
    return product.high ^ product.low
  }
}

/// Buckets of time: [start, start + width), aligned to 1970.
package struct BucketWidth: Equatable, Sendable {
  package let seconds: Int
  private let nanoseconds: Int64

  /// - Precondition: 1 second to a day.
  package init(seconds: Int) {
    precondition((1...86_400).contains(seconds))
    self.seconds = seconds
    nanoseconds = Int64(seconds) * 1_000_000_000
  }

  /// The bucket of a moment in nanoseconds since 1970. A request that began before 1970, because
  /// its duration reaches back so far, belongs to the first.
  @inline(__always)
  package func bucket(of moment: Int64) -> Int64 { max(0, moment) / nanoseconds }

  /// When a bucket begins, in seconds since 1970.
  package func start(of bucket: Int64) -> Int64 { bucket * Int64(seconds) }
}
