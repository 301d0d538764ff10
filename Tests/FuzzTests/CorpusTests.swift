import Foundation
import Testing

struct CorpusTests {
  @Test(arguments: FuzzTargetName.allCases)
  func `what the fuzzer has found holds`(_ name: FuzzTargetName) throws {
    let target = name.makeTarget()
    for input in try Corpus.inputs(of: name) {
      #expect(throws: Never.self, "\(String(decoding: input, as: UTF8.self))") {
        try target.run(input.span)
      }
    }
  }

  /// A target that accepts everything would find nothing: each has to have inputs, and its own file.
  @Test func `every target has inputs of its own, and there are no others`() throws {
    let files = try FileManager.default.contentsOfDirectory(atPath: Corpus.folder.path)
    #expect(Set(files) == Set(FuzzTargetName.allCases.map { "\($0.rawValue).txt" }))
    for name in FuzzTargetName.allCases {
      #expect(try Corpus.inputs(of: name).count >= 10, "\(name)")
    }
  }

  @Test func `the page on fuzzing has a line for each target, and no other`() throws {
    let page = Corpus.folder.appending(path: "../../docs/FUZZING.md")
    let text = try String(contentsOf: page, encoding: .utf8)
    let names = text.matches(of: /\n\| `([a-z]+)` \| [a-z]/).map { String($0.output.1) }
    #expect(names == FuzzTargetName.allCases.map(\.rawValue))
  }

  @Test func `all corpora together are small`() throws {
    let sizes = try FuzzTargetName.allCases.map { name in
      try Data(contentsOf: Corpus.folder.appending(path: "\(name.rawValue).txt")).count
    }
    #expect(sizes.reduce(0, +) <= 1_000_000)
  }

  @Test(arguments: [
    ("a", [0x61]), (#"\n\\"#, [0x0A, 0x5C]), (#"\x00\xFF!"#, [0x00, 0xFF, 0x21]),
    (#"\x23 no remark"#, Array("# no remark".utf8)), (#"\\n"#, [0x5C, 0x6E]),
  ])
  func `an input is written as text`(_ text: String, _ bytes: [UInt8]) {
    #expect(Corpus.unescaped(Array(text.utf8)) == bytes)
  }
}
