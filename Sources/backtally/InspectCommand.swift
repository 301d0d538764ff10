import ArgumentParser
import Configuring
import Diagnostics
import Foundation
import Ingesting
import Inspecting
import Reporting

struct InspectCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inspect",
    abstract: "Shows how access logs are interpreted, with the evidence.",
    discussion: """
      Shows the format and the evidence for it, which field supplies each part of a request, units \
      and time zone, sample requests as they will be counted, consumers, routes, lines left out, \
      and what is missing. Reads the beginning of each file: \(grouped(SampleLimit.lines)) lines or \
      \(SampleLimit.bytes >> 20) MiB, whichever comes first. Stores and sends nothing.

      EXAMPLES
        backtally inspect access.log.gz
        backtally inspect --write-config backtally.yaml '/var/log/nginx/access.log*'
        backtally inspect --consumer remote_user --summary json access.log
      """)

  @OptionGroup(title: "Configuration") var file: ConfigurationOptions
  @OptionGroup(title: "Reading") var reading: ReadingOptions
  @OptionGroup(title: "Attribution") var attribution: AttributionOptions

  @Flag(help: "Read each file to its end.")
  var all = false

  @Option(
    help: ArgumentHelp(
      "Write a configuration to FILE that imports the log as shown. With - it goes to standard "
        + "output, and the findings go to standard error.",
      valueName: "FILE"), completion: .file(extensions: ["yaml", "yml"]))
  var writeConfig: String?

  @Flag(help: "With --write-config, overwrite an existing file.")
  var overwrite = false

  @Option(help: "The format of the findings: text or json.")
  var summary = SummaryStyle.text

  @OptionGroup var verbosity: VerbosityOptions

  func validate() throws {
    if overwrite && (writeConfig == nil || writeConfig == "-") {
      throw ValidationError("--overwrite requires a file named by --write-config")
    }
  }

  func run() async throws {
    let watcher = TerminalWatcher(progress: .auto, verbosity)
    try await reporting(to: watcher) {
      // The import finds out which app the numbers belong to, in its own environment.
      let (settings, configuration) = try resolved(
        [file, reading, attribution], needsInputs: true, ignoring: "APITALLY_", tellingOf: watcher)
      try refuseInput(writeConfig, of: "--write-config", among: settings)
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
        try draft.write(outcome.draft.soundText(completing: configuration, path: draft.path(of:)))
        if let path = draft.shownPath { watcher.report(.written(path)) }
      }
      if outcome.exitStatus != .done { throw outcome.exitStatus }
    }
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
  /// The style for `file`: as wide as the terminal if it is one, and in colour if that terminal
  /// supports it.
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
