/// Which fields of a log look as if they named consumers. Which may hold secrets ``SecretFields`` knows.
enum ConsumerFields {
  /// Words that the names of such fields have in them.
  private static let likely = [
    "user", "consumer", "client_id", "clientid", "customer", "tenant", "account", "api_key",
    "apikey",
    "x_api", "principal", "subject", "org", "team", "requester", "caller", "app_id", "appid",
    "authorization", "subscriber", "partner", "merchant",
  ]
  /// Names that have such a word in them and mean something else.
  private static let unlikely = ["user_agent", "useragent", "origin", "remote_addr"]
  static func isLikely(_ field: String) -> Bool {
    let name = plain(field)
    return likely.contains { name.contains($0) } && !unlikely.contains { name.contains($0) }
  }

  private static func plain(_ field: String) -> String {
    field.lowercased().replacing("-", with: "_")
  }
}
