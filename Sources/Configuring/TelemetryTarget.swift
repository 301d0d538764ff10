internal import Crypto
package import Diagnostics
import Yams

/// Apitally's address for OTLP.
let publicTelemetryURL = "https://otlp.apitally.io"

/// Which protocol numbers are reported by.
package enum Generation: String, CaseIterable, Sendable {
  /// Apitally's hub v2, for applications that have a client ID.
  case hub
  /// OpenTelemetry's, for applications that have a write token, and for other back ends.
  case otlp
}

/// Where messages go by OTLP.
package struct TelemetryTarget: Equatable, Sendable {
  /// A header of the user's, such as one that another back end wants.
  package struct Header: Equatable, Sendable {
    package var name: String
    package var value: Redacted<String>
  }

  /// Without a trailing slash; `/v1/metrics` and the like follow.
  package var endpoint: String
  /// Apitally's write token; nil for other back ends, which may want ``headers``.
  package var token: Redacted<String>?
  package var headers: [Header] = []
  package var compresses = true

  /// Whether it is Apitally that takes them, or what stands in for it.
  package var isApitally: Bool { token != nil }
}

/// What a configuration says of OTLP.
package struct TelemetryConfiguration: Equatable, Sendable {
  package var generation: Generation?
  package var token: Redacted<String>?
  package var endpoint: String?
  package var headers: [TelemetryTarget.Header] = []
  package var compresses: Bool?
}

/// Whether this is a write token: `^apt_[a-zA-Z0-9]{24}$`.
func isWriteToken(_ text: String) -> Bool {
  text.hasPrefix("apt_") && text.utf8.count == 28
    && text.utf8.dropFirst(4).allSatisfy { byte in
      (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte & 0xDF)
    }
}

/// Whether this can be a header's name (RFC 9110, 5.6.2), and one of the user's.
private func isHeaderName(_ text: String) -> Bool {
  let others = "!#$%&'*+-.^_`|~".utf8
  return !text.isEmpty
    && text.utf8.allSatisfy { byte in
      (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte & 0xDF) || others.contains(byte)
    }
    && ![
      "content-type", "content-encoding", "content-length", "host", "user-agent", "apitally-env",
    ]
    .contains(text.lowercased())
}

extension ConfigurationReader {
  static let telemetryKeys = ["target", "write_token", "otlp"]

  mutating func telemetry(in top: Section) -> TelemetryConfiguration {
    var telemetry = TelemetryConfiguration()
    telemetry.generation = choice("target", of: Generation.self, in: top)
    telemetry.token = text("write_token", in: top, .invalidWriteToken, unless: isWriteToken)
      .map { Redacted($0) }
    guard let node = top["otlp"],
      let section = section(node, "otlp", keys: ["endpoint", "headers", "compression"])
    else { return telemetry }
    telemetry.endpoint = text("endpoint", in: section, .invalidURL, unless: isHubURL)
    telemetry.compresses =
      choice("compression", among: ["gzip", "none"], in: section).map { $0 == "gzip" }
    guard let headers = section["headers"] else { return telemetry }
    let names = headers.mapping?.keys.compactMap { $0.scalar?.string } ?? []
    guard let values = self.section(headers, "headers", keys: names) else { return telemetry }
    for name in names {
      let value = text(name, in: values, .invalidHeader) { value in
        isHeaderName(name) && value.utf8.allSatisfy { (0x20...0x7E).contains($0) }
      }
      if let value { telemetry.headers.append(.init(name: name, value: Redacted(value))) }
    }
    return telemetry
  }
}

/// Decides which protocol a run speaks, and to whom.
struct TargetDecision {
  let commandLine: CommandLineValues
  let configuration: TelemetryConfiguration
  let environment: [String: String]
  /// Whether there is a client ID.
  let hasClientID: Bool
  private(set) var problems: [ConfigurationProblem] = []

  init(
    _ commandLine: CommandLineValues, _ configuration: Configuration,
    _ environment: [String: String],
    hasClientID: Bool
  ) {
    self.commandLine = commandLine
    self.configuration = configuration.telemetry
    self.environment = environment
    self.hasClientID = hasClientID
  }

  /// nil for hub v2.
  ///
  /// - Parameter isRequired: whether the run sends messages, or writes them.
  mutating func target(isRequired: Bool) -> TelemetryTarget? {
    let token = token()
    let endpoint = endpoint()
    let isNamed = commandLine.telemetryURL != nil || configuration.endpoint != nil
    let chosen = generation()
    if chosen == .hub { return nil }
    if chosen == nil {
      guard token != nil || isNamed else { return nil }
      if hasClientID {
        if isRequired { report(.twoTargets, "target") }
        return nil
      }
    } else if isRequired && token == nil && !isNamed && endpoint == nil {
      report(.noWriteToken, "write_token")
    }
    return TelemetryTarget(
      endpoint: endpoint ?? publicTelemetryURL, token: token, headers: configuration.headers,
      compresses: configuration.compresses ?? true)
  }

  private mutating func generation() -> Generation? {
    guard let word = commandLine.generation else { return configuration.generation }
    let known = Generation.allCases.map(\.rawValue)
    if Generation(rawValue: word) == nil {
      report(
        .unknownValue(word, nearest: nearestName(to: word, among: known), known: known),
        "--target")
    }
    return Generation(rawValue: word)
  }

  private mutating func token() -> Redacted<String>? {
    if let token = configuration.token { return token }
    guard let value = environment["APITALLY_WRITE_TOKEN"], !value.isEmpty else { return nil }
    if !isWriteToken(value) { report(.invalidWriteToken, "APITALLY_WRITE_TOKEN") }
    return Redacted(value)
  }

  /// The variable beats the program in the SDKs, where a program has no command line. Here it comes last, as
  /// all variables do.
  private mutating func endpoint() -> String? {
    var endpoint: String?
    if let url = commandLine.telemetryURL {
      if !isHubURL(url) { report(.invalidURL, "--otlp-url") }
      endpoint = url
    } else if let url = configuration.endpoint {
      endpoint = url
    } else if let url = environment["APITALLY_OTLP_ENDPOINT"], !url.isEmpty {
      if !isHubURL(url) { report(.invalidURL, "APITALLY_OTLP_ENDPOINT") }
      endpoint = url
    }
    while endpoint?.hasSuffix("/") == true { endpoint?.removeLast() }
    return endpoint
  }

  private mutating func report(_ reason: ConfigurationProblem.Reason, _ subject: String) {
    problems.append(ConfigurationProblem(reason, subject))
  }
}

extension TelemetryTarget {
  /// What an application is known by in the ledger that has no client ID: a UUID that follows from its
  /// token, or from the address of another back end. A token cannot be had back from it.
  var derivedClientID: String {
    let name = token.map { "token \($0.secret)" } ?? "endpoint \(endpoint)"
    var bytes = Array(SHA256.hash(data: Array("backtally otlp \(name)".utf8)).prefix(16))
    // A UUID of version 8 (RFC 9562, 5.8): of our own making.
    bytes[6] = bytes[6] & 0x0F | 0x80
    bytes[8] = bytes[8] & 0x3F | 0x80
    let digits = bytes.map { byte in
      let digits = String(byte, radix: 16)
      return digits.count == 1 ? "0" + digits : digits
    }.joined()
    var text = ""
    for (index, digit) in digits.enumerated() {
      if [8, 12, 16, 20].contains(index) { text += "-" }
      text.append(digit)
    }
    return text
  }
}
