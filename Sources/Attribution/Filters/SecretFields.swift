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
  /// secret as `api-key`, but a flag or a number is not. Names are compared without their separators.
  package static let furtherWords = [
    "accesskey", "accountkey", "privatekey", "sharedkey", "signingkey", "encryptionkey",
    "masterkey",
    "subscriptionkey", "functionskey", "functionkey", "hostkey", "licensekey", "storagekey",
    "passw", "passphrase", "passkey", "passcode", "userpass", "newpass", "oldpass", "kennwort",
    "motdepasse", "session", "sessid", "jwt", "signature", "credential", "cookie", "xkey", "ticket",
    "assertion", "samlre", "card", "ccnum", "csrf", "xsrf", "bearer", "nonce", "verifier",
    "connectionstring", "securityanswer", "magiclink", "rememberme", "accesscode", "devicecode",
    "usercode", "verificationcode", "verifycode", "securitycode", "activationcode", "resetcode",
    "recoverycode", "backupcode", "confirmationcode", "confirmcode", "logincode", "invitecode",
    "pincode", "smscode", "otpcode", "hdnea", "hdnts", "accountnumber",
  ]
  /// The same, for names that consist of nothing else, or one of whose parts does.
  package static let furtherNames = ["sig", "sid", "pass", "saml", "hmac", "tok", "iban"]
  /// The same, for names that consist of nothing else.
  package static let furtherWholeNames = [
    "code", "reset", "invite", "invitation", "activation", "verification", "magic", "refresh",
  ]
  /// What stands before `key` in names of keys that are no secrets; all others are.
  package static let openKeys = [
    "idempotency", "cache", "surrogate", "partition", "sort", "primary", "foreign", "object", "row",
    "item", "route", "routing", "translation", "message", "public", "group", "event", "order",
    "filter", "hot", "short", "meta", "deduplication", "i18n", "map", "tag", "s3", "file",
  ]
  /// Masked however short the value is, for names whose last part is nothing else: they are short.
  package static let shortSecretNames = [
    "otp", "totp", "pin", "cvv", "cvv2", "cvc", "ssn", "passwd", "passcode", "pw", "mfa", "tan",
    "puk",
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
    return isSession || name.hasSuffix("key") || isSecret(parameter: name, valueCount: .max)
  }

  /// Whether the value, of so many bytes, of a parameter called so is a secret.
  package static func isSecret(parameter name: String, valueCount count: Int) -> Bool {
    SecretNames.all.signs(of: Array(name.utf8).span).isSecret(valueCount: count)
  }
}
