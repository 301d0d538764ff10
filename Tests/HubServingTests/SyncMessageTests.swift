import Testing

@testable import HubServing

struct SyncMessageTests {
  @Test func `a recorded message is read`() throws {
    let message = try SyncMessage(JSONReading.value(of: Array(Messages.sync.utf8)))
    #expect(message.messageUUID == Messages.messageUUID)
    #expect(message.timestamp == 1_795_425_377.469461)
    #expect(message.bucket == 1_795_425_360)
    #expect(
      message.requests == [
        RequestItem(
          key: RequestItem.Key(
            consumer: "acme", method: "GET", path: "/users/{user_id}", statusCode: 200),
          requestCount: 3, requestSizeSum: 0, responseSizeSum: 2500,
          responseTimes: [RequestItem.Bar(bin: 0, count: 2), RequestItem.Bar(bin: 10, count: 1)],
          requestSizes: [],
          responseSizes: [RequestItem.Bar(bin: 0, count: 2), RequestItem.Bar(bin: 1, count: 1)])
      ])
    #expect(
      message.consumers == [ConsumerItem(identifier: "acme", name: "Acme Inc.", group: nil)])
  }

  @Test(arguments: accepted + refusedFields + refusedNumbers + refusedLists)
  func `a bent message is taken, or refused with the reason`(_ bend: Bend) throws {
    let text = try #require(bend.bent(Messages.sync))
    let json = try JSONReading.value(of: Array(text.utf8))
    let found = complaints { () throws(InvalidMessage) in _ = try SyncMessage(json) }
    #expect(found == bend.complaints)
  }

  @Test(arguments: [
    (0.0, 0), (59.999, 0), (60.0, 60), (1_795_425_419.999, 1_795_425_360),
  ])
  func `the bucket is the minute that the timestamp lies in`(timestamp: Double, bucket: Int) throws
  {
    let text = Messages.sync.replacing("1795425377.469461", with: "\(timestamp)")
    #expect(try SyncMessage(JSONReading.value(of: Array(text.utf8))).bucket == bucket)
  }

  @Test func `an item may occur once, and consumers are told apart by their bytes`() throws {
    func message(_ consumers: String...) throws -> [String] {
      let items = consumers.map { consumer in
        """
        {"consumer":\(consumer),"method":"GET","path":"/","status_code":200,"request_count":1,\
        "request_size_sum":0,"response_size_sum":0,"response_times":{},"request_sizes":{},\
        "response_sizes":{}}
        """
      }
      let start = try #require(Messages.sync.ranges(of: "\"requests\":[").first)
      let end = try #require(Messages.sync.ranges(of: "],\"validation_errors\"").first)
      let text =
        Messages.sync[..<start.upperBound] + items.joined(separator: ",")
        + Messages.sync[end.lowerBound...]
      let json = try JSONReading.value(of: Array(text.utf8))
      return complaints { () throws(InvalidMessage) in _ = try SyncMessage(json) }
    }
    #expect(try message(#""\u00e9""#, #""e\u0301""#, "null", #""null""#) == [])
    let again = "an earlier item has the same consumer, method, path and status_code [duplicate]"
    #expect(try message("null", #""a""#, "null") == ["body.requests.2: \(again)"])
    #expect(try message(#""a""#, #""\u0061""#) == ["body.requests.1: \(again)"])
  }

  @Test func `an answer names at most twenty reasons`() throws {
    let errors = Array(repeating: "1", count: 50).joined(separator: ",")
    let text = Messages.startup.replacing("\"paths\":[", with: "\"paths\":[\(errors),")
    let json = try JSONReading.value(of: Array(text.utf8))
    let found = complaints { () throws(InvalidMessage) in _ = try StartupMessage(json) }
    #expect(found.count == 20)
    #expect(found.last == "body.paths.19: expected an object, found an integer [type_error]")
  }

  @Test func `an answer does not echo a key at its full length`() throws {
    let key = String(repeating: "k", count: 10_000)
    let text = Messages.sync.replacing(
      "\"consumer\":\"acme\",\"method\":\"GET\",\"path\":\"/users",
      with: "\"\(key)\":1,\"consumer\":\"acme\",\"method\":\"GET\",\"path\":\"/users")
    let json = try JSONReading.value(of: Array(text.utf8))
    let found = complaints { () throws(InvalidMessage) in _ = try SyncMessage(json) }
    #expect(found == ["body.requests.0.\(key.prefix(100)): unknown key [extra_forbidden]"])
  }
}

private let item = "body.requests.0"

