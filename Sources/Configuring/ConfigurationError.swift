package import AccessLogParsing
package import Attribution
package import Diagnostics

/// Why a configuration, or what it was merged with, was refused: all mistakes that were found.
package struct ConfigurationError: Error, Equatable, Sendable {
  package var problems: [ConfigurationProblem]

  init(_ problems: [ConfigurationProblem]) {
    precondition(!problems.isEmpty, "an error has a reason")
    self.problems = problems
  }

  package var diagnostics: [Diagnostic] { problems.map(\.diagnostic) }
}

/// One mistake: what is wrong, with which key or option, and where it is.
package struct ConfigurationProblem: Equatable, Sendable {
  package enum Reason: Equatable, Sendable {
    case document(YAMLRefusal.Reason)
    case unknownKey(nearest: String?, known: [String])
    case wrongType(expected: ValueType, found: ValueType)
    case missing
    case empty
    /// Exactly one of these keys must be present.
    case notExactlyOne([String])
    case requires(String)
    case excludes(String)
    case unknownValue(String, nearest: String?, known: [String])
    case outOfRange(ClosedRange<Int>)
    case invalidClientID
    case invalidEnvironment
    case invalidURL
    /// The value is not shown.
    case invalidWriteToken
    /// Nor is this one.
    case invalidAPIKey
    case invalidHeader
    /// Client ID and write token, and no word on which of them is meant.
    case twoTargets
    case noWriteToken
    case invalidPathPrefix
    case invalidBaseURL
    case invalidClient
    case invalidVersion
    case invalidPattern(String)
    case patternWithoutGroup
    case route(RouteProblem)
    /// As above, where it comes from the environment and is not shown.
    case routeOfVariable
    case variable(VariableProblem)
    case durationWithoutUnit
    case instant(InstantProblem)
    case notBeforeUntil
    case invalidTimeZone
    case formatString(FormatStringError)
    case noField(String)
    case tooMany(Int)
    case invalidRuleName
    case repeatedName
    /// Of what the value must be, with an example.
    case invalidMeasure(String)
    case invalidPeriod(from: String, to: String)
    /// The value is not shown.
    case invalidWebhook
    case invalidArgument
    case noClientID
    case noEnvironment

    /// The same, of a value that is not to be shown: it is `written` with variables of the environment.
    func hidingValue(behind written: String) -> Reason {
      switch self {
      case .unknownValue(_, _, let known): .unknownValue(written, nearest: nil, known: known)
      case .invalidPattern: .invalidPattern("what `\(written)` stands for is none")
      case .route: .routeOfVariable
      default: self
      }
    }
  }

  /// The type of a value in the file, in the words of the messages.
  package enum ValueType: String, Sendable {
    case text
    case wholeNumber = "a whole number"
    case number = "a number"
    case textOrList = "text or a list of texts"
    case list = "a list"
    case mapping = "a mapping"
    case nothing
    case tagged = "a tagged value"
  }

  package var reason: Reason
  /// The key, option or environment variable that is wrong: `env`, `--env`, `APITALLY_ENV`.
  package var subject: String
  /// nil if it is not in a file.
  package var place: Place?

  init(_ reason: Reason, _ subject: String, at place: Place? = nil) {
    (self.reason, self.subject, self.place) = (reason, subject, place)
  }

  package var diagnostic: Diagnostic {
    Diagnostic(.error, code: code, message, hint: hint, at: place, exitStatus: .wrongUsage)
  }

  private var code: String {
    switch reason {
    case .document: "invalid-yaml"
    case .unknownKey: "unknown-key"
    case .wrongType: "wrong-type"
    case .missing: "missing-key"
    case .empty: "empty-value"
    case .notExactlyOne, .requires, .excludes, .notBeforeUntil, .twoTargets: "conflicting-values"
    case .unknownValue, .outOfRange, .invalidClientID, .invalidEnvironment, .invalidURL,
      .invalidBaseURL, .invalidClient, .invalidVersion, .instant, .durationWithoutUnit,
      .invalidTimeZone, .noField, .invalidPathPrefix, .invalidWriteToken, .invalidHeader,
      .invalidAPIKey, .tooMany, .invalidRuleName, .invalidMeasure, .invalidPeriod,
      .invalidWebhook, .invalidArgument:
      "invalid-value"
    case .repeatedName: "repeated-name"
    case .formatString: "invalid-format-string"
    case .invalidPattern, .patternWithoutGroup: "invalid-pattern"
    case .route, .routeOfVariable: "invalid-route"
    case .noClientID, .noEnvironment, .noWriteToken: "no-target"
    case .variable(.unset): "unset-variable"
    case .variable(.unnamed): "invalid-value"
    }
  }

  private var message: String {
    switch reason {
    case .document(let reason): reason.message
    case .unknownKey: "unknown key `\(subject)`"
    case .wrongType(_, .nothing): "`\(subject)` has no value"
    case .wrongType(let expected, let found):
      "`\(subject)` must be \(expected.rawValue), not \(found.rawValue)"
    case .missing: "`\(subject)` is missing here"
    case .empty: "`\(subject)` is empty"
    case .notExactlyOne(let names): "`\(subject)` needs exactly one of \(Self.quoted(names))"
    case .requires(let other): "`\(subject)` requires \(other)"
    case .excludes(let other): "`\(subject)` cannot be used together with \(other)"
    case .unknownValue(let value, _, _): "`\(subject)` cannot be `\(value)`"
    case .outOfRange(let range):
      "`\(subject)` must be between \(range.lowerBound) and \(range.upperBound)"
    case .invalidPathPrefix: "`\(subject)` is not what paths begin with"
    case .invalidClientID: "`\(subject)` is not a UUID"
    case .invalidEnvironment: "`\(subject)` is not a valid environment name"
    case .invalidURL: "`\(subject)` is not an address that messages can be sent to"
    case .invalidBaseURL: "`\(subject)` must be scheme and host"
    case .invalidClient: "`\(subject)` is not a valid client name"
    case .invalidVersion: "`\(subject)` is not a valid version"
    case .invalidPattern(let why): "`\(subject)` is not a regular expression: \(why)"
    case .patternWithoutGroup: "`\(subject)` has no capture group"
    case .route(let problem): "in `\(subject)`: \(problem.message)"
    case .routeOfVariable: "in `\(subject)`: what the variable holds is not a route"
    case .durationWithoutUnit: "`\(subject)` has no unit"
    case .instant(let problem): "`\(subject)` \(problem.message)"
    case .notBeforeUntil: "`\(subject)` is not before `--until`"
    case .invalidTimeZone: "`\(subject)` is not a time zone"
    case .formatString(let error): "in `\(subject)`, byte \(error.offset): \(error.message)"
    case .noField(let name): "`\(subject)`: the format has no field `\(name)`"
    case .tooMany(let limit): "`\(subject)` has more than \(limit) items"
    case .invalidRuleName: "`\(subject)` is not a name that a rule can have"
    case .repeatedName: "`\(subject)` is the name of another rule"
    case .invalidMeasure(let expected): "`\(subject)` must be \(expected)"
    case .invalidPeriod(let least, let most):
      "`\(subject)` must be a time from \(least) to \(most)"
    case .invalidWebhook: "`\(subject)` is not an address that alerts can be posted to"
    case .invalidArgument: "`\(subject)` has an argument that no program can be given"
    case .invalidWriteToken: "`\(subject)` is not a write token"
    case .invalidAPIKey: "`\(subject)` is not an API key"
    case .invalidHeader: "`\(subject)` is not a header that can be sent"
    case .twoTargets:
      "both a client ID and a target for OTLP are given, and no choice between them; the numbers "
        + "would be counted twice"
    case .noWriteToken: "no write token is given"
    case .noClientID: "no client ID is given"
    case .noEnvironment: "no environment is given"
    case .variable(let problem): "in `\(subject)`: \(problem.message)"
    }
  }

  private var hint: String? {
    switch reason {
    case .document(let reason): reason.hint
    case .unknownKey(let nearest?, _): "did you mean `\(nearest)`?"
    case .unknownKey(nil, let known): "the valid keys are \(Self.quoted(known))"
    case .unknownValue(_, let nearest?, _): "did you mean `\(nearest)`?"
    case .unknownValue(_, nil, let known): "it can be \(Self.quoted(known))"
    case .wrongType(let expected, .nothing): "write \(expected.rawValue), or leave the key out"
    case .wrongType(_, .tagged): "remove the tag"
    case .invalidClientID: "your app's setup instructions show its client ID"
    case .invalidEnvironment: "use 1 to 32 letters, digits, `_` or `-`, such as `prod`"
    case .invalidPathPrefix: "it begins with a slash and has no query, such as /api/v1"
    case .invalidURL: "it begins with http:// or https:// and has no query, such as \(publicHubURL)"
    case .invalidBaseURL: "give scheme and host only, such as https://api.example.com"
    case .invalidClient: "give language and framework, such as python:starlette"
    case .invalidVersion: "1 to 64 characters"
    case .patternWithoutGroup:
      "put what identifies the consumer in parentheses, as in `^Bearer (.{8})`"
    case .route(let problem): problem.hint
    case .variable(let problem): problem.hint
    case .durationWithoutUnit: "write `{field: …, unit: s}`; the units are ns, us, ms and s"
    case .instant:
      "give date, time and time zone, such as 2025-11-10T00:00:00Z; or a date, today, yesterday, or -24h"
    case .invalidTimeZone:
      "give a name such as Europe/Paris, or an offset from UTC such as +01:00"
    case .formatString(let error): error.hint
    case .invalidWriteToken: "it is `apt_` and 24 letters and digits"
    case .invalidRuleName: "1 to 64 characters, none of which is a control character"
    case .repeatedName: "alerts are told apart by the names of their rules"
    case .invalidPeriod: "write a number and s, m, h or d, such as 90s or 5m"
    case .invalidWebhook:
      "it begins with https://, or with http:// and names this machine: localhost or 127.0.0.1"
    case .invalidArgument: "an argument has no NUL character"
    case .invalidAPIKey: "it is what the dashboard shows under API keys: printable ASCII"
    case .invalidHeader:
      "a name and printable ASCII; Content-Type, Content-Encoding, User-Agent and Apitally-Env are set already"
    case .twoTargets:
      "choose with `--target hub` or `--target otlp`, or `target` in the configuration"
    case .noWriteToken:
      "set `APITALLY_WRITE_TOKEN`, or `write_token` or `otlp: {endpoint: …}` in the configuration"
    case .noClientID:
      "give `--client-id`, `client_id` in the configuration, or `APITALLY_CLIENT_ID`"
    case .noEnvironment: "give `--env`, `env` in the configuration, or `APITALLY_ENV`"
    case .empty: "give at least one character or item, or leave it out"
    case .routeOfVariable: RouteProblem.notAnEntry.hint
    case .wrongType, .missing, .notExactlyOne, .requires, .excludes, .outOfRange, .invalidPattern,
      .notBeforeUntil, .noField, .tooMany, .invalidMeasure:
      nil
    }
  }

  private static func quoted(_ names: [String]) -> String {
    names.map { "`\($0)`" }.joined(separator: ", ")
  }
}
