/// The largest power of ten nanoseconds, from 1 ns to 1 s, that all durations are multiples of.
struct DecimalResolution {
  private(set) var nanoseconds: Int64 = 1_000_000_000
  // A multiple of 2^k · q, q odd, is one whose product with the inverse of q modulo 2^64, turned right by k,
  // is small (Hacker's Delight, 10-17). A remainder takes ten times as long.
  private var power: UInt64 = 0
  private var inverse: UInt64 = 0
  private var largest: UInt64 = 0

  init() { prepare() }

  /// Becomes so fine that `duration`, which is not negative, is a multiple.
  @inline(__always)
  mutating func note(_ duration: Int64) {
    while nanoseconds > 1, !divides(UInt64(bitPattern: duration)) { refine() }
  }

  /// Becomes so fine that `sum` is a multiple.
  mutating func note(sum: UInt128) {
    while nanoseconds > 1, sum % UInt128(nanoseconds) != 0 { refine() }
  }

  /// Becomes as fine as `other`, if that is finer.
  mutating func merge(_ other: DecimalResolution) {
    if other.nanoseconds < nanoseconds { self = other }
  }

  @inline(__always)
  private func divides(_ duration: UInt64) -> Bool {
    let product = duration &* inverse
    return product &>> power | product &<< (64 &- power) <= largest
  }

  @inline(never)
  private mutating func refine() {
    nanoseconds /= 10
    prepare()
  }

  private mutating func prepare() {
    power = UInt64(nanoseconds.trailingZeroBitCount)
    let odd = UInt64(nanoseconds) >> power
    inverse = odd
    // Newton's method doubles the bits that are right, of which an odd number has three at first.
    for _ in 0..<5 { inverse = inverse &* (2 &- odd &* inverse) }
    largest = .max / UInt64(nanoseconds)
  }
}
