import Configuring

/// What an alert is handed to.
enum AlertTarget: Sendable {
  case webhook(AlertRule.Webhook)
  /// A program and its arguments.
  case command([String])

  /// nil if the rule has no such action.
  init?(_ kind: AlertActionKind, of rule: AlertRule) {
    switch kind {
    case .webhook:
      guard let webhook = rule.webhook else { return nil }
      self = .webhook(webhook)
    case .command:
      guard !rule.command.isEmpty else { return nil }
      self = .command(rule.command)
    }
  }

  /// Its name, without what may be a secret: of an address scheme and host, of a command the program.
  var shown: String {
    switch self {
    case .webhook(let webhook): "the webhook \(webhook.shown)"
    case .command(let words): "the command \(words.first ?? "")"
    }
  }
}

/// Does what alerts do.
protocol AlertActing: Sendable {
  /// - Parameter body: JSON.
  /// - Returns: what went wrong, in words that hold no secret; nil if nothing did.
  func perform(_ target: AlertTarget, body: String) async -> String?
}

/// Posts to webhooks and runs programs.
struct AlertActions: AlertActing {
  var webhooks = WebhookPosting()
  var commands = CommandRunning()

  func perform(_ target: AlertTarget, body: String) async -> String? {
    switch target {
    case .webhook(let webhook): await webhooks.post(body, to: webhook)
    case .command(let words): await commands.run(words, input: body)
    }
  }
}
