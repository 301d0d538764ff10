import ByteScanning

/// Takes numbers from the front of an input; behind its end there are zeros.
struct ParameterReader {
  private(set) var offset = 0

  mutating func byte(_ input: borrowing Span<UInt8>) -> UInt8 {
    guard offset < input.count else { return 0 }
    defer { offset += 1 }
    return input[offset]
  }

  /// A number below `limit`, which is up to 256.
  mutating func number(below limit: Int, _ input: borrowing Span<UInt8>) -> Int {
    Int(byte(input)) % limit
  }
}

extension Span<UInt8> {
  /// The text in `range`, for messages and names.
  func text(_ range: Range<Int>) -> String {
    String(decoding: extracting(range).copied(), as: UTF8.self)
  }

  /// Which of `count` things the text in `range` chooses, where it is the name of none: so that no
  /// input is in vain.
  func choice(_ range: Range<Int>, of count: Int) -> Int {
    var sum: UInt32 = 2_166_136_261
    for offset in range { sum = (sum ^ UInt32(self[offset])) &* 16_777_619 }
    return Int(sum % UInt32(count))
  }
}

/// The bytes of a line in other surroundings: all by themselves, so that the sanitizer sees whoever
/// looks beyond them, or among bytes that mean something, which must not make a difference.
@safe
struct Surroundings: ~Copyable {
  /// Where the line begins.
  let start: Int
  let count: Int
  private let memory: UnsafeMutableBufferPointer<UInt8>

  /// The line alone.
  init(of line: borrowing Span<UInt8>) { self.init(of: line, before: 0, behind: 0, filler: 0) }

  /// The line with bytes before and behind it that parsers stop at.
  init(of line: borrowing Span<UInt8>, filledBy choice: Int) {
    let fillers = Array("\"\\ /}]{[,:@?%=&.0-\n\t".utf8) + [0x00, 0x80, 0xFF]
    self.init(
      of: line, before: choice % 19, behind: 64, filler: fillers[choice % fillers.count])
  }

  /// The line as one among others: behind it stands a line feed, perhaps with a carriage return before
  /// it, and then bytes that parsers stop at.
  init(amongLines line: borrowing Span<UInt8>, filledBy choice: Int) {
    self.init(of: line, filledBy: choice)
    let end = start + count
    let ending: [UInt8] = choice % 2 == 0 ? [0x0A] : [0x0D, 0x0A]
    for index in ending.indices { unsafe memory[end + index] = ending[index] }
  }

  private init(of line: borrowing Span<UInt8>, before: Int, behind: Int, filler: UInt8) {
    start = before
    count = line.count
    unsafe memory = .allocate(capacity: before + line.count + behind)
    unsafe memory.initialize(repeating: filler)
    for index in 0..<line.count { unsafe memory[before + index] = line[index] }
  }

  deinit { unsafe memory.deallocate() }

  var range: Range<Int> { start..<start + count }

  var span: Span<UInt8> {
    @_lifetime(borrow self)
    get {
      // SAFETY: the memory is initialized and lives as long as the value that the span borrows.
      let span = unsafe Span(_unsafeElements: UnsafeBufferPointer(memory))
      return unsafe _overrideLifetime(span, borrowing: self)
    }
  }
}
