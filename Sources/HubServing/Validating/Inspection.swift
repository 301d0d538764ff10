/// A walk through a message that keeps track of its position and collects complaints.
///
/// Readers return nil once they have complained, so that the walk continues and one response names
/// several mistakes.
struct Inspection {
  typealias Reader<Value> = (inout Inspection, JSONValue) -> Value?

  /// More complaints than this help nobody; a walk over a list ends when the limit is reached.
  static let complaintLimit = 20
  /// Integers beyond this lose digits in clients that read JSON numbers as doubles.
  static let maximumInteger = 1 << 53 - 1

  /// A longer key is truncated when a complaint names it: it comes from the sender, and may be
  /// megabytes long.
  private static let maximumNameLength = 100

  private(set) var complaints: [Complaint] = []
  private var location: [Complaint.Step]

  init(at location: [Complaint.Step] = [.name("body")]) {
    self.location = location
  }

  var isFull: Bool { complaints.count >= Self.complaintLimit }

  mutating func complain(_ kind: Complaint.Kind, _ message: String) {
    guard !isFull else { return }
    let location = location.map { step -> Complaint.Step in
      guard case .name(let name) = step else { return step }
      return .name(String(name.unicodeScalars.prefix(Self.maximumNameLength)))
    }
    complaints.append(Complaint(location: location, message: message, kind: kind))
  }

  /// `value`, if there was nothing to complain about.
  func verdict<Value>(_ value: Value?) throws(InvalidMessage) -> Value {
    precondition(value != nil || !complaints.isEmpty, "a refusal has a reason")
    guard let value, complaints.isEmpty else { throw InvalidMessage(complaints: complaints) }
    return value
  }

  // MARK: Moving about

  mutating func at<Result>(
    _ step: Complaint.Step, _ inspect: (inout Inspection) -> Result
  ) -> Result {
    location.append(step)
    defer { location.removeLast() }
    return inspect(&self)
  }

  /// A member that must be present; null is left to the reader.
  mutating func required<Value>(
    _ key: String, of object: JSONObject, _ read: Reader<Value>
  ) -> Value? {
    at(.name(key)) { inspection in
      guard let value = object[key] else {
        inspection.complain(.missing, "required")
        return nil
      }
      return read(&inspection, value)
    }
  }

  /// A member that may be absent or null.
  mutating func optional<Value>(
    _ key: String, of object: JSONObject, _ read: Reader<Value>
  ) -> Value? {
    guard let value = object[key], value != .null else { return nil }
    return at(.name(key)) { read(&$0, value) }
  }

  /// Every element that `read` could interpret.
  mutating func elements<Value>(of list: [JSONValue], _ read: Reader<Value>) -> [Value] {
    var values: [Value] = []
    values.reserveCapacity(list.count)
    for (index, element) in list.enumerated() where !isFull {
      if let value = at(.index(index), { read(&$0, element) }) { values.append(value) }
    }
    return values
  }

  // MARK: Types

  mutating func object(_ value: JSONValue) -> JSONObject? {
    if case .object(let object) = value { return object }
    return wrongType(value, expected: "an object")
  }

  mutating func list(_ value: JSONValue) -> [JSONValue]? {
    if case .array(let elements) = value { return elements }
    return wrongType(value, expected: "a list")
  }

  mutating func string(_ value: JSONValue) -> String? {
    if case .string(let string) = value { return string }
    return wrongType(value, expected: "a string")
  }

  mutating func integer(_ value: JSONValue, atLeast minimum: Int) -> Int? {
    guard case .integer(let wide) = value, let integer = Int(exactly: wide) else {
      return wrongType(value, expected: "an integer")
    }
    guard (minimum...Self.maximumInteger).contains(integer) else {
      complain(.wrongValue, "\(integer) is not in \(minimum)...\(Self.maximumInteger)")
      return nil
    }
    return integer
  }

  mutating func number(_ value: JSONValue) -> Double? {
    switch value {
    case .integer(let integer): return Double(integer)
    case .number(let number): return number
    default: return wrongType(value, expected: "a number")
    }
  }

  private mutating func wrongType<Value>(_ value: JSONValue, expected: String) -> Value? {
    complain(.wrongType, "expected \(expected), found \(value.typeName)")
    return nil
  }
}
