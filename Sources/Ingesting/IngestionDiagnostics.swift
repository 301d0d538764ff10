internal import AccessLogParsing
internal import Attribution
internal import Configuring
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
          .error, code: Self.unknownFieldCode, "the format has no field '\(name)'",
          hint: nearestName(to: name, among: known).map { "did you mean `\($0)`?" }
            ?? "it has " + known.joined(separator: ", "),
          exitStatus: .wrongUsage)
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

  static let unknownFieldCode = "unknown-field"

  /// The format of the source at `path` lacks a field of the rules, and the run went on without it.
  static func fieldMissing(_ path: String, _ name: String, _ known: [String]) -> Diagnostic {
    Diagnostic(
      .error, code: unknownFieldCode,
      "its format has no field '\(name)'; nothing of it is counted, and the other sources are",
      hint: "import it by itself, without that field; it has " + known.joined(separator: ", "),
      at: Place(source: path), exitStatus: .inputUnreadable)
  }

  /// Nothing of the source at `path` was counted, and that is no success.
  static func nothingCounted(_ source: SourceProgress, at path: String) -> Diagnostic {
    let idle = source.idle
    let reasons = [
      (idle.withoutRequest, LineRejection.Reason.noRequest.name),
      (idle.ofOtherKind, LineRejection.Reason.otherLine.name),
      (idle.ofUnmatchedRoutes, "unmatched-route"), (idle.withoutPath, "no-path"),
      (idle.parts, "joined"),
      (idle.rejected, "rejected"),
    ].filter { $0.0 > 0 }.sorted { $0.0 > $1.0 }
    let counted = source.requestCount == 0 ? "none" : "only \(grouped(source.requestCount))"
    let hint =
      reasons.first?.1 == "unmatched-route"
      ? "`backtally routes --openapi FILE --unmatched keep` shows which paths they are; the routes may "
        + "lack a prefix"
      : "`backtally inspect` shows how it was read; name the format with --format, or its keys in the "
        + "configuration"
    return Diagnostic(
      .error, code: "nothing-counted",
      "\(counted) of its \(grouped(source.lineCount)) lines counted; left out: "
        + reasons.map { "\(grouped($0.0)) \($0.1)" }.joined(separator: ", "),
      hint: hint, at: Place(source: path), exitStatus: .inputUnreadable)
  }

  /// Too large a share of the lines of the source at `path` was rejected, and the run went on without it.
  static func sourceRejected(
    _ path: String, percent share: Double, limit: Double
  ) -> Diagnostic {
    Diagnostic(
      .error, code: "too-many-rejected",
      "\(decimal(share, places: 1)) % of its lines were rejected, more than "
        + "\(decimal(limit, places: 1)) %; nothing of it is counted, and the other sources are",
      hint: "`backtally inspect` shows why; name the format with --format, or raise --max-rejected",
      at: Place(source: path), exitStatus: .inputUnreadable)
  }

  /// The user said a unit, and there was nothing to apply it to.
  static let unusedDurationUnit = Diagnostic(
    .error, code: "unused-duration-unit",
    "--duration-unit is given, but no log here has a duration that it could apply to",
    hint: "leave it out, or name the field that is the duration in the configuration",
    exitStatus: .wrongUsage)

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
