import FoundationEssentials
import HTTPTypes
import Hummingbird

/// The hub's responses, separate from the decisions that lead to them.
enum HubAnswer {
  static let taken = json(.accepted, #"{"status":"ok"}"#)

  static func refused(_ complaints: [Complaint]) -> Response {
    json(.unprocessableContent, Complaint.answer(complaints))
  }

  static func failed(_ status: HTTPResponse.Status, _ reason: String) -> Response {
    var json = JSONWriting()
    json.object { $0.member("detail", reason) }
    return Self.json(status, json.text)
  }

  static func json(_ status: HTTPResponse.Status, _ text: String) -> Response {
    Response(
      status: status, headers: [.contentType: "application/json"],
      body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
  }

  /// The response of a fault: for 422, `detail` is a list, as everywhere.
  static func fault(status: Int, retryAfter: HubFaults.RetryAfter?, now: Date) -> Response {
    let complaint = Complaint(
      location: [.name("body")], message: "fault injected", kind: .wrongValue)
    var response =
      status == 422
      ? refused([complaint]) : failed(HTTPResponse.Status(code: status), "fault injected")
    switch retryAfter {
    case .seconds(let seconds): response.headers[.retryAfter] = String(seconds)
    case .date(let seconds):
      response.headers[.retryAfter] = httpDate(now.addingTimeInterval(Double(seconds)))
    case nil: break
    }
    return response
  }
}

/// `date` as IMF-fixdate (RFC 9110, 5.6.7): `Mon, 23 Nov 2026 12:45:00 GMT`.
func httpDate(_ date: Date) -> String {
  let weekdays = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
  let months = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
  ]
  var calendar = Calendar(identifier: .gregorian)
  calendar.timeZone = .gmt
  let parts = calendar.dateComponents([.year, .month, .day, .weekday], from: date)
  guard let year = parts.year, let month = parts.month, let day = parts.day,
    let weekday = parts.weekday
  else { preconditionFailure("these components were requested") }
  let time = date.formatted(.iso8601).dropFirst("2026-11-23T".count).dropLast()
  let dayText = (day < 10 ? "0" : "") + String(day)
  return "\(weekdays[weekday - 1]), \(dayText) \(months[month - 1]) \(year) \(time) GMT"
}
