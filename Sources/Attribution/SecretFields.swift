/// What is taken for a secret by the name of its field, whatever its value: the middleware's own
/// patterns for headers and query parameters, and spellings that they miss.
package enum SecretFields {
  /// The middleware (0.25) masks headers that match one of these.
  package static let headerPatterns = ["auth", "api-?key", "secret", "token", "cookie"]
  /// The middleware (0.25) masks query parameters that match one of these.
  package static let queryPatterns = ["auth", "api-?key", "secret", "token", "password", "pwd"]
  /// Masked as well, where the value has at least ``shortestSecret`` characters: `api_key` is no
  /// less of a secret than `api-key`, and a flag or a number is none.
  package static let furtherPatterns = [
    "api[_.]?key", "access[-_.]?key", "private[-_.]?key", "passw", "passphrase", "session", "jwt",
    "signature", "credential", "cookie", #"^(?:key|sig|sid|pass|code)$"#,
  ]
  /// In characters.
  package static let shortestSecret = 8

  /// Whether a consumer rule on the field `name` makes a secret the consumer: `http_authorization`.
  package static func isSecret(field name: String) -> Bool {
    let name = name.replacing("_", with: "-").lowercased()
    // The name of a key is not the key: API gateways log `apiKeyId`.
    if name.hasSuffix("id") { return false }
    let patterns = headerPatterns + queryPatterns + furtherPatterns
    return patterns.contains { pattern in
      (try? Regex(pattern).firstMatch(in: name)).flatMap { $0 } != nil
    }
  }
}
