/// Which requests get an item in the request logs and what is masked in them, in addition to what
/// the middleware always leaves out and masks.
package struct RequestLogRules: Equatable, Sendable {
  /// Regular expressions that may match anywhere, in either case.
  package var excludedPaths: [String] = []
  package var excludedUserAgents: [String] = []
  package var maskedQueryParameters: [String] = []
  package var maskedHeaders: [String] = []
  /// The share of requests that get an item, from 0 to 1. Which ones is determined by the requests
  /// themselves, so that the same log yields the same items again.
  package var sampleRate = 1.0
  /// Only requests whose status is in one of these ranges; all requests if there is none.
  package var statuses: [ClosedRange<Int>] = []
  /// Scheme, host and port, for logs that do not have them: `https://api.example.com`.
  package var baseURL: String?
  /// The maximum number of items in a run; nil for no limit.
  package var limit: Int?

  package init() {}
}
