/// What is taken for a secret by the name of its field, whatever its value: what the middleware goes by
/// in headers and query parameters, and spellings that it misses. Words in lower case.
package enum SecretFields {
  /// The middleware (0.25) masks headers whose names hold one of these.
  package static let headerWords = ["auth", "api-key", "apikey", "secret", "token", "cookie"]
  /// The middleware (0.25) masks query parameters whose names hold one of these.
  package static let queryWords = [
    "auth", "api-key", "apikey", "secret", "token", "password", "pwd",
  ]
  /// Masked as well, where the value has at least ``shortestSecret`` characters: `api_key` is no
  /// less of a secret than `api-key`, and a flag or a number is none.
  package static let furtherWords = [
    "api_key", "api.key", "access-key", "access_key", "accesskey", "private-key", "private_key",
    "privatekey", "passw", "passphrase", "session", "jwt", "signature", "credential", "cookie",
  ]
  /// The same for names that are nothing else.
  package static let furtherNames = ["key", "sig", "sid", "pass", "code"]
  /// In characters.
  package static let shortestSecret = 8

  /// Whether a consumer rule on the field `name` makes a secret the consumer: `http_authorization`.
  package static func isSecret(field name: String) -> Bool {
    let name = name.lowercased().replacing("_", with: "-")
    // The name of a key is not the key: API gateways log `apiKeyId`.
    if name.hasSuffix("id") { return false }
    return furtherNames.contains(name)
      || (headerWords + queryWords + furtherWords).contains { name.contains($0) }
  }
}
