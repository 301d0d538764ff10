/// What is considered a secret because of its field's name, whatever the value: the words that the
/// middleware uses for headers and query parameters, and spellings that it misses. Words are in
/// lower case.
package enum SecretFields {
  /// The middleware (0.25) masks headers whose names contain one of these.
  package static let headerWords = ["auth", "api-key", "apikey", "secret", "token", "cookie"]
  /// The middleware (0.25) masks query parameters whose names contain one of these.
  package static let queryWords = [
    "auth", "api-key", "apikey", "secret", "token", "password", "pwd",
  ]
  /// Masked as well if the value has at least ``shortestSecret`` characters: `api_key` is as much a
  /// secret as `api-key`, but a flag or a number is not.
  package static let furtherWords = [
    "api_key", "api.key", "access-key", "access_key", "accesskey", "private-key", "private_key",
    "privatekey", "passw", "passphrase", "session", "jwt", "signature", "credential", "cookie",
  ]
  /// The same, for names that consist of nothing else.
  package static let furtherNames = ["key", "sig", "sid", "pass", "code"]
  /// In characters.
  package static let shortestSecret = 8

  /// Whether the field `name` of a log holds a secret: `http_authorization`.
  package static func isSecret(field name: String) -> Bool {
    let name = name.lowercased().replacing("_", with: "-")
    // The name of a key is not the key: API gateways log `apiKeyId`.
    // That of a session is.
    let isSession = name.contains("session") || name.hasSuffix("sid")
    if name.hasSuffix("id") && !isSession { return false }
    return isSession || name.hasSuffix("key") || furtherNames.contains(name)
      || (headerWords + queryWords + furtherWords).contains { name.contains($0) }
  }
}
