/// Stands in for swift-crypto in the fuzzer, which has no use for real digests: the same names, and a
/// sum that anybody can make. Nothing but the fuzzer is built with it.
public struct Digest: Sequence {
  var words: [UInt64]

  public func makeIterator() -> IndexingIterator<[UInt8]> {
    words.flatMap { word in (0..<8).map { UInt8(truncatingIfNeeded: word >> UInt64(8 * $0)) } }
      .makeIterator()
  }
}

public struct SHA256 {
  private var sum: UInt64 = 0xCBF2_9CE4_8422_2325

  public init() {}

  public mutating func update(data: some Sequence<UInt8>) {
    for byte in data { sum = (sum ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
  }

  public mutating func update(bufferPointer: UnsafeRawBufferPointer) {
    update(data: bufferPointer)
  }

  public func finalize() -> Digest {
    Digest(words: (1...4).map { (sum ^ sum >> 29) &* (2 * $0 + 1) })
  }

  public static func hash(data: some Sequence<UInt8>) -> Digest {
    var digest = SHA256()
    digest.update(data: data)
    return digest.finalize()
  }
}

public enum Insecure {
  public typealias SHA1 = SHA256
}
