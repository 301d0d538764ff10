import Attribution
import Yams

/// The `request_logs` section of the configuration.
extension ConfigurationReader {
  mutating func requestLogs(_ node: Node) -> RequestLogRules {
    var rules = RequestLogRules()
    let keys = [
      "exclude_paths", "exclude_user_agents", "mask_query_params", "mask_headers", "sample_rate",
      "only_status", "base_url",
    ]
    guard let section = section(node, "request_logs", keys: keys) else { return rules }
    rules.excludedPaths = patterns("exclude_paths", in: section)
    rules.excludedUserAgents = patterns("exclude_user_agents", in: section)
    rules.maskedQueryParameters = patterns("mask_query_params", in: section)
    rules.maskedHeaders = patterns("mask_headers", in: section)
    rules.sampleRate = share("sample_rate", in: section) ?? 1
    rules.statuses = statuses("only_status", in: section)
    rules.baseURL = text("base_url", in: section, .invalidBaseURL, unless: isBaseURL)
    return rules
  }

  /// Statuses and classes of them, such as `[404, 5xx]`.
  mutating func statuses(_ key: String, in section: Section) -> [ClosedRange<Int>] {
    texts(key, in: section, mayStandAlone: true) { text in
      statusRange(text) == nil
        ? .unknownValue(text, nearest: nil, known: ["404", "5xx"]) : nil
    }.compactMap { statusRange($0) }
  }

  private mutating func patterns(_ key: String, in section: Section) -> [String] {
    texts(key, in: section, mayStandAlone: true) { problem(withPattern: $0, needsGroup: false) }
  }
}

/// The statuses that `404` or `5xx` stands for.
private func statusRange(_ text: String) -> ClosedRange<Int>? {
  guard text.utf8.count == 3, let first = text.first?.wholeNumberValue, (1...9).contains(first)
  else { return nil }
  if text.dropFirst() == "xx" { return first * 100...first * 100 + 99 }
  return Int(text).map { $0...$0 }
}
