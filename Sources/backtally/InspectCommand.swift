import ArgumentParser
import Configuring
import Diagnostics
import Foundation
import Importing
import Reporting

struct InspectCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inspect",
    abstract: "Says how access logs are read, and why.",
    discussion: """
      Shows the format and the evidence for it, where each part of a request comes from, units and \
      clock, requests as they will be counted, consumers, routes, what is left out, and what is \
      missing. It looks at the beginning of each file: \(grouped(SampleLimit.lines)) lines or \
      \(SampleLimit.bytes >> 20) MiB, whichever ends first. Nothing is kept or sent.

      EXAMPLES
        backtally inspect access.log.gz
        backtally inspect --write-config backtally.yaml '/var/log/nginx/access.log*'
        backtally inspect --consumer remote_user --summary json access.log
      """)

  @OptionGroup(title: "Configuration") var file: ConfigurationOptions
  @OptionGroup(title: "Reading") var reading: ReadingOptions
  @OptionGroup(title: "Attribution") var attribution: AttributionOptions

  @Flag(help: "Look at the whole of each file.")
  var all = false

  @Option(
    help: ArgumentHelp(
      "Write a configuration to FILE that imports as was shown; - for standard output, and what "
        + "was found then goes to standard error.",
      valueName: "FILE"))
  var writeConfig: String?

  @Flag(help: "With --write-config, overwrite a file that is there already.")
  var overwrite = false

  @Option(help: "How to show what was found: text or json.")
  var summary = SummaryStyle.text

  func validate() throws {
    if overwrite && (writeConfig == nil || writeConfig == "-") {
      throw ValidationError("--overwrite needs a file that --write-config names")
    }
  }

  func run() async throws {
    let watcher = TerminalWatcher(progress: .auto)
    try await reporting(to: watcher) {
      // Whose numbers they are is for the import to find out, in its own environment.
      let (settings, configuration) = try resolved(
        [file, reading, attribution], needsInputs: true, ignoring: "APITALLY_")
      try refuseInput(writeConfig, of: "--write-config", among: settings.inputs)
      let draft = try writeConfig.map { try DraftFile(path: $0, overwrites: overwrite) }
      var outcome = try InspectionRun(
        settings: settings, limit: all ? nil : SampleLimit(), watcher: watcher
      ).run()
      outcome.draft.typed = reading.format
      outcome.draft.timeZone = reading.timezone
      let target: FileHandle = writeConfig == "-" ? .standardError : .standardOutput
      switch summary {
      case .json: write(outcome.inspection.json + "\n", to: target)
      case .text: write(outcome.inspection.text(TextStyle(for: target)), to: target)
      }
      if let draft {
        try draft.write(outcome.draft.text(completing: configuration, path: draft.path(of:)))
        if let path = draft.shownPath { watcher.report(.written(path)) }
      }
      if outcome.exitStatus != .done { throw outcome.exitStatus }
    }
  }
}

/// Where the drafted configuration goes. What is wrong with it is told before anything is read.
private struct DraftFile {
  /// nil for standard output.
  let shownPath: String?
  private let overwrites: Bool

  init(path: String, overwrites: Bool) throws(Diagnostic) {
    shownPath = path == "-" ? nil : path
    self.overwrites = overwrites
    if let shownPath, !overwrites, FileManager.default.fileExists(atPath: shownPath) {
      throw Self.exists(shownPath)
    }
  }

  /// A path of the settings as it is right in the new file, to whose folder relative ones are
  /// relative.
  func path(of path: String) -> String {
    guard !path.hasPrefix("/"), !path.hasPrefix("~/") else { return path }
    let folder = shownPath.flatMap { shown in shown.lastIndex(of: "/").map { shown[...$0] } } ?? ""
    if folder.isEmpty || folder == "./" { return path }
    return FileManager.default.currentDirectoryPath + "/" + path
  }

  func write(_ text: String) throws(Diagnostic) {
    guard let shownPath else {
      backtally.write(text, to: .standardOutput)
      return
    }
    do {
      try Data(text.utf8).write(
        to: URL(filePath: shownPath), options: overwrites ? [] : .withoutOverwriting)
    } catch CocoaError.fileWriteFileExists {
      throw Self.exists(shownPath)
    } catch {
      throw Diagnostic(
        .error, code: "cannot-write", "the configuration cannot be written",
        hint: "name a file in a folder that exists and may be written",
        at: Place(source: shownPath), exitStatus: .wrongUsage)
    }
  }

  private static func exists(_ path: String) -> Diagnostic {
    Diagnostic(
      .error, code: "file-exists", "there is a file of that name already",
      hint: "name another, or say --overwrite", at: Place(source: path), exitStatus: .wrongUsage)
  }
}

extension Diagnostic {
  fileprivate static func written(_ path: String) -> Diagnostic {
    Diagnostic(
      .note, code: "written", "written; try it with `import --dry-run --config`",
      at: Place(source: path))
  }
}

extension TextStyle {
  /// For what `file` is: as wide as the terminal that it may be, and in colours if that has any.
  init(for file: FileHandle) {
    let isTerminal = isatty(file.fileDescriptor) == 1
    let environment = ProcessInfo.processInfo.environment
    // https://no-color.org: present and not empty.
    let mayColour = (environment["NO_COLOR"] ?? "").isEmpty && environment["TERM"] != "dumb"
    var size = winsize()
    let isKnown = unsafe isTerminal && ioctl(file.fileDescriptor, UInt(TIOCGWINSZ), &size) == 0
    self.init(
      usesColour: isTerminal && mayColour,
      width: isKnown && size.ws_col > 0 ? Int(size.ws_col) : TextStyle.widths.upperBound)
  }
}
