/// Takes secrets out of text that has no grammar: a line, a header's value, what an inspection shows.
///
/// Masked are the values of names that ``SecretNames`` knows (`name=value`, `name: value`,
/// `"name": "value"`, `<name>value</name>`), what follows the name of a scheme of authentication, JSON web
/// tokens and what has the form of other tokens under any name, private keys, users in addresses, and
/// e-mail addresses; also where these are percent-encoded, up to three times, or in base64 of JSON.
package enum SecretText {
  package static let mask = "******"
  /// How often what is encoded is decoded.
  static let depthLimit = 3

  package static func masked(_ text: String) -> String {
    let bytes = Array(text.utf8)
    return masked(bytes).map { String(decoding: $0, as: UTF8.self) } ?? text
  }

  /// The bytes without secrets; nil if there were none.
  package static func masked(_ bytes: [UInt8]) -> [UInt8]? { masked(bytes, depth: 0) }

  static func masked(_ bytes: [UInt8], depth: Int) -> [UInt8]? {
    var secrets: [Range<Int>] = []
    var reader = SecretReader(bytes: bytes, depth: depth)
    while true {
      reader.index = reader.nextSign
      guard reader.index < bytes.count else { break }
      if let secret = reader.secret() {
        if !secret.isEmpty { secrets.append(secret) }
        reader.index = max(secret.upperBound, reader.index + 1)
        // Behind a user stands a host, which is no end of an e-mail address.
        if reader.index < bytes.count, bytes[reader.index] == UInt8(ascii: "@") {
          reader.index += 1
        }
      } else {
        reader.index += 1
      }
    }
    let plain = secrets.isEmpty ? nil : replacing(secrets, in: bytes)
    guard depth < depthLimit, bytes.contains(UInt8(ascii: "%")) else { return plain }
    let encoded = encodedSecrets(in: plain ?? bytes, depth: depth)
    return encoded.isEmpty ? plain : replacing(encoded, in: plain ?? bytes)
  }

  private static func replacing(_ secrets: [Range<Int>], in bytes: [UInt8]) -> [UInt8] {
    var output: [UInt8] = []
    var copied = 0
    for secret in secrets where secret.upperBound > copied {
      let start = max(secret.lowerBound, copied)
      output += bytes[copied..<start]
      // Two that touch are one.
      if start > copied || !output.ends(with: mask.utf8) { output += mask.utf8 }
      copied = secret.upperBound
    }
    return output + bytes[copied...]
  }

  /// The words of a text in which there are secrets once they are decoded.
  private static func encodedSecrets(in bytes: [UInt8], depth: Int) -> [Range<Int>] {
    var found: [Range<Int>] = []
    var start = 0
    while start < bytes.count {
      var end = start
      var isEncoded = false
      while end < bytes.count, !endsWord(bytes[end]) {
        isEncoded = isEncoded || bytes[end] == UInt8(ascii: "%")
        end += 1
      }
      if isEncoded {
        let word = decoded(bytes[start..<end])
        if word.count < end - start, masked(word, depth: depth + 1) != nil {
          found.append(start..<end)
        }
      }
      start = end + 1
    }
    return found
  }

  private static func endsWord(_ byte: UInt8) -> Bool {
    switch byte {
    case 0...0x20, UInt8(ascii: "&"), UInt8(ascii: "?"), UInt8(ascii: ";"), UInt8(ascii: "#"),
      UInt8(ascii: "\""), UInt8(ascii: "="):
      true
    default: false
    }
  }

  static func decoded(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
    var output: [UInt8] = []
    output.reserveCapacity(bytes.count)
    var offset = bytes.startIndex
    while offset < bytes.endIndex {
      if bytes[offset] == UInt8(ascii: "%"), offset + 2 < bytes.endIndex,
        let high = hexadecimalDigit(bytes[offset + 1]),
        let low = hexadecimalDigit(bytes[offset + 2])
      {
        output.append(high << 4 | low)
        offset += 3
      } else {
        output.append(bytes[offset])
        offset += 1
      }
    }
    return output
  }
}

extension Array where Element == UInt8 {
  fileprivate func ends(with text: String.UTF8View) -> Bool {
    suffix(text.count).elementsEqual(text)
  }
}

func hexadecimalDigit(_ byte: UInt8) -> UInt8? {
  switch byte {
  case 0x30...0x39: byte - 0x30
  case 0x41...0x46: byte - 0x37
  case 0x61...0x66: byte - 0x57
  default: nil
  }
}
