/// Which requests get an item in the request logs, and what of them is masked, besides what the
/// middleware leaves out and masks always.
package struct RequestLogRules: Equatable, Sendable {
  /// Regular expressions, found anywhere, in upper or lower case.
  package var excludedPaths: [String] = []
  package var excludedUserAgents: [String] = []
  package var maskedQueryParameters: [String] = []
  package var maskedHeaders: [String] = []
  /// The share of requests that get an item, from 0 to 1. Which these are follows from the requests
  /// themselves, so that the same log yields the same items again.
  package var sampleRate = 1.0
  /// Only requests whose status is in one of these ranges; all if there is none.
  package var statuses: [ClosedRange<Int>] = []
  /// Scheme, host and port for logs that do not have them: `https://api.example.com`.
  package var baseURL: String?
  /// At most so many items in a run; nil for no limit.
  package var limit: Int?

  package init() {}
}
