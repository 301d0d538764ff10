package import Attribution
package import Configuring
package import Diagnostics
internal import Foundation
internal import LogReading

// The first steps of every run that reads logs.

/// The files to read; what is wrong with their names is reported to `watcher`.
func expandedInputs(
  _ settings: Settings, reportingTo watcher: any RunWatcher
) -> InputList {
  let inputs = InputList(expanding: settings.inputs, listed: settings.listedInputs)
  for path in inputs.repeated {
    watcher.report(
      Diagnostic(
        .note, code: "same-file", "this file is already in the list; it is read once",
        at: Place(source: path)))
  }
  for name in inputs.unmatched {
    var status = stat()
    let isEmpty =
      unsafe name.withPath { unsafe stat($0, &status) } == 0 && status.st_mode & S_IFMT == S_IFDIR
    watcher.report(
      Diagnostic(
        .error, code: isEmpty ? "empty-directory" : "no-such-file",
        isEmpty ? "there are no files in this directory" : "no such file",
        hint: isEmpty ? nil : "check the path; a glob must match at least one file",
        at: Place(source: name), exitStatus: .inputUnreadable))
  }
  return inputs
}

/// Fails if `path` is one of the files that the settings name: opening it for writing would destroy it.
///
/// - Parameter option: what named it.
package func refuseInput(
  _ path: String?, of option: String, among settings: Settings
) throws(Diagnostic) {
  guard let path, path != "-", FileIdentity(path) != nil else { return }
  let inputs = InputList(expanding: settings.inputs, listed: settings.listedInputs)
  try refuseInput(path, of: option, among: inputs.paths)
}

/// Fails if `path` is one of the files at `paths`.
func refuseInput(
  _ path: String?, of option: String, among paths: [String]
) throws(Diagnostic) {
  guard let path, path != "-", let output = FileIdentity(path),
    paths.contains(where: { FileIdentity($0) == output })
  else { return }
  throw Diagnostic(
    .error, code: "output-is-input",
    "is one of the files to read, and \(option) would overwrite it",
    hint: "name another file", at: Place(source: path), exitStatus: .wrongUsage)
}

/// Fails if two of `outputs` are one regular file: each would overwrite what the other writes.
func refuseSharedOutputs(
  _ outputs: [(path: String?, option: String)]
) throws(Diagnostic) {
  func file(_ path: String) -> String {
    URL(filePath: path).resolvingSymlinksInPath().standardizedFileURL.path
  }
  var known: [String: String] = [:]
  for (path, option) in outputs {
    guard let path, path != "-", !isSpecial(path) else { continue }
    if let other = known.updateValue(option, forKey: file(path)) {
      throw Diagnostic(
        .error, code: "output-is-output", "is named by both \(other) and \(option)",
        hint: "name two files", at: Place(source: path), exitStatus: .wrongUsage)
    }
  }
}

/// Whether there is a device or a pipe at `path`, which several may write to.
private func isSpecial(_ path: String) -> Bool {
  var status = stat()
  return unsafe stat(path, &status) == 0 && status.st_mode & S_IFMT != S_IFREG
}

/// Which file a path leads to.
private struct FileIdentity: Equatable {
  var device: UInt64
  var inode: UInt64

  /// nil if there is none.
  init?(_ path: String) {
    var status = stat()
    guard path != "-", unsafe path.withPath({ unsafe stat($0, &status) }) == 0 else { return nil }
    device = UInt64(status.st_dev)
    inode = UInt64(status.st_ino)
  }
}

extension AttributionRules {
  /// The rules in the settings, with the routes that were loaded for them.
  init(_ settings: Settings, _ loaded: LoadedRoutes) {
    var routes = RouteRules(known: loaded.routes, unmatched: settings.unmatched)
    let adjustment = settings.routeAdjustment
    routes.basePaths = loaded.basePaths
    if !adjustment.strip.isEmpty { routes.basePaths.insert(BasePath(adjustment.strip), at: 0) }
    (routes.prefix, routes.strip) = (adjustment.prefix, adjustment.strip)
    routes.ignoresCase = adjustment.ignoresCase
    routes.ignoresTrailingSlash = adjustment.ignoresTrailingSlash
    self.init(routes: routes)
    consumers = settings.consumers
    filters = settings.filters
    since = settings.since
    until = settings.until
  }
}

extension RunNames {
  /// With room for the routes that are known and those that may be found.
  package init(for rules: AttributionRules) {
    self.init(
      routeLimit: rules.routes.known.count
        + (rules.routes.infers ? RouteRules.inferredLimit : 0) + 1,
      provisionalLimit: rules.routes.keepsDoubts ? Self.sharedProvisionalLimit : nil)
  }
}
