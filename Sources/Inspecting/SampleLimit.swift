/// How much of each source `inspect` and `routes` read.
package struct SampleLimit: Equatable, Sendable {
  /// Hours to days of a busy server, read in about a second.
  package static let lines = 200_000
  package static let bytes = 64 << 20

  package var lineCount = SampleLimit.lines
  package var byteCount = SampleLimit.bytes

  package init() {}
}
