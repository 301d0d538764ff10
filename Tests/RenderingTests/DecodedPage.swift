import CZlib
import Foundation

/// The data of a page, decoded by a decoder that shares nothing with what encodes it.
struct DecodedPage {
  let head: [String: Any]
  /// Keys and counts of the sections A to F and L.
  let sections: [[Int: Int]]

  init(_ deflated: [UInt8]) throws {
    let bytes = Self.inflated(deflated)
    let length = bytes[..<4].reversed().reduce(0) { $0 << 8 | Int($1) }
    let json = Data(bytes[4..<4 + length])
    head = try JSONSerialization.jsonObject(with: json) as? [String: Any] ?? [:]
    var rest = bytes[(4 + length)...]
    func integer() -> Int {
      var (value, shift) = (0, 0)
      while let byte = rest.popFirst() {
        value |= Int(byte & 127) << shift
        shift += 7
        if byte < 128 { break }
      }
      return value
    }
    sections = (0..<7).map { _ in
      let count = integer()
      var key = 0
      let keys = (0..<count).map { _ in
        key += integer()
        return key
      }
      return Dictionary(uniqueKeysWithValues: keys.map { ($0, integer()) })
    }
    precondition(rest.isEmpty)
  }

  func number(_ key: String) -> Int { head[key] as? Int ?? -1 }
  func rows(_ key: String) -> [[Any]] { head[key] as? [[Any]] ?? [] }
  func total(_ section: Int) -> Int { sections[section].values.reduce(0, +) }

  /// The parts of a key, from the first; `sizes` are of all but the first.
  func parts(_ key: Int, _ sizes: Int...) -> [Int] {
    var (rest, parts) = (key, [Int]())
    for size in sizes.reversed() {
      parts.append(rest % size)
      rest /= size
    }
    return [rest] + parts.reversed()
  }

  private static func inflated(_ deflated: [UInt8]) -> [UInt8] {
    var stream = unsafe z_stream()
    var output = [UInt8](repeating: 0, count: 64 << 20)
    var input = deflated
    unsafe inflateInit2_(&stream, -15, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
    let status = unsafe input.withUnsafeMutableBufferPointer { source in
      unsafe output.withUnsafeMutableBufferPointer { room in
        unsafe stream.next_in = source.baseAddress
        unsafe stream.avail_in = UInt32(source.count)
        unsafe stream.next_out = room.baseAddress
        unsafe stream.avail_out = UInt32(room.count)
        return unsafe inflate(&stream, Z_FINISH)
      }
    }
    precondition(status == Z_STREAM_END)
    let count = unsafe output.count - Int(stream.avail_out)
    unsafe inflateEnd(&stream)
    return Array(output[..<count])
  }
}
