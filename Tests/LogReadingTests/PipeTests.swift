import ByteScanning
import Foundation
import LogReading
import Synchronization
import Testing
import TestSupport

/// A named pipe whose writing end the test holds.
final class NamedPipe: Sendable {
  let path: String
  private let folder: TemporaryFolder
  private let descriptor: Mutex<Int32>

  init() throws {
    folder = try TemporaryFolder()
    path = folder.path(of: "pipe")
    precondition(unsafe mkfifo(path, 0o600) == 0)
    // For reading too, so that neither end waits for the other to be opened.
    descriptor = Mutex(unsafe open(path, O_RDWR))
  }

  func write(_ bytes: [UInt8]) {
    let written = descriptor.withLock { unsafe Foundation.write($0, bytes, bytes.count) }
    precondition(written == bytes.count)
  }

  func write(_ text: String) { write(Array(text.utf8)) }

  func closeWriter() {
    descriptor.withLock { descriptor in
      if descriptor >= 0 { close(descriptor) }
      descriptor = -1
    }
  }

  /// Ends the pipe after a while, so that a reader that wrongly waits fails instead of hanging.
  func closeWriter(after seconds: Double) {
    Thread { [self] in
      Thread.sleep(forTimeInterval: seconds)
      closeWriter()
    }.start()
  }

  deinit { closeWriter() }
}

struct PipeTests {
  private static func text(_ chunk: Chunk) -> String {
    String(decoding: chunk.lastBytes(.max), as: UTF8.self)
  }

  @Test func `a pipe gives out the lines that it has`() throws {
    let pipe = try NamedPipe()
    let chunk = Chunk(copying: [])
    pipe.write("GET /a\n")
    var reader = try SourceReader(path: pipe.path, sourceIndex: 0)
    pipe.closeWriter(after: 20)
    #expect(try reader.fill(chunk))
    #expect(Self.text(chunk) == "GET /a\n")
    pipe.write("GET /b\nGET /c\nGET ")
    #expect(try reader.fill(chunk))
    #expect(Self.text(chunk) == "GET /b\nGET /c\n")
    pipe.write("/d\n")
    #expect(try reader.fill(chunk))
    #expect(Self.text(chunk) == "GET /d\n")
    pipe.write("GET /e")
    pipe.closeWriter()
    #expect(try reader.fill(chunk))
    #expect(Self.text(chunk) == "GET /e")
    #expect(try !reader.fill(chunk))
  }

  @Test func `a pipe that has no whole line gives an empty chunk after a while`() throws {
    let pipe = try NamedPipe()
    let chunk = Chunk(copying: [])
    pipe.write("GET /first\nGET /sec")
    var reader = try SourceReader(path: pipe.path, sourceIndex: 0)
    pipe.closeWriter(after: 20)
    #expect(try reader.fill(chunk) && chunk.sequence == 0)
    for _ in 0..<2 {
      #expect(try reader.fill(chunk))
      #expect(Self.text(chunk).isEmpty && !chunk.isOversizedLine)
    }
    pipe.write("ond\n")
    #expect(try reader.fill(chunk) && chunk.sequence == 1)
    #expect(Self.text(chunk) == "GET /second\n" && chunk.sourceOffset == 11)
  }

  /// The stream is flushed but goes on; libz holds much more output than one step takes.
  @Test func `a gzipped pipe gives out all lines that its bytes make`() throws {
    let pipe = try NamedPipe()
    let content = String(repeating: "GET /same\n", count: 50_000)
    pipe.write(Gzip.deflated(Array(content.utf8), level: 9, isFinished: false))
    var reader = try SourceReader(path: pipe.path, sourceIndex: 0)
    pipe.closeWriter(after: 20)
    let clock = ContinuousClock()
    let start = clock.now
    let chunk = Chunk(copying: [])
    var length = 0
    while length < content.utf8.count, try reader.fill(chunk) { length += chunk.bytes.count }
    #expect(length == content.utf8.count)
    #expect(clock.now - start < .seconds(15))
  }

  @Test func `standard input is read as a file is, plain or gzipped`() async {
    await #expect(processExitsWith: .success) {
      var ends: [Int32] = [0, 0]
      precondition(unsafe pipe(&ends) == 0)
      let bytes = Gzip.deflated(Array("GET /a\nGET /b".utf8))
      precondition(unsafe write(ends[1], bytes, bytes.count) == bytes.count)
      close(ends[1])
      dup2(ends[0], STDIN_FILENO)
      let reading = Reading(path: "-")
      precondition(reading.error == nil && reading.content == Array("GET /a\nGET /b".utf8))
    }
  }

  /// Whoever shares a terminal or a pipe with us may have switched it to non-blocking.
  @Test func `standard input may be non-blocking`() async {
    await #expect(processExitsWith: .success) {
      var ends: [Int32] = [0, 0]
      precondition(unsafe pipe(&ends) == 0)
      precondition(fcntl(ends[0], F_SETFL, O_NONBLOCK) == 0)
      dup2(ends[0], STDIN_FILENO)
      let writer = ends[1]
      Thread {
        for text in ["GE", "T /a", "\nGET /b\n"] {
          Thread.sleep(forTimeInterval: 0.1)
          _ = unsafe write(writer, Array(text.utf8), text.utf8.count)
        }
        close(writer)
      }.start()
      let reading = Reading(path: "-")
      precondition(reading.error == nil && reading.content == Array("GET /a\nGET /b\n".utf8))
    }
  }
}
