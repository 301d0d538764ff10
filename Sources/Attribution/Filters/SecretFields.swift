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
    "x-key", "x_key", "xkey", "ticket", "assertion", "samlre", "card", "passcode",
  ]
  /// The same, for names that consist of nothing else.
  package static let furtherNames = ["key", "sig", "sid", "pass", "code", "saml", "hmac"]
  /// Masked however short the value is, for names that consist of nothing else: they are short.
  package static let shortSecretNames = [
    "otp", "totp", "pin", "cvv", "cvv2", "cvc", "ssn", "passwd", "passcode", "pw", "mfa", "tan",
  ]
  /// In characters.
  package static let shortestSecret = 8

  /// Whether the field `name` of a log holds a secret: `http_authorization`.
  package static func isSecret(field name: String) -> Bool {
    let name = name.lowercased().replacing("_", with: "-")
    // The name of a key is not the key: API gateways log `apiKeyId`.
    // That of a session is.
    let isSession = name.contains("session") || name.hasSuffix("sid")
    if name.hasSuffix("id") && !isSession { return false }
    let last = name.split { $0 == "." || $0 == "-" }.last.map { String($0) } ?? name
    return isSession || name.hasSuffix("key") || furtherNames.contains(name)
      || shortSecretNames.contains(last)
      || (headerWords + queryWords + furtherWords).contains { name.contains($0) }
  }

  /// Whether the value, of so many bytes, of a parameter called so is a secret.
  package static func isSecret(parameter name: String, valueCount count: Int) -> Bool {
    SecretNames.all.signs(of: Array(name.utf8).span).isSecret(valueCount: count)
  }
}
