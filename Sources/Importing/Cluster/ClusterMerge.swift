internal import Clustering
package import Diagnostics

/// Adds up rows of tallies into messages: `backtally cluster merge`.
package enum ClusterMerge {
  /// - Parameters:
  ///   - rows: where the rows are, those of a bucket one behind the other; `-` is standard input.
  ///   - output: where the messages go; `-` is standard output.
  package static func merge(
    _ rows: String, admitted: String, to output: String
  ) throws(Diagnostic) {
    let admitted = try AdmittedFile(path: admitted)
    var input = try RowInput(path: rows)
    var output = try RowOutput(path: output)
    var merging = Merging(admitted)
    try merging.run(&input, to: &output)
  }

  /// Writes the manifest of a folder whose parts are all there.
  package static func seal(_ directory: String) throws(Diagnostic) -> String {
    let admitted = try AdmittedFile(path: Manifest.admittedPath(in: directory))
    let manifest = try Manifest(of: directory, admitted)
    try manifest.write(to: directory)
    let messages = manifest.parts.reduce(0) { $0 + $1.messages }
    return "\(counted(manifest.parts.count, "part")), \(counted(messages, "message")), "
      + counted(Int(clamping: manifest.requests), "request")
  }
}
