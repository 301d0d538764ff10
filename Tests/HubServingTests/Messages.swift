import Testing

@testable import HubServing

/// Messages as the middleware sends them, for the tests to bend.
enum Messages {
  static let clientID = "76b5cb91-a0a4-4ea0-a894-57d2b9fcb2c9"
  static let messageUUID = "76645078-936f-4997-87aa-f431299cdfa0"

  static let startup = """
    {"instance_uuid":"1b06791e-06dc-43ad-93fc-2573010b1f06",\
    "message_uuid":"641799d8-73cc-464f-9623-86e45a5551af",\
    "openapi":"{\\"openapi\\":\\"3.1.0\\"}",\
    "paths":[{"path":"/","method":"get"},{"path":"/users/{user_id}","method":"patch"}],\
    "versions":{"python":"3.12.1","app":"1.2.3"},"client":"python:starlette"}
    """

  static let sync = """
    {"instance_uuid":"1b06791e-06dc-43ad-93fc-2573010b1f06",\
    "message_uuid":"\(messageUUID)","timestamp":1795425377.469461,\
    "requests":[{"consumer":"acme","method":"GET","path":"/users/{user_id}","status_code":200,\
    "request_count":3,"request_size_sum":0,"response_size_sum":2500,\
    "response_times":{"0":2,"10":1},"request_sizes":{},"response_sizes":{"0":2,"1":1}}],\
    "validation_errors":[{"consumer":null,"method":"POST","path":"/users","loc":["body","name"],\
    "msg":"too short","type":"string_too_short","error_count":2}],\
    "server_errors":[{"consumer":"acme","method":"GET","path":"/error","type":"builtins.ValueError",\
    "msg":"bad","traceback":"Traceback","sentry_event_id":null,"error_count":1}],\
    "consumers":[{"identifier":"acme","name":"Acme Inc.","group":null}],\
    "resources":{"cpu_percent":0.5,"memory_rss":55123968}}
    """

  static let logItem = """
    {"uuid":"ba145f21-cef0-4779-ba79-94a1369ca1f1",\
    "request":{"timestamp":1795425013.5178711,"method":"POST","path":"/users",\
    "url":"http://api.example.test/users","headers":[["host","api.example.test"]],"size":80,\
    "consumer":"acme"},\
    "response":{"status_code":201,"response_time":0.014657,"headers":[["content-length","51"]],\
    "size":51}}
    """

  /// A sync message of one group.
  static func sync(
    uuid: Int, consumer: String? = nil, path: String = "/", timestamp: Int = 0, count: Int = 1,
    responseSizeSum: Int = 0, responseTimes: String = "{}", responseSizes: String = "{}"
  ) -> String {
    var json = JSONWriting()
    json.string(consumer)
    let digits = String(uuid)
    let tail = String(repeating: "0", count: 12 - digits.count) + digits
    return """
      {"instance_uuid":"1b06791e-06dc-43ad-93fc-2573010b1f06",\
      "message_uuid":"00000000-0000-4000-8000-\(tail)","timestamp":\(timestamp),\
      "requests":[{"consumer":\(json.text),"method":"GET","path":"\(path)","status_code":200,\
      "request_count":\(count),"request_size_sum":0,"response_size_sum":\(responseSizeSum),\
      "response_times":\(responseTimes),"request_sizes":{},"response_sizes":\(responseSizes)}],\
      "validation_errors":[],"server_errors":[],"consumers":[],"resources":null}
      """
  }
}

/// What a complaint says, in one line.
func line(_ complaint: Complaint) -> String {
  let steps = complaint.location.map { step in
    switch step {
    case .name(let name): name
    case .index(let index): String(index)
    }
  }
  return "\(steps.joined(separator: ".")): \(complaint.message) [\(complaint.kind.rawValue)]"
}

/// The complaints about a message, one a line; empty if it is taken.
func complaints(about read: () throws(InvalidMessage) -> Void) -> [String] {
  do {
    try read()
    return []
  } catch {
    return error.complaints.map(line)
  }
}

/// A change to a message and what the hub says to it.
struct Bend: Sendable, CustomTestStringConvertible {
  var description: String
  var text: String
  var replacement: String
  var complaints: [String]

  init(_ description: String, _ text: String, _ replacement: String, _ complaints: String...) {
    self.description = description
    self.text = text
    self.replacement = replacement
    self.complaints = complaints
  }

  var testDescription: String { description }

  /// Nil if the text to replace is not there exactly once: then the table is wrong.
  func bent(_ message: String) -> String? {
    guard message.ranges(of: text).count == 1 else { return nil }
    return message.replacing(text, with: replacement)
  }
}