private let accepted = [
  Bend("no consumer", #""requests":[{"consumer":"acme""#, #""requests":[{"consumer":null"#),
  Bend(
    "a consumer of 128 characters that is cut off after a space",
    #""requests":[{"consumer":"acme""#,
    #""requests":[{"consumer":"\#(String(repeating: "ü", count: 127)) ""#),
  Bend(
    "an unknown method", #""method":"GET","path":"/users/"#, #""method":"M-SEARCH","path":"/users/"#
  ),
  Bend("status 499", #""status_code":200"#, #""status_code":499"#),
  Bend("no durations", #"{"0":2,"10":1}"#, "{}"),
  Bend("resources that were not measured", #"{"cpu_percent":0.5,"memory_rss":55123968}"#, "null"),
  Bend("an unknown key outside of items", #""timestamp":"#, #""new":{"a":[1]},"timestamp":"#),
  Bend("a consumer without the key group", #","group":null"#, ""),
  Bend("a timestamp in whole seconds", "1795425377.469461", "1795425377"),
  Bend(
    "UUIDs in upper case", "1b06791e-06dc-43ad-93fc-2573010b1f06",
    "1B06791E-06DC-43AD-93FC-2573010B1F06"),
  Bend("the least sum of its sizes", #""response_size_sum":2500"#, #""response_size_sum":1000"#),
  Bend("the greatest sum of its sizes", #""response_size_sum":2500"#, #""response_size_sum":3997"#),
]

private let refusedFields = [
  Bend(
    "not a UUID", Messages.messageUUID, "76645078936f499787aaf431299cdfa0",
    "body.message_uuid: not a UUID [value_error]"),
  Bend(
    "no message_uuid", #""message_uuid""#, #""message_UUID""#,
    "body.message_uuid: required [missing]"),
  Bend("no instance_uuid", #""instance_uuid""#, #""x""#, "body.instance_uuid: required [missing]"),
  Bend(
    "a timestamp in a string", "1795425377.469461", #""1795425377""#,
    "body.timestamp: expected a number, found a string [type_error]"),
  Bend(
    "a timestamp in milliseconds", "1795425377.469461", "1795425377469",
    "body.timestamp: not a time in seconds since 1970 [value_error]"),
  Bend(
    "a negative timestamp", "1795425377.469461", "-1",
    "body.timestamp: not a time in seconds since 1970 [value_error]"),
  Bend(
    "a misspelt key", #""request_count""#, #""request_counts""#,
    "\(item).request_counts: unknown key [extra_forbidden]",
    "\(item).request_count: required [missing]"),
  Bend(
    "an empty consumer", #""requests":[{"consumer":"acme""#, #""requests":[{"consumer":"""#,
    "\(item).consumer: empty [value_error]"),
  Bend(
    "a consumer that is not stripped", #""requests":[{"consumer":"acme""#,
    #""requests":[{"consumer":"acme\u00a0""#,
    "\(item).consumer: not stripped of white space [value_error]"),
  Bend(
    "a consumer of 129 characters", #""requests":[{"consumer":"acme""#,
    #""requests":[{"consumer":"\#(String(repeating: "x", count: 129))""#,
    "\(item).consumer: longer than 128 characters [value_error]"),
  Bend(
    "a consumer with a NUL", #""requests":[{"consumer":"acme""#,
    #""requests":[{"consumer":"a\u0000b""#,
    "\(item).consumer: contains a NUL character [value_error]"),
  Bend(
    "a consumer that is a number", #""requests":[{"consumer":"acme""#,
    #""requests":[{"consumer":7"#,
    "\(item).consumer: expected a string, found an integer [type_error]"),
  Bend(
    "a method in lower case", #""method":"GET","path":"/users/"#,
    #""method":"get","path":"/users/"#,
    "\(item).method: not an HTTP method in upper case [value_error]"),
  Bend(
    "no method", #""method":"GET","path":"/users/"#, #""method":"","path":"/users/"#,
    "\(item).method: not an HTTP method in upper case [value_error]"),
  Bend(
    "OPTIONS", #""method":"GET","path":"/users/"#, #""method":"OPTIONS","path":"/users/"#,
    "\(item).method: OPTIONS requests are not counted [value_error]"),
  Bend(
    "no path", #""/users/{user_id}""#, #""""#,
    "\(item).path: a path must begin with / [value_error]"),
  Bend(
    "a relative path", #""/users/{user_id}""#, #""users""#,
    "\(item).path: a path must begin with / [value_error]"),
]

private let refusedNumbers = [
  Bend(
    "status 99", #""status_code":200"#, #""status_code":99"#,
    "\(item).status_code: 99 is not in 100...999 [value_error]"),
  Bend(
    "status 1000", #""status_code":200"#, #""status_code":1000"#,
    "\(item).status_code: 1000 is not in 100...999 [value_error]"),
  Bend(
    "a status with a fraction", #""status_code":200"#, #""status_code":200.0"#,
    "\(item).status_code: expected an integer, found a number [type_error]"),
  Bend(
    "a status in a string", #""status_code":200"#, #""status_code":"200""#,
    "\(item).status_code: expected an integer, found a string [type_error]"),
  Bend(
    "a boolean as a count", #""request_count":3"#, #""request_count":true"#,
    "\(item).request_count: expected an integer, found a boolean [type_error]"),
  Bend(
    "no requests in an item", #""request_count":3"#, #""request_count":0"#,
    "\(item).request_count: 0 is not in 1...9007199254740991 [value_error]"),
  Bend(
    "a sum below 0", #""request_size_sum":0"#, #""request_size_sum":-1"#,
    "\(item).request_size_sum: -1 is not in 0...9007199254740991 [value_error]"),
  Bend(
    "a sum that is not exact as a double", #""response_size_sum":2500"#,
    #""response_size_sum":9007199254740993"#,
    "\(item).response_size_sum: 9007199254740993 is not in 0...9007199254740991 [value_error]"),
  Bend(
    "a sum beyond 64 bits", #""response_size_sum":2500"#,
    #""response_size_sum":9223372036854775808"#,
    "\(item).response_size_sum: expected an integer, found a number [type_error]"),
  Bend(
    "a sum without sizes", #""request_size_sum":0"#, #""request_size_sum":1"#,
    "\(item).request_size_sum: 1 is not in 0...0, as request_sizes says [inconsistent]"),
  Bend(
    "a sum below its sizes", #""response_size_sum":2500"#, #""response_size_sum":999"#,
    "\(item).response_size_sum: 999 is not in 1000...3997, as response_sizes says [inconsistent]"),
  Bend(
    "a sum above its sizes", #""response_size_sum":2500"#, #""response_size_sum":3998"#,
    "\(item).response_size_sum: 3998 is not in 1000...3997, as response_sizes says [inconsistent]"),
  Bend(
    "sizes beyond all sums", #"{"0":2,"1":1}"#, #"{"9007199254740991":3}"#,
    "\(item).response_size_sum: 2500 is not in 27021597764222973000...27021597764222975997, as response_sizes says [inconsistent]"
  ),
  Bend(
    "a time that is not a multiple of 10", #"{"0":2,"10":1}"#, #"{"0":2,"15":1}"#,
    "\(item).response_times.15: a bin must be a multiple of 10 [value_error]"),
  Bend(
    "a bin with a leading zero", #"{"0":2,"10":1}"#, #"{"0":2,"010":1}"#,
    "\(item).response_times.010: not a decimal number without leading zeros, up to 9007199254740991 [value_error]"
  ),
  Bend(
    "a negative bin", #"{"0":2,"10":1}"#, #"{"-10":1}"#,
    "\(item).response_times.-10: not a decimal number without leading zeros, up to 9007199254740991 [value_error]"
  ),
  Bend(
    "a bin beyond all sizes", #"{"0":2,"1":1}"#, #"{"9007199254740992":1}"#,
    "\(item).response_sizes.9007199254740992: not a decimal number without leading zeros, up to 9007199254740991 [value_error]"
  ),
  Bend(
    "an empty bar", #"{"0":2,"10":1}"#, #"{"0":0}"#,
    "\(item).response_times.0: 0 is not in 1...9007199254740991 [value_error]"),
  Bend(
    "more times than requests", #"{"0":2,"10":1}"#, #"{"0":2,"10":2}"#,
    "\(item).response_times: counts add up to more than request_count 3 [inconsistent]"),
  Bend(
    "counts whose sum overflows", #"{"0":2,"1":1}"#,
    #"{"0":9007199254740991,"1":9007199254740991}"#,
    "\(item).response_sizes: counts add up to more than request_count 3 [inconsistent]"),
  Bend(
    "a histogram as a list", #"{"0":2,"10":1}"#, "[2,1]",
    "\(item).response_times: expected an object, found a list [type_error]"),
]

private let refusedLists = [
  Bend(
    "requests that are null", #""requests":["#, #""requests":null,"other":["#,
    "body.requests: expected a list, found null [type_error]"),
  Bend(
    "an item that is a string", #""requests":["#, #""requests":["x","#,
    "body.requests.0: expected an object, found a string [type_error]"),
  Bend(
    "no validation_errors", #""validation_errors""#, #""x""#,
    "body.validation_errors: required [missing]"),
  Bend(
    "a location that is a string", #"["body","name"]"#, #""body""#,
    "body.validation_errors.0.loc: expected a list, found a string [type_error]"),
  Bend(
    "no errors in an error", #""error_count":2"#, #""error_count":0"#,
    "body.validation_errors.0.error_count: 0 is not in 1...9007199254740991 [value_error]"),
  Bend(
    "an error without traceback", #""traceback":"Traceback","#, "",
    "body.server_errors.0.traceback: required [missing]"),
  Bend(
    "a number for an event", #""sentry_event_id":null"#, #""sentry_event_id":1"#,
    "body.server_errors.0.sentry_event_id: expected a string, found an integer [type_error]"),
  Bend(
    "a name of 65 characters", "Acme Inc.", String(repeating: "n", count: 65),
    "body.consumers.0.name: longer than 64 characters [value_error]"),
  Bend(
    "a group with a space before it", #""group":null"#, #""group":" g""#,
    "body.consumers.0.group: not stripped of white space [value_error]"),
  Bend(
    "no identifier", #""identifier""#, #""id""#, "body.consumers.0.identifier: required [missing]"),
  Bend("no resources", #""resources""#, #""resource""#, "body.resources: required [missing]"),
  Bend(
    "memory with a fraction", "55123968", "1.5",
    "body.resources.memory_rss: expected an integer, found a number [type_error]"),
]
