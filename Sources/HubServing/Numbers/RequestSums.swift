/// What some requests add up to, but for their times: each sum stops at the largest number.
struct RequestSums {
  var requests: Int64 = 0
  var clientErrors: Int64 = 0
  var serverErrors: Int64 = 0
  var received: Int64 = 0
  var sent: Int64 = 0

  mutating func add(_ item: PackedItem) {
    requests = cappedSum(requests, item.requestCount)
    if (400...499).contains(item.status) {
      clientErrors = cappedSum(clientErrors, item.requestCount)
    } else if (500...599).contains(item.status) {
      serverErrors = cappedSum(serverErrors, item.requestCount)
    }
    received = cappedSum(received, item.requestSizeSum)
    sent = cappedSum(sent, item.responseSizeSum)
  }

  mutating func add(_ other: RequestSums) {
    requests = cappedSum(requests, other.requests)
    clientErrors = cappedSum(clientErrors, other.clientErrors)
    serverErrors = cappedSum(serverErrors, other.serverErrors)
    received = cappedSum(received, other.received)
    sent = cappedSum(sent, other.sent)
  }

  func write(to json: inout JSONWriting) {
    json.member("requests", Int(requests))
    json.member("client_errors", Int(clientErrors))
    json.member("server_errors", Int(serverErrors))
    json.member("bytes_received", Int(received))
    json.member("bytes_sent", Int(sent))
  }
}
