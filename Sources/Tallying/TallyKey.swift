internal import ByteScanning

/// What is counted together: the requests of one bucket with the same consumer, method, route and
/// status. Packed into two words, so that comparing and hashing cost a few instructions.
@usableFromInline
package struct TallyKey: Equatable, BitwiseCopyable, Sendable {
  /// Bucket (34 bits: seconds to beyond the year 2500) and consumer (22 bits).
  @usableFromInline let high: UInt64
  /// Route (32 bits), method (16 bits) and status (16 bits).
  @usableFromInline let low: UInt64

  /// - Parameters:
  ///   - bucket: the bucket's start divided by its width; from 0.
  ///   - consumer: a number of `NameTable`, as are `method` and `route`.
  @inlinable @inline(__always)
  package init(bucket: Int64, consumer: UInt32, method: UInt32, route: UInt32, status: UInt16) {
    precondition(bucket >= 0 && bucket < 1 << 34 && consumer <= 1 << 22)
    high = UInt64(bitPattern: bucket) &<< 23 | UInt64(consumer)
    low = UInt64(route) &<< 32 | UInt64(method) &<< 16 | UInt64(status)
  }

  private init(high: UInt64, low: UInt64) { (self.high, self.low) = (high, low) }

  /// The same key for another route.
  func withRoute(_ route: UInt32) -> TallyKey {
    TallyKey(high: high, low: UInt64(route) << 32 | low & 0xFFFF_FFFF)
  }

  @inlinable package var bucket: Int64 { Int64(high >> 23) }
  @inlinable package var consumer: UInt32 { UInt32(high & (1 << 23 - 1)) }
  @inlinable package var route: UInt32 { UInt32(low >> 32) }
  @inlinable package var method: UInt32 { UInt32(low >> 16 & 0xFFFF) }
  @inlinable package var status: UInt16 { UInt16(truncatingIfNeeded: low) }

  @inline(__always)
  func hash(seed: HashSeed) -> UInt64 {
    // A seed on each factor: keys could be chosen that make a factor zero which is known.
    spread((high ^ seed.high).multipliedFullWidth(by: low ^ seed.low))
  }
}

/// What a table's hashes depend on besides the keys. Clients choose consumers, routes and sizes;
/// without knowing the seed, they cannot choose ones that collide.
struct HashSeed: BitwiseCopyable, Sendable {
  var high = UInt64.random(in: .min ... .max)
  var low = UInt64.random(in: .min ... .max)
}

/// Buckets of time: [start, start + width), aligned to 1970.
@usableFromInline
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
  package func bucket(of moment: Int64) -> Int64 { max(0, moment) / nanoseconds }

  /// The moments that belong to `bucket`, in nanoseconds since 1970; none if they reach beyond the last.
  fileprivate func moments(of bucket: Int64) -> Range<Int64> {
    let (start, isBeyond) = bucket.multipliedReportingOverflow(by: nanoseconds)
    let (end, endIsBeyond) = start.addingReportingOverflow(nanoseconds)
    return isBeyond || endIsBeyond ? 0..<0 : start..<end
  }

  /// When a bucket begins, in seconds since 1970.
  package func start(of bucket: Int64) -> Int64 { bucket * Int64(seconds) }
}

/// Finds the buckets of moments, of which neighbours mostly share theirs.
@usableFromInline
package struct BucketFinder: Sendable {
  @usableFromInline let width: BucketWidth
  /// The last bucket, and the moments that belong to it.
  @usableFromInline var last: Int64 = 0
  @usableFromInline var start: Int64 = 0
  @usableFromInline var end: Int64 = 0

  package init(width: BucketWidth) { self.width = width }

  /// The bucket of a moment in nanoseconds since 1970.
  @inlinable @inline(__always)
  package mutating func bucket(of moment: Int64) -> Int64 {
    if moment < start || moment >= end { find(moment) }
    return last
  }

  @usableFromInline
  mutating func find(_ moment: Int64) {
    last = width.bucket(of: moment)
    let moments = width.moments(of: last)
    (start, end) = (moments.lowerBound, moments.upperBound)
  }
}
