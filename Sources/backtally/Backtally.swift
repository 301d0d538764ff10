// # backtally: the commands
//
// The program: parses the command line, lets a run do the work, prints what it returns and exits with
// its status. Nothing else belongs here: a decision that a test should reach without starting a
// process is in one of the modules.
//
// Takes: arguments, environment, signals.
// Gives: results on standard output, diagnostics and progress on standard error, an `ExitStatus`.
// Limits: those of the options, in their `validate()`.
// Errors: all mistakes in the settings are reported together (`Problems`); any other error is one
// `Diagnostic`. The help of every command is recorded in the tests.
// May not: be imported.
//
// Where to begin:
//   Backtally.swift        the root command, and `main`
//   ImportCommand.swift    import; AnalyzeCommand (with ReportOptions), InspectCommand, RoutesCommand, FormatsCommand, StateCommands,
//                          VerifyCommand (with probe),
//                          HubCommand, HubAlertsCommand: the rest
//   Typed.swift, WrongUsage.swift   the arguments as they were typed, and what to say if they make no sense
//   SharedOptions.swift    options that commands share, and how they become `Settings`
//   WatchingOptions.swift  how much is said, and how in a log; metrics
//   Completions.swift      what shells complete
//   TerminalWatcher.swift  diagnostics and the progress line
//   OpenFiles.swift        whether there is room for the files that a run opens
//   StopSignals.swift      the first Ctrl-C stops a run in good order, the second ends it
//   Version.swift          the version

import ArgumentParser
import CMemory
import Diagnostics
import Foundation

@main
struct Backtally: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "backtally",
    abstract: "Analyzes access logs, and imports them into Apitally.",
    discussion: """
      Reads access logs (files or standard input, plain or gzipped), parses each line into a \
      request, attributes it to a consumer and a route, counts the requests in time buckets, and \
      delivers the counts to Apitally in the messages that its live middleware would have sent.

      EXAMPLES
        See what is in a log, without an account:
          backtally analyze access.log

        See what an import would do, without sending anything:
          backtally import --dry-run /var/log/nginx/access.log.2.gz

        Import the history of an nginx server:
          backtally import --client-id ID --env prod '/var/log/nginx/access.log*'

        Try it against a local hub first:
          backtally hub --port 8000
          export APITALLY_HUB_BASE_URL=http://127.0.0.1:8000
          backtally import --client-id ID --env dev access.log

      EXIT STATUS
        0  success
        1  unexpected failure; or what `verify` or `probe` looked for is not there
        2  incorrect usage or configuration
        3  the hub refused the client ID
        4  input could not be read, or too much of it was rejected
        5  the hub could not be reached or refused messages; everything that was
           read is safe in the outbox: the next run sends what is waiting, and
           `deliver --retry-refused` resends what was refused
        6  `analyze`: a condition of --fail-if was met
        75 another run is using the state directory: try again, or use --wait
      """,
    version: version,
    subcommands: [
      ImportCommand.self, AnalyzeCommand.self, InspectCommand.self, RoutesCommand.self,
      FormatsCommand.self, ConfigCommand.self,
      DeliverCommand.self, VerifyCommand.self, ProbeCommand.self, StatusCommand.self,
      ForgetCommand.self, OutboxCommand.self, ClusterCommand.self, HubCommand.self,
    ])

  /// Like the library's own `main`, except that incorrect usage exits with 2 instead of 64.
  static func main() async {
    // With SIGPIPE ignored, a reader that closes its end of a pipe shows up as a write error, which
    // is handled where the write is.
    signal(SIGPIPE, SIG_IGN)
    // With SIGXFSZ ignored, so does a file that would grow beyond `ulimit -f`.
    signal(SIGXFSZ, SIG_IGN)
    backtally_keep_little_memory()
    OpenFiles.fillStandardFiles()
    OpenFiles.require()
    let arguments = Typed.arguments
    // The library shows the help of all commands for one that there is not.
    if arguments.first == "help", let unknown = UnknownCommand(Array(arguments.dropFirst())) {
      end(with: unknown.diagnostic)
    }
    do {
      var command = try parseAsRoot(arguments)
      if var asynchronous = command as? any AsyncParsableCommand {
        try await asynchronous.run()
      } else {
        try command.run()
      }
    } catch let status as ExitStatus {
      Foundation.exit(status.rawValue)
    } catch {
      guard exitCode(for: error) == .success else {
        end(with: WrongUsage(error, arguments).diagnostic)
      }
      // The library knows no short name of this option.
      let text = fullMessage(for: error).replacing(
        "\n  --version               Show", with: "\n  -V, --version           Show")
      write(text + "\n", to: .standardOutput)
    }
  }
}

extension ExitStatus: Error {}

/// Writes `text`. It is not an error if nobody reads it any more; if what was asked for cannot be written,
/// as to a full disk, the program ends with an error.
func write(_ text: String, to file: FileHandle) {
  do {
    try file.write(contentsOf: Data(text.utf8))
  } catch {
    let number = errno
    guard file === FileHandle.standardOutput, number != EPIPE else { return }
    end(
      with: Diagnostic(
        .error, code: "cannot-write",
        "writing to standard output failed (\(systemMessage(number)))", hint: systemHint(number)))
  }
}

/// Ends the program where nothing can be undone or done any more.
func end(with diagnostic: Diagnostic) -> Never {
  write(diagnostic.rendered + "\n", to: .standardError)
  Foundation.exit(diagnostic.exitStatus.rawValue)
}
