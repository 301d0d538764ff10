internal import AccessLogParsing
internal import Attribution
package import Diagnostics

// Why a reading fails, for the user.

extension Diagnostic {
  /// An error that reading threw, for the user.
  package init(reading error: any Error) {
    self =
      switch error {
      case let diagnostic as Diagnostic: diagnostic
      case let error as PatternError:
        Diagnostic(
          .error, code: "invalid-pattern", "'\(error.pattern)' is not a valid regular expression",
          hint: "see the patterns of consumers and filters in the configuration",
          exitStatus: .wrongUsage)
      case LineParser.SetupError.unknownField(let name, let known):
        Diagnostic(
          .error, code: "unknown-field", "the format has no field '\(name)'",
          hint: "it has " + known.joined(separator: ", "), exitStatus: .wrongUsage)
      case LineParser.SetupError.tooManyKeys(let limit):
        Diagnostic(
          .error, code: "too-many-keys", "the configuration names more than \(limit) keys",
          hint: "name fewer alternatives", exitStatus: .wrongUsage)
      case LineParser.SetupError.tooManyCapturedFields(let limit):
        Diagnostic(
          .error, code: "too-many-fields", "consumers and filters use more than \(limit) fields",
          hint: "use fewer", exitStatus: .wrongUsage)
      default:
        Diagnostic(.error, code: "fault", "unexpected fault: \(error)")
      }
  }

  static func tooManyRejected(percent share: Double, limit: Double) -> Diagnostic {
    Diagnostic(
      .error, code: "too-many-rejected",
      "\(decimal(share, places: 1)) % of the lines were rejected, more than "
        + "\(decimal(limit, places: 1)) %; nothing read since the last checkpoint was sent",
      hint: "name the format with --format, or raise --max-rejected",
      exitStatus: .inputUnreadable)
  }

  static func tooManyUnmatched(percent share: Double, limit: Double) -> Diagnostic {
    Diagnostic(
      .error, code: "too-many-unmatched",
      "\(decimal(share, places: 1)) % of the requests match no known route, more than "
        + "\(decimal(limit, places: 1)) %; nothing of this was sent",
      hint:
        "compare them with `backtally routes`: the list may lack a prefix of the log's paths; or use "
        + "--unmatched keep, or raise --max-unmatched",
      exitStatus: .inputUnreadable)
  }
}
