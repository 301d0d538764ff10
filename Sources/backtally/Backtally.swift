import ArgumentParser
import Diagnostics
import Foundation

@main
struct Backtally: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "backtally",
    abstract: "Imports access logs into Apitally.",
    discussion: """
      Reads access logs (gzipped or plain, files or standard input), rebuilds one record per \
      request with its consumer, adds the records up in time buckets, and delivers them to \
      Apitally as the messages that its live middleware would have sent.

      EXAMPLES
        See what an import would do, without sending anything:
          backtally import --dry-run /var/log/nginx/access.log.2.gz

        Import the history of an nginx server:
          backtally import --client-id ID --env prod '/var/log/nginx/access.log*'

        Try it against a hub of your own first:
          backtally hub --port 8000
          export APITALLY_HUB_BASE_URL=http://127.0.0.1:8000
          backtally import --client-id ID --env dev access.log

      EXIT STATUS
        0  done
        1  unexpected fault
        2  wrong usage or configuration
        3  client ID refused
        4  input could not be read, or too much of it was rejected
        5  the hub could not be reached or refused messages; what was read is safe
           in the outbox, and the next run sends it
      """,
    version: version,
    subcommands: [
      ImportCommand.self, InspectCommand.self, RoutesCommand.self, DeliverCommand.self,
      StatusCommand.self, ForgetCommand.self, OutboxCommand.self, HubCommand.self,
    ])

  /// Like the library's own, but for the exit status: wrong usage is 2 here and 64 there.
  static func main() async {
    // A reader that closes its end of a pipe shows as an error of the write, where it belongs.
    signal(SIGPIPE, SIG_IGN)
    do {
      var command = try parseAsRoot()
      if var asynchronous = command as? any AsyncParsableCommand {
        try await asynchronous.run()
      } else {
        try command.run()
      }
    } catch let status as ExitStatus {
      Foundation.exit(status.rawValue)
    } catch {
      // What was typed may hold anything that a script put there, and stands in the message.
      let text = fullMessage(for: error)
        .split(separator: "\n", omittingEmptySubsequences: false)
        .map { terminalSafe(String($0)) }.joined(separator: "\n")
      let isHelp = exitCode(for: error) == .success
      write(text + "\n", to: isHelp ? .standardOutput : .standardError)
      Foundation.exit(isHelp ? ExitStatus.done.rawValue : ExitStatus.wrongUsage.rawValue)
    }
  }
}

extension ExitStatus: Error {}

/// Writes `text`; that nobody reads it any more is no error.
func write(_ text: String, to file: FileHandle) {
  try? file.write(contentsOf: Data(text.utf8))
}
