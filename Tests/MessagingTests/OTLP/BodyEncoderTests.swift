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
    let encoder = BodyEncoder(encoding, level: 1)
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

  @Test func `what is sent as it is has its size`() {
    #expect(Self.sizes(.plain) == (0..<100).map { Self.body($0).count })
  }
}
