/// An item of a `/sync` message, and of the hub's totals, as the hub reads it.
package struct SyncItem: Hashable, Decodable, Sendable {
  package var consumer: String?
  package var method: String
  package var path: String
  package var status_code: Int
  package var request_count = 0
  package var request_size_sum = 0
  package var response_size_sum = 0
  package var response_times: [String: Int] = [:]
  package var request_sizes: [String: Int] = [:]
  package var response_sizes: [String: Int] = [:]

  /// An item that counts nothing yet.
  package init(consumer: String?, method: String, path: String, statusCode: Int) {
    self.consumer = consumer
    self.method = method
    self.path = path
    status_code = statusCode
  }
}
