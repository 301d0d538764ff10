import Analyzing
import ArgumentParser
import Diagnostics
import Foundation
import Reporting

/// Which requests a report is of.
struct SelectionOptions: ParsableArguments {
  @Option(
    name: .customLong("consumer-is"), parsing: .singleValue,
    help: ArgumentHelp(
      "Only requests of this consumer; may be repeated. - is those without one.", valueName: "NAME"
    ))
  var consumers: [String] = []

  @Option(
    name: .customLong("route"), parsing: .singleValue,
    help: ArgumentHelp(
      "Only requests to routes that match: * is anything but /, ** anything. May be repeated.",
      valueName: "GLOB"))
  var routes: [String] = []

  @Option(
    name: .customLong("method"), parsing: .singleValue,
    help: ArgumentHelp("Only requests with these methods: GET,POST.", valueName: "LIST"))
  var methods: [String] = []

  @Option(
    name: .customLong("status"), parsing: .singleValue,
    help: ArgumentHelp("Only requests with these statuses: 5xx,404.", valueName: "LIST"))
  var statuses: [String] = []

  func validate() throws { _ = try selection() }

  func selection() throws -> Selection {
    var selection = Selection()
    selection.consumers = consumers
    selection.routes = routes
    selection.methods = methods.flatMap { $0.split(separator: ",").map { $0.uppercased() } }
    selection.statuses = try statuses.flatMap { list in
      try list.split(separator: ",").map { text in
        guard let range = Selection.StatusRange(text) else {
          throw ValidationError("--status takes statuses such as 404 and 5xx, not '\(text)'")
        }
        return range
      }
    }
    return selection
  }
}

/// Whose rows a report is made of, instead of logs.
struct TallyOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Report on the logs whose rows `backtally cluster tally` has written to DIR, as *\(TallyAnalysis.suffix).",
      valueName: "DIR"), completion: .directory)
  var fromTallies: String?

  /// Fails if there are options that rows were made by already, or that need single requests.
  func check(
    _ reading: ReadingOptions, _ attribution: AttributionOptions, _ file: ConfigurationOptions,
    _ rejection: RejectionOptions
  ) throws {
    guard fromTallies != nil else { return }
    if !reading.files.isEmpty || reading.filesFrom != nil {
      throw ValidationError("--from-tallies takes the place of logs; name no files beside it")
    }
    let given: [(String, Bool)] = [
      ("--archive", reading.archive != nil), ("--format", reading.format != nil),
      ("--timezone", reading.timezone != nil), ("--duration-unit", reading.durationUnit != nil),
      ("--since", reading.since != nil), ("--until", reading.until != nil),
      ("--consumer", !attribution.consumer.isEmpty), ("--routes", attribution.known.routes != nil),
      ("--openapi", attribution.known.openapi != nil),
      ("--unmatched", attribution.known.unmatched != nil),
      ("--path-prefix", attribution.pathPrefix != nil),
      ("--strip-prefix", attribution.stripPrefix != nil), ("--config", file.config != nil),
      ("--rejects", rejection.rejects != nil),
    ]
    if let option = given.first(where: \.1)?.0 {
      throw ValidationError(
        "\(option) is for reading logs: give it to `backtally cluster tally`, whose rows "
          + "--from-tallies takes as they are")
    }
  }
}

