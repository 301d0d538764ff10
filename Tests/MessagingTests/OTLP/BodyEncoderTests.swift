import ByteScanning
import TestSupport
import Testing

@testable import Messaging

@Suite struct BodyEncoderTests {
  private static func body(_ number: Int) -> OwnedBuffer<UInt8> {
    var body = OwnedBuffer<UInt8>(capacity: 1 << 14)
    var generator = SeededGenerator(seed: UInt64(number))
    for _ in 0..<200 + number {
      body.append(
        "GET /v1/items/{item_id} 200 user\(UInt16.random(in: 0...999, using: &generator))\n")
    }
    return body
  }

  private static func sizes(_ encoding: TelemetrySource.Encoding) -> [Int] {
    let encoder = BodyEncoder(encoding, isFast: true)
    return (0..<100).map { encoder.encode(body($0)).count }
  }

  /// The first are what they are, and all of them together are nearly so.
  @Test func `bodies that are not sent are measured`() {
    let (real, measured) = (Self.sizes(.gzip), Self.sizes(.measured))
    #expect(measured[..<2] == real[..<2])
    #expect(measured[31] == real[31])
    #expect(measured != real)
    let (total, estimate) = (real.reduce(0, +), measured.reduce(0, +))
    #expect(abs(Double(estimate) / Double(total) - 1) < 0.02, "\(estimate) of \(total)")
  }

  /// Of a large body a part is enough, and of most none.
  @Test func `a body that is not sent has to be there as far as it is measured`() {
    let encoder = BodyEncoder(.measured, isFast: true)
    var body = OwnedBuffer<UInt8>(capacity: 1 << 20)
    while encoder.needsMore(than: body.count) { body.append(Self.body(body.count).span) }
    #expect((1 << 18..<1 << 19).contains(body.count))
    let part = encoder.encode(body, ofSize: 4 * body.count).count
    let whole = BodyEncoder(.gzip, isFast: true).encode(body).count
    #expect(abs(Double(part) / Double(4 * whole) - 1) < 0.02, "\(part) of 4 × \(whole)")
    let none = OwnedBuffer<UInt8>(capacity: 1)
    let needed = (1..<100).filter { _ in
      defer { _ = encoder.encode(Self.body(1), ofSize: 1_000) }
      return encoder.needsMore(than: 0)
    }
    #expect(needed == [1, 31, 63, 95])
    #expect(encoder.encode(none, ofSize: 4_000).count > 0)
    // What is sent is made whole.
    #expect(BodyEncoder(.gzip).needsMore(than: 1 << 30) && BodyEncoder(.plain).needsMore(than: 0))
  }

  @Test func `what is sent as it is has its size`() {
    #expect(Self.sizes(.plain) == (0..<100).map { Self.body($0).count })
  }
}
