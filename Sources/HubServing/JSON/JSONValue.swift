/// A JSON value as it appears in a message.
///
/// Foundation's readers cannot tell a strict hub what it needs to know: whether a number was
/// written as an integer, whether `true` was meant, and whether a key occurs twice. So the hub
/// reads JSON itself.
enum JSONValue: Equatable, Sendable {
  case null
  case bool(Bool)
  /// A number without fraction or exponent that fits.
  case integer(Int64)
  /// Any other number; always finite.
  case number(Double)
  case string(String)
  case array([JSONValue])
  case object(JSONObject)

  /// The name of the type, for complaints.
  var typeName: String {
    switch self {
    case .null: "null"
    case .bool: "a boolean"
    case .integer: "an integer"
    case .number: "a number"
    case .string: "a string"
    case .array: "a list"
    case .object: "an object"
    }
  }
}

/// The members of a JSON object in the order of the text; no key occurs twice.
struct JSONObject: Equatable, Sendable {
  struct Member: Equatable, Sendable {
    var key: String
    var value: JSONValue
  }

  var members: [Member] = []

  /// Linear in the number of members, of which the objects that are read have about ten.
  subscript(key: String) -> JSONValue? {
    members.first { $0.key == key }?.value
  }
}

/// Why a text is not JSON, and where.
struct JSONSyntaxError: Error, Equatable {
  enum Reason: String {
    case endOfText = "unexpected end"
    case unexpectedByte = "unexpected byte"
    case invalidNumber = "invalid number"
    case numberOutOfRange = "number out of range"
    case invalidString = "not UTF-8, a bare control character or half a surrogate pair"
    case duplicateKey = "key occurs twice in one object"
    case tooDeep = "nested too deeply"
    case tooManyValues = "more values than a message has"
    case trailingBytes = "something follows the value"
  }

  var reason: Reason
  var byteOffset: Int
}