/// How a report is shown, and what it is judged by.
struct ReportOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Sort by requests, errors, 4xx, 5xx, p50, p95, p99, time, bytes, apdex, consumers or name.",
      valueName: "KEY"))
  var sort = ReportView.Sort.requests

  @Option(
    help: ArgumentHelp(
      "Show N endpoints and consumers, or all (default: as suits the width).", valueName: "N|all"))
  var top: String?

  @Option(
    help: ArgumentHelp(
      "The time of a column of the chart: 10s, 5m, 1h, 1d (default: the finest that fits).",
      valueName: "TIME"))
  var by: String?

  @Option(
    parsing: .singleValue,
    help: ArgumentHelp(
      "Apdex's threshold (default: 500ms); also of one endpoint: 'POST /v1/payments=2s'. May be "
        + "repeated.", valueName: "TIME"))
  var apdex: [String] = []

  @Option(
    help: ArgumentHelp(
      "The share of requests to be answered without a server error; shows the error budget.",
      valueName: "PERCENT"))
  var slo: Double?

  @Option(
    help: ArgumentHelp("The percentiles of the tables (default: 50,95,99).", valueName: "LIST"))
  var percentiles: String?

  @Option(
    help: ArgumentHelp(
      "Also show a table: consumers×endpoints (or consumers-endpoints).", valueName: "TABLE"))
  var show: String?

  @Option(
    parsing: .singleValue,
    help: ArgumentHelp(
      "Exit with 6 if this is so: 'p95>800ms', '5xx>1%', 'apdex<0.9', 'requests<1'; also mean, max, "
        + "4xx, errors and other percentiles. May be repeated.", valueName: "CONDITION"))
  var failIf: [String] = []

  @Flag(help: "Write the report as JSON, from which reports can be merged.")
  var json = false

  @Option(
    help: ArgumentHelp(
      "Write a table as CSV: endpoints, consumers, series, statuses, errors or consumer-endpoints.",
      valueName: "TABLE"))
  var csv: ReportCSV.Table?

  @Flag(help: "In CSV, write names as they are, although a spreadsheet may take them for formulas.")
  var csvRaw = false

  @Option(
    help: ArgumentHelp(
      "Write the report as a page for a browser: one file that can be filtered, and needs no network. "
        + "- is standard output.", valueName: "FILE"))
  var html: String?

  @Flag(
    help: "Show the newest minutes while they are read, as from tail -F access.log; q ends it.")
  var live = false

  @Option(
    help: ArgumentHelp("Colours: auto (on a terminal), always or never.", valueName: "WHEN"))
  var color = ProgressChoice.auto

  @Flag(help: "Write ASCII only.")
  var ascii = false

  func validate() throws {
    if json && csv != nil { throw ValidationError("--json and --csv cannot be used together") }
    if live && (json || csv != nil || html != nil) {
      throw ValidationError(
        "--live is for a terminal, and cannot be used with --json, --csv or --html")
    }
    if html == "-" && (json || csv != nil) {
      throw ValidationError("--html - and --json or --csv cannot share standard output")
    }
    if html == "" { throw ValidationError("--html needs the name of a file, or -") }
    if csvRaw && csv == nil { throw ValidationError("--csv-raw requires --csv") }
    _ = try view()
    _ = try thresholds()
    _ = try failures()
  }

  func view() throws -> ReportView {
    var view = ReportView()
    view.sort = sort
    if let top {
      if top == "all" {
        view.top = .max
      } else {
        guard let count = Int(top), count > 0 else {
          throw ValidationError("--top must be a number from 1, or all")
        }
        view.top = count
      }
    }
    view.slotSeconds = try by.map(slotSeconds)
    if let slo {
      guard slo > 0, slo < 100 else {
        throw ValidationError("--slo must be a percentage between 0 and 100, such as 99.9")
      }
      view.objective = slo
    }
    if let percentiles {
      let list = percentiles.split(separator: ",").map { Percentile($0) }
      guard !list.isEmpty, list.count <= 6, !list.contains(nil) else {
        throw ValidationError("--percentiles takes up to six percentages: 50,95,99.9")
      }
      view.percentiles = list.compactMap { $0 }
    }
    if let show {
      guard ["consumers×endpoints", "consumers-endpoints"].contains(show) else {
        throw ValidationError("--show takes consumers×endpoints")
      }
      view.showsPairs = true
    }
    return view
  }

  private func slotSeconds(_ text: String) throws -> Int {
    let units: [Character: Int] = ["s": 1, "m": 60, "h": 3_600, "d": 86_400, "w": 604_800]
    guard let unit = text.last.flatMap({ units[$0] }), let count = Int(text.dropLast()), count > 0,
      count <= 1_000_000, count * unit % 10 == 0
    else {
      throw ValidationError("--by takes a time such as 10s, 5m, 1h, 1d: a multiple of 10 seconds")
    }
    return count * unit
  }

  func thresholds() throws -> ApdexThresholds {
    var thresholds = ApdexThresholds()
    for text in apdex {
      let parts = text.split(separator: "=", omittingEmptySubsequences: false)
      guard let last = parts.last, let threshold = nanoseconds(last) else {
        throw ValidationError("--apdex takes a time such as 500ms, or 'POST /v1/payments=2s'")
      }
      let endpoint = parts.dropLast().joined(separator: "=")
      if parts.count == 1 {
        thresholds.common = threshold
      } else if endpoint.contains(" ") {
        thresholds.byEndpoint[endpoint] = threshold
      } else {
        throw ValidationError("--apdex names an endpoint by method and route: 'GET /users/{id}=2s'")
      }
    }
    return thresholds
  }

  func failures() throws -> [Threshold] {
    try failIf.map { text in
      guard let threshold = Threshold(text) else {
        throw ValidationError(
          "--fail-if takes a condition such as 'p95>800ms', '5xx>1%' or 'apdex<0.9', not '\(text)'")
      }
      return threshold
    }
  }
}

