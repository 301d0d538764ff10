import ByteScanning
import TestSupport
import Testing

struct OwnedBufferTests {
  @Test func `a buffer grows by what is appended and keeps it in order`() {
    var generator = SeededGenerator(seed: 5)
    var buffer = OwnedBuffer<UInt8>(capacity: 1)
    var model: [UInt8] = []
    for _ in 0..<500 {
      switch Int.random(in: 0..<5, using: &generator) {
      case 0:
        buffer.append(UInt8(model.count & 0xFF))
        model.append(UInt8(model.count & 0xFF))
      case 1:
        let piece = (0..<Int.random(in: 0...70, using: &generator)).map { UInt8($0) }
        buffer.append(piece.span)
        model += piece
      case 2:
        let count = Int.random(in: 0...model.count, using: &generator)
        buffer.truncate(to: count)
        model.removeLast(model.count - count)
      case 3:
        buffer.append("é\u{1F600}")
        model += Array("é\u{1F600}".utf8)
      default:
        buffer.reserve(9)
        let room = buffer.capacity - buffer.count
        #expect(room >= 9)
      }
      let content = buffer.span.copied()
      #expect(content == model)
    }
  }

  @Test func `elements can be changed in place`() {
    var buffer = OwnedBuffer<UInt32>(repeating: 7, count: 3)
    buffer[1] += 1
    #expect((0..<buffer.count).map { buffer[$0] } == [7, 8, 7])
    buffer.removeAll()
    let isEmpty = buffer.isEmpty
    #expect(isEmpty)
  }

  @Test func `a buffer of nothing has room for something`() {
    var buffer = OwnedBuffer<UInt32>(repeating: 7, count: 0)
    let wasEmpty = buffer.isEmpty
    buffer.append(1)
    let nothing: [UInt32] = []
    let copy = OwnedBuffer<UInt32>(copying: nothing.span)
    let counts = [buffer.count, copy.count]
    #expect(wasEmpty && counts == [1, 0])
  }

  @Test func `an element outside is a crash, not a read of foreign memory`() async {
    await #expect(processExitsWith: .failure) {
      let buffer = OwnedBuffer<UInt8>(repeating: 0, count: 4)
      _ = buffer[Int(CommandLine.argc) + 4]
    }
    await #expect(processExitsWith: .failure) {
      let bytes: [UInt8] = [1, 2, 3, 4, 5, 6, 7]
      _ = bytes.span.word(at: Int(CommandLine.argc) * 0)
    }
  }
}
