import CZlib

@testable import LogReading

/// Makes a gzip file of the steps that an input names, and knows what is in it.
struct GzipScript {
  /// Whether a member may hold a hundred kilobytes, so that reading it takes several steps.
  private let allowsLongMembers: Bool

  init(allowsLongMembers: Bool) { self.allowsLongMembers = allowsLongMembers }

  private enum End { case sound, garbage(Int), truncated, corrupt, any }

  private(set) var file: [UInt8] = []
  /// The content of all members.
  private(set) var content: [UInt8] = []
  private var end = End.sound
  /// Where each member ends.
  private var memberEnds: [Int] = []
  private static let stepLimit = 6

  mutating func run(_ input: borrowing Span<UInt8>, _ reader: inout ParameterReader) {
    for step in 0..<Self.stepLimit {
      guard reader.offset < input.count, case .sound = end else { break }
      switch reader.number(below: 12, input) {
      case 8 where step > 0: addPadding(reader.number(below: 256, input))
      case 9 where step > 0: addGarbage(input, &reader)
      case 10 where step > 0: cut(1 + reader.number(below: 40, input))
      case 11 where step > 0: damage(reader.number(below: 8, input))
      default: addMember(input, &reader)
      }
    }
  }

  /// Holds what was read against what the script has made.
  func compare(_ reading: SourceReading) throws(Violation) {
    let lines = SourceReading.wholeLines(of: withoutMark(content))
    func expect(_ isRight: Bool, _ description: String) throws(Violation) {
      try check(
        isRight, "\(description): \(reading.error.map { "\($0)" } ?? "no error"), of \(file)")
    }
    switch end {
    case .any: break
    case .sound:
      try expect(reading.error == nil, "a sound file")
      try expect(SourceReading.agree(reading.content, withoutMark(content)), "all of a sound file")
    case .garbage(let offset):
      try expect(reading.error == .trailingBytes(fileOffset: offset), "garbage behind")
      try expect(SourceReading.agree(reading.content, lines), "the lines before garbage")
    case .truncated:
      try expect(reading.error == .truncatedGzip(fileOffset: file.count), "cut off")
      let isPrefix = SourceReading.agree(
        reading.content, Array(lines.prefix(reading.content.count)))
      try expect(isPrefix, "lines of what was cut off")
    case .corrupt:
      guard case .corruptGzip = reading.error else {
        return try expect(false, "a damaged sum")
      }
      try expect(SourceReading.agree(reading.content, lines), "the lines before a damaged sum")
    }
  }

  private func withoutMark(_ content: [UInt8]) -> [UInt8] {
    content.starts(with: [0xEF, 0xBB, 0xBF]) ? Array(content.dropFirst(3)) : content
  }

  // MARK: Steps

  private mutating func addMember(
    _ input: borrowing Span<UInt8>, _ reader: inout ParameterReader
  ) {
    let flags = reader.byte(input) & 0x1F
    let level = Int32(reader.number(below: 10, input))
    let strategy = [Z_DEFAULT_STRATEGY, Z_FIXED, Z_HUFFMAN_ONLY, Z_RLE][
      reader.number(below: 4, input)]
    let count = reader.number(below: 64, input)
    let times = reader.number(below: 256, input)
    let isLong = allowsLongMembers && times == 255 && count > 48 && level > 6
    let text = (0..<count).map { _ in reader.byte(input) }
    var bytes: [UInt8] = []
    // Mostly once: what is long costs time.
    for _ in 0..<(isLong ? 2048 : times / 64) { bytes += text }
    file += Self.header(flags, name: text)
    file += Self.deflated(bytes, level: level, strategy: strategy)
    file += Self.littleEndian(Self.sum(bytes)) + Self.littleEndian(UInt32(bytes.count))
    content += bytes
    memberEnds.append(file.count)
  }

  private mutating func addPadding(_ count: Int) {
    file += [UInt8](repeating: 0, count: count)
  }

  private mutating func addGarbage(
    _ input: borrowing Span<UInt8>, _ reader: inout ParameterReader
  ) {
    let garbage = (0...reader.number(below: 16, input)).map { _ in reader.byte(input) }
    if let first = garbage.firstIndex(where: { $0 != 0 }) {
      // What begins as a member does may be one.
      end = garbage[first] == 0x1F ? .any : .garbage(file.count + first)
    }
    file += garbage
  }

  private mutating func cut(_ count: Int) {
    guard count < file.count - 1 else { return }
    let start = memberEnds.count > 1 ? memberEnds[memberEnds.count - 2] : 0
    file.removeLast(count)
    guard let last = memberEnds.last, file.count < last else { return }
    // With more than the last member gone, or only padding left, what is left is known less well.
    let isWithin = file.count > start && !file[start...].allSatisfy { $0 == 0 }
    end = isWithin ? .truncated : .any
  }

  /// Changes one of the eight bytes at the end of the last member: its sum, or its length.
  private mutating func damage(_ index: Int) {
    guard let last = memberEnds.last else { return }
    file[last - 1 - index] ^= 0x55
    end = .corrupt
  }

  // MARK: Gzip (RFC 1952)

  private static func header(_ flags: UInt8, name: [UInt8]) -> [UInt8] {
    var header: [UInt8] = [0x1F, 0x8B, 8, flags, 1, 2, 3, 4, 0, 3]
    let text = name.filter { $0 != 0 } + [0]
    if flags & 4 != 0 { header += [UInt8(name.count), 0] + name }
    if flags & 8 != 0 { header += text }
    if flags & 16 != 0 { header += text }
    if flags & 2 != 0 { header += littleEndian(sum(header)).prefix(2) }
    return header
  }

  private static func sum(_ bytes: [UInt8]) -> UInt32 {
    unsafe UInt32(truncatingIfNeeded: crc32(0, bytes, UInt32(bytes.count)))
  }

  private static func deflated(_ bytes: [UInt8], level: Int32, strategy: Int32) -> [UInt8] {
    var stream = unsafe z_stream()
    let status = unsafe deflateInit2_(
      &stream, level, Z_DEFLATED, -9 - level % 7, 1 + level % 9, strategy, ZLIB_VERSION,
      Int32(MemoryLayout<z_stream>.size))
    precondition(status == Z_OK)
    defer { unsafe deflateEnd(&stream) }
    var input = bytes
    var output = [UInt8](repeating: 0, count: bytes.count + bytes.count / 8 + 1024)
    let room = UInt32(output.count)
    let count = UInt32(bytes.count)
    unsafe input.withUnsafeMutableBufferPointer { source in
      unsafe output.withUnsafeMutableBufferPointer { target in
        unsafe stream.next_in = source.baseAddress
        unsafe stream.avail_in = count
        unsafe stream.next_out = target.baseAddress
        unsafe stream.avail_out = room
        let status = unsafe deflate(&stream, Z_FINISH)
        precondition(status == Z_STREAM_END)
      }
    }
    return unsafe Array(output.prefix(Int(room - stream.avail_out)))
  }

  private static func littleEndian(_ number: UInt32) -> [UInt8] {
    (0..<4).map { UInt8(truncatingIfNeeded: number >> UInt32(8 * $0)) }
  }
}