/// What is compared with what.
struct ComparisonOptions: ParsableArguments {
  @Option(
    name: .customLong("compare"), parsing: .upToNextOption,
    help: ArgumentHelp(
      "Compare two logs, or reports as JSON, endpoint by endpoint.", valueName: "LOG"))
  var files: [String] = []

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Compare what was before this time with what followed; as --since takes it.",
      valueName: "TIME"))
  var compareAt: String?

  @Option(
    help: ArgumentHelp(
      "Compare the log's last day with the same day a week before.", valueName: "week"))
  var baseline: String?

  @Flag(help: "In a comparison, also show what perhaps changed.")
  var all = false

  var isComparing: Bool { !files.isEmpty || compareAt != nil || baseline != nil }

  func validate() throws {
    if !files.isEmpty && files.count != 2 {
      throw ValidationError("--compare takes two logs")
    }
    if let baseline, baseline != "week" { throw ValidationError("--baseline takes week") }
    let count = [!files.isEmpty, compareAt != nil, baseline != nil].count { $0 }
    if count > 1 {
      throw ValidationError("only one of --compare, --compare-at and --baseline can be used")
    }
  }
}

extension ReportView.Sort: ExpressibleByArgument {}
extension ReportCSV.Table: ExpressibleByArgument {}

extension ReportStyle {
  /// The style for `file`: as wide as the terminal, or `COLUMNS`, or 80.
  init(for file: FileHandle, _ options: ReportOptions) {
    let isTerminal = isatty(file.fileDescriptor) == 1
    let environment = ProcessInfo.processInfo.environment
    // https://no-color.org: present and not empty.
    let mayColour = (environment["NO_COLOR"] ?? "").isEmpty && environment["TERM"] != "dumb"
    var size = winsize()
    let isKnown =
      unsafe isTerminal && ioctl(file.fileDescriptor, UInt(TIOCGWINSZ), &size) == 0
      && size.ws_col > 0
    let named = environment["COLUMNS"].flatMap { Int($0) }.flatMap { $0 > 0 ? $0 : nil }
    let usesColour =
      switch options.color {
      case .always: true
      case .never: false
      case .auto: isTerminal && mayColour
      }
    // POSIX: the first of these that is set and not empty names the encoding.
    let locale =
      ["LC_ALL", "LC_CTYPE", "LANG"].compactMap { environment[$0] }.first { !$0.isEmpty } ?? ""
    let isUTF8 = locale.lowercased().replacingOccurrences(of: "-", with: "").hasSuffix("utf8")
    self.init(
      width: isKnown ? Int(size.ws_col) : named ?? 80, usesColour: usesColour,
      isASCII: options.ascii || !isUTF8)
  }
}
