// The rules for single fields that several messages have in common.

extension Inspection {
  /// The last second of the year 9999. A time in milliseconds is far beyond it.
  private static let maximumTimestamp = 253_402_300_799.0

  /// A UUID in its usual form, in lower case.
  mutating func uuid(_ value: JSONValue) -> String? {
    guard let text = string(value) else { return nil }
    guard let uuid = canonicalUUID(text) else {
      complain(.wrongValue, "not a UUID")
      return nil
    }
    return uuid
  }

  /// Seconds since 1970.
  mutating func timestamp(_ value: JSONValue) -> Double? {
    guard let seconds = number(value) else { return nil }
    guard (0...Self.maximumTimestamp).contains(seconds) else {
      complain(.wrongValue, "not a time in seconds since 1970")
      return nil
    }
    return seconds
  }

  /// A string that becomes a key or a label. SQL databases end text at a NUL, so that two keys
  /// could become one.
  mutating func label(_ value: JSONValue) -> String? {
    guard let text = string(value) else { return nil }
    guard !text.utf8.contains(0) else {
      complain(.wrongValue, "contains a NUL character")
      return nil
    }
    return text
  }

  /// A consumer's identifier: stripped, 1 to 128 characters.
  mutating func consumerIdentifier(_ value: JSONValue) -> String? {
    guard let text = strippedLabel(value, maximumLength: 128) else { return nil }
    guard !text.isEmpty else {
      complain(.wrongValue, "empty")
      return nil
    }
    return text
  }

  /// ``consumerIdentifier(_:)`` as a double optional: `.some(nil)` is a null.
  mutating func consumerOrNull(_ value: JSONValue) -> String?? {
    if value == .null { return .some(nil) }
    guard let consumer = consumerIdentifier(value) else { return nil }
    return .some(consumer)
  }

  /// A label from which white space was stripped (as Python does) before it was truncated: only one
  /// of full length may end in white space. Characters are counted as Python does, in scalars.
  mutating func strippedLabel(_ value: JSONValue, maximumLength: Int) -> String? {
    guard let text = label(value) else { return nil }
    let scalars = text.unicodeScalars
    guard scalars.count <= maximumLength else {
      complain(.wrongValue, "longer than \(maximumLength) characters")
      return nil
    }
    let isCutOff = scalars.count == maximumLength
    if scalars.first.map(isStripped) == true || !isCutOff && scalars.last.map(isStripped) == true {
      complain(.wrongValue, "not stripped of white space")
      return nil
    }
    return text
  }

  /// An HTTP method in upper case. `OPTIONS` is never counted.
  mutating func method(_ value: JSONValue) -> String? {
    guard let method = label(value) else { return nil }
    guard isToken(method), !method.utf8.contains(where: isLowerCase) else {
      complain(.wrongValue, "not an HTTP method in upper case")
      return nil
    }
    guard method != "OPTIONS" else {
      complain(.wrongValue, "OPTIONS requests are not counted")
      return nil
    }
    return method
  }

  /// A route template.
  mutating func template(_ value: JSONValue) -> String? {
    guard let path = label(value) else { return nil }
    guard path.utf8.first == UInt8(ascii: "/") else {
      complain(.wrongValue, "a path must begin with /")
      return nil
    }
    return path
  }

  mutating func statusCode(_ value: JSONValue) -> Int? {
    guard let status = integer(value, atLeast: 0) else { return nil }
    guard (100...999).contains(status) else {
      complain(.wrongValue, "\(status) is not in 100...999")
      return nil
    }
    return status
  }
}

/// `text` in lower case if it is a UUID in the form 8-4-4-4-12.
func canonicalUUID(_ text: String) -> String? {
  let groups = text.utf8.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
  guard groups.map(\.count) == [8, 4, 4, 4, 12],
    groups.allSatisfy({ $0.allSatisfy(isHexadecimalDigit) })
  else { return nil }
  return text.lowercased()
}

/// The characters that Python's `str.strip` removes: Unicode white space and the four separators.
private func isStripped(_ scalar: Unicode.Scalar) -> Bool {
  scalar.properties.isWhitespace || (0x1C...0x1F).contains(scalar.value)
}

/// A token as RFC 9110 (5.6.2) defines it.
func isToken(_ text: String) -> Bool {
  !text.isEmpty
    && text.utf8.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
      case _ where isLowerCase(byte): true
      default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
      }
    }
}

func isLowerCase(_ byte: UInt8) -> Bool {
  (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
}

private func isHexadecimalDigit(_ byte: UInt8) -> Bool {
  switch byte {
  case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"),
    UInt8(ascii: "A")...UInt8(ascii: "F"):
    true
  default: false
  }
}
