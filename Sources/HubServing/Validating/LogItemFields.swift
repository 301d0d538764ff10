/// What a line of a request log is found by.
struct LogItemFields: Equatable, Sendable {
  /// Seconds since 1970.
  var time: Double
  /// As it was sent.
  var method: String
  /// The route's template; nil if none is known.
  var path: String?
  var url: String?
  var consumer: String?
  var status: Int64
  /// Seconds; nil if it is not known.
  var responseTime: Double?

  init(
    time: Double, method: String, path: String?, url: String?, consumer: String?, status: Int64,
    responseTime: Double?
  ) {
    (self.time, self.method, self.path, self.url) = (time, method, path, url)
    (self.consumer, self.status, self.responseTime) = (consumer, status, responseTime)
  }

  /// - Parameter item: a line of hub v2, or what is kept of a span of OTLP; nil if it is neither.
  init?(_ item: JSONValue) {
    guard case .object(let item) = item else { return nil }
    if case .object(let request)? = item["request"], case .object(let response)? = item["response"]
    {
      self.init(request, response)
    } else if case .object(let attributes)? = item["attributes"] {
      self.init(span: item, attributes)
    } else {
      return nil
    }
  }

  private init?(_ request: JSONObject, _ response: JSONObject) {
    guard let time = request["timestamp"]?.real, let status = response["status_code"]?.real
    else { return nil }
    self.time = time
    self.status = Int64(status)
    method = request["method"]?.text ?? ""
    path = request["path"]?.text
    url = request["url"]?.text
    consumer = request["consumer"]?.text
    responseTime = response["response_time"]?.real
  }

  private init?(span: JSONObject, _ attributes: JSONObject) {
    guard let start = span["start"]?.text.flatMap({ Int64($0) }),
      let end = span["end"]?.text.flatMap({ Int64($0) }),
      let status = attributes["http.response.status_code"]?.real
    else { return nil }
    time = Double(start) / 1e9
    responseTime = Double(end &- start) / 1e9
    self.status = Int64(status)
    method = attributes["http.request.method"]?.text ?? ""
    path = attributes["http.route"]?.text
    url = attributes["url.full"]?.text ?? attributes["url.path"]?.text
    consumer = attributes["apitally.consumer.identifier"]?.text
  }
}

extension JSONValue {
  fileprivate var text: String? {
    if case .string(let text) = self { return text }
    return nil
  }

  fileprivate var real: Double? {
    switch self {
    case .integer(let number): Double(number)
    // What follows makes integers of some of them.
    case .number(let number) where number.magnitude < 1e15: number
    default: nil
    }
  }
}
